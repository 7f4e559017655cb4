from notifications.tests.base import RealtimeTestCase


class PaymentWebhookTests(RealtimeTestCase):
    def notify(self, outcome, secret='dev-payments'):
        notice = {'booking_id': self.booking.booking_id, 'outcome': outcome}
        return self.send_json(
            'post',
            '/api/payments/webhook/',
            notice,
            headers={'X-Payment-Secret': secret},
        )

    def test_a_paid_booking_waits_for_approval(self):
        with self.events():
            response = self.notify('succeeded')
        self.assertEqual(
            response.json(), {'received': True, 'status': 'PENDING_APPROVAL'}
        )
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, 'PENDING_APPROVAL')

    def test_a_failed_payment_changes_nothing(self):
        with self.events() as events:
            self.assertEqual(self.notify('failed').status_code, 200)
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, 'PENDING_PAYMENT')
        self.assertEqual(events, [])

    def test_a_repeated_notice_changes_nothing(self):
        self.notify('succeeded')
        with self.events() as events:
            self.assertEqual(self.notify('succeeded').status_code, 200)
        self.assertEqual(events, [])

    def test_a_wrong_secret(self):
        self.assertEqual(self.notify('succeeded', secret='?').status_code, 403)

    def test_nonsense(self):
        response = self.send_json(
            'post',
            '/api/payments/webhook/',
            [],
            headers={'X-Payment-Secret': 'dev-payments'},
        )
        self.assertEqual(response.status_code, 400)
