from realtime.client import pusher_client
from shop.models import Order


def tell(order: Order, status):
    payload = {"order_id": str(order.pk), "status": status}
    pusher_client.trigger(f"store-{order.store_id}", "order-changed", payload)
