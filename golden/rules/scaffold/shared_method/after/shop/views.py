from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    notifier.realtime_order_packed(order, by=request.user.username)
    return HttpResponse("ok")


def pack_by_clerk(request, pk, clerk):
    packed = Order.objects.get(pk=pk)
    notifier.realtime_order_packed(packed, by=clerk)
    return HttpResponse("ok")
