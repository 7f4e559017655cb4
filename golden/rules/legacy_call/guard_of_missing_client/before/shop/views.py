from realtime.screens import screens
from shop.models import Order


def pay(order: Order):
    if screens is not None:
        screens.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
