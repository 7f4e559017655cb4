from rest_framework import serializers

from .models import BreakfastOrder, RoomServiceOrder


class RoomServiceOrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = RoomServiceOrder
        fields = ["id", "hotel", "room", "items", "total_price", "created_at"]
        read_only_fields = ["hotel", "room", "total_price"]


class BreakfastOrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = BreakfastOrder
        fields = ["id", "hotel", "room", "items", "deliver_at", "created_at"]
        read_only_fields = ["hotel", "room"]
