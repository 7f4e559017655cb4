"""A guest cancels through the link in the confirmation mail."""

import logging

from django.db import transaction

from notifications.notification_manager import notification_manager
from room_bookings.models import RoomBooking

logger = logging.getLogger(__name__)

CANCELLABLE = {"PENDING_PAYMENT", "PENDING_APPROVAL", "CONFIRMED"}


class CancellationRefused(Exception):
    """Too late to cancel; the message is for the guest."""


def cancel_by_guest(booking_id, cancellation_reason):
    """Cancel the booking with this reference and return it.

    Raises RoomBooking.DoesNotExist, or CancellationRefused if the stay has begun or is over.
    """
    with transaction.atomic():
        booking = (
            RoomBooking.objects.select_for_update(of=("self",))
            .select_related("hotel")
            .get(booking_id=booking_id)
        )
        if booking.status not in CANCELLABLE:
            raise CancellationRefused("This booking can no longer be cancelled online.")
        booking.status = RoomBooking.Status.CANCELLED
        booking.cancellation_reason = cancellation_reason
        booking.assigned_room = None
        booking.save(update_fields=["status", "cancellation_reason", "assigned_room"])

    def send_booking_cancelled(
        booking=booking, cancellation_reason=cancellation_reason
    ):
        try:
            notification_manager.realtime_booking_cancelled(
                booking, cancellation_reason
            )
        except Exception:
            # The guest has cancelled, whether the front desk's screen shows it or not.
            logger.exception("Cancellation of %s was not announced", booking)

    transaction.on_commit(send_booking_cancelled, robust=True)

    return booking
