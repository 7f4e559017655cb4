from notifications.manager import notifier
from shop.models import Order


def bill(order, transaction):
    transaction.save()
    notifier.realtime_order_updated(order)


def pay(pk):
    notifier.realtime_order_updated(Order.objects.get(pk=pk))


def refund(order):
    from django.db import transaction

    with transaction.atomic():
        order.save()
        notifier.realtime_order_updated(order)
