from django.db import transaction

from notifications.manager import notifier
from shop.models import Order


@transaction.atomic
def pay(order, done):
    order.save()
    done() if order.total else notifier.realtime_order_updated(order)
    notifier.realtime_order_updated(order) if order.total else None
    done() if notifier.realtime_order_updated(order) else None
