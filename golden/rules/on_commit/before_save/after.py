from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def decline(order):
    order.status = "DECLINED"
    order.save(update_fields=["status"])
    # Tell the others first
    # they wait
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    return order


@transaction.atomic
def cancel(order, reason):
    order.status = "CANCELLED"
    transaction.on_commit(
        lambda order=order, reason=reason: notifier.realtime_order_cancelled(
            order, reason
        ),
        robust=True,
    )
    order.save()


def close(order, now):
    order.status = "CLOSED"
    note = now.isoformat()
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    return note
