"""What becomes of the emissions that are there, by the rules that ran before."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.model import Change, Deferral, Location
from pusher_migrate.rule import Context, Outcome

_REWRITTEN = ("PM101", "PM107")


@dataclass(frozen=True, eq=False)
class EmissionFates:
    """What becomes of the emissions that are there.

    Attributes:
        removed: Legacy calls that go, because another emission makes them needless.
        staying: Legacy calls that stay as they are, with the reason.
        deferred: Emissions that will wait for the commit.
        moved: Those of them that go behind what they tell of.
    """

    removed: set[ast.expr]
    staying: dict[ast.expr, str]
    deferred: set[ast.expr]
    moved: set[ast.expr]

    @classmethod
    def of(cls, context: Context, found: Sequence[Outcome]) -> EmissionFates:
        """Read it from what was found so far."""
        by_place: dict[Location, list[Outcome]] = {}
        for outcome in found:
            by_place.setdefault(outcome.location, []).append(outcome)
        removed: set[ast.expr] = set()
        staying: dict[ast.expr, str] = {}
        deferred: set[ast.expr] = set()
        moved: set[ast.expr] = set()
        for emission in context.index.emissions.emissions:
            place = emission.module.source.location(emission.call)
            own = by_place.get(place, [])
            changes = [outcome for outcome in own if isinstance(outcome, Change)]
            if any("PM201" in change.codes for change in changes):
                deferred.add(emission.call)
            if any(_moves(emission.module, emission.call, change) for change in changes):
                moved.add(emission.call)
            if emission.system != "legacy":
                continue
            if any(change.code == "PM103" for change in changes):
                removed.add(emission.call)
            elif not any(change.code in _REWRITTEN for change in changes):
                refused = next((o for o in own if isinstance(o, Deferral)), None)
                why = f"{refused.code}: {refused.reason}" if refused is not None else ""
                staying[emission.call] = why
        return cls(removed, staying, deferred, moved)


def _moves(module: Module, call: ast.expr, change: Change) -> bool:
    """Whether a change takes an emission away from where it stands and puts it further behind."""
    start, end = module.source.span(module.statement_around(call))
    own = [edit for edit in change.edits if edit.path == module.path]
    taken = any(
        edit.start <= start and edit.end >= end and not edit.replacement.strip() for edit in own
    )
    return "PM201" in change.codes and (taken or any(edit.start >= end for edit in own))
