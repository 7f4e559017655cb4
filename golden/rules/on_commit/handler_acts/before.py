import logging

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf

logger = logging.getLogger(__name__)


def returns(order):
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        return HttpResponse("not sent", status=502)
    return HttpResponse("ok")


@transaction.atomic
def raises(order):
    order.save()
    try:
        notifier.realtime_order_updated(order)
    except Exception as error:
        logger.exception("not sent")
        raise RuntimeError from error


def sets(order):
    sent = True
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        sent = False
    return sent


def sends(order):
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        tell_by_hand(order)


def tell_by_hand(order):
    transaction.on_commit(lambda: notifier.realtime_order_cancelled(order, "by hand"))


def warns(request, order):
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        messages.error(request, "not sent")
