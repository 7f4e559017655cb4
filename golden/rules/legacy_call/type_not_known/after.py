from realtime.client import pusher_client
from somewhere import lookup


def pay(store_id, number):
    order = lookup(number)()
    pusher_client.trigger(f"store-{store_id}", "order-changed", {"id": number})
