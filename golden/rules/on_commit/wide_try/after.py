import logging

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf

logger = logging.getLogger(__name__)


def narrow(request, pk):
    try:
        with transaction.atomic():
            order = Order.objects.get(pk=pk)
            order.save()
            transaction.on_commit(
                lambda order=order: notifier.realtime_order_updated(order), robust=True
            )
    except Order.DoesNotExist:
        return HttpResponse("unknown", status=404)
    except IntegrityError:
        return HttpResponse("taken", status=409)
    return HttpResponse("ok")


def logs(order):
    try:
        order.save()
        transaction.on_commit(
            lambda order=order: notifier.realtime_order_updated(order), robust=True
        )
    except Exception:
        logger.exception("not saved")


def counts(orders):
    sent = 0
    try:
        with transaction.atomic():
            for order in orders:
                transaction.on_commit(
                    lambda order=order: notifier.realtime_order_updated(order),
                    robust=True,
                )
                sent += 1
    except Exception:
        logger.exception("not sent")
    return sent


def answers(order):
    try:
        order.save()
        notifier.realtime_order_updated(order)
    except Exception:
        return HttpResponse("failed", status=500)
    return HttpResponse("ok")
