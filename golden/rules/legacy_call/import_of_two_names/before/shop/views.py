from realtime.client import Holder, quiet as q
from shop.models import Order


def pay(order: Order):
    Holder.client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})


def ship(order: Order):
    q(f"store-{order.store.id}", "order-changed", {"id": order.id})
