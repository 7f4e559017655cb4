from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order


def move(order: Order, store):
    old = order.store_id
    order.store = store
    order.save()
    notifier.realtime_order_updated(order)
    pusher_client.trigger(f"store-{old}", "order-paid", {"order_id": order.pk})


def other_value(order: Order, status):
    notifier.realtime_order_updated(order)
    pusher_client.trigger(f"store-{order.store_id}", "order-paid", {"status": status})


def more_keys(order: Order):
    notifier.realtime_order_updated(order)
    pusher_client.trigger(f"store-{order.store_id}", "order-paid", {"note": order.note})


def many(order: Order, stores):
    for store in stores:
        pusher_client.trigger(f"store-{order.store_id}", "order-paid", {"order_id": order.pk})
    notifier.realtime_order_updated(order)
