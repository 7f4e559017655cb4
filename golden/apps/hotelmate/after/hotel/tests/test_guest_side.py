from notifications.tests.base import RealtimeTestCase


class CancellationTests(RealtimeTestCase):
    def cancel(self):
        path = f"/api/guest/{self.booking.booking_id}/cancel/"
        return self.send_json("post", path, {"reason": "Flu"})

    def test_cancel(self):
        with self.events() as events:
            response = self.cancel()
        self.assertEqual(response.json()["status"], "CANCELLED")
        data = self.assertSent(events, self.staff_channel, "booking_cancelled")
        self.assertEqual(data["reason"], "Flu")

    def test_too_late(self):
        self.check_in()
        with self.events() as events:
            self.assertEqual(self.cancel().status_code, 409)
        self.assertEqual(events, [])

    def test_unknown_booking(self):
        response = self.send_json("post", "/api/guest/BK-0/cancel/")
        self.assertEqual(response.status_code, 404)


class GuestChatTests(RealtimeTestCase):
    def setUp(self):
        super().setUp()
        self.path = f"/api/guest/{self.booking.booking_id}/chat/"

    def test_a_guest_writes(self):
        with self.events() as events:
            response = self.send_json("post", self.path, {"text": "Late arrival"})
        self.assertEqual(response.status_code, 201)
        self.assertIs(response.json()["delivered"], True)
        data = self.assertSent(events, self.guest_channel, "chat_message_created")
        self.assertEqual(data["message"]["text"], "Late arrival")

    def test_the_desk_answers(self):
        path = f"bookings/{self.booking.booking_id}/chat/"
        with self.events() as events:
            self.send_json("post", path, {"text": "No problem"})
        data = self.assertSent(events, self.guest_channel, "chat_message_created")
        self.assertEqual(data["message"]["staff"], self.staff.id)
        messages = self.client.get(self.path).json()
        self.assertEqual([message["text"] for message in messages], ["No problem"])

    def test_an_empty_message_is_refused(self):
        with self.events() as events:
            response = self.send_json("post", self.path, {"text": ""})
        self.assertEqual(response.status_code, 400)
        self.assertEqual(events, [])
