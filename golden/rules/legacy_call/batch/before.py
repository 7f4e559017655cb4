from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger_batch(
        [
            {"channel": f"store-{order.store.id}", "name": "order-changed", "data": {"id": order.id}},
            {"channel": f"store-{order.store.id}", "name": "stock", "data": {}},
        ]
    )
    return HttpResponse("ok")
