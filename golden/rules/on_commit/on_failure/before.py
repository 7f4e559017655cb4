from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pay(order):
    try:
        with transaction.atomic():
            order.save()
    except Exception:
        notifier.realtime_order_cancelled(order, "not paid")
        raise
    finally:
        notifier.realtime_order_updated(order)
