"""The edits that put a call of the manager in the place of legacy calls, deferred where right."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from pusher_migrate.deferral import Deferrals, Deferred, Refused
from pusher_migrate.deferral import Site as CallSite
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.model import Deferral, Edit
from pusher_migrate.rewriting.emit import manager_at, replace_call
from pusher_migrate.rewriting.legacy_site import sentence
from pusher_migrate.rule import Context
from pusher_migrate.scaffold.bound import BoundUnit
from pusher_migrate.scaffold.units import Unit
from pusher_migrate.syntax.calls import CallParts
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.statements import remove_statement

_SEVERAL = (
    "The calls stand side by side in a try, which would go into the callback with both of them; "
    "defer the new call by hand."
)


@dataclass(frozen=True, eq=False, slots=True)
class MovedCall:
    """A call of the manager in its place.

    Attributes:
        edits: The edits of the file with the legacy calls.
        deferred: How it waits for the commit; None when it does not.
        left: Why it does not, where it should (PM202).
        notes: Remarks on what it leaves behind.
    """

    edits: tuple[Edit, ...]
    deferred: Deferred | None
    left: Deferral | None
    notes: tuple[str, ...]


def moved_call(
    context: Context, deferrals: Deferrals, bound: BoundUnit, contract: Contract
) -> MovedCall | Refusal:
    """Put the new call in the place of the first legacy call, and take the others away.

    Args:
        context: The project.
        deferrals: Decides whether the call waits for the commit.
        bound: The legacy calls and the new one's arguments.
        contract: The method.
    """
    legacy = bound.unit.first.legacy
    receiver = manager_at(context, legacy.module, legacy.call)
    if isinstance(receiver, Refusal):
        return receiver
    guard = legacy.guard() if len(bound.unit.sites) == 1 else None
    parts = replace(bound.binding.parts, receiver=receiver.text)
    others = _without(bound.unit)
    if isinstance(others, Refusal):
        return others
    site = CallSite(legacy.module, guard or legacy.statement, parts, contract, legacy.call)
    gone = [other.legacy.call for other in bound.unit.sites[1:]]
    notes = legacy.notes(guard, parts.render(), gone)
    left: Deferral | None = None
    if context.settings.is_selected("PM201"):
        placed = _deferred(deferrals, site, several=bool(others))
        if isinstance(placed, Refused):
            left = _left(bound.unit, contract, placed)
        elif placed is not None:
            edits, decision = placed
            return MovedCall((*receiver.edits, *edits, *others), decision, None, notes)
    edit = _replaced(context, bound.unit, parts, guard)
    if isinstance(edit, Refusal):
        return edit
    return MovedCall((*receiver.edits, edit, *others), None, left, notes)


def _deferred(
    deferrals: Deferrals, site: CallSite, *, several: bool
) -> tuple[tuple[Edit, ...], Deferred] | Refused | None:
    decision = deferrals.decide(site)
    if isinstance(decision, Deferred):
        elsewhere = decision.replaces is not site.statement or decision.behind is not None
        if several and elsewhere:
            return Refused(_SEVERAL)
        edits = deferrals.edits(site, decision)
        return Refused(sentence(edits.reason)) if isinstance(edits, Refusal) else (edits, decision)
    return decision if isinstance(decision, Refused) else None


def _replaced(
    context: Context, unit: Unit, parts: CallParts, guard: ast.If | None
) -> Edit | Refusal:
    legacy = unit.first.legacy
    return replace_call(context, legacy.module, legacy.call, parts.render(), around=guard)


def _without(unit: Unit) -> tuple[Edit, ...] | Refusal:
    """The edits that take the other legacy calls away."""
    edits = []
    for site in unit.sites[1:]:
        removed = remove_statement(site.legacy.module.source, site.legacy.statement)
        if isinstance(removed, Refusal):
            return removed
        edits.append(removed)
    return tuple(edits)


def _left(unit: Unit, contract: Contract, decision: Refused) -> Deferral:
    legacy = unit.first.legacy
    return Deferral(
        "PM202",
        legacy.location,
        f"{contract.name} is not deferred",
        decision.reason,
        legacy.module.symbol(legacy.call),
        decision.actionable,
    )
