from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pay(request, pk):
    with transaction.atomic():
        order = get_object_or_404(Order, pk=pk)
        order.save()
        pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
    return HttpResponse("ok")


def ship(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.save()
    if pusher_client:
        pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
    return HttpResponse("ok")
