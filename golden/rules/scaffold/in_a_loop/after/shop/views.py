from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pack_all(request):
    for order in Order.objects.filter(status="NEW"):
        notifier.realtime_order_packed(order)
    return HttpResponse("ok")
