from notifications.manager import notifier
from realtime.client import get_client
from shop.models import Order


def pay(order: Order):
    if client := get_client():
        notifier.realtime_order_updated(order)
    print(client)
