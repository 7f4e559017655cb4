from celery import shared_task
from django.db import transaction

from notifications.manager import notifier
from shop.models import Order


@shared_task
def tell(order_id):
    transaction.on_commit(
        lambda order=Order.objects.get(pk=order_id): notifier.realtime_order_updated(
            order
        ),
        robust=True,
    )


@shared_task
def count(order_id):
    return Order.objects.count()


def pay(order):
    with transaction.atomic():
        order.save()
        tell.delay(order.id)
        count.delay(order.id)
        transaction.on_commit(lambda pk=order.id: tell.delay(pk))
    tell.delay(order.id)
