"""What happens at the hotel of the sample project: a scene for every endpoint and its branches.

Imported in the process of the project. A scene brings the world into a state and returns the
request. Everything has the same ids in the same scene of every run, so that two runs can be
compared; what only a clock or chance decides is made alike by who compares.
"""

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from guests.models import Guest, GuestChatMessage
from hotel.models import Hotel, Staff
from room_bookings.models import RoomBooking
from rooms.models import Room
from staff_chat.models import StaffChatMessage, StaffConversation

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


# --- Bookings ---


@scene
def bookings_listed(world):
    return world.staff("get", "bookings/")


@scene
def booking_made(world):
    return world.staff("post", "bookings/", {"arrival": "2025-06-01", "departure": "2025-06-02"})


@scene
def booking_confirmed(world):
    booking = world.booking("PENDING_PAYMENT")
    return world.staff("post", f"bookings/{booking.booking_id}/confirm/")


@scene
def booking_not_to_be_confirmed(world):
    booking = world.booking("CANCELLED")
    return world.staff("post", f"bookings/{booking.booking_id}/confirm/")


@scene
def room_reserved(world):
    booking, room = world.booking(), world.room()
    path = f"bookings/{booking.booking_id}/room/"
    return world.staff("post", path, {"room_number": room.room_number})


@scene
def room_not_to_be_reserved(world):
    booking, room = world.booking("CHECKED_OUT"), world.room()
    path = f"bookings/{booking.booking_id}/room/"
    return world.staff("post", path, {"room_number": room.room_number})


@scene
def room_given_back(world):
    booking = world.booking(room=world.room())
    return world.staff("delete", f"bookings/{booking.booking_id}/room/")


@scene
def booking_cancelled_by_the_desk(world):
    booking = world.booking()
    return world.staff("post", f"bookings/{booking.booking_id}/cancel/", {"reason": "Storm"})


@scene
def booking_not_to_be_cancelled_by_the_desk(world):
    booking = world.booking("CHECKED_IN", world.room())
    return world.staff("post", f"bookings/{booking.booking_id}/cancel/")


@scene
def no_show(world):
    booking = world.booking(room=world.room())
    return world.staff("post", f"bookings/{booking.booking_id}/no-show/")


@scene
def express_check_in(world):
    booking = world.booking(room=world.room())
    return world.staff("patch", f"bookings/{booking.booking_id}/express/", {"action": "check_in"})


@scene
def express_check_out(world):
    booking = world.booking("CHECKED_IN", world.room())
    return world.staff("patch", f"bookings/{booking.booking_id}/express/", {"action": "check_out"})


@scene
def express_without_a_room(world):
    booking = world.booking()
    return world.staff("patch", f"bookings/{booking.booking_id}/express/", {"action": "check_in"})


@scene
def check_in_at_the_desk(world):
    booking, room = world.booking(), world.room()
    data = {
        "room_number": room.room_number,
        "party": [{"first_name": "Bo", "last_name": "Nilsson"}],
    }
    return world.staff("post", f"bookings/{booking.booking_id}/check-in/", data)


@scene
def check_in_to_a_taken_room(world):
    room = world.room()
    world.booking("CHECKED_IN", room)
    path = f"bookings/{world.booking().booking_id}/check-in/"
    return world.staff("post", path, {"room_number": room.room_number})


@scene
def check_out_at_the_desk(world):
    booking = world.booking("CHECKED_IN", world.room())
    return world.staff("post", f"bookings/{booking.booking_id}/check-out/")


@scene
def check_out_of_nobody(world):
    return world.staff("post", f"bookings/{world.booking().booking_id}/check-out/")


@scene
def approved(world):
    booking = world.booking("PENDING_APPROVAL")
    return world.staff("post", f"approvals/{booking.booking_id}/approve/")


@scene
def approved_without_a_guest(world):
    booking = world.booking("PENDING_APPROVAL")
    booking.guests.all().delete()
    return world.staff("post", f"approvals/{booking.booking_id}/approve/")


@scene
def declined(world):
    booking = world.booking("PENDING_APPROVAL")
    return world.staff("post", f"approvals/{booking.booking_id}/decline/", {"reason": "Full"})


@scene
def booking_cancelled_by_the_guest(world):
    path = f"guest/{world.booking().booking_id}/cancel/"
    return world.public("post", path, {"reason": "Ill"})


