"""When the arguments of a deferred call are read: at the call, or at the commit."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F

from ..desk.models import Ticket
from ..realtime import manager, pusher_client
from . import error_of, logged, open_ticket, status_elsewhere


def loop():
    sent = {"lambda": [], "inner def": [], "default": [], "partial": []}
    with transaction.atomic():
        for number in (1, 2, 3):
            transaction.on_commit(lambda: sent["lambda"].append(number))  # noqa: B023

            def send():
                sent["inner def"].append(number)  # noqa: B023

            transaction.on_commit(send)
            transaction.on_commit(lambda number=number: sent["default"].append(number), robust=True)
            transaction.on_commit(partial(sent["partial"].append, number))
    return sent


def rebound_local():
    sent = {"lambda": [], "default": []}
    with transaction.atomic():
        room = "first"
        transaction.on_commit(lambda: sent["lambda"].append(room))
        transaction.on_commit(lambda room=room: sent["default"].append(room), robust=True)
        room = "second"
    return sent


def moment_of_evaluation():
    """In the order of evaluation; ``now`` stands for ``timezone.now()`` or ``request.user``."""
    order = []

    def now(who):
        order.append(who)

    with transaction.atomic():
        transaction.on_commit(lambda: now("in the body"))
        transaction.on_commit(lambda moment=now("as a default"): None, robust=True)  # noqa: B008
        order.append("rest of the transaction")
    return order


def id_after_delete():
    sent = {"legacy": [], "lambda": [], "default before": []}
    ticket = open_ticket()
    with transaction.atomic():
        ticket_id = ticket.id
        transaction.on_commit(lambda: sent["lambda"].append(ticket.id))
        transaction.on_commit(
            lambda ticket_id=ticket.id: sent["default before"].append(ticket_id), robust=True
        )
        ticket.delete()
        sent["legacy"].append(ticket.id)
    sent["default before"] = [told == ticket_id for told in sent["default before"]]
    return sent


def dictionary_mutated_later():
    sent = {"named": [], "built in the call": []}
    payload = {"status": "open"}
    with transaction.atomic():
        transaction.on_commit(lambda payload=payload: sent["named"].append(payload), robust=True)
        transaction.on_commit(
            lambda payload={"status": payload["status"]}: sent["built in the call"].append(payload),
            robust=True,
        )
        payload["status"] = "closed"
    return sent


def instance_changed_but_not_saved():
    """Returns what the event says and what the row says."""
    sent = []
    ticket = open_ticket()
    with transaction.atomic():
        transaction.on_commit(lambda ticket=ticket: sent.append(ticket.status), robust=True)
        ticket.status = "draft"
    return sent, status_elsewhere(ticket)


def two_saves():
    """Returns each event with what the row said when it was sent."""
    sent = []
    ticket = open_ticket()
    with transaction.atomic():
        for status in ("waiting", "closed"):
            ticket.status = status
            ticket.save()
            transaction.on_commit(
                lambda status=ticket.status: sent.append((status, status_elsewhere(ticket))),
                robust=True,
            )
    return sent


UNSENDABLE = {
    "Decimal": Decimal("1.5"),
    "UUID": UUID(int=1),
    "datetime": datetime(2025, 1, 1, tzinfo=UTC),
}


def unsendable_payload():
    """For each type: the error of a call at once, the row after it, and the same deferred."""
    seen = {}
    for name, value in UNSENDABLE.items():

        def send(value=value):
            pusher_client.trigger("facts", "unsendable", {"value": value})

        seen[name] = []
        for tell in (lambda send=send: send(), lambda send=send: transaction.on_commit(send)):
            ticket = open_ticket()

            def request(ticket=ticket, tell=tell):
                with transaction.atomic():
                    ticket.status = "closed"
                    ticket.save()
                    tell()

            seen[name] += [error_of(request), status_elsewhere(ticket)]
    return seen


def expression_saved():
    """``F()`` in a field: what an event of the instance says at once and once refreshed."""
    ticket = open_ticket()
    ticket.status = F("status")
    ticket.save()
    before = error_of(manager.realtime_ticket_updated, ticket)
    ticket.refresh_from_db()
    return before, error_of(manager.realtime_ticket_updated, ticket)


def callback_of_a_partial():
    """A partial is fine as long as it is not robust: bound early, failures raised."""
    sent = []
    number = 1
    with logged() as errors, transaction.atomic():
        transaction.on_commit(partial(sent.append, number))
        number = 2
    return sent, errors, number


def value_of_the_call():
    """What the caller gets back: from the client, and from the wrapper."""
    with transaction.atomic():
        direct = pusher_client.trigger("facts", "valued", {})
        deferred = transaction.on_commit(lambda: pusher_client.trigger("facts", "valued", {}))
    return direct, deferred


def updated_queryset():
    """The instance in hand after ``update()``, and the row."""
    ticket = open_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(status="closed")
    return ticket.status, status_elsewhere(ticket)
