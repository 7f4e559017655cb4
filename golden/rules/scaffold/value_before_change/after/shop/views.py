from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    payload = {"order_id": order.id, "was": order.status}
    order.status = "PACKED"
    order.save()
    notifier.realtime_order_packed(
        order_id=payload["order_id"], was=payload["was"], store=order.store
    )
    return HttpResponse("ok")
