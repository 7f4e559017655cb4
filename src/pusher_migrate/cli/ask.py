"""Ask about changes one by one, on a terminal."""

from __future__ import annotations

from pusher_migrate.cli.console import Console
from pusher_migrate.errors import PusherMigrateError
from pusher_migrate.model import Applicability, Change, Plan
from pusher_migrate.report.series import Reader, Series
from pusher_migrate.report.text import change_lines
from pusher_migrate.review import Answer

_HELP = """\
y - apply this change
n - leave it
a - apply this change and all later ones that are safe; those for review are still asked about
q - quit asking, and apply what was approved so far (so does the end of input)
? - this help
Nothing is written before the last question is answered; Ctrl-C writes nothing at all.
"""


class Asker:
    """Shows each change on top of those that were approved before it, and takes the answer.

    Args:
        read: Gives a file's bytes by its path.
        plan: What is asked about.
        console: Where to ask.

    Attributes:
        approved: How many changes were said yes to.
        problems: Changes that could not be shown, and so were not asked about.
    """

    def __init__(self, read: Reader, plan: Plan, console: Console) -> None:
        self.approved = 0
        self.problems: list[str] = []
        self._series = Series(read, plan)
        self._console = console
        self._total = len(plan.changes)
        self._asked = 0
        self._all_safe = False

    def ask(self, change: Change, _: str = "") -> Answer:
        """The answer for one change: yes, no, or quit; to be given to `review.decide`."""
        self._asked += 1
        try:
            answer = self._answer(change)
            if answer == "y":
                self._series.accept(change)
                self.approved += 1
        except PusherMigrateError as error:
            self.problems.append(f"{change.key} cannot be shown: {error}")
            return "n"
        return answer

    def _answer(self, change: Change) -> Answer:
        step = self._series.step(change)
        if self._all_safe and change.applicability is Applicability.SAFE:
            return "y"
        console = self._console
        console.report("\n".join(change_lines(change, console.width, console.paint)) + "\n")
        for diff in step.diffs:
            console.diff(diff.text, diff.patch)
        while True:
            given = console.ask(f"({self._asked}/{self._total}) Apply this change [y,n,a,q,?]? ")
            match "q" if given is None else given.lower():
                case "y" | "yes":
                    return "y"
                case "n" | "no":
                    return "n"
                case "a" | "all":
                    self._all_safe = True
                    return "y"
                case "q" | "quit":
                    return "q"
            console.report(_HELP)
