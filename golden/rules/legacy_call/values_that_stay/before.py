from realtime.client import pusher_client
from shop.models import Order


def pack(order: Order):
    order.status = "packed"
    order.save()
    pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"status": "packed"})


def change(order: Order, status):
    order.status = status
    order.save(update_fields=["status"])
    payload = {"order_id": order.pk, "status": status}
    pusher_client.trigger(f"store-{order.store_id}", "order-changed", payload)


def place(store, status):
    order = Order.objects.create(store=store, status=status)
    pusher_client.trigger(f"store-{order.store_id}", "order-changed", {"status": status})


def read(pk):
    order = Order.objects.get(pk=pk)
    channel = f"store-{order.store_id}"
    order.status = "read"
    order.save()
    pusher_client.trigger(channel, "order-changed", {"order_id": order.id, "status": order.status})
