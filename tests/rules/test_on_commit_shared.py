"""PM201: arguments that belong to the module, and defaults that can be changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_on_commit_frameworks import said


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "_PENDING = []\n\n\ndef flush(courier, numbers):\n    _PENDING.extend(numbers)\n"
            "    notifier.realtime_courier_moved(courier.pk, _PENDING)\n    _PENDING.clear()\n",
            "changes it (_PENDING.extend)",
        ),
        (
            "_PENDING = []\n\n\ndef forget():\n    _PENDING.clear()\n\n\n"
            "def flush(courier):\n    notifier.realtime_courier_moved(courier.pk, _PENDING)\n"
            "    forget()\n",
            "_PENDING is one object for all calls",
        ),
        (
            "_PENDING = {}\n\n\ndef empty(some):\n    some.clear()\n\n\n"
            "def flush(courier):\n"
            "    notifier.realtime_courier_moved(courier.pk, {'x': _PENDING})\n"
            "    empty(_PENDING)\n",
            "(empty)",
        ),
        (
            "_LAST = 0\n\n\ndef count(courier):\n    global _LAST\n    _LAST += 1\n"
            "    notifier.realtime_courier_moved(courier.pk, _LAST)\n",
            "binds it anew",
        ),
        (
            "def g(courier, stats={}):\n    stats['n'] = courier.pk\n"
            "    notifier.realtime_courier_moved(courier.pk, stats)\n",
            "the default of stats is one object for all calls of g",
        ),
        (
            "def g(courier, stats={}):\n    stats['n'] = courier.pk\n    tell(courier, stats)\n\n\n"
            "def tell(courier, some):\n"
            "    notifier.realtime_courier_moved(courier.pk, some)\n",
            "the default of stats is one object for all calls of g",
        ),
        (
            "def g(courier, memo=[]):\n    data = memo\n    data.append(courier.pk)\n"
            "    notifier.realtime_courier_moved(courier.pk, data)\n",
            "the default of memo is one object for all calls of g",
        ),
        (
            "class Hub:\n    pending = []\n\n    def add(self, number):\n"
            "        self.pending.append(number)\n\n    def push(self, courier):\n"
            "        notifier.realtime_courier_moved(courier.pk, self.pending)\n",
            "self.pending is one object for all of Hub",
        ),
    ],
)
def test_what_all_calls_share_may_be_changed(root: Path, code: str, reason: str) -> None:
    assert reason in said(root, code)


def test_a_variable_of_another_module_may_be_changed(root: Path) -> None:
    (root / "shop" / "state.py").write_text(
        "PENDING = []\n\n\ndef clear():\n    PENDING.clear()\n", encoding="utf-8"
    )
    for code in (
        "from shop import state\n\n\ndef flush(courier):\n"
        "    notifier.realtime_courier_moved(courier.pk, state.PENDING)\n",
        "from shop.state import PENDING as waiting\n\n\ndef flush(courier):\n"
        "    notifier.realtime_courier_moved(courier.pk, waiting)\n",
    ):
        assert "shop/state.py:5 changes it (PENDING.clear)" in said(root, code)


@pytest.mark.parametrize(
    "code",
    [
        "POSITIONS = ['a', 'b']\n\n\ndef tell(courier):\n"
        "    notifier.realtime_courier_moved(courier.pk, POSITIONS)\n",
        "_PENDING = []\n\n\ndef flush(courier, numbers):\n    _PENDING.extend(numbers)\n"
        "    notifier.realtime_courier_moved(courier.pk, list(_PENDING))\n    _PENDING.clear()\n",
        "_PENDING = []\n\n\ndef add(courier):\n    _PENDING.append(courier)\n"
        "    notifier.realtime_courier_moved(courier.pk, len(_PENDING))\n",
        "NAME = 'x'\n\n\ndef tell(courier):\n"
        "    notifier.realtime_courier_moved(courier.pk, NAME)\n",
        "def tell(courier, stats={}):\n" "    notifier.realtime_courier_moved(courier.pk, stats)\n",
        "def tell(courier, stats=None):\n    stats = stats or {}\n    stats['n'] = 1\n"
        "    notifier.realtime_courier_moved(courier.pk, stats)\n",
    ],
)
def test_what_nobody_changes_may_be_shared(root: Path, code: str) -> None:
    assert said(root, code) == ""
