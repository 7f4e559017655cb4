from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf
from shop.serializers import OrderSerializer


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    serializer = OrderSerializer(order, data=request.POST)
    serializer.is_valid(raise_exception=True)
    serializer.save()
    notifier.realtime_order_packed(order, payload=serializer.data)
    return HttpResponse("ok")
