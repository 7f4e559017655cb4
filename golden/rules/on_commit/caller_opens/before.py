from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pay_all(orders):
    with transaction.atomic():
        for order in orders:
            pay(order)


def pay(order):
    order.save()
    notifier.realtime_order_updated(order)


def ship(order):
    order.save()
    notifier.realtime_order_updated(order)


def ship_later(order):
    with transaction.atomic():
        transaction.on_commit(lambda order=order: ship(order))
