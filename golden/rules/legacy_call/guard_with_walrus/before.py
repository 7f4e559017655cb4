from realtime.client import get_client
from shop.models import Order


def pay(order: Order):
    if client := get_client():
        client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
    print(client)
