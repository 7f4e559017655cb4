"""The process that the project runs in: makes the tables, requests and scenarios on demand."""

import importlib

import django
from django.core.management import call_command
from django.db import connections
from django.test import Client

from ..answering import serve, take_stdout


def migrate():
    """Make the tables in both databases."""
    for alias in connections:
        call_command("migrate", database=alias, run_syncdb=True, verbosity=0)


def requests(view, count, work, fail="", atomic_requests=False):
    """Make a ticket and a request for each of ``count``; returns the status codes.

    Args:
        view: ``<shape>/<way>``, as in the URLs.
        work: Seconds of work that a request has left after its emission.
        fail: Not empty: each request fails at its end.
        atomic_requests: Django's setting.
    """
    from .desk.models import Ticket

    client = Client(raise_request_exception=False)
    query = {"work": str(work), "fail": fail}
    connections.settings["default"]["ATOMIC_REQUESTS"] = atomic_requests
    try:
        return [
            client.get(f"/close/{view}/{Ticket.objects.create().pk}/", query).status_code
            for _ in range(count)
        ]
    finally:
        connections.settings["default"]["ATOMIC_REQUESTS"] = False


def scenario(name):
    """What the function ``<module>.<function>`` of ``scenarios`` saw."""
    module, function = name.split(".")
    return getattr(importlib.import_module(f"behaviour.project.scenarios.{module}"), function)()


def main():
    """Serve until stdin ends."""
    answers = take_stdout()
    django.setup()
    serve({"migrate": migrate, "requests": requests, "scenario": scenario}, answers)


if __name__ == "__main__":
    main()
