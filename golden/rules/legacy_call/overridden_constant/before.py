from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


class Base:
    event = "order-changed"

    def tell(self, order: Order):
        pusher_client.trigger(f"store-{order.store.id}", self.event, {"id": order.id})


class Other(Base):
    event = "something-else"
