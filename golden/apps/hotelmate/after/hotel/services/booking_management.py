"""The hotel cancels a booking."""

from django.db import transaction

from notifications.notification_manager import notification_manager
from room_bookings.models import RoomBooking


class BookingStateError(Exception):
    """The booking's state does not allow it; the message is for the front desk."""


def cancel_booking(booking, reason):
    """Cancel ``booking`` and tell staff and guests.

    Raises BookingStateError if the guests are in the house or have left.
    """
    if booking.status in {"CHECKED_IN", "CHECKED_OUT"}:
        raise BookingStateError(f"{booking} is {booking.get_status_display()}.")

    with transaction.atomic():
        booking.status = RoomBooking.Status.CANCELLED
        booking.cancellation_reason = reason
        booking.assigned_room = None
        booking.save(update_fields=["status", "cancellation_reason", "assigned_room"])

        transaction.on_commit(
            lambda: notification_manager.realtime_booking_cancelled(booking, reason)
        )
        transaction.on_commit(
            lambda: notification_manager.realtime_guest_booking_cancelled(
                booking, reason
            )
        )

    return booking
