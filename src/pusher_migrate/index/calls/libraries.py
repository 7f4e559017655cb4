"""What functions of other packages do to what they are given, by their dotted names."""

from __future__ import annotations

import sys

# Libraries whose functions read what they are given. What is not among them may change it.
_READING_LIBRARIES = sys.stdlib_module_names | {
    *("django", "rest_framework", "pusher", "requests", "httpx", "sentry_sdk", "structlog"),
    *("loguru", "pytz", "dateutil", "jinja2", "markdown", "bleach", "yaml", "orjson", "ujson"),
}
# Those of Python's own whose results are, or hold, what they are given.
_GIVING_LIBRARIES = ("copy.", "functools.", "heapq.", "itertools.", "operator.", "random.")
# Receivers of a signal get what is sent, and may be functions of the project.
_SIGNALLING = (".send", ".send_robust", ".asend", ".asend_robust")
# What a method of one of these does, it does to the whole and not to what that holds.
_KEEPERS = ("django.http.", "django.template.", "rest_framework.response.", "collections.")


def is_reading_library(path: str) -> bool:
    """Whether a function outside of the tree, by its dotted name, changes nothing that it gets."""
    if path.startswith("django.") and path.endswith(_SIGNALLING):
        return False
    return path.partition(".")[0] in _READING_LIBRARIES


def is_giving_library(path: str) -> bool:
    """Whether a function outside of the tree may give back what it gets, or an item of it."""
    return path.startswith(_GIVING_LIBRARIES) or not is_reading_library(path)


def is_known_to_keep(path: str) -> bool:
    """Whether a method outside of the tree leaves alone what its object holds."""
    return path.startswith(_KEEPERS)
