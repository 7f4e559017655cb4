from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.status = "PAID"
    order.save()
    if order.note:
        raise ValueError(order.note)
    transaction.on_commit(lambda order=order: notifier.realtime_order_updated(order), robust=True)
    return HttpResponse("ok")
