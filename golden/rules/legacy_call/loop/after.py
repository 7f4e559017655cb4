from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def close(request):
    for order in Order.objects.filter(status="OPEN"):
        notifier.realtime_order_updated(order)
    return HttpResponse("ok")
