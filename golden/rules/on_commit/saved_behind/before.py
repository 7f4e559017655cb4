from django.db import models, transaction

from notifications.manager import notifier
from shop.models import Order


def store(order):
    notifier.realtime_order_updated(order)
    order.save()


def create(data):
    order = Order(**data)
    notifier.realtime_order_updated(order)
    order.save()
    return order


def store_in_transaction(order):
    with transaction.atomic():
        notifier.realtime_order_updated(order)
        order.save()


def twice(order):
    order.save()
    notifier.realtime_order_updated(order)
    order.save()


class Parcel(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)

    def save(self, *args, **kwargs):
        notifier.realtime_courier_moved(self.pk, position=self.order_id)
        super().save(*args, **kwargs)
