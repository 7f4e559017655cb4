from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver

from notifications.manager import notifier
from shop.models import Courier, Order


@receiver(post_save, sender=Order)
def saved(sender, instance, created, **kwargs):
    if created:
        notifier.realtime_order_updated(instance)


@receiver(pre_delete, sender=Courier)
def going(sender, instance, **kwargs):
    notifier.realtime_courier_moved(instance.pk, "gone")


@receiver(post_delete, sender=Order)
def gone(sender, instance, **kwargs):
    notifier.realtime_order_updated(instance)
