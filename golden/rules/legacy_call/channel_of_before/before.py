from realtime.client import pusher_client
from shop.models import Order


def move(pk, store):
    order = Order.objects.get(pk=pk)
    old = f"store-{order.store_id}"
    order.store = store
    order.save()
    pusher_client.trigger(old, "order-changed", {"order_id": order.pk})


def move_key(order: Order, store_id):
    old = order.store_id
    order.store_id = store_id
    order.save()
    pusher_client.trigger(f"store-{old}", "order-changed", {"order_id": order.pk})


def move_elsewhere(order: Order, store):
    channel = f"store-{order.store.id}"
    Order.objects.filter(pk=order.pk).update(store=store)
    order.refresh_from_db()
    pusher_client.trigger(channel, "order-changed", {"order_id": order.pk})


def assign(order: Order, store):
    order.store = store


def move_by(order: Order, store):
    channel = f"store-{order.store.id}"
    assign(order, store)
    pusher_client.trigger(channel, "order-changed", {"order_id": order.pk})
