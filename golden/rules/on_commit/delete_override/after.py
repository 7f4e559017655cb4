from django.db import models, transaction

from notifications.manager import notifier
from shop.models import Order


class Parcel(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)

    def delete(self, *args, **kwargs):
        with transaction.atomic():
            transaction.on_commit(
                lambda id_value=self.id: notifier.realtime_courier_moved(
                    id_value, "gone"
                ),
                robust=True,
            )
            return super().delete(*args, **kwargs)


class Letter(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)

    def delete(self, *args, **kwargs):
        result = super().delete(*args, **kwargs)
        notifier.realtime_courier_moved(self.id, "gone")
        transaction.on_commit(
            lambda order=self.order: notifier.realtime_order_updated(order), robust=True
        )
        return result
