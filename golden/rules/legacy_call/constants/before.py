import enum

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


PAID = "order-changed"
EVENTS = {"paid": "order-changed"}


class Names:
    PAID = "order-changed"


class Kind(str, enum.Enum):
    PAID = "order-changed"


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(channel_of(order), PAID, {"id": order.id})
    pusher_client.trigger(channel_of(order), EVENTS["paid"], {"id": order.id})
    pusher_client.trigger(channel_of(order), Names.PAID, {"id": order.id})
    pusher_client.trigger(channel_of(order), Kind.PAID.value, {"id": order.id})


def channel_of(order):
    return f"store-{order.store.id}"
