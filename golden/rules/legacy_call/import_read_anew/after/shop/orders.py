from realtime import hub
from shop.models import Order


def pay(order: Order):
    hub.notifier.realtime_order_updated(order)
