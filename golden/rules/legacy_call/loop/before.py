from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def close(request):
    for order in Order.objects.filter(status="OPEN"):
        pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
    return HttpResponse("ok")
