"""The kitchen hears of every new order, wherever it was made."""

import logging

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from notifications.notification_manager import notification_manager

from .models import BreakfastOrder, RoomServiceOrder

logger = logging.getLogger(__name__)


@receiver(post_save, sender=RoomServiceOrder)
def announce_order(sender, instance, created, **kwargs):
    """Tell the kitchen of a new room service order."""
    if not created:
        return

    def send_room_service_order_created(instance=instance):
        notification_manager.realtime_room_service_order_created(instance)

    transaction.on_commit(send_room_service_order_created, robust=True)


@receiver(post_save, sender=BreakfastOrder)
def announce_breakfast(sender, instance, created, **kwargs):
    """Tell the kitchen of a new breakfast order, which it plans the evening before."""
    if created:

        def send_room_service_order_created(instance=instance):
            try:
                notification_manager.realtime_room_service_order_created(instance)
            except Exception:
                # An order that only the printer knows of is still an order.
                logger.exception("Breakfast order %s was not announced", instance.pk)

        transaction.on_commit(send_room_service_order_created, robust=True)
