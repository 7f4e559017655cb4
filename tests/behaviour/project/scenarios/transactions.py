"""Which commit a deferred emission waits for, and what goes with a rollback."""

import asyncio
import warnings

from django.db import connections, transaction
from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.views import APIView

from ...databases import Database
from ..desk.models import Ticket
from . import (
    Failure,
    atomic_requests,
    error_of,
    fail,
    get,
    open_ticket,
    status_elsewhere,
)


def inner_savepoint_rolled_back():
    """Callbacks: registered outside, in the savepoint, and for the same change hoisted out."""
    sent = []
    ticket = open_ticket()
    with transaction.atomic():
        transaction.on_commit(lambda: sent.append("outer"))
        try:
            with transaction.atomic():
                Ticket.objects.filter(pk=ticket.pk).update(status="closed")
                transaction.on_commit(lambda: sent.append("in place"))
                fail()
        except Failure:
            pass
        transaction.on_commit(lambda: sent.append("hoisted"))
    return sent, status_elsewhere(ticket)


def nested():
    """A callback of an inner block waits for the outermost commit; the order is kept."""
    order = []
    with transaction.atomic():
        transaction.on_commit(lambda: order.append("outer, first"))
        with transaction.atomic():
            transaction.on_commit(lambda: order.append("inner"))
        order.append("inner block left")
        transaction.on_commit(lambda: order.append("outer, second"))
    return order


def other_alias():
    """What the row in the other database says when each hook runs."""
    seen = {}
    other = Database.from_environment("OTHER_DB_").connect()
    ticket = Ticket.objects.using("other").create(status="open")

    def look(hook):
        seen[hook] = other.value("desk_ticket", "status", "id", ticket.pk)

    with transaction.atomic(using="other"):
        ticket.status = "closed"
        ticket.save(using="other")
        transaction.on_commit(lambda: look("default"))
        transaction.on_commit(lambda: look("other"), using="other")
    other.close()
    return seen


def wrapped_twice():
    order = []

    def helper(name):
        transaction.on_commit(lambda: order.append(name))

    with transaction.atomic():
        transaction.on_commit(lambda: helper("first, twice"))
        transaction.on_commit(lambda: order.append("second"))
        transaction.on_commit(lambda: helper("third, twice"))
    return order


def autocommit_off():
    connection = connections["default"]
    connection.set_autocommit(False)
    try:
        return error_of(lambda: transaction.on_commit(lambda: None))
    finally:
        connection.rollback()
        connection.set_autocommit(True)


def _request(view_of):
    """The response's status, the row and the events of a view under ATOMIC_REQUESTS.

    ``view_of`` makes it, given a function that closes the ticket and one that takes events.
    """
    sent = []
    ticket = open_ticket()

    def close():
        Ticket.objects.filter(pk=ticket.pk).update(status="closed")

    with atomic_requests():
        response = get(view_of(close, sent.append))
    return {"http": response.status_code, "row": status_elsewhere(ticket), "sent": sent}


def bad_request_returned():
    def view_of(close, send):
        def view(request):
            close()
            transaction.on_commit(lambda: send("deferred"))
            return HttpResponse(status=400)

        return view

    return _request(view_of)


def drf_exception():
    def view_of(close, send):
        class View(APIView):
            authentication_classes = ()
            permission_classes = ()

            def get(self, request):
                close()
                send("now")
                transaction.on_commit(lambda: send("deferred"))
                raise ValidationError("no")

        return View.as_view()

    return _request(view_of)


def non_atomic_view():
    """``non_atomic_requests`` takes a view out of ATOMIC_REQUESTS."""

    def view_of(close, send):
        def view(request):
            close()
            transaction.on_commit(lambda: send("deferred"))
            send("end of the view")
            raise Failure

        return transaction.non_atomic_requests(view)

    return _request(view_of)


def streaming():
    """The generator of a streamed response runs when the request's transaction is over."""
    order = []

    def lines():
        order.append(connections["default"].in_atomic_block)
        transaction.on_commit(lambda: order.append("sent"))
        order.append("next line")
        yield b""

    def view(request):
        order.append(connections["default"].in_atomic_block)
        transaction.on_commit(lambda: order.append("commit"))
        return StreamingHttpResponse(lines())

    with atomic_requests():
        b"".join(get(view).streaming_content)
    return order


def durable():
    """A durable block cannot be inside another: its hooks wait for its own end."""
    order = []
    with transaction.atomic(durable=True):
        transaction.on_commit(lambda: order.append("sent"))
    order.append("after the block")

    def inside():
        with transaction.atomic(), transaction.atomic(durable=True):
            pass

    return order, error_of(inside)


def asynchronous():
    """Errors of hooks in coroutines, and of a coroutine as a hook (None: silently nothing)."""
    ran = []

    async def hook():
        transaction.on_commit(lambda: None)

    async def block():
        with transaction.atomic():
            pass

    async def coroutine():
        ran.append("coroutine")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with transaction.atomic():
            transaction.on_commit(coroutine)
    return {
        "on_commit": error_of(lambda: asyncio.run(hook())),
        "atomic": error_of(lambda: asyncio.run(block())),
        "ran": ran,
        "warned": any("never awaited" in str(warning.message) for warning in caught),
    }


def lock_in_a_callback():
    """``select_for_update`` in a hook: there is no transaction any more that could hold it."""
    ticket = open_ticket()

    def request():
        with transaction.atomic():
            transaction.on_commit(lambda: Ticket.objects.select_for_update().get(pk=ticket.pk))

    return error_of(request)


def row_locked_while_sending():
    """Whether somebody else can write while the event is sent: at once, and deferred."""
    ticket = open_ticket()
    other = Database.from_environment().connect()
    if connections["default"].vendor == "sqlite":
        other.execute("PRAGMA busy_timeout = 0")
    else:
        other.execute("SET lock_timeout = 1")  # milliseconds
    seen = []

    def send():
        change = f"UPDATE desk_ticket SET visits = 1 WHERE id = {other.mark}"
        seen.append(error_of(other.execute, change, ticket.pk) is None)

    with transaction.atomic():
        ticket.status = "closed"
        ticket.save()
        send()
        transaction.on_commit(send)
    other.close()
    return seen
