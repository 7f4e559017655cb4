from shop.models import Order


def describe(order):
    return f"{order.id}: {order.status}"


def pay(order: Order):
    """Mark as paid."""
    from notifications.manager import notifier

    order.status = "PAID"
    order.save()
    notifier.realtime_order_updated(order)
