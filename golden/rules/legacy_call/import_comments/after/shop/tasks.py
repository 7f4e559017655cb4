from notifications.manager import notifier  # realtime  # client
from shop.models import Order


def pay(order: Order):
    notifier.realtime_order_updated(order)
