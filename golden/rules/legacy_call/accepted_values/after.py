from notifications.manager import notifier
from shop.models import Order


def tell(order: Order, status):
    payload = {"order_id": str(order.pk), "status": status}
    notifier.realtime_order_updated(order)
