from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver

from notifications.manager import notifier
from shop.models import Courier, Order


@receiver(post_save, sender=Order)
def saved(sender, instance, created, **kwargs):
    if created:
        transaction.on_commit(
            lambda instance=instance: notifier.realtime_order_updated(instance),
            robust=True,
        )


@receiver(pre_delete, sender=Courier)
def going(sender, instance, **kwargs):
    transaction.on_commit(
        lambda instance_pk=instance.pk: notifier.realtime_courier_moved(
            instance_pk, "gone"
        ),
        robust=True,
    )


@receiver(post_delete, sender=Order)
def gone(sender, instance, **kwargs):
    notifier.realtime_order_updated(instance)
