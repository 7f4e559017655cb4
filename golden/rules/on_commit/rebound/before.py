from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pay(request, pk):
    with transaction.atomic():
        order = get_object_or_404(Order, pk=pk)
        reason = request.POST["reason"]
        order.save()
        notifier.realtime_order_cancelled(order, reason)
        reason = "none"
        order = Order.objects.create(store=order.store)
        order.note = reason
    return HttpResponse(order.note)
