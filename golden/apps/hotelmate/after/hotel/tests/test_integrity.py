from io import StringIO

from django.contrib.auth import get_user_model
from django.core.management import call_command

from hotel.models import Hotel
from hotel.services.booking_integrity import heal_room_occupancy
from notifications.tests.base import RealtimeTestCase


class IntegrityTests(RealtimeTestCase):
    def test_only_wrong_rooms_are_healed_and_told(self):
        self.check_in()
        self.room.is_occupied = False
        self.room.save()
        with self.events() as events:
            self.assertEqual(heal_room_occupancy(self.hotel), ["101"])
        self.assertEqual(len(events), 1)
        data = self.assertSent(events, self.staff_channel, "room_occupancy_updated")
        self.assertIs(data["is_occupied"], True)

    def test_an_empty_room_is_freed(self):
        self.other_room.is_occupied = True
        self.other_room.save()
        with self.events() as events:
            call_command("heal_occupancy", stdout=StringIO())
        self.other_room.refresh_from_db()
        self.assertIs(self.other_room.is_occupied, False)
        self.assertEqual(events[0].data["room"]["room_number"], "102")

    def test_a_healthy_hotel_is_left_alone(self):
        with self.events() as events:
            self.assertEqual(heal_room_occupancy(self.hotel), [])
        self.assertEqual(events, [])


class DemoTests(RealtimeTestCase):
    def test_seeding_twice_is_seeding_once(self):
        Hotel.objects.all().delete()
        get_user_model().objects.all().delete()
        out = StringIO()
        with self.events() as events:
            call_command("seed_demo", stdout=out)
            call_command("seed_demo", stdout=out)
        self.assertEqual(Hotel.objects.get().rooms.count(), 6)
        self.assertEqual(events, [])
