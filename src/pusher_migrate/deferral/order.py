"""Whether events keep their order when some of them wait for the commit and others do not."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pusher_migrate.deferral.decide import Deferrals
from pusher_migrate.deferral.values import Deferred, Kept, site_of
from pusher_migrate.index.contracts import Emission
from pusher_migrate.index.flow_graph import Graph
from pusher_migrate.index.transactions import deferring_call
from pusher_migrate.model import Applicability, Change, Location
from pusher_migrate.rule import Context, Outcome


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
    functions: dict[ast.FunctionDef | ast.AsyncFunctionDef, list[Emission]] = {}
    for emission in context.index.emissions.emissions:
        if emission.function is not None:
            functions.setdefault(emission.function, []).append(emission)
    before = _by_location(found)
    doubts: dict[ast.expr, str] = {}
    for function, emissions in functions.items():
        ours = [e for e in emissions if any(_is_deferral(o) for o in outcomes.get(e, ()))]
        if ours and len(emissions) > 1:
            timings = {
                emission.call: _timing(context, deferrals, emission, outcomes, before)
                for emission in emissions
            }
            doubts.update(overtaken(context.index.inference.locals.graph(function), timings))
    for emission, own in outcomes.items():
        doubt = doubts.get(emission.call)
        for outcome in own:
            if doubt is not None and isinstance(outcome, Change):
                outcome = replace(
                    outcome,
                    applicability=Applicability.REVIEW,
                    review_reasons=(*outcome.review_reasons, doubt),
                )
            yield outcome


def overtaken(graph: Graph, timings: Mapping[ast.expr, Timing]) -> dict[ast.expr, str]:
    """The deferred emissions of one function that others come to overtake, and how.

    One that is doubtful for that reason may stay as it is in the end, so those before it are
    looked at again.

    Args:
        graph: The function's graph.
        timings: Its emissions.
    """
    found: dict[ast.expr, str] = {}
    current = dict(timings)
    changed = True
    while changed:
        changed = False
        for call, timing in current.items():
            if timing is not Timing.DEFERRED:
                continue
            doubt = _doubt(graph, call, current)
            if doubt is not None:
                found[call] = doubt
                current[call] = Timing.NOW
                changed = True
                break
    return found


def _doubt(graph: Graph, call: ast.expr, timings: Mapping[ast.expr, Timing]) -> str | None:
    here = graph.nodes_at(call)
    for other, timing in timings.items():
        if other is call:
            continue
        there = graph.nodes_at(other)
        if timing is Timing.NOW and graph.exists_path(here, there):
            return (
                f"the emission at line {other.lineno} may stay as it is, and would be sent before "
                "this one, which is in front of it"
            )
        if timing is Timing.WAITING and graph.exists_path(there, here):
            return (
                f"the emission at line {other.lineno} waits for the commit already, and would be "
                "sent before this one, which until now was sent at once"
            )
    return None


def _timing(
    context: Context,
    deferrals: Deferrals,
    emission: Emission,
    outcomes: Mapping[Emission, Sequence[Outcome]],
    before: Mapping[Location, Change],
) -> Timing:
    if emission in outcomes:
        own = outcomes[emission]
        if not own:
            return Timing.WAITING
        change = next((outcome for outcome in own if isinstance(outcome, Change)), None)
    elif emission.system == "legacy":
        change = before.get(emission.module.source.location(emission.call))
    else:
        return _of_manager(context, deferrals, emission)
    if change is not None and change.code == "PM103":
        return Timing.GONE
    if change is not None and _is_deferral(change):
        safe = change.applicability is Applicability.SAFE
        return Timing.DEFERRED if safe else Timing.NOW
    waiting = deferring_call(context.index.inference, emission.module, emission.call)
    return Timing.WAITING if waiting is not None else Timing.NOW


def _of_manager(context: Context, deferrals: Deferrals, emission: Emission) -> Timing:
    """The timing of a manager call about which its own rule has not spoken yet."""
    site = site_of(emission, context.index.emissions.contracts[emission.method])
    decision = deferrals.decide(site) if site is not None else None
    if isinstance(decision, Kept) and decision.already:
        return Timing.WAITING
    if isinstance(decision, Deferred) and not decision.doubts:
        return Timing.DEFERRED
    return Timing.NOW


def _is_deferral(outcome: Outcome) -> bool:
    return isinstance(outcome, Change) and "PM201" in outcome.codes


def _by_location(found: Sequence[Outcome]) -> dict[Location, Change]:
    return {change.location: change for change in found if isinstance(change, Change)}
