"""PM201: an event that waits for a commit that never comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_on_commit_frameworks import said

NEVER = "it is never sent any more"
UNDO = "class Undo(Exception):\n    pass\n\n\ndef undo(why):\n    raise Undo(why)\n\n\n"
TELL = "notifier.realtime_order_updated(order)\n"


@pytest.mark.parametrize(
    "code",
    [
        "@transaction.atomic\ndef f(order):\n    " + TELL + "    transaction.set_rollback(True)\n"
        "    return None\n",
        "def f(order):\n    with transaction.atomic():\n        " + TELL + "        raise Undo\n",
        "def f(order):\n    with transaction.atomic():\n        " + TELL + "        undo('x')\n",
        "def f(order):\n    try:\n        with transaction.atomic():\n            "
        + TELL
        + "            undo('x')\n    except Undo:\n        return False\n",
        "@transaction.atomic\ndef f(order, flag):\n    "
        + TELL
        + "    if flag:\n        undo('x')\n"
        "    else:\n        raise Undo\n",
        "def caller(order):\n    with transaction.atomic():\n        f(order)\n\n\n"
        "def f(order):\n    " + TELL + "    transaction.set_rollback(True)\n",
        "def f(order):\n    with transaction.atomic():\n        " + TELL + "        order.save()\n"
        "        transaction.set_rollback(True)\n",
        "@transaction.atomic\ndef deny(order):\n    tell(order)\n    raise Undo\n\n\n"
        "def tell(order):\n    " + TELL,
    ],
)
def test_what_is_surely_rolled_back_is_never_sent(root: Path, code: str) -> None:
    assert NEVER in said(root, UNDO + code)


def test_a_view_that_raises_rolls_its_request_back(root: Path) -> None:
    (root / "settings.py").write_text(
        "DATABASES = {'default': {'ENGINE': 'x', 'ATOMIC_REQUESTS': True}}\n", encoding="utf-8"
    )
    code = (
        "class Alarm(viewsets.ModelViewSet):\n    def post(self, request, pk):\n"
        "        order = Order.objects.get(pk=pk)\n        " + TELL + "        "
        "raise serializers.ValidationError('x')\n"
    )
    assert NEVER in said(root, code)


@pytest.mark.parametrize(
    "code",
    [
        "@transaction.atomic\ndef f(order, flag):\n    "
        + TELL
        + "    if flag:\n        undo('x')\n",
        "@transaction.atomic\ndef f(order):\n    " + TELL + "    try:\n        undo('x')\n"
        "    except Undo:\n        pass\n",
        "@transaction.atomic\ndef f(order):\n    " + TELL + "    with transaction.atomic():\n"
        "        transaction.set_rollback(True)\n",
        "@transaction.atomic\ndef f(order):\n    " + TELL + "    transaction.set_rollback(False)\n",
        "def f(order):\n    order.save()\n    " + TELL + "    raise Undo\n",
        "def f(order):\n    with transaction.atomic():\n        " + TELL + "    raise Undo\n",
        "class Step:\n    @transaction.atomic\n    def f(self, order):\n        "
        + TELL
        + "        "
        "self.finish()\n\n    def finish(self):\n        raise NotImplementedError\n",
    ],
)
def test_what_may_be_committed_may_be_sent(root: Path, code: str) -> None:
    assert said(root, UNDO + code) == ""
