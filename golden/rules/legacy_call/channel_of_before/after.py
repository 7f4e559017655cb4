from notifications.manager import notifier
from shop.models import Order


def move(pk, store):
    order = Order.objects.get(pk=pk)
    old = f"store-{order.store_id}"
    order.store = store
    order.save()
    notifier.realtime_order_updated(order)


def move_key(order: Order, store_id):
    old = order.store_id
    order.store_id = store_id
    order.save()
    notifier.realtime_order_updated(order)


def move_elsewhere(order: Order, store):
    channel = f"store-{order.store.id}"
    Order.objects.filter(pk=order.pk).update(store=store)
    order.refresh_from_db()
    notifier.realtime_order_updated(order)


def assign(order: Order, store):
    order.store = store


def move_by(order: Order, store):
    channel = f"store-{order.store.id}"
    assign(order, store)
    notifier.realtime_order_updated(order)
