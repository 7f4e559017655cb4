from django.http import Http404
from rest_framework import status
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    permission_classes,
)
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from hotel.services.guest_cancellation import CancellationRefused, cancel_by_guest
from room_bookings.models import RoomBooking
from room_bookings.serializers import BookingSerializer


@api_view(["POST"])
@authentication_classes([])
@permission_classes([AllowAny])
def cancel_my_booking(request, booking_id):
    """The link in the confirmation mail."""
    try:
        booking = cancel_by_guest(booking_id, request.data.get("reason", ""))
    except RoomBooking.DoesNotExist:
        raise Http404
    except CancellationRefused as error:
        return Response({"detail": str(error)}, status=status.HTTP_409_CONFLICT)
    return Response(BookingSerializer(booking).data)
