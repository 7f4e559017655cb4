from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from shop.models import Order


def pay(request, pk):
    from realtime.client import pusher_client as push

    order = get_object_or_404(Order, pk=pk)
    push.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
    return HttpResponse("ok")
