from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    answer = pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
    return HttpResponse(answer)


def on_a_condition(order: Order):
    order.note and pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": 1})


def printed(order: Order):
    print(order.note or pusher_client.trigger(f"store-{order.store.id}", "order-changed", {}))
