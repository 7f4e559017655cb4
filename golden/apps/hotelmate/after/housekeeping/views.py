from django.shortcuts import get_object_or_404
from rest_framework import generics, serializers, status
from rest_framework.response import Response

from rooms.models import Room
from rooms.serializers import RoomSerializer

from .services import InvalidStep, set_room_status


class RoomStatusInput(serializers.Serializer):
    to_status = serializers.ChoiceField(choices=Room.Status.choices)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class RoomStatusView(generics.GenericAPIView):
    """A housekeeper sets a room's status."""

    serializer_class = RoomStatusInput

    def post(self, request, hotel_slug, room_id):
        room = get_object_or_404(Room, hotel__slug=hotel_slug, pk=room_id)
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            room = set_room_status(
                room.pk, staff=request.user.staff_profile, **serializer.validated_data
            )
        except InvalidStep as error:
            return Response({"detail": str(error)}, status=status.HTTP_409_CONFLICT)
        return Response(RoomSerializer(room).data)
