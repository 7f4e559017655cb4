import logging

from django.db import transaction
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order

logger = logging.getLogger(__name__)

if logger.isEnabledFor(logging.DEBUG):
    label = "debug"


def last_of(orders):
    with transaction.atomic():
        for order in orders:
            order.save()
        try:
            notifier.realtime_order_updated(order)
        except Exception:
            logger.exception("not sent")


def found(pk):
    try:
        order = Order.objects.get(pk=pk)
    except Order.DoesNotExist:
        pass
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        logger.exception("not sent")


def deleted(order):
    del order
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        logger.exception("not sent")


def reported(order, data):
    if data:
        why = data["why"]
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        logger.exception("not sent: %s", why)


def around(orders):
    def tell():
        try:
            notifier.realtime_order_updated(order)
        except Exception:
            logger.exception("not sent")

    for order in orders:
        tell()


def matched(data):
    match data:
        case {"order": order}:
            pass
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        logger.exception("not sent")


def of_module(order):
    try:
        notifier.realtime_order_cancelled(order, label)
    except Exception:
        logger.exception("not sent")


def surely(pk, orders):
    order = get_object_or_404(Order, pk=pk)
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        logger.exception("not sent")
    for each in orders:
        try:
            notifier.realtime_order_updated(each)
        except Exception:
            logger.exception("not sent")
