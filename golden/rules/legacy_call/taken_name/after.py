from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier as manager_notifier
from shop.models import Order, Shelf


def pay(request, pk, notifier=None):
    order = get_object_or_404(Order, pk=pk)
    manager_notifier.realtime_order_updated(order)
    return HttpResponse(notifier)
