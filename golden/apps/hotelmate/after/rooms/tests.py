from notifications.tests.base import RealtimeTestCase

from .models import Room


class CleaningTests(RealtimeTestCase):
    def test_start_cleaning(self):
        self.room.room_status = 'CHECKOUT_DIRTY'
        self.room.save()
        with self.events() as events:
            response = self.send_json('post', f'rooms/{self.room.id}/start-cleaning/')
        self.assertEqual(response.json()['room_status'], 'CLEANING_IN_PROGRESS')
        self.assertToldOfRoom(events, self.room, 'CLEANING_IN_PROGRESS')
        step = self.room.status_events.get()
        self.assertEqual(
            (step.from_status, step.changed_by), ('CHECKOUT_DIRTY', self.staff)
        )

    def test_complete_cleaning(self):
        self.room.room_status = 'CLEANING_IN_PROGRESS'
        self.room.save()
        with self.events() as events:
            self.send_json('post', f'rooms/{self.room.id}/complete-cleaning/')
        self.assertToldOfRoom(events, self.room, 'CLEANED_UNINSPECTED')

    def test_complete_cleaning_needs_a_start(self):
        with self.events() as events:
            response = self.send_json(
                'post', f'rooms/{self.room.id}/complete-cleaning/'
            )
        self.assertEqual(response.status_code, 409)
        self.assertEqual(events, [])

    def test_inspection_approved(self):
        with self.events() as events:
            self.send_json('post', f'rooms/{self.room.id}/inspect/', {'approved': True})
        self.assertToldOfRoom(events, self.room, 'READY_FOR_GUEST')

    def test_inspection_refused(self):
        with self.events() as events:
            self.send_json(
                'post', f'rooms/{self.room.id}/inspect/', {'approved': False}
            )
        self.assertToldOfRoom(events, self.room, 'CHECKOUT_DIRTY')

    def test_release_floor(self):
        Room.objects.update(room_status='CLEANED_UNINSPECTED')
        response = self.send_json('post', 'rooms/floors/1/release/')
        self.assertEqual(response.json(), {'released': 2})
        self.room.refresh_from_db()
        self.assertEqual(self.room.room_status, 'READY_FOR_GUEST')


class MaintenanceTests(RealtimeTestCase):
    def test_report_from_the_corridor(self):
        self.client.logout()
        with self.events() as events:
            response = self.send_json(
                'post',
                f'rooms/{self.room.id}/maintenance/',
                {'note': 'The tap drips'},
                headers={'X-Tablet-Token': 'dev-tablet'},
            )
        self.assertEqual(response.status_code, 200)
        self.assertToldOfRoom(events, self.room, 'MAINTENANCE_REQUIRED')
        self.room.refresh_from_db()
        self.assertEqual(self.room.maintenance_note, 'The tap drips')

    def test_unknown_tablet(self):
        with self.events() as events:
            response = self.send_json('post', f'rooms/{self.room.id}/maintenance/')
        self.assertEqual(response.status_code, 403)
        self.assertEqual(events, [])

    def test_a_report_needs_a_note(self):
        response = self.send_json(
            'post',
            f'rooms/{self.room.id}/maintenance/',
            headers={'X-Tablet-Token': 'dev-tablet'},
        )
        self.assertEqual(response.status_code, 400)

    def test_out_of_order(self):
        self.send_json('post', f'rooms/{self.room.id}/out-of-order/')
        self.room.refresh_from_db()
        self.assertEqual(self.room.room_status, 'OUT_OF_ORDER')

    def test_occupied_rooms_stay_in_order(self):
        self.check_in()
        response = self.send_json('post', f'rooms/{self.room.id}/out-of-order/')
        self.assertEqual(response.status_code, 409)


class RoomPageTests(RealtimeTestCase):
    def test_list(self):
        numbers = [
            room['room_number'] for room in self.client.get(self.url('rooms/')).json()
        ]
        self.assertEqual(numbers, ['101', '102'])

    def test_edit(self):
        response = self.send_json(
            'patch', f'rooms/{self.room.id}/', {'room_status': 'OUT_OF_ORDER'}
        )
        self.assertEqual(response.status_code, 200)
        self.room.refresh_from_db()
        self.assertEqual(self.room.room_status, 'OUT_OF_ORDER')

    def test_delete(self):
        room_id = self.room.id
        with self.events() as events:
            response = self.client.delete(self.url(f'rooms/{room_id}/'))
        self.assertEqual(response.status_code, 204)
        data = self.assertSent(events, self.staff_channel, 'room_deleted')
        self.assertEqual((data['room_id'], data['room_number']), (room_id, '101'))

    def test_a_room_with_bookings_is_not_deleted(self):
        self.check_in()
        response = self.client.delete(self.url(f'rooms/{self.room.id}/'))
        self.assertEqual(response.status_code, 409)
        self.assertTrue(Room.objects.filter(pk=self.room.pk).exists())

    def test_strangers_stay_out(self):
        self.client.logout()
        self.assertIn(self.client.get(self.url('rooms/')).status_code, (401, 403))
