from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    others = list(Order.objects.filter(store=order.store))
    notifier.realtime_order_packed(order, sorted(other.id for other in others))
    return HttpResponse("ok")
