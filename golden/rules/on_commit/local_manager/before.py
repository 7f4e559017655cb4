from django.db import transaction

from notifications.manager import Notifier


def pay(order):
    from notifications.manager import notifier

    with transaction.atomic():
        order.save()
        notifier.realtime_order_updated(order)


def ship(order):
    told = Notifier()
    with transaction.atomic():
        order.save()
        told.realtime_order_updated(order)
