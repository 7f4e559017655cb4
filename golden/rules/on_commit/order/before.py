from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def pay(order):
    order.save()
    notifier.realtime_order_updated(order)
    return notifier.realtime_order_cancelled(order, "paid")


@transaction.atomic
def ship(order):
    order.save()
    transaction.on_commit(lambda order=order: notifier.realtime_order_updated(order))
    notifier.realtime_order_cancelled(order, "shipped")


@transaction.atomic
def either(order, late):
    order.save()
    if late:
        return notifier.realtime_order_cancelled(order, "late")
    notifier.realtime_order_updated(order)
