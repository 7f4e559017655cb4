from django.db import transaction
from django.utils import timezone

from notifications.manager import notifier


def move(courier):
    with transaction.atomic():
        courier.save()

        def send_courier_moved(courier_id=courier.id, now=timezone.now()):
            notifier.realtime_courier_moved(courier_id, now)

        transaction.on_commit(send_courier_moved, robust=True)
