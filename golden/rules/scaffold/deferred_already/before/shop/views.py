from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    transaction.on_commit(
        lambda: pusher_client.trigger(
            f"store-{order.store.id}", "order-packed", {"order_id": order.id}
        )
    )
    return HttpResponse("ok")
