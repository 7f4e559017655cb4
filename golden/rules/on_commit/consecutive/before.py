from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pay(request, pk):
    with transaction.atomic():
        order_that_is_paid_for_now = get_object_or_404(Order, pk=pk)
        order_that_is_paid_for_now.save()
        notifier.realtime_order_updated(order_that_is_paid_for_now)
        notifier.realtime_order_cancelled(order_that_is_paid_for_now, request.POST["reason"])
        notifier.realtime_order_cancelled(order_that_is_paid_for_now, request.POST["why"])
        notifier.realtime_shelf_changed(order_that_is_paid_for_now.shelf)
