from django.db import transaction
from django.utils import timezone

from notifications.manager import notifier


LAST_POSITION = [0, 0]


def move(request, courier, old_status):
    with transaction.atomic():
        courier.save()
        notifier.realtime_courier_moved(courier.id, position=timezone.now())
        notifier.realtime_courier_moved(request.POST["id"], position=old_status.lower())
        notifier.realtime_courier_moved(courier_id=7, position=[1, 2])
        notifier.realtime_courier_moved(courier.pk, position=LAST_POSITION)
