from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    try:
        with transaction.atomic():
            order.status = "PAID"
            order.save()
            notifier.realtime_order_updated(order)
    except IntegrityError:
        return HttpResponse("taken", status=409)
    return HttpResponse("ok")
