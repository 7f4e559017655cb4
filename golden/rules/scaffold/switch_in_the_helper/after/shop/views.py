from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    notifier.realtime_order_packed(order)


def ship(request, pk):
    order = get_object_or_404(Order, pk=pk)
    notifier.realtime_order_shipped(order)
