"""What the facts are read from: each function does one thing and returns what was seen (as JSON).

``test_facts_*.py`` says what is expected and why it matters. The helpers here are what most
scenarios need.
"""

import logging
from contextlib import contextmanager

from django.db import connections
from django.test import Client, override_settings
from django.urls import path

from ...databases import Database
from ..desk.models import Ticket

_elsewhere = Database.from_environment().connect()


class Failure(Exception):
    """What fails in a scenario."""


def fail(*_, **__):
    """A callback that fails."""
    raise Failure("failed")


def status_elsewhere(ticket):
    """What everybody else sees of a ticket (by instance or key): None if there is none."""
    return _elsewhere.value("desk_ticket", "status", "id", getattr(ticket, "pk", ticket))


def error_of(function, *arguments):
    """The name of the exception that the call raises, None if it raises none."""
    try:
        function(*arguments)
    except Exception as error:
        return type(error).__name__
    return None


@contextmanager
def logged():
    """The errors that Django logs meanwhile, as the name of each one's exception."""
    names = []

    class Collect(logging.Handler):
        def emit(self, record):
            names.append(record.exc_info[0].__name__ if record.exc_info else record.msg)

    handler = Collect(level=logging.ERROR)
    logger = logging.getLogger("django.db.backends.base")
    logger.addHandler(handler)
    propagate, logger.propagate = logger.propagate, False
    try:
        yield names
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


@contextmanager
def atomic_requests():
    """Django's setting of that name, for the default database."""
    connections.settings["default"]["ATOMIC_REQUESTS"] = True
    try:
        yield
    finally:
        connections.settings["default"]["ATOMIC_REQUESTS"] = False


def get(view):
    """The response of a project with this one view."""
    with override_settings(ROOT_URLCONF=(path("", view),)):
        return Client(raise_request_exception=False).get("/")


def open_ticket():
    """A committed ticket."""
    return Ticket.objects.create(status="open")
