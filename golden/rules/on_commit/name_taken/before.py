from django.http import HttpResponse

from notifications.manager import notifier
from shop.models import Order


def pay(transaction, order):
    order.save()
    notifier.realtime_order_updated(order)
    return transaction.id


def ship(order):
    transaction = order.store.last_transaction()
    order.save()
    notifier.realtime_order_updated(order)
    return transaction
