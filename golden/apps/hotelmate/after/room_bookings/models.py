from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from hotel.models import Hotel
from rooms.models import Room

if TYPE_CHECKING:
    from guests.models import Guest


def new_booking_id():
    """A reference that guests can read out on the phone, e.g. ``BK-2025-3F9A1C``."""
    return f"BK-{timezone.now():%Y}-{secrets.token_hex(3).upper()}"


class RoomBooking(models.Model):
    class Status(models.TextChoices):
        PENDING_PAYMENT = "PENDING_PAYMENT"
        PENDING_APPROVAL = "PENDING_APPROVAL"
        CONFIRMED = "CONFIRMED"
        DECLINED = "DECLINED"
        CANCELLED = "CANCELLED"
        NO_SHOW = "NO_SHOW"
        CHECKED_IN = "CHECKED_IN"
        CHECKED_OUT = "CHECKED_OUT"

    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE, related_name="bookings")
    booking_id = models.CharField(max_length=20, unique=True, default=new_booking_id)
    status = models.CharField(
        max_length=20, choices=Status.choices, default=Status.PENDING_PAYMENT
    )
    # A room with a booking history must not vanish with it.
    assigned_room = models.ForeignKey(
        Room,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="room_bookings",
    )
    arrival = models.DateField()
    departure = models.DateField()
    total_price = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    cancellation_reason = models.CharField(max_length=200, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_out_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["arrival", "id"]

    def __str__(self):
        return self.booking_id

    @property
    def primary_guest(self) -> Guest | None:
        """The guest who made the booking, if already known by name."""
        return self.guests.filter(is_primary=True).first()
