"""Checking a booking out: the booking is closed, its guests leave, the room waits for cleaning."""

import logging

from django.db import transaction
from django.utils import timezone

from notifications.notification_manager import notification_manager
from room_bookings.models import RoomBooking
from rooms.models import Room

logger = logging.getLogger(__name__)


class CheckoutError(Exception):
    """The booking cannot be checked out; the message is for the front desk."""


def checkout_booking(booking: RoomBooking, performed_by=None) -> RoomBooking:
    """Check ``booking`` out of its room.

    Raises CheckoutError if nobody is in the room under this booking.
    """
    if booking.status != RoomBooking.Status.CHECKED_IN:
        raise CheckoutError(f"Booking {booking.booking_id} is not checked in.")

    room = booking.assigned_room
    if room is None:
        raise CheckoutError(f"Booking {booking.booking_id} has no room.")

    with transaction.atomic():
        booking.status = RoomBooking.Status.CHECKED_OUT
        booking.checked_out_at = timezone.now()
        booking.save(update_fields=["status", "checked_out_at"])

        booking.guests.update(room=None)

        room.is_occupied = False
        room.room_status = Room.Status.CHECKOUT_DIRTY
        room.save(update_fields=["is_occupied", "room_status"])

    logger.info("%s checked out by %s", booking, performed_by or "system")

    # The transaction is over: whoever hears of it can already read it.
    def send_booking_checked_out(booking=booking, room_number=room.room_number):
        notification_manager.realtime_booking_checked_out(booking, room_number)

    transaction.on_commit(send_booking_checked_out, robust=True)

    # The room is free, but not yet clean.
    transaction.on_commit(
        lambda room=room: notification_manager.realtime_room_occupancy_updated(room),
        robust=True,
    )

    return booking
