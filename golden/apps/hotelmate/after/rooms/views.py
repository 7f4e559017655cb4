import json
import logging

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework import generics, status
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView

from housekeeping.models import RoomStatusEvent
from notifications.notification_manager import notification_manager

from .models import Room
from .serializers import RoomSerializer

logger = logging.getLogger(__name__)


class RoomListView(generics.ListAPIView):
    serializer_class = RoomSerializer

    def get_queryset(self):
        return Room.objects.filter(hotel__slug=self.kwargs['hotel_slug'])


class RoomDetailView(generics.RetrieveUpdateDestroyAPIView):
    """The manager's page of one room."""

    serializer_class = RoomSerializer

    def get_queryset(self):
        return Room.objects.filter(hotel__slug=self.kwargs['hotel_slug'])

    def perform_update(self, serializer):
        room = serializer.save()
        transaction.on_commit(
            lambda room=room: notification_manager.realtime_room_updated(
                room, changed_fields=["room_status"]
            ),
            robust=True,
        )
        logger.info('%s edited by %s', room, self.request.user)

    def destroy(self, request, *args, **kwargs):
        room = self.get_object()
        # Before the row is gone, while the room still has its id
        notification_manager.realtime_room_deleted(
            room_id=room.id, room_number=room.room_number, hotel=room.hotel
        )
        try:
            room.delete()
        except ProtectedError:
            return Response(
                {'detail': 'The room has bookings.'}, status=status.HTTP_409_CONFLICT
            )
        return Response(status=status.HTTP_204_NO_CONTENT)


# --- Cleaning ---


@api_view(['POST'])
def start_cleaning(request, hotel_slug, pk):
    """A housekeeper begins to clean the room."""
    room = get_object_or_404(Room, hotel__slug=hotel_slug, pk=pk)

    with transaction.atomic():
        from_status = room.room_status
        room.room_status = 'CLEANING_IN_PROGRESS'
        room.save()

        # Notify the front desk
        transaction.on_commit(
            lambda room=room: notification_manager.realtime_room_updated(room),
            robust=True,
        )

        RoomStatusEvent.objects.create(
            room=room,
            from_status=from_status,
            to_status=room.room_status,
            changed_by=request.user.staff_profile,
        )

    return Response(RoomSerializer(room).data)


class CompleteCleaningView(APIView):
    """The room is clean and waits for somebody to look at it."""

    def post(self, request, hotel_slug, pk):
        room = get_object_or_404(Room, hotel__slug=hotel_slug, pk=pk)
        if room.room_status != 'CLEANING_IN_PROGRESS':
            return Response(
                {'detail': 'Nobody is cleaning this room.'},
                status=status.HTTP_409_CONFLICT,
            )

        room.room_status = 'CLEANED_UNINSPECTED'
        room.save(update_fields=['room_status'])

        channel = f'staff-hotel-{room.hotel.id}'
        payload = {'room_id': room.id, 'room_status': 'CLEANED_UNINSPECTED'}
        transaction.on_commit(
            lambda room=room: notification_manager.realtime_room_updated(room),
            robust=True,
        )

        return Response(RoomSerializer(room).data)


@api_view(['POST'])
def inspect_room(request, hotel_slug, pk):
    """The supervisor approves the cleaning, or sends the housekeeper back."""
    room = get_object_or_404(Room, hotel__slug=hotel_slug, pk=pk)
    approved = bool(request.data.get('approved'))

    if approved:
        room.room_status = 'READY_FOR_GUEST'
    else:
        room.room_status = 'CHECKOUT_DIRTY'
    room.save()

    def send_room_updated(room=room):
        try:
            # the supervisor's tick on the floor plan
            notification_manager.realtime_room_updated(room)
        except Exception as e:
            logger.error(f"Failed to send room_status_updated: {e}")

    transaction.on_commit(send_room_updated, robust=True)

    return Response(RoomSerializer(room).data)


@api_view(['POST'])
def release_floor(request, hotel_slug, floor):
    """Make all cleaned rooms of a floor ready without an inspection, on busy days."""
    released = Room.objects.filter(
        hotel__slug=hotel_slug, floor=floor, room_status='CLEANED_UNINSPECTED'
    ).update(room_status='READY_FOR_GUEST')
    return Response({'released': released})


# --- Maintenance ---


@method_decorator(csrf_exempt, name='dispatch')
class ReportMaintenanceView(View):
    """The tablet in the corridor, which nobody logs in to."""

    def post(self, request, hotel_slug, pk):
        token = request.headers.get('X-Tablet-Token', '')
        if not constant_time_compare(token, settings.CORRIDOR_TABLET_TOKEN):
            return JsonResponse({'detail': 'Unknown tablet.'}, status=403)
        try:
            note = json.loads(request.body)['note']
        except (ValueError, KeyError, TypeError):
            return JsonResponse({'detail': 'What is broken?'}, status=400)

        room = get_object_or_404(Room, hotel__slug=hotel_slug, pk=pk)
        with transaction.atomic():
            room.room_status = 'MAINTENANCE_REQUIRED'
            room.maintenance_note = note
            transaction.on_commit(
                lambda room=room: notification_manager.realtime_room_updated(room),
                robust=True,
            )
            room.save()

        return JsonResponse({'room_status': room.room_status})


@api_view(['POST'])
def take_out_of_order(request, hotel_slug, pk):
    """The room cannot be sold until somebody repairs it."""
    room = get_object_or_404(Room, hotel__slug=hotel_slug, pk=pk)
    if room.is_occupied:
        return Response(
            {'detail': 'Move the guests first.'}, status=status.HTTP_409_CONFLICT
        )
    room.room_status = Room.Status.OUT_OF_ORDER
    room.save(update_fields=['room_status'])
    transaction.on_commit(
        lambda room=room: notification_manager.realtime_room_updated(
            room, changed_fields=["room_status"]
        ),
        robust=True,
    )
    return Response(RoomSerializer(room).data)
