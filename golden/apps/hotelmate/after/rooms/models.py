from django.db import models

from hotel.models import Hotel


class Room(models.Model):
    class Status(models.TextChoices):
        READY_FOR_GUEST = "READY_FOR_GUEST"
        OCCUPIED = "OCCUPIED"
        CHECKOUT_DIRTY = "CHECKOUT_DIRTY"
        CLEANING_IN_PROGRESS = "CLEANING_IN_PROGRESS"
        CLEANED_UNINSPECTED = "CLEANED_UNINSPECTED"
        MAINTENANCE_REQUIRED = "MAINTENANCE_REQUIRED"
        OUT_OF_ORDER = "OUT_OF_ORDER"

    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE, related_name="rooms")
    room_number = models.CharField(max_length=10)
    floor = models.PositiveSmallIntegerField(default=1)
    room_status = models.CharField(
        max_length=30, choices=Status.choices, default=Status.READY_FOR_GUEST
    )
    is_occupied = models.BooleanField(default=False)
    maintenance_note = models.TextField(blank=True)

    class Meta:
        ordering = ["room_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "room_number"], name="unique_room_number_in_hotel"
            )
        ]

    def __str__(self):
        return f"Room {self.room_number}"
