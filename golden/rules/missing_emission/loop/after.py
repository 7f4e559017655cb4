from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def close_all(request):
    for order in Order.objects.filter(status="OPEN"):
        order.status = "CLOSED"
        order.save()
        transaction.on_commit(
            lambda order=order: notifier.realtime_order_updated(order), robust=True
        )
    return HttpResponse("ok")
