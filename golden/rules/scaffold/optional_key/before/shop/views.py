from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    urgent = bool(request.POST.get("urgent"))
    pusher_client.trigger(
        f"store-{order.store.id}",
        "order-packed",
        {"order_id": order.id, "urgent": urgent, "status": order.status},
    )
    return HttpResponse("ok")


def repack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store.id}", "order-packed", {"order_id": order.id, "status": order.status}
    )
    return HttpResponse("ok")


def pack_with_note(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{order.store.id}",
        "order-packed",
        {"order_id": order.id, "status": order.status, "urgent": request.POST.get("urgent")},
    )
    return HttpResponse("ok")
