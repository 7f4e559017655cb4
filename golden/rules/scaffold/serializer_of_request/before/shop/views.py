from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf
from shop.serializers import OrderSerializer


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    serializer = OrderSerializer(order, data=request.POST)
    serializer.is_valid(raise_exception=True)
    serializer.save()
    pusher_client.trigger(f"store-{order.store.id}", "order-packed", serializer.data)
    return HttpResponse("ok")
