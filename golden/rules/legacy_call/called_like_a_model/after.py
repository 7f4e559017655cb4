from erp import find_order

from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order, Shelf


def pay(number):
    order = find_order(number)
    notifier.realtime_order_updated(order)


def replace(number, old: Order):
    order = find_order(number)
    notifier.realtime_order_updated(order)


def export(number, last: Order):
    order = find_order(number)
    pusher_client.trigger(f"store-{order.depot}", "order-changed", {"id": order.id})


def rename(old: Order):
    order = old.pk
    notifier.realtime_order_updated(old)
