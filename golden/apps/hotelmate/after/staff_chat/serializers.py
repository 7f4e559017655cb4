from rest_framework import serializers

from .models import StaffChatMessage


class StaffChatMessageSerializer(serializers.ModelSerializer):
    sender_name = serializers.StringRelatedField(source="sender")

    class Meta:
        model = StaffChatMessage
        fields = [
            "id",
            "conversation",
            "sender",
            "sender_name",
            "text",
            "edited_at",
            "created_at",
        ]
