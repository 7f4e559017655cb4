"""Whether the manager's own send tells all that a legacy call beside it tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.catalogue import Event
from pusher_migrate.index.flow.mutations import MutationKind, mutations
from pusher_migrate.index.sending.contracts import Emission, Send
from pusher_migrate.index.values.values import Entry, Record, Unknown, holes_of
from pusher_migrate.nodes import walk
from pusher_migrate.rewriting.binding import Binder
from pusher_migrate.rewriting.wire import WireReader, same_channel

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def told_less(binder: Binder, entry: Event, send: Send, other: Emission) -> Iterator[str]:
    """Say what subscribers would miss of a legacy call that is removed.

    Args:
        binder: What is in scope at the call.
        entry: The catalogue's entry, which says what they may miss.
        send: What the call sends.
        other: The manager's send for the same instance on the same path.
    """
    yield from _about_the_channel(binder, entry, send, other)
    yield from _about_the_payload(binder, entry, send, other)
    module, call = binder.place.module, binder.place.node
    around = {parent for parent in module.ancestors(other.call) if isinstance(parent, _LOOPS)}
    if call is not None and any(
        isinstance(parent, _LOOPS) and parent not in around for parent in module.ancestors(call)
    ):
        yield f"the call is in a loop, and {other.method} (line {other.call.lineno}) is not"


def _about_the_channel(binder: Binder, entry: Event, send: Send, other: Emission) -> Iterator[str]:
    if entry.accept_channel_change:
        return
    reader = WireReader(
        binder.evaluator, lambda node: binder.canonical(node, binder.place.statement)
    )
    targets = [reader.template(channel) for each in other.sends for channel in each.channels]
    for channel in send.channels:
        old = reader.template(channel)
        stale = any(binder.is_stale(hole) for hole in holes_of(channel))
        same = any(same_channel(old, new) for new in targets)
        if stale or not same or _is_rebound(binder, other, holes_of(channel)):
            when = ", which was put together before the call" if stale else ""
            yield f"{other.method} is not shown to send to {old.text}{when}"


def _about_the_payload(binder: Binder, entry: Event, send: Send, other: Emission) -> Iterator[str]:
    if not isinstance(send.payload, Record):
        yield f"{other.method} is not shown to send the same payload"
        return
    theirs = {
        item.key: item
        for each in other.sends
        if isinstance(each.payload, Record)
        for item in each.payload.entries
    }
    missing = [own.key for own in send.payload.entries if own.key not in theirs]
    lost = [key for key in missing if not entry.accepts_loss(key)]
    if lost:
        yield f"subscribers lose the payload keys {', '.join(lost)} (PM401)"
    for own in send.payload.entries:
        known = theirs.get(own.key)
        if known is None or entry.accepts_value(own.key):
            continue
        same = _source(binder, own) == _source(binder, known) and not own.varies
        if not same or _is_rebound(binder, other, (Unknown(own.node, own.frame),)):
            yield f"{other.method} is not shown to send the same value under {own.key!r}"


def _source(binder: Binder, entry: Entry) -> str:
    outer = binder.evaluator.outermost(Unknown(entry.node, entry.frame))
    node = binder.evaluator.expression(outer.node, outer.frame)
    return binder.canonical(node, binder.place.statement)


def _is_rebound(binder: Binder, other: Emission, values: tuple[Unknown, ...]) -> bool:
    """Whether a name of the old call stands for something else where the manager sends."""
    place = binder.place
    graph = binder.inference.locals.graph(place.function)
    here = graph.nodes_at(place.statement)
    there = graph.nodes_at(place.module.statement_around(other.call))
    names = {
        part.id
        for value in values
        for part in walk(binder.evaluator.outermost(value).node)
        if isinstance(part, ast.Name)
    }
    after = not graph.exists_path(graph.entry, here, avoiding=there)
    start, end = (there, here) if after else (here, there)
    return any(
        change.kind in (MutationKind.REBIND, MutationKind.DELETE)
        for name in names
        for change in mutations(graph, name, start, end)
    )
