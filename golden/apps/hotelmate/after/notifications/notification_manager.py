"""Every realtime event of the system, one method each.

A method decides on the channel, the event's name and the payload, so that subscribers get the same
shape wherever the event comes from. Call it after the change it tells of is saved.

Channels:
    staff-hotel-{hotel id}                       everything the staff of a hotel should see
    guest-booking-{booking reference}            what the guests of one booking should see
    staff-chat-{staff id}                        one person's badges
    staff-chat-conversation-{conversation id}    the messages of one conversation
"""

import logging

from django.utils import timezone

from guests.serializers import GuestChatMessageSerializer, GuestSerializer
from notifications.pusher_utils import send_event
from room_bookings.serializers import BookingSerializer
from room_services.models import BreakfastOrder
from room_services.serializers import (
    BreakfastOrderSerializer,
    RoomServiceOrderSerializer,
)
from rooms.serializers import RoomSerializer
from staff_chat.serializers import StaffChatMessageSerializer

logger = logging.getLogger(__name__)


class NotificationManager:
    """Sends the events. It keeps no state, so one instance serves all."""

    # --- Bookings ---

    def realtime_booking_created(self, booking):
        """A booking was made."""
        payload = {
            "booking": BookingSerializer(booking).data,
            "action": "created",
            "timestamp": self._now(),
        }
        return self._send(f"staff-hotel-{booking.hotel.id}", "booking_created", payload)

    def realtime_booking_updated(self, booking):
        """Something about a booking changed that has no event of its own."""
        payload = {
            "booking": BookingSerializer(booking).data,
            "action": "updated",
            "timestamp": self._now(),
        }
        return self._send(f"staff-hotel-{booking.hotel.id}", "booking_updated", payload)

    def realtime_booking_cancelled(self, booking, cancellation_reason):
        """A booking was cancelled, by the guest or by the hotel."""
        payload = {
            "booking": BookingSerializer(booking).data,
            "reason": cancellation_reason,
            "action": "cancelled",
            "timestamp": self._now(),
        }
        return self._send(
            f"staff-hotel-{booking.hotel.id}", "booking_cancelled", payload
        )

    def realtime_booking_checked_in(
        self, booking, room, primary_guest, party_guest_objects
    ):
        """Guests arrived and got their room."""
        payload = {
            "booking": BookingSerializer(booking).data,
            "room": RoomSerializer(room).data,
            "primary_guest": GuestSerializer(primary_guest).data,
            "party_guests": [GuestSerializer(g).data for g in party_guest_objects],
            "action": "checked_in",
            "timestamp": self._now(),
        }
        return self._send(
            f"staff-hotel-{booking.hotel.id}", "booking_checked_in", payload
        )

    def realtime_booking_checked_out(self, booking, room_number):
        """Guests left."""
        payload = {
            "booking": BookingSerializer(booking).data,
            "room_number": room_number,
            "action": "checked_out",
            "timestamp": self._now(),
        }
        return self._send(
            f"staff-hotel-{booking.hotel.id}", "booking_checked_out", payload
        )

    # --- Rooms ---

    def realtime_room_occupancy_updated(self, room):
        """Somebody moved into a room or out of it."""
        payload = {
            "room": RoomSerializer(room).data,
            "is_occupied": room.is_occupied,
            "room_status": room.room_status,
            "action": "occupancy_updated",
            "timestamp": self._now(),
        }
        return self._send(
            f"staff-hotel-{room.hotel.id}", "room_occupancy_updated", payload
        )

    def realtime_room_updated(self, room, changed_fields=None):
        """A room changed, for instance its status.

        ``changed_fields`` names the fields, for screens that only redraw what changed.
        """
        payload = {
            "room": RoomSerializer(room).data,
            "action": "updated",
            "timestamp": self._now(),
        }
        if changed_fields:
            payload["changed_fields"] = list(changed_fields)
        return self._send(f"staff-hotel-{room.hotel.id}", "room_updated", payload)

    def realtime_room_assigned(self, booking, room, assigned_by):
        """Send room_assigned to staff-hotel-{booking.hotel.id}."""
        payload = {
            "booking_id": booking.booking_id,
            "room_id": room.id,
            "room_number": room.room_number,
            "assigned_by": assigned_by,
            "timestamp": timezone.now().isoformat(),
        }
        return self._send(f"staff-hotel-{booking.hotel.id}", "room_assigned", payload)

    def realtime_room_deleted(self, room_id, room_number, hotel):
        """Send room_deleted to staff-hotel-{hotel.id}."""
        payload = {
            "room_id": room_id,
            "room_number": room_number,
        }
        return self._send(f"staff-hotel-{hotel.id}", "room_deleted", payload)

    # --- Guests ---

    def realtime_guest_booking_cancelled(self, booking, reason):
        """Tell the guests that their booking was cancelled."""
        return self._send_to_guests(
            booking,
            "booking_cancelled",
            {
                "booking": BookingSerializer(booking).data,
                "reason": reason,
                "action": "cancelled",
                "timestamp": self._now(),
            },
        )

    def realtime_guest_booking_room_assigned(self, booking, room, primary_guest):
        """Tell the guests which room is theirs."""
        return self._send_to_guests(
            booking,
            "room_assigned",
            {
                "booking": BookingSerializer(booking).data,
                "room": RoomSerializer(room).data,
                "primary_guest": GuestSerializer(primary_guest).data,
                "action": "room_assigned",
                "timestamp": self._now(),
            },
        )

    def realtime_guest_booking_checked_in(self, booking, room, primary_guest):
        """Open the in-house pages of the guest app."""
        return self._send_to_guests(
            booking,
            "checked_in",
            {
                "booking": BookingSerializer(booking).data,
                "room": RoomSerializer(room).data,
                "primary_guest": GuestSerializer(primary_guest).data,
                "action": "checked_in",
                "timestamp": self._now(),
            },
        )

    def realtime_guest_booking_checked_out(self, booking, room, primary_guest):
        """Close the in-house pages of the guest app and say goodbye."""
        return self._send_to_guests(
            booking,
            "checked_out",
            {
                "booking": BookingSerializer(booking).data,
                "room": RoomSerializer(room).data,
                "primary_guest": GuestSerializer(primary_guest).data,
                "action": "checked_out",
                "timestamp": self._now(),
            },
        )

    def realtime_guest_booking_confirmed(self, booking, primary_guest):
        """Tell the guests that the hotel expects them."""
        return self._send_to_guests(
            booking,
            "confirmed",
            {
                "booking": BookingSerializer(booking).data,
                "primary_guest": GuestSerializer(primary_guest).data,
                "action": "confirmed",
                "timestamp": self._now(),
            },
        )

    def realtime_guest_chat_message_created(self, message):
        """A guest or the front desk wrote in the booking's chat."""
        return self._send_to_guests(
            message.booking,
            "chat_message_created",
            {
                "message": GuestChatMessageSerializer(message).data,
                "action": "created",
                "timestamp": self._now(),
            },
        )

    # --- Room service ---

    def realtime_room_service_order_created(self, order):
        """An order came in: room service or breakfast."""
        if isinstance(order, BreakfastOrder):
            serializer = BreakfastOrderSerializer(order)
        else:
            serializer = RoomServiceOrderSerializer(order)
        payload = {
            "order": serializer.data,
            "action": "created",
            "timestamp": self._now(),
        }
        return self._send(
            f"staff-hotel-{order.hotel.id}", "room_service_order_created", payload
        )

    # --- Staff chat ---

    def realtime_staff_chat_message_created(self, message):
        """A colleague wrote something."""
        payload = {
            "message": StaffChatMessageSerializer(message).data,
            "action": "created",
            "timestamp": self._now(),
        }
        channel = f"staff-chat-conversation-{message.conversation_id}"
        return self._send(channel, "message_created", payload)

    def realtime_staff_chat_message_edited(self, message):
        """A colleague changed what they wrote."""
        payload = {
            "message": StaffChatMessageSerializer(message).data,
            "action": "edited",
            "timestamp": self._now(),
        }
        channel = f"staff-chat-conversation-{message.conversation_id}"
        return self._send(channel, "message_edited", payload)

    def realtime_staff_chat_message_deleted(self, message_id, conversation_id, hotel):
        """A message is gone; takes ids because there may be no message left to pass."""
        payload = {
            "message_id": message_id,
            "conversation_id": conversation_id,
            "hotel_id": hotel.id,
            "action": "deleted",
            "timestamp": self._now(),
        }
        channel = f"staff-chat-conversation-{conversation_id}"
        return self._send(channel, "message_deleted", payload)

    def realtime_staff_chat_unread_updated(self, staff, conversation, unread_count):
        """The number on somebody's chat badge changed."""
        payload = {
            "conversation_id": conversation.id,
            "unread_count": unread_count,
            "action": "unread_updated",
            "timestamp": self._now(),
        }
        return self._send(f"staff-chat-{staff.id}", "unread_updated", payload)

    # --- Transport ---

    def _send_to_guests(self, booking, event, payload):
        return self._send(f"guest-booking-{booking.booking_id}", event, payload)

    def _send(self, channel, event, payload):
        logger.info("%s: %s", channel, event)
        return send_event(channel, event, payload)

    @staticmethod
    def _now():
        return timezone.now().isoformat()


notification_manager = NotificationManager()
