from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    channel = f"store-{order.store.id}"
    payload = {"order_id": order.id, "status": order.status}
    payload["note"] = order.note
    payload.update(by=request.user.username)
    notifier.realtime_order_packed(order, by=payload["by"])
    return HttpResponse("ok")
