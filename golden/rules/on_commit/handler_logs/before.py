import logging

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from shop import metrics
from notifications.manager import notifier
from shop.models import Order, Shelf

logger = logging.getLogger(__name__)


def pay(request, pk):
    with transaction.atomic():
        order = get_object_or_404(Order, pk=pk)
        order.save()
        # Screens redraw on this
        try:
            notifier.realtime_order_updated(order)
        except Exception as error:
            # the order is paid all the same
            logger.error("Order %s was not told of by %s: %s", order, request.user, error)
    return HttpResponse("ok")


def ship(order):
    try:
        notifier.realtime_order_updated(order)
    except (OSError, ValueError):
        pass
    except Exception:
        metrics.incr("events.failed")
        logger.exception("not sent")
