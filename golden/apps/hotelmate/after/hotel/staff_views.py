"""What the front desk does with bookings: take, confirm, assign, check in, check out, cancel."""

import logging

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import generics, status, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.views import APIView

from guests.models import Guest
from guests.serializers import GuestSerializer
from hotel.models import Hotel
from notifications.notification_manager import notification_manager
from room_bookings.models import RoomBooking
from room_bookings.serializers import BookingSerializer
from rooms.models import Room

logger = logging.getLogger(__name__)


def get_booking(hotel_slug, booking_id):
    return get_object_or_404(
        RoomBooking.objects.select_related('hotel', 'assigned_room'),
        hotel__slug=hotel_slug,
        booking_id=booking_id,
    )


def conflict(detail):
    return Response({'detail': detail}, status=status.HTTP_409_CONFLICT)


# --- Room assignment ---


class StaffRoomAssignmentView(APIView):
    """Reserve a room for a booking before the guests arrive, or give it back."""

    def post(self, request, hotel_slug, booking_id):
        booking = get_booking(hotel_slug, booking_id)
        room = get_object_or_404(
            Room, hotel=booking.hotel, room_number=request.data.get('room_number')
        )
        if booking.status in ('CANCELLED', 'CHECKED_OUT'):
            return conflict('This booking needs no room any more.')

        booking.assigned_room = room
        booking.save(update_fields=['assigned_room'])

        def send_room_assigned(
            booking=booking, room=room, assigned_by=request.user.get_full_name()
        ):
            try:
                notification_manager.realtime_room_assigned(
                    booking, room, assigned_by=assigned_by
                )
            except Exception as e:
                logger.error(f"Pusher error on room assignment: {e}")

        transaction.on_commit(send_room_assigned, robust=True)

        return Response(BookingSerializer(booking).data)

    def delete(self, request, hotel_slug, booking_id):
        booking = get_booking(hotel_slug, booking_id)
        if booking.status == 'CHECKED_IN':
            return conflict('The guests are in the room.')
        booking.assigned_room = None
        booking.save(update_fields=['assigned_room'])
        transaction.on_commit(
            lambda booking=booking: notification_manager.realtime_booking_updated(
                booking
            ),
            robust=True,
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


# --- Taking bookings ---


@api_view(['POST'])
def confirm_booking(request, hotel_slug, booking_id):
    """Confirm without payment, for guests whom the house knows."""
    booking = get_booking(hotel_slug, booking_id)
    if booking.status not in ('PENDING_PAYMENT', 'PENDING_APPROVAL'):
        return conflict(f'A booking that is {booking.status} cannot be confirmed.')

    primary_guest = booking.primary_guest
    booking.status = 'CONFIRMED'
    booking.save(update_fields=['status'])
    transaction.on_commit(
        lambda booking=booking: notification_manager.realtime_booking_updated(booking),
        robust=True,
    )

    def send_guest_booking_confirmed(booking=booking, primary_guest=primary_guest):
        notification_manager.realtime_guest_booking_confirmed(booking, primary_guest)

    transaction.on_commit(send_guest_booking_confirmed, robust=True)

    data = BookingSerializer(booking).data
    data['primary_guest'] = GuestSerializer(primary_guest).data
    return Response(data)


class StaffBookingListCreateView(generics.ListCreateAPIView):
    """All bookings of the hotel; new ones come in by phone."""

    serializer_class = BookingSerializer

    def get_queryset(self):
        return RoomBooking.objects.filter(
            hotel__slug=self.kwargs['hotel_slug']
        ).select_related('hotel', 'assigned_room')

    def perform_create(self, serializer):
        hotel = get_object_or_404(Hotel, slug=self.kwargs['hotel_slug'])
        booking = serializer.save(hotel=hotel)
        transaction.on_commit(
            lambda booking=booking: notification_manager.realtime_booking_created(
                booking
            ),
            robust=True,
        )


class StaffBookingCancelView(APIView):
    def post(self, request, hotel_slug, booking_id):
        cancellation_reason = request.data.get('reason') or 'Cancelled by the hotel'

        with transaction.atomic():
            booking = get_booking(hotel_slug, booking_id)
            if booking.status in ('CHECKED_IN', 'CHECKED_OUT', 'CANCELLED'):
                return conflict(f'A booking that is {booking.status} stays as it is.')

            booking.status = 'CANCELLED'
            booking.cancellation_reason = cancellation_reason
            booking.assigned_room = None
            booking.save()

            def send_booking_cancelled(
                booking=booking, cancellation_reason=cancellation_reason
            ):
                notification_manager.realtime_booking_cancelled(
                    booking, cancellation_reason
                )

            transaction.on_commit(send_booking_cancelled, robust=True)

            # The guest may have the app open right now.
            def send_guest_booking_cancelled(
                booking=booking, cancellation_reason=cancellation_reason
            ):
                try:
                    notification_manager.realtime_guest_booking_cancelled(
                        booking, cancellation_reason
                    )
                except Exception as e:
                    logger.error(f"Guest of {booking} was not told: {e}")

            transaction.on_commit(send_guest_booking_cancelled, robust=True)

        return Response(BookingSerializer(booking).data)


@api_view(['POST'])
def mark_no_show(request, hotel_slug, booking_id):
    """Nobody came. The room is assigned to the next one."""
    booking = get_booking(hotel_slug, booking_id)
    if booking.status != 'CONFIRMED':
        return conflict('Only guests who were expected can fail to come.')
    booking.status = 'NO_SHOW'
    booking.save()
    transaction.on_commit(
        lambda booking=booking: notification_manager.realtime_booking_updated(booking),
        robust=True,
    )
    return Response(BookingSerializer(booking).data)


# --- Arrival and departure ---


@api_view(['PATCH'])
def express_stay(request, hotel_slug, booking_id):
    """The kiosk in the lobby: a guest with an assigned room comes or goes without the desk."""
    booking = get_booking(hotel_slug, booking_id)
    room = booking.assigned_room
    if room is None:
        return conflict('Please see the front desk.')
    primary_guest = booking.primary_guest
    now = timezone.now()

    if request.data.get('action') == 'check_in' and booking.status == 'CONFIRMED':
        booking.status = 'CHECKED_IN'
        booking.checked_in_at = now
        booking.save(update_fields=['status', 'checked_in_at'])
        party_guest_objects = list(booking.guests.filter(is_primary=False))
        booking.guests.update(room=room)
        room.is_occupied = True
        room.room_status = 'OCCUPIED'
        room.save(update_fields=['is_occupied', 'room_status'])

        def send_booking_checked_in(
            booking=booking,
            room=room,
            primary_guest=primary_guest,
            party_guest_objects=party_guest_objects,
        ):
            notification_manager.realtime_booking_checked_in(
                booking, room, primary_guest, party_guest_objects
            )

        transaction.on_commit(send_booking_checked_in, robust=True)
        transaction.on_commit(
            lambda room=room: notification_manager.realtime_room_occupancy_updated(
                room
            ),
            robust=True,
        )

        # The kiosk shows no room number to people who stand behind; the app does.
        def send_guest_booking_room_assigned(
            booking=booking, room=room, primary_guest=primary_guest
        ):
            notification_manager.realtime_guest_booking_room_assigned(
                booking, room, primary_guest
            )

        transaction.on_commit(send_guest_booking_room_assigned, robust=True)

    elif request.data.get('action') == 'check_out' and booking.status == 'CHECKED_IN':
        booking.status = 'CHECKED_OUT'
        booking.checked_out_at = now
        booking.save(update_fields=['status', 'checked_out_at'])
        booking.guests.update(room=None)
        room.is_occupied = False
        room.room_status = 'CHECKOUT_DIRTY'
        room.save(update_fields=['is_occupied', 'room_status'])

        def send_booking_checked_out(booking=booking, room_number=room.room_number):
            notification_manager.realtime_booking_checked_out(booking, room_number)

        transaction.on_commit(send_booking_checked_out, robust=True)
        transaction.on_commit(
            lambda room=room: notification_manager.realtime_room_occupancy_updated(
                room
            ),
            robust=True,
        )

    else:
        return conflict('Please see the front desk.')

    return Response(BookingSerializer(booking).data)


class StaffCheckInView(APIView):
    """Check guests in at the desk, with the names of everyone who travels along."""

    @transaction.atomic
    def post(self, request, hotel_slug, booking_id):
        booking = get_booking(hotel_slug, booking_id)
        if booking.status != 'CONFIRMED':
            return conflict(f'A booking that is {booking.status} cannot be checked in.')
        room = get_object_or_404(
            Room, hotel=booking.hotel, room_number=request.data.get('room_number')
        )
        if room.is_occupied:
            return conflict(f'{room} is taken.')

        primary_guest = booking.primary_guest
        party_guest_objects = [
            Guest.objects.create(
                hotel=booking.hotel,
                booking=booking,
                first_name=person['first_name'],
                last_name=person['last_name'],
            )
            for person in request.data.get('party', [])
        ]
        booking.guests.update(room=room)

        booking.status = 'CHECKED_IN'
        booking.assigned_room = room
        booking.checked_in_at = timezone.now()
        booking.save()

        room.room_status = 'OCCUPIED'
        room.is_occupied = True
        room.save()

        def send_booking_checked_in(
            booking=booking,
            room=room,
            primary_guest=primary_guest,
            party_guest_objects=party_guest_objects,
        ):
            notification_manager.realtime_booking_checked_in(
                booking, room, primary_guest, party_guest_objects
            )

        transaction.on_commit(send_booking_checked_in, robust=True)
        transaction.on_commit(
            lambda room=room: notification_manager.realtime_room_occupancy_updated(
                room
            ),
            robust=True,
        )

        def send_guest_booking_checked_in(
            booking=booking, room=room, primary_guest=primary_guest
        ):
            notification_manager.realtime_guest_booking_checked_in(
                booking, room, primary_guest
            )

        transaction.on_commit(send_guest_booking_checked_in, robust=True)

        return Response(BookingSerializer(booking).data)


class StaffCheckOutView(APIView):
    """Check guests out at the desk. Older than room_bookings.services.checkout."""

    @transaction.atomic
    def post(self, request, hotel_slug, booking_id):
        booking = get_booking(hotel_slug, booking_id)
        room = booking.assigned_room
        if booking.status != 'CHECKED_IN' or room is None:
            return conflict('Nobody is in the house under this booking.')
        primary_guest = booking.primary_guest

        booking.status = 'CHECKED_OUT'
        booking.checked_out_at = timezone.now()
        booking.save()
        booking.guests.update(room=None)

        room.is_occupied = False
        room.room_status = 'CHECKOUT_DIRTY'
        room.save()

        def send_booking_checked_out(booking=booking, room_number=room.room_number):
            notification_manager.realtime_booking_checked_out(booking, room_number)

        transaction.on_commit(send_booking_checked_out, robust=True)
        transaction.on_commit(
            lambda room=room: notification_manager.realtime_room_occupancy_updated(
                room
            ),
            robust=True,
        )

        # The guest app says goodbye.
        def send_guest_booking_checked_out(
            booking=booking, room=room, primary_guest=primary_guest
        ):
            notification_manager.realtime_guest_booking_checked_out(
                booking, room, primary_guest
            )

        transaction.on_commit(send_guest_booking_checked_out, robust=True)

        # For the old dashboard

        return Response(BookingSerializer(booking).data)


# --- Approval ---


class StaffBookingApprovalViewSet(viewsets.GenericViewSet):
    """Paid bookings wait here until somebody looks at them."""

    serializer_class = BookingSerializer
    lookup_field = 'booking_id'

    def get_queryset(self):
        return RoomBooking.objects.filter(
            hotel__slug=self.kwargs['hotel_slug'], status='PENDING_APPROVAL'
        )

    @action(detail=True, methods=['post'])
    def approve(self, request, **kwargs):
        with transaction.atomic():
            booking = self.get_object()
            booking.status = 'CONFIRMED'
            booking.save(update_fields=['status'])
            transaction.on_commit(
                lambda booking=booking: notification_manager.realtime_booking_updated(
                    booking
                ),
                robust=True,
            )

            primary_guest = booking.primary_guest
            if primary_guest is None:
                logger.warning("Booking %s has no primary guest", booking)

            # The confirmation mail takes a minute; the app should not.
            def send_guest_booking_confirmed(
                booking=booking, primary_guest=primary_guest
            ):
                notification_manager.realtime_guest_booking_confirmed(
                    booking, primary_guest
                )

            transaction.on_commit(send_guest_booking_confirmed, robust=True)
        return Response(self.get_serializer(booking).data)

    @action(detail=True, methods=['post'])
    def decline(self, request, **kwargs):
        booking = self.get_object()
        booking.status = 'DECLINED'
        booking.cancellation_reason = request.data.get('reason', '')
        booking.save(update_fields=['status', 'cancellation_reason'])
        # Tell the others first, so that nobody else calls the guest.
        transaction.on_commit(
            lambda booking=booking: notification_manager.realtime_booking_updated(
                booking
            ),
            robust=True,
        )
        return Response(self.get_serializer(booking).data)
