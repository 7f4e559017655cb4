from django.db import transaction
from django.db.transaction import atomic, on_commit as after_commit

from notifications.manager import notifier


@atomic
def pay(order):
    order.save()
    after_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    after_commit(lambda: print("paid"))


def ship(order, after_commit):
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
