"""Rooms, from cleaning to repair."""

from django.core.management import call_command

from .world import scene


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
