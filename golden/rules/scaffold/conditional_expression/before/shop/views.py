from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store.id}" if order.store else "stores",
        "order-packed",
        {"order_id": order.id, "state": "late" if order.status == "NEW" else order.status.lower()},
    )
    return HttpResponse("ok")
