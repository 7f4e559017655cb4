from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    notifier.realtime_order_packed(order, by=request.user.get_full_name())
    return HttpResponse("ok")


def hold(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store.id}",
        "order-held",
        {"order_id": order.id, "by": request.user.get_full_name()},
    )
    return HttpResponse("ok")
