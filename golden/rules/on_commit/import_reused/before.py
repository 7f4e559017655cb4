from django.db import transaction as tx

from notifications.manager import notifier


def pay(order):
    with tx.atomic():
        order.save()
        notifier.realtime_order_updated(order)
