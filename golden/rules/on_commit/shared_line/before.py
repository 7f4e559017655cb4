from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pay(order, paid):
    with transaction.atomic():
        if paid: order.save(); notifier.realtime_order_updated(order)
        if paid: notifier.realtime_order_updated(order)  # tell them
