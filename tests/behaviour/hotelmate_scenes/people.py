"""Guests, their orders, and the chats."""

from guests.models import GuestChatMessage
from staff_chat.models import StaffChatMessage

from .world import scene


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
