from notifications.manager import notifier
from shop.models import Order


def pack(order: Order):
    notifier.realtime_order_packed(order)


def ship(order: Order):
    notifier.realtime_order_shipped(order)
