from realtime.client import pusher_client
from shop.models import Order


def describe(order):
    return f"{order.id}: {order.status}"


def pay(order: Order):
    """Mark as paid."""
    order.status = "PAID"
    order.save()
    pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
