from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.status = "PAID"
    order.save()
    # Screens redraw on this
    pusher_client.trigger(
        f"store-{order.store.id}",  # the store's own channel
        "order-changed",
        {"id": order.id, "status": order.status},
    )
    return HttpResponse("ok")
