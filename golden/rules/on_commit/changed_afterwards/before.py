from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def unsaved(order):
    with transaction.atomic():
        order.save()
        notifier.realtime_order_updated(order)
        order.status = "SHOWN"
    return order


def resaved(order):
    with transaction.atomic():
        order.status = "PAID"
        order.save()
        notifier.realtime_order_updated(order)
        order.status = "PACKED"
        order.save()


def through_an_alias(order):
    with transaction.atomic():
        order.save()
        notifier.realtime_order_updated(order)
        same = order
        same.note = "?"


def in_a_helper(order):
    with transaction.atomic():
        order.save()
        notifier.realtime_order_updated(order)
        mark(order)


def mark(order):
    order.note = "marked"


def payload(courier):
    position = {"x": 1}
    with transaction.atomic():
        courier.save()
        notifier.realtime_courier_moved(courier.id, position)
        position["x"] = 2


def another_object(order, orders):
    with transaction.atomic():
        order.save()
        notifier.realtime_order_updated(order)
        for order in orders:
            order.note = "?"
