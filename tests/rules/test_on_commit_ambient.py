"""PM201: state around a call that is another one when the event is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_on_commit_frameworks import said

MANAGERS = """
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone, translation

_ACTOR = ContextVar("actor")


@contextmanager
def acting_as(name):
    token = _ACTOR.set(name)
    yield
    _ACTOR.reset(token)


@contextmanager
def timed(name):
    print(name)
    yield


@contextmanager
def booked():
    with transaction.atomic():
        yield


"""
TELL = "notifier.realtime_order_updated(order)\n"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "def f(order, quiet):\n    notifier.muted = quiet\n    "
            + TELL
            + "    notifier.muted = False\n",
            "changes notifier afterwards (notifier.muted)",
        ),
        (
            "def mute(what, how):\n    what.muted = how\n\n\n"
            "def f(order):\n    mute(notifier, True)\n    " + TELL + "    mute(notifier, False)\n",
            "changes notifier afterwards (mute)",
        ),
        (
            "@transaction.atomic\ndef caller(order):\n    notifier.muted = True\n    f(order)\n"
            "    notifier.muted = False\n\n\ndef f(order):\n    " + TELL,
            "changes notifier afterwards (notifier.muted)",
        ),
        (
            "def f(order):\n    translation.activate('de')\n    "
            + TELL
            + "    translation.deactivate()\n",
            "translation.deactivate (line",
        ),
        (
            "@transaction.atomic\n@translation.override('de')\ndef f(order):\n    " + TELL,
            "what the decorator translation.override('de')",
        ),
        (
            "@acting_as('porter')\n@transaction.atomic\ndef f(order):\n    " + TELL + "\n\n"
            "@transaction.atomic\ndef caller(order):\n    f(order)\n",
            "what the decorator acting_as('porter')",
        ),
        (
            "@transaction.atomic\ndef caller(order):\n    with acting_as('porter'):\n"
            "        _notify(order)\n\n\ndef _notify(order):\n    " + TELL,
            "the block of `with acting_as('porter')`",
        ),
        (
            "def caller(order):\n    with transaction.atomic(), acting_as('porter'):\n"
            "        _notify(order)\n\n\ndef _notify(order):\n    " + TELL,
            "the block of `with acting_as('porter')`",
        ),
    ],
)
def test_state_may_be_another_one(root: Path, code: str, reason: str) -> None:
    assert reason in said(root, MANAGERS + code)


@pytest.mark.parametrize(
    "code",
    [
        "def f(order):\n    notifier.muted = False\n    " + TELL,
        "def f(order):\n    translation.activate('de')\n    " + TELL,
        "@translation.override('de')\n@transaction.atomic\ndef f(order):\n    " + TELL,
        "@transaction.atomic\n@booked()\ndef f(order):\n    " + TELL,
        "def caller(order):\n    with acting_as('porter'):\n        _notify(order)\n\n\n"
        "def _notify(order):\n    order.save()\n    " + TELL,
        "def caller(order):\n    with acting_as('porter'), transaction.atomic():\n"
        "        print(order)\n\n\ndef _notify(order):\n    order.save()\n    " + TELL,
        "@transaction.atomic\ndef caller(order):\n    with timed('x'):\n"
        "        _notify(order)\n\n\ndef _notify(order):\n    order.save()\n    " + TELL,
    ],
)
def test_state_that_stays(root: Path, code: str) -> None:
    assert said(root, MANAGERS + code) == ""


def test_a_variable_that_the_manager_reads_may_be_set_anew(root: Path) -> None:
    (root / "realtime" / "actor.py").write_text(
        "_STATE = {}\n_ACTOR = None\n_OTHER = None\n\n\n"
        "def set_actor(actor):\n    global _ACTOR\n    _ACTOR = actor\n\n\n"
        "def set_other(other):\n    global _OTHER\n    _OTHER = other\n\n\n"
        "def actor():\n    return _ACTOR\n",
        encoding="utf-8",
    )
    manager = root / "notifications" / "manager.py"
    text = manager.read_text(encoding="utf-8")
    text = text.replace("import logging\n", "import logging\n\nfrom realtime import actor\n", 1)
    manager.write_text(text.replace("order.status,", "order.status, 'by': actor.actor(),"))
    code = (
        "from realtime.actor import set_actor, set_other\n\n\n"
        "def f(order):\n    set_actor('porter')\n    " + TELL + "    set_actor(None)\n"
    )
    assert "set_actor (line" in said(root, code)
    assert said(root, code.replace("set_actor(None)", "set_other(None)")) == ""
