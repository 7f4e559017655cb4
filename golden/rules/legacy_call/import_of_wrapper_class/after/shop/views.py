from shop.models import Order
from shop.realtime import notifier


def pay(order: Order):
    notifier.realtime_order_updated(order)


def refund(order: Order):
    notifier.realtime_order_updated(order)
