from django.db import transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from notifications.manager import notifier
from shop.models import Courier, Order, Shelf


@receiver(pre_save, sender=Order)
def about_to_be_saved(sender, instance, **kwargs):
    old = Order.objects.get(pk=instance.pk)
    if old.status != instance.status:
        notifier.realtime_order_updated(instance)


def told(sender, instance, **kwargs):
    notifier.realtime_shelf_changed(instance)


pre_save.connect(told, sender=Shelf)
post_save.connect(told, sender=Shelf)


@receiver(post_save, sender=Courier)
def saved(sender, instance, **kwargs):
    def send_courier_moved(instance_pk=instance.pk, position=[instance.name]):
        notifier.realtime_courier_moved(instance_pk, position=position)

    transaction.on_commit(send_courier_moved, robust=True)

    def send_courier_moved_2(instance_pk=instance.pk, position=[instance.name]):
        notifier.realtime_courier_moved(instance_pk, position)

    transaction.on_commit(send_courier_moved_2, robust=True)
