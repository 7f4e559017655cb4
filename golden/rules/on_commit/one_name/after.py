from django.db import transaction as db_transaction

from notifications.manager import notifier
from shop.models import Order


def bill(order, transaction):
    transaction.save()
    db_transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )


def pay(pk):
    db_transaction.on_commit(
        lambda order=Order.objects.get(pk=pk): notifier.realtime_order_updated(order),
        robust=True,
    )


def refund(order):
    from django.db import transaction

    with transaction.atomic():
        order.save()
        transaction.on_commit(
            lambda order=order: notifier.realtime_order_updated(order), robust=True
        )
