from django.db import transaction

from notifications.manager import notifier
from shop.models import Order


@transaction.atomic
def plain(order: Order):
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )


@transaction.atomic
def noted(order: Order):
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_noted(order), robust=True
    )
    order.save()


@transaction.atomic
def called(order: Order, name):
    order.save()
    transaction.on_commit(
        lambda name=name: notifier.realtime_courier_called(name), robust=True
    )


@transaction.atomic
def counted(order: Order):
    order.save()
    transaction.on_commit(
        lambda order_store_id=order.store_id: notifier.realtime_counted(order_store_id),
        robust=True,
    )
    return notifier.sent
