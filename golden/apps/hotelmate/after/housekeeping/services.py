"""The one place that should change a room's status: it checks the step, keeps the log, tells everyone."""

from django.db import transaction

from notifications.notification_manager import notification_manager
from rooms.models import Room

from .models import RoomStatusEvent

# Which status may follow which.
ALLOWED_STEPS = {
    "READY_FOR_GUEST": {"OCCUPIED", "MAINTENANCE_REQUIRED", "OUT_OF_ORDER"},
    "OCCUPIED": {"CHECKOUT_DIRTY", "READY_FOR_GUEST", "MAINTENANCE_REQUIRED"},
    "CHECKOUT_DIRTY": {"CLEANING_IN_PROGRESS", "MAINTENANCE_REQUIRED"},
    "CLEANING_IN_PROGRESS": {"CLEANED_UNINSPECTED", "MAINTENANCE_REQUIRED"},
    "CLEANED_UNINSPECTED": {"READY_FOR_GUEST", "CHECKOUT_DIRTY"},
    "MAINTENANCE_REQUIRED": {"CHECKOUT_DIRTY", "OUT_OF_ORDER"},
    "OUT_OF_ORDER": {"CHECKOUT_DIRTY"},
}


class InvalidStep(Exception):
    """The room cannot go from its present status to the wanted one."""


def set_room_status(room_id, to_status, staff=None, note=""):
    """Set a room's status and return the room.

    Raises InvalidStep if ``to_status`` may not follow the present status.
    """
    with transaction.atomic():
        room = Room.objects.select_for_update().get(pk=room_id)
        from_status = room.room_status
        if to_status not in ALLOWED_STEPS[from_status]:
            raise InvalidStep(f"{room}: {from_status} -> {to_status}")

        room.room_status = to_status
        room.save(update_fields=["room_status"])

        # Housekeeping found it empty: whoever is still on the list forgot to check out.
        if to_status == 'READY_FOR_GUEST' and room.guests_in_room.exists():
            room.is_occupied = False
            room.save(update_fields=["is_occupied"])
            transaction.on_commit(
                lambda room=room: notification_manager.realtime_room_occupancy_updated(
                    room
                ),
                robust=True,
            )

        RoomStatusEvent.objects.create(
            room=room,
            from_status=from_status,
            to_status=to_status,
            changed_by=staff,
            note=note,
        )
        transaction.on_commit(lambda: notification_manager.realtime_room_updated(room))

    return room
