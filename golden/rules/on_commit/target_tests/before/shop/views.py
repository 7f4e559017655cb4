from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pay(order):
    with transaction.atomic():
        order.save()
        notifier.realtime_order_updated(order)


def ship(request, pk):
    pay(get_object_or_404(Order, pk=pk))
    return HttpResponse("ok")
