from realtime import hub
from shop.models import Order


def pay(order: Order):
    hub.get_client().trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
