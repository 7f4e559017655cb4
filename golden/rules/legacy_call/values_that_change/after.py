from notifications.manager import notifier
from shop.models import Order


def claim(pk):
    order = Order.objects.get(pk=pk)
    if Order.objects.filter(pk=pk, status="open").update(status="claimed"):
        # The instance still says "open".
        notifier.realtime_order_updated(order)


def close(order: Order):
    told = {"status": order.status}
    order.status = "closed"
    order.save()
    notifier.realtime_order_updated(order)


def tell(order: Order, status):
    notifier.realtime_order_updated(order)


def reopen(order: Order, status):
    order.status = status
    status = status.upper()
    order.save()
    notifier.realtime_order_updated(order)


def sometimes(order: Order, status):
    if order.note:
        order.status = status
    notifier.realtime_order_updated(order)


def as_text(order: Order):
    payload = {"order_id": str(order.pk), "status": order.status}
    notifier.realtime_order_updated(order)
