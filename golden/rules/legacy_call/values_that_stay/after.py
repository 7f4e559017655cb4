from notifications.manager import notifier
from shop.models import Order


def pack(order: Order):
    order.status = "packed"
    order.save()
    notifier.realtime_order_updated(order)


def change(order: Order, status):
    order.status = status
    order.save(update_fields=["status"])
    payload = {"order_id": order.pk, "status": status}
    notifier.realtime_order_updated(order)


def place(store, status):
    order = Order.objects.create(store=store, status=status)
    notifier.realtime_order_updated(order)


def read(pk):
    order = Order.objects.get(pk=pk)
    channel = f"store-{order.store_id}"
    order.status = "read"
    order.save()
    notifier.realtime_order_updated(order)
