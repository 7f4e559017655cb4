from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store_id}", "order-packed", {"order_id": order.pk, "by": request.user.id}
    )
    return HttpResponse("ok")


def pack_now(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store.id}",
        "order-packed",
        {"order_id": order.id, "by": request.user.id, "urgent": True},
    )
    return HttpResponse("ok")


def pack_other(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store.id}", "order-packed", {"order_id": str(order.id), "by": "robot"}
    )
    return HttpResponse("ok")
