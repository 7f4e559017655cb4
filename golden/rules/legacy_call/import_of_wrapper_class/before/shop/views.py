import shop.live.client
from shop.live.sending import StoreChannel
from shop.models import Order


def pay(order: Order):
    StoreChannel(order.store).send("order-changed", id=order.id)


def refund(order: Order):
    shop.live.client.client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
