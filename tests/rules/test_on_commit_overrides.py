"""PM201 and PM202: methods that subclasses override may do something to the row, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_on_commit_frameworks import said

STEP = """
class AbstractStep:
    @transaction.atomic
    def process(self, order):
        order.save()
        notifier.realtime_order_updated(order)
        self.finish(order)

    def finish(self, order):
        {body}


"""
MASK = """
class MaskStep(AbstractStep):
    def finish(self, order):
        order.note = "***"
"""


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (STEP.format(body="raise NotImplementedError") + MASK, "(self.finish)"),
        (STEP.format(body="pass") + MASK, "(self.finish)"),
        (STEP.format(body="pass").partition("    def finish")[0] + MASK, "(self.finish)"),
        (
            STEP.format(body="pass") + "class Middle(AbstractStep):\n    pass\n\n\n"
            "class DropStep(Middle):\n    def finish(self, order):\n        order.delete()\n",
            "deletes order afterwards",
        ),
        (
            "class Note:\n    def close(self, order):\n        pass\n\n\n"
            "class Loud(Note):\n    def close(self, order):\n        order.note = 'x'\n\n\n"
            "@transaction.atomic\ndef pay(order, note: Note):\n"
            "    notifier.realtime_order_updated(order)\n    note.close(order)\n",
            "(note.close)",
        ),
        (
            "class Step:\n    @transaction.atomic\n    def process(self, order):\n"
            "        self.finish(order)\n        order.note = 'x'\n\n"
            "    def finish(self, order):\n        pass\n\n\n"
            "class Telling(Step):\n    def finish(self, order):\n"
            "        notifier.realtime_order_updated(order)\n",
            "the caller at shop/views.py:18 changes order afterwards",
        ),
    ],
)
def test_an_override_does_something_to_the_row(root: Path, code: str, reason: str) -> None:
    assert reason in said(root, code)


@pytest.mark.parametrize(
    "code",
    [
        STEP.format(body="pass") + "class Log(AbstractStep):\n    def finish(self, order):\n"
        "        print(order.note)\n",
        STEP.format(body="pass") + "class Other:\n    def finish(self, order):\n"
        "        order.note = 'x'\n",
        STEP.format(body="pass")
        + MASK.replace("MaskStep(AbstractStep)", "Mask(Sink)").replace(
            "\nclass", "\nclass Sink:\n    pass\n\n\nclass"
        ),
    ],
)
def test_what_no_override_does(root: Path, code: str) -> None:
    assert said(root, code) == ""
