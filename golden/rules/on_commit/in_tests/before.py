from django.test import TestCase

from notifications.manager import notifier
from shop.models import Order


class ManagerTests(TestCase):
    def test_update(self):
        notifier.realtime_order_updated(Order(id=1))
