from unittest import mock

from pusher.requests import RequestsBackend

from notifications.notification_manager import notification_manager
from notifications.tests.base import RealtimeTestCase


class PayloadTests(RealtimeTestCase):
    def test_every_payload_says_what_happened_and_when(self):
        self.room.is_occupied = True
        with self.events() as events:
            notification_manager.realtime_booking_created(self.booking)
            notification_manager.realtime_booking_updated(self.booking)
            notification_manager.realtime_booking_cancelled(self.booking, "Flu")
            notification_manager.realtime_booking_checked_in(
                self.booking, self.room, self.guest, [self.guest]
            )
            notification_manager.realtime_booking_checked_out(self.booking, "101")
            notification_manager.realtime_room_occupancy_updated(self.room)
            notification_manager.realtime_room_updated(self.room)
        self.assertEqual(
            [(event.channel, event.name, event.data["action"]) for event in events],
            [
                (self.staff_channel, "booking_created", "created"),
                (self.staff_channel, "booking_updated", "updated"),
                (self.staff_channel, "booking_cancelled", "cancelled"),
                (self.staff_channel, "booking_checked_in", "checked_in"),
                (self.staff_channel, "booking_checked_out", "checked_out"),
                (self.staff_channel, "room_occupancy_updated", "occupancy_updated"),
                (self.staff_channel, "room_updated", "updated"),
            ],
        )
        for event in events:
            self.assertIn("timestamp", event.data)
        self.assertEqual(events[2].data["reason"], "Flu")
        self.assertEqual(events[3].data["party_guests"][0]["first_name"], "Ada")
        self.assertIs(events[5].data["is_occupied"], True)

    def test_guest_events_go_to_the_booking(self):
        with self.events() as events:
            notification_manager.realtime_guest_booking_cancelled(self.booking, "Flu")
            notification_manager.realtime_guest_booking_room_assigned(
                self.booking, self.room, self.guest
            )
            notification_manager.realtime_guest_booking_checked_in(
                self.booking, self.room, self.guest
            )
            notification_manager.realtime_guest_booking_checked_out(
                self.booking, self.room, self.guest
            )
            notification_manager.realtime_guest_booking_confirmed(
                self.booking, self.guest
            )
        self.assertEqual({event.channel for event in events}, {self.guest_channel})
        self.assertEqual(
            [event.name for event in events],
            [
                "booking_cancelled",
                "room_assigned",
                "checked_in",
                "checked_out",
                "confirmed",
            ],
        )

    def test_changed_fields_are_only_there_when_they_are_known(self):
        with self.events() as events:
            notification_manager.realtime_room_updated(self.room)
            notification_manager.realtime_room_updated(self.room, ["room_status"])
        self.assertNotIn("changed_fields", events[0].data)
        self.assertEqual(events[1].data["changed_fields"], ["room_status"])


class TransportTests(RealtimeTestCase):
    def test_an_unreachable_pusher_is_logged_and_does_not_raise(self):
        unreachable = mock.patch.object(
            RequestsBackend, "send_request", side_effect=ConnectionError
        )
        with unreachable, self.assertLogs("notifications.pusher_utils", "ERROR"):
            sent = notification_manager.realtime_room_updated(self.room)
        self.assertIs(sent, False)
