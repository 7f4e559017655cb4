from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def decline(order):
    order.status = "DECLINED"
    # Tell the others first
    notifier.realtime_order_updated(order)  # they wait
    order.save(update_fields=["status"])
    return order


@transaction.atomic
def cancel(order, reason):
    order.status = "CANCELLED"
    notifier.realtime_order_cancelled(order, reason)
    order.save()


def close(order, now):
    order.status = "CLOSED"
    notifier.realtime_order_updated(order)
    note = now.isoformat()
    order.save()
    return note
