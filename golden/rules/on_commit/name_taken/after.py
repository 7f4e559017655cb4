from django.db import transaction as db_transaction
from django.http import HttpResponse

from notifications.manager import notifier
from shop.models import Order


def pay(transaction, order):
    order.save()
    db_transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    return transaction.id


def ship(order):
    transaction = order.store.last_transaction()
    order.save()
    db_transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    return transaction