@scene
def booking_not_to_be_cancelled_by_the_guest(world):
    booking = world.booking("CHECKED_IN", world.room())
    return world.public("post", f"guest/{booking.booking_id}/cancel/")


@scene
def paid(world):
    data = {"booking_id": world.booking("PENDING_PAYMENT").booking_id, "outcome": "succeeded"}
    return world.public("post", "payments/webhook/", data, headers={"X-Payment-Secret": "pay"})


@scene
def paid_twice(world):
    data = {"booking_id": world.booking("PENDING_APPROVAL").booking_id, "outcome": "succeeded"}
    return world.public("post", "payments/webhook/", data, headers={"X-Payment-Secret": "pay"})


@scene
def payment_failed(world):
    data = {"booking_id": world.booking("PENDING_PAYMENT").booking_id, "outcome": "failed"}
    return world.public("post", "payments/webhook/", data, headers={"X-Payment-Secret": "pay"})


@scene
def payment_forged(world):
    return world.public("post", "payments/webhook/")


# --- Stays ---


@scene
def stay_shown(world):
    return world.staff("get", f"stays/{world.booking().booking_id}/")


@scene
def stay_cancelled(world):
    return world.staff("delete", f"stays/{world.booking().booking_id}/", {"reason": "Storm"})


@scene
def stay_not_to_be_cancelled(world):
    booking = world.booking("CHECKED_IN", world.room())
    return world.staff("delete", f"stays/{booking.booking_id}/")


@scene
def stay_ended(world):
    booking = world.booking("CHECKED_IN", world.room())
    return world.staff("post", f"stays/{booking.booking_id}/check-out/")


@scene
def stay_not_begun(world):
    return world.staff("post", f"stays/{world.booking().booking_id}/check-out/")


@scene
def moved(world):
    booking, room = world.booking("CHECKED_IN", world.room()), world.room()
    path = f"stays/{booking.booking_id}/move/"
    return world.staff("post", path, {"room_number": room.room_number})


@scene
def not_moved_to_a_dirty_room(world):
    booking, room = world.booking("CHECKED_IN", world.room()), world.room("CHECKOUT_DIRTY")
    path = f"stays/{booking.booking_id}/move/"
    return world.staff("post", path, {"room_number": room.room_number})


# --- Rooms ---


@scene
def rooms_listed(world):
    return world.staff("get", "rooms/")


@scene
def room_shown(world):
    return world.staff("get", f"rooms/{world.room().pk}/")


@scene
def room_edited(world):
    room = world.room()
    return world.staff("patch", f"rooms/{room.pk}/", {"room_status": "OUT_OF_ORDER"})


@scene
def room_replaced(world):
    room = world.room()
    data = {"room_number": room.room_number, "floor": 3, "room_status": "CHECKOUT_DIRTY"}
    return world.staff("put", f"rooms/{room.pk}/", data)


@scene
def room_deleted(world):
    return world.staff("delete", f"rooms/{world.room().pk}/")


@scene
def room_with_bookings_not_deleted(world):
    room = world.room()
    world.booking(room=room)
    return world.staff("delete", f"rooms/{room.pk}/")


@scene
def cleaning_started(world):
    return world.staff("post", f"rooms/{world.room('CHECKOUT_DIRTY').pk}/start-cleaning/")


@scene
def cleaning_completed(world):
    return world.staff("post", f"rooms/{world.room('CLEANING_IN_PROGRESS').pk}/complete-cleaning/")


@scene
def cleaning_not_begun(world):
    return world.staff("post", f"rooms/{world.room('CHECKOUT_DIRTY').pk}/complete-cleaning/")


@scene
def cleaning_approved(world):
    room = world.room("CLEANED_UNINSPECTED")
    return world.staff("post", f"rooms/{room.pk}/inspect/", {"approved": True})


@scene
def cleaning_sent_back(world):
    room = world.room("CLEANED_UNINSPECTED")
    return world.staff("post", f"rooms/{room.pk}/inspect/", {"approved": False})


@scene
def floor_released(world):
    for _ in range(2):
        world.room("CLEANED_UNINSPECTED", floor=7)
    return world.staff("post", "rooms/floors/7/release/")


@scene
def maintenance_reported(world):
    path = f"staff/seaview/rooms/{world.room().pk}/maintenance/"
    return world.public("post", path, {"note": "Lamp"}, headers={"X-Tablet-Token": "tablet"})


