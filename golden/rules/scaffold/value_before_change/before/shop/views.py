from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    payload = {"order_id": order.id, "was": order.status}
    order.status = "PACKED"
    order.save()
    pusher_client.trigger(f"store-{order.store.id}", "order-packed", payload)
    return HttpResponse("ok")
