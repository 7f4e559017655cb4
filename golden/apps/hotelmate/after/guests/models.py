from django.db import models, transaction

from hotel.models import Hotel, Staff
from room_bookings.models import RoomBooking
from rooms.models import Room


class Guest(models.Model):
    """A person on a booking. ``room`` is set while the guest is in the house."""

    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE, related_name="guests")
    booking = models.ForeignKey(
        RoomBooking,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="guests",
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="guests_in_room",
    )
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    is_primary = models.BooleanField(default=False)

    def __str__(self):
        return f"{self.first_name} {self.last_name}"

    def delete(self, *args, **kwargs):
        from notifications.notification_manager import notification_manager

        # The last one out leaves an empty room behind.
        if self.room and self.room.guests_in_room.count() == 1:
            self.room.is_occupied = False
            self.room.save(update_fields=["is_occupied"])

            def send_room_occupancy_updated(room=self.room):
                notification_manager.realtime_room_occupancy_updated(room)

            transaction.on_commit(send_room_occupancy_updated, robust=True)
        return super().delete(*args, **kwargs)


class GuestChatMessage(models.Model):
    """One line in the conversation between a booking's guests and the front desk."""

    booking = models.ForeignKey(
        RoomBooking, on_delete=models.CASCADE, related_name="chat_messages"
    )
    # Empty when a guest wrote it.
    staff = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self):
        return self.text[:40]
