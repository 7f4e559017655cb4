from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def pay(order):
    order.save()
    sent = notifier.realtime_order_updated(order)
    if notifier.realtime_order_updated(order):
        return sent
    return notifier.realtime_order_updated(order)
