from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def close(order: Order):
    Order.objects.filter(pk=order.pk).update(status="CLOSED")
    notifier.realtime_order_updated(order)
