from django.db import transaction

from notifications.manager import notifier
from shop.models import Order


@transaction.atomic
def plain(order: Order):
    order.save()
    notifier.realtime_order_updated(order)


@transaction.atomic
def noted(order: Order):
    notifier.realtime_order_noted(order)
    order.save()


@transaction.atomic
def called(order: Order, name):
    order.save()
    notifier.realtime_courier_called(name)


@transaction.atomic
def counted(order: Order):
    order.save()
    notifier.realtime_counted(order.store_id)
    return notifier.sent
