from notifications.tests.base import RealtimeTestCase
from room_bookings.models import RoomBooking


class StaffBookingTestCase(RealtimeTestCase):
    def set_status(self, status, room=None):
        self.booking.status = status
        self.booking.assigned_room = room
        self.booking.save()

    def do(self, what, data=None, method='post'):
        path = f'bookings/{self.booking.booking_id}/{what}/'
        return self.send_json(method, path, data)


class TakeBookingTests(StaffBookingTestCase):
    def test_create(self):
        with self.events() as events:
            response = self.send_json(
                'post',
                'bookings/',
                {'arrival': '2025-07-01', 'departure': '2025-07-02'},
            )
        self.assertEqual(response.status_code, 201)
        data = self.assertSent(events, self.staff_channel, 'booking_created')
        self.assertEqual(data['booking']['booking_id'], response.json()['booking_id'])

    def test_list(self):
        bookings = self.client.get(self.url('bookings/')).json()
        self.assertEqual(len(bookings), 1)

    def test_confirm(self):
        with self.events():
            response = self.do('confirm')
        self.assertEqual(response.json()['status'], 'CONFIRMED')
        self.assertEqual(response.json()['primary_guest']['first_name'], 'Ada')
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, 'CONFIRMED')

    def test_only_pending_bookings_are_confirmed(self):
        self.set_status('CANCELLED')
        with self.events() as events:
            self.assertEqual(self.do('confirm').status_code, 409)
        self.assertEqual(events, [])

    def test_no_show(self):
        self.set_status('CONFIRMED')
        with self.events():
            self.assertEqual(self.do('no-show').json()['status'], 'NO_SHOW')

    def test_only_expected_guests_can_fail_to_come(self):
        self.assertEqual(self.do('no-show').status_code, 409)

    def test_cancel(self):
        self.set_status('CONFIRMED', self.room)
        with self.events() as events:
            response = self.do('cancel', {'reason': 'Flood'})
        self.assertEqual(response.json()['status'], 'CANCELLED')
        for channel in (self.staff_channel, self.guest_channel):
            data = self.assertSent(events, channel, 'booking_cancelled')
            self.assertEqual(data['reason'], 'Flood')

    def test_nothing_is_cancelled_twice(self):
        self.set_status('CANCELLED')
        with self.events() as events:
            self.assertEqual(self.do('cancel').status_code, 409)
        self.assertEqual(events, [])


class AssignmentTests(StaffBookingTestCase):
    def test_assign(self):
        with self.events() as events:
            response = self.do('room', {'room_number': '101'})
        self.assertEqual(response.json()['room_number'], '101')
        data = self.assertSent(events, self.staff_channel, 'room_assigned')
        self.assertEqual(data['room_number'], '101')
        self.assertEqual(data['assigned_by'], 'Desk')
        self.assertIn('timestamp', data)

    def test_a_cancelled_booking_gets_no_room(self):
        self.set_status('CANCELLED')
        with self.events() as events:
            self.assertEqual(self.do('room', {'room_number': '101'}).status_code, 409)
        self.assertEqual(events, [])

    def test_give_back(self):
        self.set_status('CONFIRMED', self.room)
        with self.events():
            self.assertEqual(self.do('room', method='delete').status_code, 204)
        self.booking.refresh_from_db()
        self.assertIsNone(self.booking.assigned_room)

    def test_nobody_is_thrown_out(self):
        self.check_in()
        self.assertEqual(self.do('room', method='delete').status_code, 409)


