from notifications.manager import (  # realtime
    pusher_client,  # client
)
from shop.models import Order


def pay(order: Order):
    pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
