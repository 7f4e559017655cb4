from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order, Shelf


def send(channel, event, data):
    print("sending", event)
    pusher_client.trigger(channel, event, data)


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    notifier.realtime_order_updated(order)
    return HttpResponse("ok")


def cancel(request, pk):
    order = get_object_or_404(Order, pk=pk)
    notifier.realtime_order_updated(order)
    return HttpResponse("ok")
