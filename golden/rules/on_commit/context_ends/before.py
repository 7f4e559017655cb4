from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import translation

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def pay(order):
    order.save()
    with translation.override("de"):
        notifier.realtime_order_updated(order)
