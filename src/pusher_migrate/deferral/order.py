"""Whether events keep their order when some of them wait for the commit and others do not.

Looked at are the emissions of each function and those of the functions that it calls.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pusher_migrate.deferral.decide import Deferrals
from pusher_migrate.deferral.values import Deferred, Kept, site_of
from pusher_migrate.index.calls.callers import callers_of
from pusher_migrate.index.calls.on_commit import deferring_call
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.sending.contracts import Emission
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.model import Applicability, Change, Location
from pusher_migrate.rule import Context, Outcome

# Chains of calls longer than this are not followed.
_MAX_DEPTH = 4

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Timing(enum.StrEnum):
    """When an emission leaves."""

    NOW = "now"  # it stays as it is, or may: a change that a person may decline
    WAITING = "waiting"  # it waits for the commit already
    DEFERRED = "deferred"  # it is going to
    GONE = "gone"  # it is removed


def in_order(
    context: Context,
    deferrals: Deferrals,
    outcomes: Mapping[Emission, Sequence[Outcome]],
    found: Sequence[Outcome],
) -> Iterator[Outcome]:
    """The outcomes of one rule; those by which events would overtake each other are for review.

    Args:
        context: The project.
        deferrals: Decides for the emissions of which no outcome is known yet.
        outcomes: What the rule found, by emission; nothing for one that is right as it is.
        found: The outcomes of the rules that ran before.
    """
    doubts: dict[Emission, str] = {}
    if any(_is_deferral(outcome) for own in outcomes.values() for outcome in own):
        doubts = _Order(context, deferrals, outcomes, found).doubts()
    for emission, own in outcomes.items():
        doubt = doubts.get(emission)
        for outcome in own:
            if doubt is not None and isinstance(outcome, Change):
                outcome = replace(
                    outcome,
                    applicability=Applicability.REVIEW,
                    review_reasons=(*outcome.review_reasons, doubt),
                )
            yield outcome


@dataclass(frozen=True, eq=False, slots=True)
class _Item:
    """An emission of a function, or a call of one that emits.

    Attributes:
        node: The expression.
        emissions: What is sent.
        later: Whether the call itself waits for the commit, and so all that it sends.
    """

    node: ast.expr
    emissions: tuple[Emission, ...]
    later: bool = False


class _Order:
    """Compares the emissions of a project that can follow each other."""

    def __init__(
        self,
        context: Context,
        deferrals: Deferrals,
        outcomes: Mapping[Emission, Sequence[Outcome]],
        found: Sequence[Outcome],
    ) -> None:
        self.context = context
        self.deferrals = deferrals
        self.outcomes = outcomes
        self.inference = context.index.inference
        self.before = {change.location: change for change in found if isinstance(change, Change)}
        self._timings: dict[Emission, Timing] = {}
        self._items: dict[_Function, dict[ast.expr, _Item]] = {}
        self._modules: dict[_Function, Module] = {}

    def doubts(self) -> dict[Emission, str]:
        """The deferred emissions that others come to overtake, and how.

        One that is doubtful for that reason may stay as it is in the end, so those before it are
        looked at again.
        """
        self._collect()
        ours = {e for e, own in self.outcomes.items() if any(map(_is_deferral, own))}
        groups = [
            (function, list(items.values()))
            for function, items in self._items.items()
            if any(e in ours for item in items.values() for e in item.emissions)
        ]
        found: dict[Emission, str] = {}
        changed = True
        while changed:
            changed = False
            for function, items in groups:
                for item in items:
                    for emission in item.emissions:
                        if item.later or self._timing(emission) is not Timing.DEFERRED:
                            continue
                        doubt = self._doubt(function, items, item)
                        if doubt is not None:
                            found[emission] = doubt
                            self._timings[emission] = Timing.NOW
                            changed = True
        return found

    def _doubt(self, function: _Function, items: Sequence[_Item], item: _Item) -> str | None:
        graph = self.inference.locals.graph(function)
        here = graph.nodes_at(item.node)
        # A call in a loop is followed by itself.
        for other in items:
            there = graph.nodes_at(other.node)
            now = self._first(other, Timing.NOW)
            if now is not None and graph.exists_path(here, there):
                return (
                    f"the emission at {self._place(now, item)} may stay as it is, and would be "
                    "sent before this one, which is in front of it"
                )
            waiting = self._first(other, Timing.WAITING)
            if waiting is not None and graph.exists_path(there, here):
                return (
                    f"the emission at {self._place(waiting, item)} waits for the commit already, "
                    "and would be sent before this one, which until now was sent at once"
                )
        return None

    def _first(self, item: _Item, timing: Timing) -> Emission | None:
        """The first emission of an item that leaves at this time."""
        if item.later:
            return item.emissions[0] if timing is Timing.WAITING else None
        return next((e for e in item.emissions if self._timing(e) is timing), None)

    def _place(self, emission: Emission, seen_from: _Item) -> str:
        line = emission.call.lineno
        same = any(other.module is emission.module for other in seen_from.emissions)
        return f"line {line}" if same else f"{emission.module.path}:{line}"

    # --- What is sent where -----------------------------------------------------------------------

    def _collect(self) -> None:
        sending: dict[_Function, list[Emission]] = {}
        for emission in self.context.index.emissions.emissions:
            if emission.function is not None:
                if is_test_module(self.inference, emission.module):
                    continue  # What a test sends is sent in no request.
                function = emission.function
                self._modules[function] = emission.module
                sending.setdefault(function, []).append(emission)
                self._add(function, _Item(emission.call, (emission,)))
        for _ in range(_MAX_DEPTH):
            callers: dict[_Function, list[Emission]] = {}
            for function, emissions in sending.items():
                module = self._modules[function]
                for caller, call, _bound in callers_of(self.inference, module, function):
                    outer = caller.named_function_around(call)
                    if outer is None:
                        continue
                    later = deferring_call(self.inference, caller, call) is not None
                    self._modules[outer] = caller
                    self._add(outer, _Item(call, tuple(emissions), later))
                    if not later:
                        callers.setdefault(outer, []).extend(emissions)
            sending = callers

    def _add(self, function: _Function, item: _Item) -> None:
        items = self._items.setdefault(function, {})
        known = items.get(item.node)
        sent = (*known.emissions, *item.emissions) if known is not None else item.emissions
        items[item.node] = replace(item, emissions=tuple(dict.fromkeys(sent)))

    def _timing(self, emission: Emission) -> Timing:
        known = self._timings.get(emission)
        if known is None:
            known = self._timings[emission] = self._timing_of(emission)
        return known

    def _timing_of(self, emission: Emission) -> Timing:
        if emission in self.outcomes:
            own = self.outcomes[emission]
            if not own:
                return Timing.WAITING
            change = next((outcome for outcome in own if isinstance(outcome, Change)), None)
        elif emission.system == "legacy":
            change = self.before.get(self._location(emission))
        else:
            return self._of_manager(emission)
        if change is not None and change.code == "PM103":
            return Timing.GONE
        if change is not None and _is_deferral(change):
            safe = change.applicability is Applicability.SAFE
            return Timing.DEFERRED if safe else Timing.NOW
        waiting = deferring_call(self.inference, emission.module, emission.call)
        return Timing.WAITING if waiting is not None else Timing.NOW

    def _of_manager(self, emission: Emission) -> Timing:
        """The timing of a manager call about which its own rule has not spoken yet."""
        site = site_of(emission, self.context.index.emissions.contracts[emission.method])
        decision = self.deferrals.decide(site) if site is not None else None
        if isinstance(decision, Kept) and decision.already:
            return Timing.WAITING
        if isinstance(decision, Deferred) and not decision.doubts:
            return Timing.DEFERRED
        return Timing.NOW

    def _location(self, emission: Emission) -> Location:
        return emission.module.source.location(emission.call)


def _is_deferral(outcome: Outcome) -> bool:
    return isinstance(outcome, Change) and "PM201" in outcome.codes
