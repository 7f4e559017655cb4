from django.shortcuts import get_object_or_404
from rest_framework import generics
from rest_framework.permissions import AllowAny

from room_bookings.models import RoomBooking

from .serializers import BreakfastOrderSerializer, RoomServiceOrderSerializer


class OrderView(generics.CreateAPIView):
    """Guests order from their room; the booking reference is their key."""

    permission_classes = [AllowAny]
    authentication_classes = []

    def perform_create(self, serializer):
        booking = get_object_or_404(
            RoomBooking, booking_id=self.kwargs["booking_id"], status="CHECKED_IN"
        )
        serializer.save(hotel=booking.hotel, room=booking.assigned_room)


class RoomServiceOrderView(OrderView):
    serializer_class = RoomServiceOrderSerializer


class BreakfastOrderView(OrderView):
    serializer_class = BreakfastOrderSerializer
