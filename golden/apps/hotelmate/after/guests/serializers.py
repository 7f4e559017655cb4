from rest_framework import serializers

from .models import Guest, GuestChatMessage


class GuestSerializer(serializers.ModelSerializer):
    class Meta:
        model = Guest
        fields = ["id", "first_name", "last_name", "is_primary", "booking", "room"]


class GuestChatMessageSerializer(serializers.ModelSerializer):
    booking_id = serializers.CharField(source="booking.booking_id", read_only=True)

    class Meta:
        model = GuestChatMessage
        fields = ["id", "booking_id", "staff", "text", "created_at"]
