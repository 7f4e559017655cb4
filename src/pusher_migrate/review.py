"""Which changes of a plan are to be done: by how safe they are, or by what a person answers."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from pusher_migrate.model import Applicability, Change, Plan

#: Yes, no, this and all that follow, or quit and keep what was approved. What is none of these
#: counts as no.
Answer = Literal["y", "n", "a", "q"]
Ask = Callable[[Change, str], Answer]


class Mode(enum.StrEnum):
    """How changes are chosen."""

    SAFE = "safe"
    """Those that are safe (``--yes``)."""
    UNSAFE = "unsafe"
    """Those for review too (``--unsafe``)."""
    ASK = "ask"
    """Those that a person says yes to."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which changes of a plan are to be made.

    Attributes:
        kept: Their keys, in the plan's order; give them to `Plan.only`.
        dropped: The keys of all others, each with the reason.
        quit: Whether the person quit before all was asked.
    """

    kept: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...] = ()
    quit: bool = False


def decide(
    plan: Plan,
    mode: Mode,
    *,
    ask: Ask | None = None,
    diff: Callable[[Change], str] = lambda _: "",
) -> Decision:
    """Choose the changes to make.

    A change is only made together with all that it requires. Before a person is asked about a
    change, its requirements are asked about; if one of them is declined, the change is not asked
    about any more.

    Args:
        plan: What there is to choose from.
        mode: How to choose.
        ask: For `Mode.ASK`: called with a change and its diff.
        diff: For `Mode.ASK`: gives a change's diff.

    Raises:
        ValueError: `Mode.ASK` without ``ask``.
    """
    if mode is Mode.ASK and ask is None:
        raise ValueError("asking needs a function to ask")
    chooser = _Chooser(plan, mode, ask, diff)
    for change in plan.changes:
        chooser.visit(change)
    kept = tuple(change.key for change in plan.only(chooser.chosen).changes)
    left = {change.key: change for change in plan.changes if change.key not in kept}
    return Decision(
        kept,
        tuple((key, chooser.declined.get(key) or _missing(left[key], kept)) for key in left),
        chooser.quit,
    )


class _Chooser:
    """One run of `decide`."""

    def __init__(
        self, plan: Plan, mode: Mode, ask: Ask | None, diff: Callable[[Change], str]
    ) -> None:
        self.changes = {change.key: change for change in plan.changes}
        self.mode = mode
        self.ask = ask
        self.diff = diff
        self.visited: set[str] = set()
        self.chosen: set[str] = set()
        self.declined: dict[str, str] = {}
        self.all = False
        self.quit = False

    def visit(self, change: Change) -> None:
        """Decide about a change, and before that about what it requires."""
        if change.key in self.visited:
            return
        self.visited.add(change.key)
        for key in change.requires:
            if key in self.changes:
                self.visit(self.changes[key])
        # One that requires this change in turn is not decided yet.
        missing = [key for key in change.requires if self._is_out(key)]
        reason = f"requires {missing[0]}, which is not made" if missing else self._objection(change)
        if reason:
            self.declined[change.key] = reason
        else:
            self.chosen.add(change.key)

    def _is_out(self, key: str) -> bool:
        return key not in self.changes or key in self.declined

    def _objection(self, change: Change) -> str | None:
        """Why a change is not chosen, None if it is."""
        if change.applicability is Applicability.MANUAL or not change.edits:
            return "offers no edit"
        if self.mode is Mode.UNSAFE or self.all:
            return None
        if self.mode is Mode.SAFE:
            return None if change.applicability is Applicability.SAFE else "is for review"
        if self.quit:
            return "was left undecided"
        answer = self.ask(change, self.diff(change)) if self.ask else "n"
        self.all = answer == "a"
        self.quit = answer == "q"
        if answer in ("y", "a"):
            return None
        return "was left undecided" if self.quit else "was declined"


def _missing(change: Change, kept: Iterable[str]) -> str:
    """Names the requirement that `Plan.only` missed."""
    made = set(kept)
    key = next((key for key in change.requires if key not in made), "another change")
    return f"requires {key}, which is not made"
