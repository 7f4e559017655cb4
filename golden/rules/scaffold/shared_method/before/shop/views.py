from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store.id}", "order-packed", {"order_id": order.id, "by": request.user.username}
    )
    return HttpResponse("ok")


def pack_by_clerk(request, pk, clerk):
    packed = Order.objects.get(pk=pk)
    pusher_client.trigger(
        f"store-{packed.store_id}", "order-packed", {"order_id": packed.pk, "by": clerk}
    )
    return HttpResponse("ok")
