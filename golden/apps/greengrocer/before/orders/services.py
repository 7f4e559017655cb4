from live.notifier import Notifier
from orders.models import Order


def cancel_unpaid(shop):
    """Every night."""
    for order in Order.objects.filter(shop=shop, status=Order.Status.PLACED):
        order.status = Order.Status.CANCELLED
        order.save(update_fields=["status"])
        Notifier().notify_order_cancelled(order, "not paid")


def pack(order, crates):
    order.status = Order.Status.PACKED
    order.save(update_fields=["status"])
    Notifier().notify_order_packed(order, crates=crates)
