from django.db import models

from hotel.models import Staff
from rooms.models import Room


class RoomStatusEvent(models.Model):
    """Who set which room to what, and when. Never changed, only added to."""

    room = models.ForeignKey(
        Room, on_delete=models.CASCADE, related_name="status_events"
    )
    from_status = models.CharField(max_length=30)
    to_status = models.CharField(max_length=30)
    changed_by = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self):
        return f"{self.room}: {self.from_status} -> {self.to_status}"
