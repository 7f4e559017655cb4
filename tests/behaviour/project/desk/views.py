"""The same request, written in the ways that are found and in the way that the rule writes.

Each view closes one ticket, tells of it, and has some work left to do in the same transaction.
"""

import time

from django.db import transaction
from django.http import HttpResponse

from ..realtime import manager, pusher_client
from .models import Ticket


class Refused(Exception):
    """The request fails late; its transaction is rolled back."""


def finish(request):
    """The rest of the request: some work, and perhaps a failure."""
    time.sleep(float(request.GET["work"]))
    if request.GET.get("fail"):
        raise Refused


def tell_now(ticket):
    """The legacy call."""
    pusher_client.trigger(
        "desk", "ticket_updated", {"ticket_id": ticket.id, "status": ticket.status}
    )


def tell_after_commit(ticket):
    """What the rule writes."""
    transaction.on_commit(
        lambda ticket=ticket: manager.realtime_ticket_updated(ticket), robust=True
    )


def close(tell, request, pk):
    ticket = Ticket.objects.get(pk=pk)
    ticket.status = "closed"
    ticket.save()
    tell(ticket)
    finish(request)
    return HttpResponse()


def with_atomic(tell):
    def view(request, pk):
        with transaction.atomic():
            return close(tell, request, pk)

    return view


def decorated(tell):
    @transaction.atomic
    def view(request, pk):
        return close(tell, request, pk)

    return view


def bare(tell):
    """Atomic only if the settings say so (ATOMIC_REQUESTS)."""

    def view(request, pk):
        return close(tell, request, pk)

    return view


def early(tell):
    """Tells before it saves, without a transaction."""

    def view(request, pk):
        ticket = Ticket.objects.get(pk=pk)
        ticket.status = "closed"
        tell(ticket)
        finish(request)
        ticket.save()
        return HttpResponse()

    return view


SHAPES = {"with": with_atomic, "decorator": decorated, "bare": bare, "early": early}
WAYS = {"now": tell_now, "on_commit": tell_after_commit}
