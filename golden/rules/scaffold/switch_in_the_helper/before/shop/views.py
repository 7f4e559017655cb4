from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(f"store-{order.store.id}", "order-packed", {"id": order.pk})


def ship(request, pk):
    order = get_object_or_404(Order, pk=pk)
    notifier._send(f"store-{order.store.id}", "order-shipped", {"id": order.pk})
