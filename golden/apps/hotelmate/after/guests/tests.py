from notifications.tests.base import RealtimeTestCase

from .models import Guest


class GuestListTests(RealtimeTestCase):
    def test_list(self):
        guests = self.client.get(self.url("guests/")).json()
        self.assertEqual([guest["first_name"] for guest in guests], ["Ada"])

    def test_the_last_guest_leaves_an_empty_room(self):
        self.check_in()
        with self.events():
            response = self.client.delete(self.url(f"guests/{self.guest.id}/"))
        self.assertEqual(response.status_code, 204)
        self.room.refresh_from_db()
        self.assertIs(self.room.is_occupied, False)

    def test_a_room_with_other_guests_stays_occupied(self):
        self.check_in()
        Guest.objects.create(
            hotel=self.hotel,
            booking=self.booking,
            room=self.room,
            first_name="Bo",
            last_name="Byrne",
        )
        with self.events() as events:
            self.client.delete(self.url(f"guests/{self.guest.id}/"))
        self.room.refresh_from_db()
        self.assertIs(self.room.is_occupied, True)
        self.assertEqual(events, [])

    def test_a_guest_without_a_room_can_be_deleted(self):
        with self.events() as events:
            deleted, _ = self.guest.delete()
        self.assertEqual(deleted, 1)
        self.assertEqual(events, [])
