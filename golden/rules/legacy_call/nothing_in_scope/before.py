from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pay(request, store_id, order_id):
    pusher_client.trigger(f"store-{store_id}", "order-changed", {"id": order_id})
    return HttpResponse("ok")
