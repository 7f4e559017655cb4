import sys

sys.path.insert(0, "lib")

from notifications.manager import pusher_client  # noqa: E402
from shop.models import Order  # noqa: E402


def pay(order: Order):
    pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
