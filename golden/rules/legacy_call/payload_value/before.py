from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def cancel(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store.id}",
        "order-cancelled",
        {"order_id": order.id, "reason": request.POST.get("reason", "")},
    )
    return HttpResponse("ok")
