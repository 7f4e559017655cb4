from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf
from shop.counters import next_number


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store.id}", "order-packed", {"order_id": order.id, "number": next_number()}
    )
    return HttpResponse("ok")


def hold(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store.id}", "order-held", {"order_id": order.id, "number": next_number()}
    )
    return HttpResponse("ok")
