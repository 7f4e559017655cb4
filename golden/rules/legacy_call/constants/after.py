import enum

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


PAID = "order-changed"
EVENTS = {"paid": "order-changed"}


class Names:
    PAID = "order-changed"


class Kind(str, enum.Enum):
    PAID = "order-changed"


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    notifier.realtime_order_updated(order)
    notifier.realtime_order_updated(order)
    notifier.realtime_order_updated(order)
    notifier.realtime_order_updated(order)


def channel_of(order):
    return f"store-{order.store.id}"
