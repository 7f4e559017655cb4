"""What happens when a deferred emission fails, and who still hears of it."""

from functools import partial

from django.db import transaction
from django.http import HttpResponse

from ..desk.models import Ticket
from . import (
    Failure,
    error_of,
    fail,
    get,
    logged,
    open_ticket,
    status_elsewhere,
)


def _request_whose_first_event_fails(callback, robust):
    """The response's status, the row, the events after the failed one, the errors logged."""
    sent = []
    ticket = open_ticket()

    def view(request):
        with transaction.atomic():
            Ticket.objects.filter(pk=ticket.pk).update(status="closed")
            transaction.on_commit(callback, robust=robust)
            transaction.on_commit(lambda: sent.append("later"), robust=robust)
        return HttpResponse()

    with logged() as errors:
        status = get(view).status_code
    return {"http": status, "row": status_elsewhere(ticket), "sent": sent, "logged": errors}


def not_robust():
    return _request_whose_first_event_fails(lambda: fail(), robust=False)


def robust():
    return _request_whose_first_event_fails(lambda: fail(), robust=True)


def robust_partial():
    """The response and, outside a request, the error itself."""

    def outside():
        with logged(), transaction.atomic():
            transaction.on_commit(partial(fail), robust=True)

    return _request_whose_first_event_fails(partial(fail), robust=True), error_of(outside)


def try_around_the_emission():
    """Who catches the failure: the handler around the call, or the caller of the transaction."""
    seen = {}
    for name, emit in {
        "now": fail,
        "deferred": lambda: transaction.on_commit(fail),
        "deferred, robust": lambda: transaction.on_commit(fail, robust=True),
        "deferred, try moved into the callback": lambda: transaction.on_commit(guarded),
    }.items():
        caught = []

        def guarded(caught=caught):
            try:
                fail()
            except Failure:
                caught.append("in the callback")

        def request(emit=emit, caught=caught):
            with transaction.atomic():
                try:
                    emit()
                except Failure:
                    caught.append("around the call")

        with logged() as errors:
            outside = error_of(request)
        seen[name] = {"caught": caught, "outside": outside, "logged": errors}
    return seen


def outside_any_transaction():
    """Without a transaction the callback runs at once: the handler around it still catches."""
    order = []
    try:
        transaction.on_commit(lambda: order.append("sent"))
        order.append("after")
        transaction.on_commit(fail)
    except Failure:
        order.append("caught")
    transaction.on_commit(fail, robust=True)  # and a robust one is logged
    return order


def told_from_finally_or_except():
    """Events of a transaction that rolls back: from its ``finally`` and its ``except``."""
    seen = {}
    for name, tell in {
        "now": lambda send: send(),
        "deferred": lambda send: transaction.on_commit(send),
    }.items():
        sent = []

        def request(tell=tell, sent=sent):
            with transaction.atomic():
                try:
                    fail()
                except Failure:
                    tell(lambda: sent.append("except"))
                    raise
                finally:
                    tell(lambda: sent.append("finally"))

        seen[name] = {"error": error_of(request), "sent": sent}
    return seen
