from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views import View

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def pay(order):
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )


@transaction.atomic(durable=True)
def ship(order):
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )


@method_decorator(transaction.atomic, name="post")
class PayView(View):
    def post(self, request, pk):
        order = get_object_or_404(Order, pk=pk)
        order.save()
        transaction.on_commit(
            lambda order=order: notifier.realtime_order_updated(order), robust=True
        )
        return HttpResponse("ok")


class ShipView(View):
    @method_decorator(transaction.atomic)
    def post(self, request, pk):
        order = get_object_or_404(Order, pk=pk)
        order.save()
        transaction.on_commit(
            lambda order=order: notifier.realtime_order_updated(order), robust=True
        )
        return HttpResponse("ok")
