import logging

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf

logger = logging.getLogger(__name__)


def told(order):
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        logger.exception("not sent")
    else:
        order.note = "told"
        order.save()


def closed(order, connection):
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        logger.exception("not sent")
    finally:
        connection.close()
