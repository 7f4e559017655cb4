from django.db import transaction
from django.utils import timezone

from notifications.manager import notifier


LAST_POSITION = [0, 0]


def move(request, courier, old_status):
    with transaction.atomic():
        courier.save()

        def send_courier_moved(courier_id=courier.id, position=timezone.now()):
            notifier.realtime_courier_moved(courier_id, position=position)

        transaction.on_commit(send_courier_moved, robust=True)

        def send_courier_moved_2(
            request_post_id=request.POST["id"], position=old_status.lower()
        ):
            notifier.realtime_courier_moved(request_post_id, position=position)

        transaction.on_commit(send_courier_moved_2, robust=True)
        transaction.on_commit(
            lambda: notifier.realtime_courier_moved(courier_id=7, position=[1, 2]),
            robust=True,
        )
        transaction.on_commit(
            lambda courier_pk=courier.pk: notifier.realtime_courier_moved(
                courier_pk, position=LAST_POSITION
            ),
            robust=True,
        )
