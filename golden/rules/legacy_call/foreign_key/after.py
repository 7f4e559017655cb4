from notifications.manager import notifier
from shop.models import Order


def replace(pk, successor: Order):
    notifier.realtime_order_updated(successor)
