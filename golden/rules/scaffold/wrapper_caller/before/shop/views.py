from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.tell import tell_store
from shop.models import Order


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    tell_store(order.store, "order-packed", {"order_id": order.id})
    return HttpResponse("ok")
