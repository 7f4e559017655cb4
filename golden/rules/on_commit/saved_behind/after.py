from django.db import models, transaction

from notifications.manager import notifier
from shop.models import Order


def store(order):
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )


def create(data):
    order = Order(**data)
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    return order


def store_in_transaction(order):
    with transaction.atomic():
        transaction.on_commit(
            lambda order=order: notifier.realtime_order_updated(order), robust=True
        )
        order.save()


def twice(order):
    order.save()
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_updated(order), robust=True
    )
    order.save()


class Parcel(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        transaction.on_commit(
            lambda pk=self.pk, position=self.order_id: notifier.realtime_courier_moved(
                pk, position=position
            ),
            robust=True,
        )
