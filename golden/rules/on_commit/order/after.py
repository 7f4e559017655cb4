from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def pay(order):
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    return notifier.realtime_order_cancelled(order, "paid")


@transaction.atomic
def ship(order):
    order.save()
    transaction.on_commit(lambda order=order: notifier.realtime_order_updated(order))
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_cancelled(order, "shipped"),
        robust=True,
    )


@transaction.atomic
def either(order, late):
    order.save()
    if late:
        return notifier.realtime_order_cancelled(order, "late")
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
