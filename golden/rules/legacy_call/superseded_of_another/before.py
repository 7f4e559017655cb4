from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order


def rebound(a, b):
    order = Order.objects.get(pk=a)
    notifier.realtime_order_updated(order)
    order = Order.objects.get(pk=b)
    pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})


def last_of_loop():
    for order in Order.objects.all():
        pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
    notifier.realtime_order_updated(order)


def written_since(order: Order):
    notifier.realtime_order_updated(order)
    order.status = "PAID"
    order.save()
    pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})


def really_twice(orders):
    for order in Order.objects.all():
        pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
        order.status = "PAID"
        order.save()
        notifier.realtime_order_updated(order)
    return pusher_client
