from erp import find_order

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pay(number):
    order = find_order(number)
    pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})


def replace(number, old: Order):
    order = find_order(number)
    pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})


def export(number, last: Order):
    order = find_order(number)
    pusher_client.trigger(f"store-{order.depot}", "order-changed", {"id": order.id})


def rename(old: Order):
    order = old.pk
    pusher_client.trigger("store-1", "order-changed", {"id": order})
