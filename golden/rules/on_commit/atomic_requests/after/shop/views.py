from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError

from notifications.manager import notifier
from shop.models import Order, Shelf


@api_view(["POST"])
def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.status = "PAID"
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    if order.note == "":
        raise ValidationError("no note")
    return HttpResponse("ok")


@transaction.non_atomic_requests
def ship(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    return HttpResponse("ok")
