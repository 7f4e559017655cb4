from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order


def pack(order: Order):
    pusher_client.trigger(f"store-{order.store.id}", "order-packed", {"id": order.pk})


def ship(order: Order):
    notifier._send(f"store-{order.store.id}", "order-shipped", {"id": order.pk})
