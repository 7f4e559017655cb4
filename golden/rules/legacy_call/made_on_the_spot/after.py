from notifications.manager import Notifier
from shop.models import Order


def pay(order: Order):
    order.status = "PAID"
    order.save()
    Notifier().realtime_order_updated(order)