@scene
def maintenance_by_an_unknown_tablet(world):
    path = f"staff/seaview/rooms/{world.room().pk}/maintenance/"
    return world.public("post", path, {"note": "Lamp"})


@scene
def out_of_order(world):
    return world.staff("post", f"rooms/{world.room().pk}/out-of-order/")


@scene
def occupied_room_not_out_of_order(world):
    room = world.room()
    world.booking("CHECKED_IN", room)
    return world.staff("post", f"rooms/{room.pk}/out-of-order/")


@scene
def status_set(world):
    path = f"housekeeping/rooms/{world.room().pk}/status/"
    return world.staff("post", path, {"to_status": "MAINTENANCE_REQUIRED", "note": "Lamp"})


@scene
def room_found_empty(world):
    room = world.room()
    world.booking("CHECKED_IN", room)
    path = f"housekeeping/rooms/{room.pk}/status/"
    return world.staff("post", path, {"to_status": "READY_FOR_GUEST"})


@scene
def status_not_to_be_set(world):
    path = f"housekeeping/rooms/{world.room().pk}/status/"
    return world.staff("post", path, {"to_status": "CLEANED_UNINSPECTED"})


@scene
def occupancy_healed(world):
    """The nightly command: a room with guests that is not occupied, and the opposite."""
    world.guest(world.booking(), room=world.room())
    world.room(is_occupied=True)
    return lambda: call_command("heal_occupancy", verbosity=0)


# --- Guests, orders, chats ---


@scene
def guests_listed(world):
    return world.staff("get", "guests/")


@scene
def guest_shown(world):
    return world.staff("get", f"guests/{world.guest(world.booking()).pk}/")


@scene
def last_guest_of_a_room_removed(world):
    booking = world.booking("CHECKED_IN", world.room())
    return world.staff("delete", f"guests/{booking.guests.get().pk}/")


@scene
def guest_without_a_room_removed(world):
    return world.staff("delete", f"guests/{world.guest(world.booking()).pk}/")


@scene
def meal_ordered(world):
    booking = world.booking("CHECKED_IN", world.room())
    return world.public("post", f"guest/{booking.booking_id}/orders/", {"items": "Soup"})


@scene
def breakfast_ordered(world):
    booking = world.booking("CHECKED_IN", world.room())
    data = {"items": "Porridge", "deliver_at": "07:30"}
    return world.public("post", f"guest/{booking.booking_id}/breakfast/", data)


@scene
def guest_reads_the_chat(world):
    return world.public("get", f"guest/{world.booking().booking_id}/chat/")


@scene
def guest_writes(world):
    return world.public("post", f"guest/{world.booking().booking_id}/chat/", {"text": "Hello"})


@scene
def guest_writes_nothing(world):
    return world.public("post", f"guest/{world.booking().booking_id}/chat/", {"text": " "})


@scene
def desk_reads_the_chat(world):
    booking = world.booking()
    GuestChatMessage.objects.create(booking=booking, text="Hello")
    return world.staff("get", f"bookings/{booking.booking_id}/chat/")


@scene
def desk_writes_to_the_guest(world):
    booking = world.booking()
    return world.staff("post", f"bookings/{booking.booking_id}/chat/", {"text": "Welcome"})


def _message(world, sender):
    return StaffChatMessage.objects.create(
        conversation=world.conversation, sender=sender, text="101 is ready"
    )


@scene
def colleagues_messages_read(world):
    _message(world, world.maid)
    return world.staff("get", f"chat/conversations/{world.conversation.pk}/messages/")


@scene
def message_to_colleagues(world):
    path = f"chat/conversations/{world.conversation.pk}/messages/"
    return world.staff("post", path, {"text": "Thanks"})


@scene
def empty_message_to_colleagues(world):
    path = f"chat/conversations/{world.conversation.pk}/messages/"
    return world.staff("post", path, {"text": " "})


@scene
def message_edited(world):
    path = f"chat/messages/{_message(world, world.desk).pk}/"
    return world.staff("patch", path, {"text": "102 is ready"})


@scene
def message_deleted(world):
    return world.staff("delete", f"chat/messages/{_message(world, world.desk).pk}/")


@scene
def somebody_elses_message_not_deleted(world):
    return world.staff("delete", f"chat/messages/{_message(world, world.maid).pk}/")
