from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pay(request, pk, next_pk):
    order = get_object_or_404(Order, pk=pk)
    channel = f"store-{order.store.id}"
    payload = {"id": order.id, "status": order.status}
    order = get_object_or_404(Order, pk=next_pk)
    pusher_client.trigger(channel, "order-changed", payload)
    return HttpResponse(order.status)
