from django.db import transaction

from notifications.manager import Notifier


def pay(order):
    from notifications.manager import notifier

    with transaction.atomic():
        order.save()
        transaction.on_commit(
            lambda order=order: notifier.realtime_order_updated(order), robust=True
        )


def ship(order):
    told = Notifier()
    with transaction.atomic():
        order.save()
        transaction.on_commit(
            lambda told=told, order=order: told.realtime_order_updated(order),
            robust=True,
        )
