from notifications.manager import notifier
from shop import names
from shop.models import Order
from shop.names import CHANGED


def pay(order: Order):
    notifier.realtime_order_updated(order)
