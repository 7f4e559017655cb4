import unittest
from unittest import mock

import pytest
from django.test import TestCase, TransactionTestCase

from notifications.manager import notifier
from shop.models import Order
from shop.views import pay


class PayTests(TestCase):
    @mock.patch("shop.views.notifier")
    def test_direct(self, told):
        pay(Order.objects.create())
        told.realtime_order_updated.assert_called_once()

    def test_request(self):
        with mock.patch.object(notifier, "realtime_order_updated") as told:
            self.client.post("/ship/1")
        self.assertEqual(told.call_count, 1)

    def test_captured(self):
        with mock.patch("realtime.client.pusher_client") as client:
            with self.captureOnCommitCallbacks(execute=True):
                pay(Order.objects.create())
        client.trigger.assert_called_once()

    def test_of_something_else(self):
        with mock.patch("shop.views.pay") as paid:
            self.client.post("/ship/1")
        paid.assert_called_once()

    def test_that_asks_nothing(self):
        with mock.patch("shop.views.notifier"):
            pay(Order.objects.create())


class CommittedTests(TransactionTestCase):
    @mock.patch("shop.views.notifier")
    def test_direct(self, told):
        pay(Order.objects.create())
        told.realtime_order_updated.assert_called_once()


class PlainTests(unittest.TestCase):
    @mock.patch("shop.views.notifier")
    def test_direct(self, told):
        pay(mock.Mock())
        told.realtime_order_updated.assert_called_once()


@pytest.fixture
def told():
    with mock.patch("shop.views.notifier") as told:
        yield told


@pytest.mark.django_db
def test_with_a_fixture(told):
    pay(Order.objects.create())
    assert told.realtime_order_updated.called


@pytest.mark.django_db(transaction=True)
def test_that_commits(told):
    pay(Order.objects.create())
    assert told.realtime_order_updated.called


def test_of_a_send(monkeypatch, told):
    pay(mock.Mock())
    assert told.realtime_order_updated.call_args
