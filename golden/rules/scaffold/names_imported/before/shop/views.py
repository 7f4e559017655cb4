from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf
from shop.labels import STORE_CHANNEL, label_of


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        STORE_CHANNEL % order.store.id,
        "order-packed",
        {"order_id": order.id, "label": label_of(order)},
    )
    return HttpResponse(f"{STORE_CHANNEL} {label_of(order)}")
