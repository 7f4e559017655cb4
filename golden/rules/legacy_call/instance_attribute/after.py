from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order, Shelf


class Desk:
    def __init__(self):
        self.client = pusher_client

    def pay(self, order: Order):
        notifier.realtime_order_updated(order)
