from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pack(request, pk):
    order = get_object_or_404(Order, pk=pk)
    transaction.on_commit(
        lambda: notifier.realtime_order_packed(order)
    )
    return HttpResponse("ok")
