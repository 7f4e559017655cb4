from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def send(channel, event, data):
    print("sending", event)
    pusher_client.trigger(channel, event, data)


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    send(f"store-{order.store.id}", "order-changed", {"id": order.id})
    return HttpResponse("ok")


def cancel(request, pk):
    order = get_object_or_404(Order, pk=pk)
    send(data={"id": order.id}, event="order-changed", channel=f"store-{order.store.id}")
    return HttpResponse("ok")
