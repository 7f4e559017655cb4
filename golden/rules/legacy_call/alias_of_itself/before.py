from realtime.client import pusher_client
from shop.models import Order


def turns(order: Order, other: Order, number):
    while number:
        pusher_client.trigger(f"store-{order.store_id}", "order-changed", {"id": order.pk})
        last = first
        first = last
        number -= 1
        pusher_client.trigger(f"store-{first.store_id}", "order-changed", {"id": last.pk})
