from django.db import transaction as db_transaction
from django.http import HttpResponse

from notifications.manager import notifier
from payments import transaction


def pay(order):
    order.save()
    db_transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    return transaction(order.id)
