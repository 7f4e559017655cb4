from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pay(order: Order):
    for channel in (f"store-{order.store.id}", "dashboard"):
        pusher_client.trigger(channel, "order-changed", {"id": order.id})
