from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order


def pay(order: Order):
    notifier.realtime_order_updated(order)
    pusher_client.trigger(f"store-{order.store_id}", "order-paid", {"order_id": order.pk})


def pay_all(orders: list[Order]):
    for order in orders:
        pusher_client.trigger(f"store-{order.store.id}", "order-paid", {"id": order.pk})
        notifier.realtime_order_updated(order)
