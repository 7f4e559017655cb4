from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order


def turns(order: Order, other: Order, number):
    while number:
        notifier.realtime_order_updated(order)
        last = first
        first = last
        number -= 1
        pusher_client.trigger(f"store-{first.store_id}", "order-changed", {"id": last.pk})
