from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order, Shelf


def tell(store, event, payload=None, **extra):
    data = {**(payload or {}), **extra}
    pusher_client.trigger(f"store-{store.id}", event, data)


def pay(order: Order, other: Order):
    notifier.realtime_order_updated(order)


def ship(basket):
    notifier.realtime_order_updated(basket.order)


def refund(order: Order, keys: dict):
    notifier.realtime_order_updated(order)
