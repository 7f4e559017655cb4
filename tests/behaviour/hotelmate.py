"""The sample project of the report, and where its database says what its events say."""

from __future__ import annotations

from pathlib import Path

from .sample import Project
from .subscriber import Look

BEFORE = Path(__file__).resolve().parents[2] / "golden" / "apps" / "hotelmate" / "before"

_BOOKING_EVENTS = (
    *("booking_created", "booking_updated", "booking_cancelled", "booking_checked_in"),
    *("booking_checked_out", "room_assigned", "checked_in", "checked_out", "confirmed"),
)
_MESSAGE_EVENTS = ("message_created", "message_edited")

HOTELMATE = Project(
    settings="hotelmate.settings",
    scenes="behaviour.hotelmate_scenes",
    looks=(
        Look("room_status_updated", "rooms_room", "room_status", "room_id", "room_status"),
        Look("room_updated", "rooms_room", "room_status", "room.id", "room.room_status"),
        Look("room_occupancy_updated", "rooms_room", "is_occupied", "room.id", "is_occupied"),
        *(
            Look(event, "room_bookings_roombooking", "status", "booking.id", "booking.status")
            for event in _BOOKING_EVENTS
        ),
        *(
            Look(event, "staff_chat_staffchatmessage", "text", "message.id", "message.text")
            for event in _MESSAGE_EVENTS
        ),
        Look(
            "chat_message_created",
            "guests_guestchatmessage",
            "text",
            "message.id",
            "message.text",
        ),
        Look(
            "room_service_order_created",
            "room_services_breakfastorder",
            "items",
            "order.id",
            "order.items",
            having="order.deliver_at",
        ),
        Look(
            "room_service_order_created",
            "room_services_roomserviceorder",
            "items",
            "order.id",
            "order.items",
            having="order.total_price",
        ),
    ),
    environment=(("PAYMENT_WEBHOOK_SECRET", "pay"), ("CORRIDOR_TABLET_TOKEN", "tablet")),
)
