from realtime.client import pusher_client
from shop.models import Order


def claim(pk):
    order = Order.objects.get(pk=pk)
    if Order.objects.filter(pk=pk, status="open").update(status="claimed"):
        # The instance still says "open".
        pusher_client.trigger(f"store-{order.store_id}", "order-changed", {"status": "claimed"})


def close(order: Order):
    told = {"status": order.status}
    order.status = "closed"
    order.save()
    pusher_client.trigger(f"store-{order.store_id}", "order-changed", told)


def tell(order: Order, status):
    pusher_client.trigger(f"store-{order.store_id}", "order-changed", {"status": status})


def reopen(order: Order, status):
    order.status = status
    status = status.upper()
    order.save()
    pusher_client.trigger(f"store-{order.store_id}", "order-changed", {"status": status})


def sometimes(order: Order, status):
    if order.note:
        order.status = status
    pusher_client.trigger(f"store-{order.store_id}", "order-changed", {"status": status})


def as_text(order: Order):
    payload = {"order_id": str(order.pk), "status": order.status}
    pusher_client.trigger(f"store-{order.store_id}", "order-changed", payload)
