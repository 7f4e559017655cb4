from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from hotel.services.booking_management import BookingStateError, cancel_booking
from rooms.models import Room

from .models import RoomBooking
from .serializers import BookingSerializer
from .services.checkout import CheckoutError, checkout_booking
from .services.room_move import RoomMoveError, move_booking


class StayView(APIView):
    """What the staff app does with one stay. The work is in the services."""

    def get_booking(self):
        return get_object_or_404(
            RoomBooking.objects.select_related("hotel", "assigned_room"),
            hotel__slug=self.kwargs["hotel_slug"],
            booking_id=self.kwargs["booking_id"],
        )

    def get(self, request, hotel_slug, booking_id):
        return Response(BookingSerializer(self.get_booking()).data)

    def delete(self, request, hotel_slug, booking_id):
        try:
            cancel_booking(self.get_booking(), request.data.get("reason", ""))
        except BookingStateError as error:
            return Response({"detail": str(error)}, status=status.HTTP_409_CONFLICT)
        return Response(status=status.HTTP_204_NO_CONTENT)


class StayCheckoutView(StayView):
    http_method_names = ["post", "options"]

    def post(self, request, hotel_slug, booking_id):
        try:
            booking = checkout_booking(self.get_booking(), performed_by=request.user)
        except CheckoutError as error:
            return Response({"detail": str(error)}, status=status.HTTP_409_CONFLICT)
        return Response(BookingSerializer(booking).data)


class StayMoveView(StayView):
    http_method_names = ["post", "options"]

    def post(self, request, hotel_slug, booking_id):
        booking = self.get_booking()
        new_room = get_object_or_404(
            Room, hotel=booking.hotel, room_number=request.data.get("room_number")
        )
        try:
            move_booking(booking.pk, new_room)
        except RoomMoveError as error:
            return Response({"detail": str(error)}, status=status.HTTP_409_CONFLICT)
        booking.refresh_from_db()
        return Response(BookingSerializer(booking).data)
