from live import client
from shop.models import Order


def pay(order: Order):
    client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
