"""The chat between guests and the front desk. The one place where its messages are made."""

from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework import generics, status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from guests.models import GuestChatMessage
from guests.serializers import GuestChatMessageSerializer
from notifications.notification_manager import notification_manager
from room_bookings.models import RoomBooking


class GuestChatView(generics.GenericAPIView):
    """Read and write as a guest; the booking reference is the key."""

    serializer_class = GuestChatMessageSerializer
    permission_classes = [AllowAny]
    authentication_classes = []

    def get_booking(self):
        return get_object_or_404(RoomBooking, booking_id=self.kwargs["booking_id"])

    def get_author(self):
        return None

    def get(self, request, **kwargs):
        messages = self.get_booking().chat_messages.all()
        return Response(self.get_serializer(messages, many=True).data)

    def post(self, request, **kwargs):
        text = (request.data.get("text") or "").strip()
        if not text:
            raise ValidationError({"text": "Say something."})

        with transaction.atomic():
            message = GuestChatMessage.objects.create(
                booking=self.get_booking(), staff=self.get_author(), text=text
            )
            # The app shows one tick for "saved" and two for "sent".
            delivered = notification_manager.realtime_guest_chat_message_created(
                message
            )

        data = {**self.get_serializer(message).data, "delivered": delivered}
        return Response(data, status=status.HTTP_201_CREATED)


class StaffSideChatView(GuestChatView):
    """The same chat, seen from the front desk."""

    permission_classes = generics.GenericAPIView.permission_classes
    authentication_classes = generics.GenericAPIView.authentication_classes

    def get_booking(self):
        return get_object_or_404(
            RoomBooking,
            booking_id=self.kwargs["booking_id"],
            hotel__slug=self.kwargs["hotel_slug"],
        )

    def get_author(self):
        return self.request.user.staff_profile
