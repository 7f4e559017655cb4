"""What projects send, seen where the SDK hands its HTTP requests over. Run as a program.

It reads jobs from its input, one line each, and answers each with a line. A job is
``{"root", "kind"}``, the answer ``{"sent": [[path, body], ...]}`` or ``{"error": text}``. Each
project runs in a process of its own, forked from one that has imported Django, so that its modules
do not meet another's.

A project of the kind ``shop`` is the golden cases' base: every function of ``shop.views`` that
takes a request is called, each with the same rows in a database in memory. One of the kind
``hotelmate`` is the sample project: the tests in it that delete and assign a room are run.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import unittest
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import django
import django.db.models
import django.test  # imported before the processes part, as it takes a while
import pusher
import rest_framework.serializers  # noqa: F401
from django.conf import settings
from pusher.requests import RequestsBackend

Sent = list[tuple[str, str]]
NOW = datetime(2025, 6, 1, 12, 30, tzinfo=UTC)
POST = {"minutes": "5", "tz": "UTC", "couriers": ["1", "2"], "note": "Größe", "urgent": ""}


class User:
    """Whoever makes the requests."""

    id = 7
    username = "ann"

    def get_full_name(self) -> str:
        """As Django's users have it."""
        return "Ann Ó"

    def __str__(self) -> str:
        return self.username


def recorded(run: Callable[[], None]) -> Sent:
    """What leaves while something runs; the clock stands still."""
    sent: Sent = []

    def send_request(self: RequestsBackend, request: Any) -> dict[str, Any]:
        sent.append((request.path, request.body.decode("utf-8")))
        return {}

    with (
        mock.patch.object(RequestsBackend, "send_request", send_request),
        mock.patch("django.utils.timezone.now", lambda: NOW),
    ):
        run()
    return sent


def shop(root: Path) -> Sent:
    """All that the views of a shop send."""
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["shop"],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
    )
    django.setup()
    from django.apps import apps
    from django.db import connection
    from django.test import RequestFactory

    with connection.schema_editor() as editor:
        for model in apps.get_app_config("shop").get_models():
            editor.create_model(model)
    import shop.views as views

    own = [
        function
        for function in vars(views).values()
        if inspect.isfunction(function) and function.__module__ == "shop.views"
    ]
    takes_request = [f for f in own if next(iter(inspect.signature(f).parameters)) == "request"]

    def run() -> None:
        for function in takes_request:
            _rows(apps)
            request: Any = RequestFactory().post("/", POST)
            request.user = User()
            given = {"pk": 1, "clerk": "Bo"}
            names = list(inspect.signature(function).parameters)[1:]
            function(request, **{name: given[name] for name in names})

    assert takes_request, "a case has a view"
    return recorded(run)


def _rows(apps: Any) -> None:
    models = {name: apps.get_model("shop", name) for name in ("Store", "Shelf", "Order", "Courier")}
    for model in models.values():
        model.objects.all().delete()
    store = models["Store"].objects.create(id=3, name="Main")
    shelf = models["Shelf"].objects.create(id=1, store=store, stock=4, label="A-1")
    for number in (1, 2):
        models["Order"].objects.create(id=number, store=store, shelf=shelf, note=f"note {number}")
    models["Courier"].objects.create(id=1, name="Cleo")


def hotelmate(root: Path) -> Sent:
    """What the sample project sends when a room is deleted or assigned."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "hotelmate.settings"
    os.environ["DB_NAME"] = ":memory:"
    django.setup()
    from django.test.runner import DiscoverRunner

    names = ["rooms.tests.RoomPageTests.test_delete"]
    names.append("hotel.tests.test_staff_views.AssignmentTests.test_assign")
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    from notifications.tests.base import RealtimeTestCase

    sent: Sent = []
    own = RealtimeTestCase._record

    def record(self: Any, request: Any) -> Any:
        sent.append((request.path, request.body.decode("utf-8")))
        return own(self, request)

    RealtimeTestCase._record = record
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        # Both the clock and the references of bookings are the same in each run.
        with (
            mock.patch("django.utils.timezone.now", lambda: NOW),
            mock.patch("secrets.token_hex", lambda size: "0f" * size),
        ):
            result = unittest.TestResult()
            suite.run(result)
    finally:
        runner.teardown_databases(databases)
    assert result.wasSuccessful(), [*result.errors, *result.failures]
    return sent


KINDS = {"shop": shop, "hotelmate": hotelmate}


def in_child(job: dict[str, str]) -> Any:
    """Run a job in a process of its own; what it sent, or the error as text."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            os.chdir(job["root"])
            sys.path.insert(0, job["root"])
            answer: Any = {"sent": KINDS[job["kind"]](Path(job["root"]))}
        except BaseException as error:  # the process ends here, whatever it was
            answer = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(writing, "w") as stream:
            json.dump(answer, stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        answer = json.load(stream)
    os.waitpid(child, 0)
    return answer


if __name__ == "__main__":
    assert pusher.Pusher  # imported once, for all
    for line in sys.stdin:
        print(json.dumps(in_child(json.loads(line))), flush=True)
