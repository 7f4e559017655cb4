from django.db import models, transaction

from notifications.manager import notifier
from shop.models import Order


class Parcel(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)

    def delete(self, *args, **kwargs):
        with transaction.atomic():
            notifier.realtime_courier_moved(self.id, "gone")
            return super().delete(*args, **kwargs)


class Letter(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)

    def delete(self, *args, **kwargs):
        result = super().delete(*args, **kwargs)
        notifier.realtime_courier_moved(self.id, "gone")
        notifier.realtime_order_updated(self.order)
        return result
