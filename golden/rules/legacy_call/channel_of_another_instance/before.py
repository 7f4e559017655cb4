from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    shelf = get_object_or_404(Shelf, pk=pk)
    pusher_client.trigger(f"store-{shelf.store.id}", "order-changed", {"id": order.id})
    return HttpResponse("ok")
