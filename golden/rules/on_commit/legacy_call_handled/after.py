import logging

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf

logger = logging.getLogger(__name__)


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.save()

    def send_order_updated(order=order):
        try:
            notifier.realtime_order_updated(order)
        except Exception:
            logger.exception("not sent")

    transaction.on_commit(send_order_updated, robust=True)
    return HttpResponse("ok")


def ship(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.save()
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        return HttpResponse("not sent", status=502)
    return HttpResponse("ok")
