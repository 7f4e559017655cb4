from notifications.manager import notifier
from shop.models import Order


def pay(order: Order):
    notifier.realtime_order_updated(order)


def ship(order: Order):
    notifier.realtime_order_updated(order)
