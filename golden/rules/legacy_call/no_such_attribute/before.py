from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


class Desk:
    pass


def pay(order: Order):
    pusher_client.trigger(f"store-{order.store.id}", "order-cancelled", {"reason": "x"})
