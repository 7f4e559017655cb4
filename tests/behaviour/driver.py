"""The process in which a sample project answers requests.

Run as ``python -m behaviour.driver PROJECT SCENES``: the project's directory and the module that
knows how to bring it into a state and what to request then (a ``World`` and its scenes). Besides
the response it says which of the project's lines ran, because a plan speaks of lines.
"""

import importlib
import sys
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path

from .answering import serve, take_stdout


class Lines:
    """The lines of a project that run meanwhile, in order, one list for each call of a function.

    A statement of several lines shows as a run of its lines, so how often it was executed can be
    counted as how often its lines are entered.
    """

    def __init__(self, project):
        self.calls = []  # (path, [line, ...])
        self._prefix = f"{project}/"
        self._previous = None

    def __enter__(self):
        self._previous = sys.gettrace()
        sys.settrace(self._enter)
        return self

    def __exit__(self, *exc):
        sys.settrace(self._previous)

    def _enter(self, frame, event, argument):
        path = frame.f_code.co_filename
        # Lambdas and comprehensions are parts of a statement, not executions of it.
        if not path.startswith(self._prefix) or frame.f_code.co_name.startswith("<"):
            return None
        lines = []
        self.calls.append((path.removeprefix(self._prefix), lines))

        def trace(frame, event, argument):
            if event == "line":
                lines.append(frame.f_lineno)
            return trace

        return trace


@contextmanager
def commits(delay, fail):
    """Make every commit of a transaction take ``delay`` seconds, or fail as a conflict does.

    Yields a list with one entry for each of them.
    """
    from django.db import OperationalError
    from django.db.backends.base.base import BaseDatabaseWrapper

    real, made = BaseDatabaseWrapper.commit, []

    def commit(self):
        made.append(self.alias)
        time.sleep(delay)
        if fail:
            raise OperationalError("could not serialize access")
        real(self)

    BaseDatabaseWrapper.commit = commit
    try:
        yield made
    finally:
        BaseDatabaseWrapper.commit = real


@contextmanager
def sends():
    """Whether a transaction was open, for each event that the official SDK sends meanwhile."""
    from django.db import connection
    from pusher.requests import RequestsBackend

    real, seen = RequestsBackend.send_request, []

    def send_request(self, request):
        seen.append(connection.in_atomic_block)
        return real(self, request)

    RequestsBackend.send_request = send_request
    try:
        yield seen
    finally:
        RequestsBackend.send_request = real


def routes():
    """All endpoints, as ``METHOD route``; HEAD and OPTIONS, which Django adds, are left out."""
    from django.urls import URLResolver, get_resolver

    def walk(resolver, prefix):
        for entry in resolver.url_patterns:
            # As ResolverMatch.route spells it.
            route = prefix + str(entry.pattern).removeprefix("^")
            if isinstance(entry, URLResolver):
                yield from walk(entry, route)
            else:
                yield from (f"{method} {route}" for method in _methods(entry.callback))

    return sorted(walk(get_resolver(), ""))


def _methods(view):
    if actions := getattr(view, "actions", None):  # a viewset
        return [name.upper() for name in actions if name not in {"head", "options"}]
    # Function-based views of Django REST framework have a class as well.
    owner = getattr(view, "cls", None) or view.view_class
    names = set(owner.http_method_names) - {"head", "options"}
    return [name.upper() for name in names if hasattr(owner, name)]


class Driver:
    """The commands."""

    def __init__(self, project, scenes):
        self._project = project
        self._module = importlib.import_module(scenes)
        self._world = None
        self._act = None

    def setup(self):
        """Make the tables and the world; returns the scenes' names and the world's channels."""
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        self._world = self._module.World()
        return {"scenes": list(self._module.SCENES), "channels": self._world.channels()}

    def prepare(self, scene):
        """Bring the world into the state in which the scene begins."""
        self._act = self._module.SCENES[scene](self._world)

    def perform(self, delay=0, fail=False, trace=False):
        """Do what the scene is about.

        Returns the endpoint (None for a command), the status and the content, how many transactions
        were to be committed, for each send whether it was inside one, and, if traced, the lines
        that ran.
        """
        from django.db import OperationalError

        lines = Lines(self._project)
        with commits(delay, fail) as made, sends() as inside, lines if trace else nullcontext():
            try:
                response = self._act()
            except OperationalError:
                if not fail:  # a command, unlike a view, has nobody who catches it
                    raise
                response = None
        match = getattr(response, "resolver_match", None)
        return {
            "endpoint": f"{response.request['REQUEST_METHOD']} {match.route}" if match else None,
            "status": getattr(response, "status_code", None),
            "content": response.content.decode() if match else "",
            "commits": len(made),
            "inside": inside,
            "lines": lines.calls,
        }

    def rows(self):
        """Everything in the project's tables, as Django's own dump."""
        from django.apps import apps
        from django.core import serializers

        return serializers.serialize(
            "json",
            [
                row
                for model in apps.get_models()
                if model._meta.app_config.path.startswith(self._project)
                for row in model.objects.order_by("pk")
            ],
        )


def main():
    """Serve until stdin ends."""
    import django

    answers = take_stdout()
    project = str(Path(sys.argv[1]).resolve())
    sys.path.insert(0, project)
    django.setup()
    driver = Driver(project, sys.argv[2])
    commands = {
        "setup": driver.setup,
        "routes": routes,
        "prepare": driver.prepare,
        "perform": driver.perform,
        "rows": driver.rows,
    }
    serve(commands, answers)


if __name__ == "__main__":
    main()
