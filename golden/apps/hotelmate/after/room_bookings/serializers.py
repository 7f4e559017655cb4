from rest_framework import serializers

from .models import RoomBooking


class BookingSerializer(serializers.ModelSerializer):
    room_number = serializers.CharField(
        source="assigned_room.room_number", read_only=True, default=None
    )

    class Meta:
        model = RoomBooking
        fields = [
            "id",
            "booking_id",
            "hotel",
            "status",
            "assigned_room",
            "room_number",
            "arrival",
            "departure",
            "total_price",
            "cancellation_reason",
            "checked_in_at",
            "checked_out_at",
        ]
        read_only_fields = [
            "booking_id",
            "hotel",
            "status",
            "assigned_room",
            "cancellation_reason",
            "checked_in_at",
            "checked_out_at",
        ]
