from rest_framework import serializers

from .models import Room


class RoomSerializer(serializers.ModelSerializer):
    class Meta:
        model = Room
        fields = [
            "id",
            "hotel",
            "room_number",
            "floor",
            "room_status",
            "is_occupied",
            "maintenance_note",
        ]
        read_only_fields = ["hotel", "is_occupied"]
