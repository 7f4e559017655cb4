from notifications.tests.base import RealtimeTestCase


class RoomStatusTests(RealtimeTestCase):
    def set_status(self, to_status, note=""):
        return self.send_json(
            "post",
            f"housekeeping/rooms/{self.room.id}/status/",
            {"to_status": to_status, "note": note},
        )

    def test_a_step_is_logged_and_told(self):
        with self.events() as events:
            response = self.set_status("MAINTENANCE_REQUIRED", note="Lamp")
        self.assertEqual(response.json()["room_status"], "MAINTENANCE_REQUIRED")
        data = self.assertSent(events, self.staff_channel, "room_updated")
        self.assertEqual(data["room"]["room_status"], "MAINTENANCE_REQUIRED")
        self.assertEqual(self.room.status_events.get().note, "Lamp")

    def test_a_step_out_of_order_is_refused(self):
        with self.events() as events:
            response = self.set_status("CLEANED_UNINSPECTED")
        self.assertEqual(response.status_code, 409)
        self.assertEqual(events, [])

    def test_an_unknown_status_is_refused(self):
        self.assertEqual(self.set_status("SHINY").status_code, 400)

    def test_a_room_found_empty_is_free_again(self):
        self.check_in()
        with self.events() as events:
            self.set_status("READY_FOR_GUEST")
        self.room.refresh_from_db()
        self.assertIs(self.room.is_occupied, False)
        self.assertSent(events, self.staff_channel, "room_updated")

    def test_an_empty_room_has_no_new_occupancy(self):
        self.room.room_status = "CLEANED_UNINSPECTED"
        self.room.save()
        with self.events() as events:
            self.set_status("READY_FOR_GUEST")
        self.assertEqual([event.name for event in events], ["room_updated"])
