from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def send(event, data, channel):
    pusher_client.trigger(channel, event, data)


def cancel(request, pk):
    order = get_object_or_404(Order, pk=pk)
    channel = f"store-{order.store.id}"
    data = {"order_id": order.id, "reason": request.POST["reason"].strip()}
    send("order-cancelled", data, channel)
    return HttpResponse("ok")
