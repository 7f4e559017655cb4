"""The hotel in which the scenes play, and their register."""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from guests.models import Guest
from hotel.models import Hotel, Staff
from room_bookings.models import RoomBooking
from rooms.models import Room
from staff_chat.models import StaffConversation

SCENES = {}
MOST_BOOKINGS = 90


def scene(function):
    """Register a scene under its function's name."""
    SCENES[function.__name__] = function
    return function


class World:
    """A hotel with two people on duty. Scenes add rooms, bookings and guests of their own."""

    def __init__(self):
        with transaction.atomic():
            self.hotel = Hotel.objects.create(name="Seaview", slug="seaview")
            self.desk = self._person("desk")
            self.maid = self._person("maid")
            self.conversation = StaffConversation.objects.create(hotel=self.hotel)
            self.conversation.participants.add(self.desk, self.maid)
        self.staff_client = Client(raise_request_exception=False)
        self.staff_client.force_login(self.desk.user)
        self.guest_client = Client(raise_request_exception=False)
        self._rooms = self._bookings = 0

    def channels(self):
        """Every channel that a scene can send on."""
        return [
            f"staff-hotel-{self.hotel.id}",
            f"staff-chat-{self.desk.id}",
            f"staff-chat-{self.maid.id}",
            f"staff-chat-conversation-{self.conversation.id}",
            *(f"guest-booking-{self._reference(n)}" for n in range(1, MOST_BOOKINGS + 1)),
        ]

    def room(self, status="READY_FOR_GUEST", **fields):
        """A room that no other scene uses."""
        self._rooms += 1
        return Room.objects.create(
            hotel=self.hotel, room_number=f"{self._rooms:03}", room_status=status, **fields
        )

    def booking(self, status="CONFIRMED", room=None, **fields):
        """A booking that no other scene uses, with a primary guest; in the room if checked in."""
        self._bookings += 1
        assert self._bookings <= MOST_BOOKINGS
        booking = RoomBooking.objects.create(
            hotel=self.hotel,
            booking_id=self._reference(self._bookings),
            status=status,
            assigned_room=room,
            arrival="2025-06-01",
            departure="2025-06-04",
            **fields,
        )
        inside = room if status == "CHECKED_IN" else None
        self.guest(booking, room=inside, is_primary=True)
        if inside:
            Room.objects.filter(pk=room.pk).update(is_occupied=True, room_status="OCCUPIED")
        return booking

    def guest(self, booking, **fields):
        """A guest of the booking."""
        return Guest.objects.create(
            hotel=self.hotel, booking=booking, first_name="Ada", last_name="Byrne", **fields
        )

    def staff(self, method, path, data=None, **extra):
        """A request of the desk, below the hotel's URL."""
        return self._request(self.staff_client, method, f"/api/staff/seaview/{path}", data, **extra)

    def public(self, method, path, data=None, **extra):
        """A request of somebody who is not logged in."""
        return self._request(self.guest_client, method, f"/api/{path}", data, **extra)

    @staticmethod
    def _request(client, method, url, data, **extra):
        return lambda: getattr(client, method)(
            url, data or {}, content_type="application/json", **extra
        )

    def _person(self, name):
        user = get_user_model().objects.create_user(name, first_name=name.title())
        return Staff.objects.create(user=user, hotel=self.hotel)

    @staticmethod
    def _reference(number):
        return f"BK-2025-{number:04}"
