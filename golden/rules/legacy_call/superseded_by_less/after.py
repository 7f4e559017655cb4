from notifications.manager import notifier
from shop.models import Order


def move(order: Order, store):
    old = order.store_id
    order.store = store
    order.save()
    notifier.realtime_order_updated(order)


def other_value(order: Order, status):
    notifier.realtime_order_updated(order)


def more_keys(order: Order):
    notifier.realtime_order_updated(order)


def many(order: Order, stores):
    for store in stores:
        pass
    notifier.realtime_order_updated(order)
