from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def reject(order, hard):
    order.status = "REJECTED"
    notifier.realtime_order_updated(order)
    if hard:
        order.save()
    return order


def may_leave(order, now):
    order.status = "REJECTED"
    notifier.realtime_order_updated(order)
    if now is None:
        return None
    order.save()
    return order


def changes(order):
    order.status = "REJECTED"
    notifier.realtime_order_updated(order)
    order.note = "rejected"
    order.save()
