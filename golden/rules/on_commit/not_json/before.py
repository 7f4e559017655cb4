from django.db import transaction
from django.utils import timezone

from notifications.manager import notifier


def move(courier):
    with transaction.atomic():
        courier.save()
        notifier.realtime_courier_moved(courier.id, timezone.now())
