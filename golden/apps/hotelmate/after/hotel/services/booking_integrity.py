"""Repairs what should never be wrong, and is."""

import logging

from django.db import transaction

from notifications.notification_manager import notification_manager
from rooms.models import Room

logger = logging.getLogger(__name__)


def heal_room_occupancy(hotel):
    """Make ``is_occupied`` of every room of ``hotel`` agree with its guest list.

    Returns the numbers of the rooms that were wrong.
    """
    healed = []
    with transaction.atomic():
        for room in Room.objects.select_for_update().filter(hotel=hotel):
            has_guests = room.guests_in_room.exists()
            if has_guests == room.is_occupied:
                continue

            if has_guests:
                room.is_occupied = True
                room.room_status = Room.Status.OCCUPIED
                room.save(update_fields=["is_occupied", "room_status"])
            else:
                room.is_occupied = False
                room.save(update_fields=["is_occupied"])

            healed.append(room.room_number)
            transaction.on_commit(
                lambda room=room: notification_manager.realtime_room_occupancy_updated(
                    room
                ),
                robust=True,
            )

    if healed:
        logger.warning("Occupancy was wrong in %s: %s", hotel, ", ".join(healed))
    return healed
