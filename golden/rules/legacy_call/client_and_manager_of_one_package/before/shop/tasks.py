from live import client, tell
from shop.models import Order


def pay(order: Order):
    tell(order.store, "order-changed", id=order.id)


def check(order: Order):
    client.trigger(f"store-{order.store.id}", "checked", {"id": order.id})
