from django.db import transaction as tx

from notifications.manager import notifier


def pay(order):
    with tx.atomic():
        order.save()
        tx.on_commit(
            lambda order=order: notifier.realtime_order_updated(order), robust=True
        )
