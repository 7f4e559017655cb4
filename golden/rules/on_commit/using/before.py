from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pay(order):
    with transaction.atomic(using="orders"):
        order.save(using="orders")
        notifier.realtime_order_updated(order)


def ship(order, alias):
    with transaction.atomic(using=alias):
        order.save(using=alias)
        notifier.realtime_order_updated(order)


def both(order, shelf):
    with transaction.atomic(using="orders"), transaction.atomic(using="shelves"):
        order.save(using="orders")
        notifier.realtime_order_updated(order)


def elsewhere(order):
    with transaction.atomic():
        order.save(using="orders")
        notifier.realtime_order_updated(order)
