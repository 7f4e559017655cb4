from notifications.tests.base import RealtimeTestCase

from .services.room_move import RoomMoveError, move_booking


class StayTests(RealtimeTestCase):
    def path(self, what=""):
        return f"stays/{self.booking.booking_id}/{what}"

    def test_check_out(self):
        self.check_in()
        with self.events() as events:
            response = self.send_json("post", self.path("check-out/"))
        self.assertEqual(response.json()["status"], "CHECKED_OUT")
        data = self.assertSent(events, self.staff_channel, "booking_checked_out")
        self.assertEqual(data["room_number"], "101")
        data = self.assertSent(events, self.staff_channel, "room_occupancy_updated")
        self.assertIs(data["is_occupied"], False)
        self.assertEqual(self.room.guests_in_room.count(), 0)

    def test_check_out_needs_a_check_in(self):
        with self.events() as events:
            response = self.send_json("post", self.path("check-out/"))
        self.assertEqual(response.status_code, 409)
        self.assertEqual(events, [])

    def test_move(self):
        self.check_in()
        with self.events() as events:
            response = self.send_json(
                "post", self.path("move/"), {"room_number": "102"}
            )
        self.assertEqual(response.json()["room_number"], "102")
        data = self.assertSent(events, self.staff_channel, "booking_updated")
        self.assertEqual(data["booking"]["assigned_room"], self.other_room.id)
        occupancy = {
            event.data["room"]["room_number"]: event.data["is_occupied"]
            for event in events
            if event.name == "room_occupancy_updated"
        }
        self.assertEqual(occupancy, {"101": False, "102": True})
        self.assertEqual(self.other_room.guests_in_room.get(), self.guest)

    def test_nobody_moves_into_a_room_that_is_not_ready(self):
        self.check_in()
        self.other_room.room_status = "CHECKOUT_DIRTY"
        with self.events() as events:
            with self.assertRaises(RoomMoveError):
                move_booking(self.booking.pk, self.other_room)
        self.assertEqual(events, [])

    def test_cancel(self):
        with self.events() as events:
            response = self.send_json("delete", self.path(), {"reason": "Overbooked"})
        self.assertEqual(response.status_code, 204)
        for channel in (self.staff_channel, self.guest_channel):
            data = self.assertSent(events, channel, "booking_cancelled")
            self.assertEqual(data["reason"], "Overbooked")

    def test_a_stay_that_began_is_not_cancelled(self):
        self.check_in()
        with self.events() as events:
            response = self.send_json("delete", self.path())
        self.assertEqual(response.status_code, 409)
        self.assertEqual(events, [])

    def test_look(self):
        response = self.client.get(self.url(self.path()))
        self.assertEqual(response.json()["booking_id"], self.booking.booking_id)
