from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def swap(request, pk, other_pk):
    first = get_object_or_404(Order, pk=pk)
    second = get_object_or_404(Order, pk=other_pk)
    pusher_client.trigger(
        f"store-{first.store.id}", "order-changed", {"id": second.id, "status": first.status}
    )
    return HttpResponse("ok")
