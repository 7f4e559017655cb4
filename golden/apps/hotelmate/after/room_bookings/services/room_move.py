"""Moving guests who are already in the house to another room."""

from django.db import transaction

from notifications.notification_manager import notification_manager
from room_bookings.models import RoomBooking
from rooms.models import Room


class RoomMoveError(Exception):
    """The move is not possible; the message is for the front desk."""


@transaction.atomic
def move_booking(booking_pk: int, new_room: Room) -> None:
    """Move the guests of a booking, and the booking itself, to ``new_room``.

    Raises RoomMoveError if the guests are not in the house or the new room is taken.
    """
    booking = (
        RoomBooking.objects.select_for_update(of=("self",))
        .select_related("assigned_room")
        .get(pk=booking_pk)
    )
    old_room = booking.assigned_room
    if booking.status != RoomBooking.Status.CHECKED_IN or old_room is None:
        raise RoomMoveError("Only guests who are checked in can be moved.")
    if new_room.is_occupied or new_room.room_status != Room.Status.READY_FOR_GUEST:
        raise RoomMoveError(f"{new_room} is not ready.")

    booking.assigned_room = new_room
    booking.save(update_fields=["assigned_room"])
    booking.guests.update(room=new_room)

    old_room.is_occupied = False
    old_room.room_status = Room.Status.CHECKOUT_DIRTY
    old_room.save(update_fields=["is_occupied", "room_status"])

    new_room.is_occupied = True
    new_room.room_status = Room.Status.OCCUPIED
    new_room.save(update_fields=["is_occupied", "room_status"])

    # There is no event of its own for a move: the booking changed, and so did both rooms.
    transaction.on_commit(
        lambda booking=booking: notification_manager.realtime_booking_updated(booking),
        robust=True,
    )

    # Both rooms appear on the floor plan.
    transaction.on_commit(
        lambda old_room=old_room: notification_manager.realtime_room_occupancy_updated(
            old_room
        ),
        robust=True,
    )
    transaction.on_commit(
        lambda new_room=new_room: notification_manager.realtime_room_occupancy_updated(
            new_room
        ),
        robust=True,
    )