import logging

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf

logger = logging.getLogger(__name__)


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.save()
    try:
        if pusher_client:
            pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
    except Exception:
        logger.exception("not sent")
    return HttpResponse("ok")


def ship(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.save()
    try:
        pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
    except Exception:
        return HttpResponse("not sent", status=502)
    return HttpResponse("ok")
