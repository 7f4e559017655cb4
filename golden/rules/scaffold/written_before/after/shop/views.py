from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    notifier.realtime_order_packed(order, by=request.user.id)
    return HttpResponse("ok")


def pack_now(request, pk):
    order = get_object_or_404(Order, pk=pk)
    notifier.realtime_order_packed(order, by=request.user.id, urgent=True)
    return HttpResponse("ok")


def pack_other(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store.id}", "order-packed", {"order_id": str(order.id), "by": "robot"}
    )
    return HttpResponse("ok")
