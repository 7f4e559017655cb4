from realtime.client import pusher_client
from shop.models import Order, Shelf


def tell(store, event, payload=None, **extra):
    data = {**(payload or {}), **extra}
    pusher_client.trigger(f"store-{store.id}", event, data)


def pay(order: Order, other: Order):
    tell(order.store, "order-changed", id=order.id)


def ship(basket):
    tell(basket.order.store, "order-changed", {"id": basket.order.id})


def refund(order: Order, keys: dict):
    tell(order.store, "order-changed", keys, id=order.id)
