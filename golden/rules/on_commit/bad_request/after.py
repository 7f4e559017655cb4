from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.status = "PAID"
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    if not request.POST:
        return HttpResponse("nothing posted", status=400)
    return HttpResponse("ok")
