from notifications.tests.base import RealtimeTestCase

from .models import RoomServiceOrder


class OrderTests(RealtimeTestCase):
    def order(self, kind, data):
        path = f"/api/guest/{self.booking.booking_id}/{kind}/"
        return self.send_json("post", path, data)

    def test_the_kitchen_hears_of_an_order(self):
        self.check_in()
        with self.events() as events:
            response = self.order("orders", {"items": "Club sandwich"})
        self.assertEqual(response.status_code, 201)
        data = self.assertSent(events, self.staff_channel, "room_service_order_created")
        self.assertEqual(data["order"]["items"], "Club sandwich")
        self.assertEqual(data["order"]["room"], self.room.id)

    def test_the_kitchen_hears_of_a_breakfast(self):
        self.check_in()
        with self.events() as events:
            self.order("breakfast", {"items": "Porridge", "deliver_at": "07:30"})
        data = self.assertSent(events, self.staff_channel, "room_service_order_created")
        self.assertEqual(data["order"]["deliver_at"], "07:30:00")

    def test_changing_an_order_is_no_new_order(self):
        order = RoomServiceOrder.objects.create(
            hotel=self.hotel, room=self.room, items="Tea"
        )
        with self.events() as events:
            order.items = "Coffee"
            order.save()
        self.assertEqual(events, [])

    def test_nobody_orders_before_arrival(self):
        response = self.order("orders", {"items": "Club sandwich"})
        self.assertEqual(response.status_code, 404)
