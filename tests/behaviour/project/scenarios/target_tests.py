"""What the tests of a migrated project see of a deferred emission."""

import io
import unittest
from unittest import mock

from django.db import transaction
from django.test import TestCase, TransactionTestCase

from .. import realtime
from ..desk.models import Ticket
from ..realtime import manager

CLIENT = "behaviour.project.realtime.pusher_client"


def close_a_ticket():
    """The code under test."""
    with transaction.atomic():
        ticket = Ticket.objects.create(status="closed")
        transaction.on_commit(
            lambda ticket=ticket: manager.realtime_ticket_updated(ticket), robust=True
        )


def _calls_seen(base, body):
    """How many calls of the client ``body``, as a test of the kind ``base``, sees on its mock."""
    seen = []
    case = type("Case", (base,), {"test": lambda self: seen.append(body(self))})
    result = unittest.TextTestRunner(stream=io.StringIO()).run(case("test"))
    if not result.wasSuccessful():
        raise AssertionError(result.errors + result.failures)
    return seen[0]


def _with_mock(test):
    with mock.patch(CLIENT) as client:
        close_a_ticket()
    return client.trigger.call_count


def _with_captured_callbacks(test):
    with mock.patch(CLIENT) as client:
        with test.captureOnCommitCallbacks(execute=True):
            close_a_ticket()
        return client.trigger.call_count


def calls_seen():
    return {
        "TestCase": _calls_seen(TestCase, _with_mock),
        "TestCase, captured": _calls_seen(TestCase, _with_captured_callbacks),
        "TransactionTestCase": _calls_seen(TransactionTestCase, _with_mock),
    }


def expired_mock():
    """The patch ends before the captured callbacks run."""

    def body(test):
        with test.captureOnCommitCallbacks(execute=True), mock.patch(CLIENT) as client:
            close_a_ticket()
        return client.trigger.call_count

    assert not isinstance(realtime.pusher_client, mock.Mock)
    return _calls_seen(TestCase, body)
