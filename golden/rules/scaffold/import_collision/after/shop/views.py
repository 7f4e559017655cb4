from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from shop.models import Order, Shelf
from shop.labels import logger
from notifications.manager import notifier


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    notifier.realtime_order_packed(order)
    return HttpResponse(logger)