class ArrivalTests(StaffBookingTestCase):
    def test_check_in(self):
        self.set_status('CONFIRMED')
        party = [{'first_name': 'Bo', 'last_name': 'Byrne'}]
        with self.events() as events:
            response = self.do('check-in', {'room_number': '101', 'party': party})
        self.assertEqual(response.json()['status'], 'CHECKED_IN')
        data = self.assertSent(events, self.staff_channel, 'booking_checked_in')
        self.assertEqual(data['primary_guest']['first_name'], 'Ada')
        self.assertEqual(
            [guest['first_name'] for guest in data['party_guests']], ['Bo']
        )
        data = self.assertSent(events, self.staff_channel, 'room_occupancy_updated')
        self.assertIs(data['is_occupied'], True)
        self.assertSent(events, self.guest_channel, 'checked_in')
        self.assertEqual(self.room.guests_in_room.count(), 2)

    def test_a_room_that_is_taken(self):
        self.set_status('CONFIRMED')
        self.room.is_occupied = True
        self.room.save()
        with self.events() as events:
            response = self.do('check-in', {'room_number': '101'})
        self.assertEqual(response.status_code, 409)
        self.assertEqual(events, [])

    def test_express_check_in(self):
        self.set_status('CONFIRMED', self.room)
        with self.events() as events:
            self.do('express', {'action': 'check_in'}, method='patch')
        self.assertSent(events, self.staff_channel, 'booking_checked_in')
        data = self.assertSent(events, self.guest_channel, 'room_assigned')
        self.assertEqual(data['room']['room_number'], '101')
        self.assertToldOfRoom(events, self.room, 'OCCUPIED')

    def test_express_needs_a_room(self):
        self.set_status('CONFIRMED')
        with self.events() as events:
            response = self.do('express', {'action': 'check_in'}, method='patch')
        self.assertEqual(response.status_code, 409)
        self.assertEqual(events, [])


class DepartureTests(StaffBookingTestCase):
    def test_check_out(self):
        self.check_in()
        with self.events() as events:
            response = self.do('check-out')
        self.assertEqual(response.json()['status'], 'CHECKED_OUT')
        data = self.assertSent(events, self.staff_channel, 'booking_checked_out')
        self.assertEqual(data['booking']['status'], 'CHECKED_OUT')
        self.assertEqual(data['room_number'], '101')
        self.assertToldOfRoom(events, self.room, 'CHECKOUT_DIRTY')
        self.assertSent(events, self.guest_channel, 'checked_out')
        self.assertEqual(self.room.guests_in_room.count(), 0)

    def test_check_out_needs_a_check_in(self):
        with self.events() as events:
            self.assertEqual(self.do('check-out').status_code, 409)
        self.assertEqual(events, [])

    def test_express_check_out(self):
        self.check_in()
        with self.events() as events:
            self.do('express', {'action': 'check_out'}, method='patch')
        self.assertSent(events, self.staff_channel, 'booking_checked_out')
        self.assertToldOfRoom(events, self.room, 'CHECKOUT_DIRTY')


class ApprovalTests(StaffBookingTestCase):
    def decide(self, what, data=None):
        path = f'approvals/{self.booking.booking_id}/{what}/'
        return self.send_json('post', path, data)

    def test_approve(self):
        self.set_status('PENDING_APPROVAL')
        with self.events() as events:
            self.decide('approve')
        data = self.assertSent(events, self.staff_channel, 'booking_updated')
        self.assertEqual(data['booking']['status'], 'CONFIRMED')
        data = self.assertSent(events, self.guest_channel, 'confirmed')
        self.assertEqual(data['primary_guest']['first_name'], 'Ada')

    def test_decline(self):
        self.set_status('PENDING_APPROVAL')
        with self.events() as events:
            self.decide('decline', {'reason': 'Full'})
        data = self.assertSent(events, self.staff_channel, 'booking_updated')
        self.assertEqual(data['booking']['status'], 'DECLINED')
        self.assertEqual(
            RoomBooking.objects.get(pk=self.booking.pk).cancellation_reason, 'Full'
        )

    def test_unpaid_bookings_are_not_approved(self):
        with self.events() as events:
            self.assertEqual(self.decide('approve').status_code, 404)
        self.assertEqual(events, [])
