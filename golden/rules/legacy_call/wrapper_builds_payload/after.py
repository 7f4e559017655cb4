from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order, Shelf


class Bus:
    def __init__(self, client=None):
        self._client = client or pusher_client

    def order(self, order, event="order-changed", **more):
        payload = {"id": order.id}
        payload.update(more)
        self._client.trigger(f"store-{order.store.id}", event, payload)


def pay(order: Order):
    notifier.realtime_order_updated(order)
