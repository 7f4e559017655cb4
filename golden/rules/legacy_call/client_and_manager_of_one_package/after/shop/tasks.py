from live import client
from live import notifier
from shop.models import Order


def pay(order: Order):
    notifier.realtime_order_updated(order)


def check(order: Order):
    client.trigger(f"store-{order.store.id}", "checked", {"id": order.id})
