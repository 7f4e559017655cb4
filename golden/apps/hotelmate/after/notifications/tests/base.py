"""See which events leave for Pusher, without a network."""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

from django.contrib.auth import get_user_model
from django.test import TestCase
from pusher.requests import RequestsBackend

from guests.models import Guest
from hotel.models import Hotel, Staff
from room_bookings.models import RoomBooking
from rooms.models import Room


@dataclass(frozen=True)
class Event:
    """One event as Pusher would get it."""

    channel: str
    name: str
    data: dict


class RealtimeTestCase(TestCase):
    """A hotel with two rooms, one booking and somebody at the front desk.

    Requests to Pusher end in ``self.sent``; nothing goes over the network.
    """

    def setUp(self):
        self.sent = []
        backend = mock.patch.object(RequestsBackend, "send_request", self._record)
        backend.start()
        self.addCleanup(backend.stop)

        self.hotel = Hotel.objects.create(name="Seaview", slug="seaview")
        self.room = Room.objects.create(hotel=self.hotel, room_number="101")
        self.other_room = Room.objects.create(hotel=self.hotel, room_number="102")
        self.booking = RoomBooking.objects.create(
            hotel=self.hotel, arrival="2025-06-01", departure="2025-06-04"
        )
        self.guest = Guest.objects.create(
            hotel=self.hotel,
            booking=self.booking,
            first_name="Ada",
            last_name="Byrne",
            is_primary=True,
        )
        self.staff = self.make_staff("desk")
        self.client.force_login(self.staff.user)
        self.staff_channel = f"staff-hotel-{self.hotel.id}"
        self.guest_channel = f"guest-booking-{self.booking.booking_id}"

    def _record(self, request):
        body = json.loads(request.body)
        for channel in body["channels"]:
            self.sent.append(Event(channel, body["name"], json.loads(body["data"])))
        return {}

    def make_staff(self, username):
        """Somebody who works at the hotel."""
        user = get_user_model().objects.create_user(
            username, first_name=username.title()
        )
        return Staff.objects.create(user=user, hotel=self.hotel)

    def check_in(self):
        """Put the booking's guest into room 101, as if they had arrived yesterday."""
        self.booking.status = "CHECKED_IN"
        self.booking.assigned_room = self.room
        self.booking.checked_in_at = "2025-06-01T15:00:00Z"
        self.booking.save()
        self.guest.room = self.room
        self.guest.save()
        self.room.is_occupied = True
        self.room.room_status = "OCCUPIED"
        self.room.save()

    def url(self, path):
        """The staff API's URL of ``path`` for the hotel."""
        return f"/api/staff/{self.hotel.slug}/{path}"

    def send_json(self, method, path, data=None, **extra):
        """Make a request with a JSON body; ``path`` is relative to the hotel unless it starts with /."""
        url = path if path.startswith("/") else self.url(path)
        return getattr(self.client, method)(
            url, data or {}, content_type="application/json", **extra
        )

    @contextmanager
    def events(self):
        """The events that the block sends, those that wait for the commit included."""
        events = []
        start = len(self.sent)
        with self.captureOnCommitCallbacks(execute=True):
            yield events
        events.extend(self.sent[start:])

    def assertSent(self, events, channel, name):
        """Assert that there is such an event, and return the first one's data."""
        for event in events:
            if (event.channel, event.name) == (channel, name):
                return event.data
        self.fail(f"No {name} on {channel} in {events}")

    def assertToldOfRoom(self, events, room, status):
        """Assert that the staff heard that ``room`` has ``status``, whatever the event is called."""
        for event in events:
            if event.channel != self.staff_channel:
                continue
            told = event.data.get("room") or {
                "id": event.data.get("room_id"),
                "room_status": event.data.get("room_status"),
            }
            if (told["id"], told["room_status"]) == (room.id, status):
                return
        self.fail(f"Nobody was told that {room} is {status}: {events}")
