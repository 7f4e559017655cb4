"""Bookings, payments and stays."""

from .world import scene


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
