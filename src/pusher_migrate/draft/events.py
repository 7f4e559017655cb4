"""Legacy calls, grouped into the events of a draft."""

from __future__ import annotations

from pusher_migrate.draft.match import Matcher
from pusher_migrate.draft.values import DraftEvent, NewMethod
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.sending.contracts import Emission, Send
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.index.values.values import Record, Text, shape
from pusher_migrate.inventory.events import event_of
from pusher_migrate.scaffold.proposal import propose
from pusher_migrate.syntax.layout import Refusal

Key = tuple[str, str, tuple[str, ...] | None]
Sites = list[tuple[Emission, Send]]


def draft_events(index: ProjectIndex) -> tuple[DraftEvent, ...]:
    """An event for each distinct name, pattern of channel and set of payload keys.

    Events of one name and channel that become the same call are one entry, with the keys that all
    of them have; the order is that of the first call of each.
    """
    matcher = Matcher(index)
    groups: dict[Key, Sites] = {}
    for emission in index.emissions.emissions:
        if emission.system != "legacy" or is_test_module(index.inference, emission.module):
            continue
        for send in emission.sends:
            groups.setdefault(_key(send), []).append((emission, send))
    events = [_event(index, matcher, key, sites) for key, sites in groups.items()]
    return tuple(_merged(events))


def _key(send: Send) -> Key:
    payload = send.payload
    keys = (
        tuple(sorted(entry.key for entry in payload.entries if not entry.optional))
        if isinstance(payload, Record)
        else None
    )
    channels = " + ".join(shape(channel) for channel in send.channels)
    return shape(send.event), channels, keys


def _event(index: ProjectIndex, matcher: Matcher, key: Key, sites: Sites) -> DraftEvent:
    name, channel, _ = key
    first = sites[0][1]
    payload = first.payload
    keys = None
    if isinstance(payload, Record):
        keys = tuple(entry.key for entry in payload.entries if not entry.optional)
    places = tuple(
        emission.module.source.location(
            emission.invocation.call if emission.invocation is not None else emission.call
        )
        for emission, _ in sites
    )
    before = event_of(index.evaluator, first)
    literal = first.event.literal if isinstance(first.event, Text) else None
    if literal is None:
        obstacle = "the event's name is not known before the code runs"
        return DraftEvent(name, channel, keys, before, places, obstacle=obstacle)
    found = matcher.find(literal, channel, sites)
    proposal = _proposal(index, sites) if found.replacement is None else None
    return DraftEvent(
        name, channel, keys, before, places, found.replacement, found.candidates, proposal
    )


def _proposal(index: ProjectIndex, sites: Sites) -> NewMethod | None:
    """A method that could be written for the calls of one event."""
    if index.emissions.manager_class is None:
        return None
    made = propose(index, sites)
    return None if isinstance(made, Refusal) else NewMethod(str(made.call), made.types)


def _merged(events: list[DraftEvent]) -> list[DraftEvent]:
    """Entries that differ by their keys only and become the same call, as one entry."""
    merged: list[DraftEvent] = []
    for event in events:
        for position, known in enumerate(merged):
            if _become_the_same(known, event):
                merged[position] = _joined(known, event)
                break
        else:
            merged.append(event)
    return merged


def _become_the_same(one: DraftEvent, other: DraftEvent) -> bool:
    if (one.name, one.channel) != (other.name, other.channel):
        return False
    if one.keys is None or other.keys is None:
        return False
    if one.replacement is None or other.replacement is None:
        return False
    return (one.replacement.call, one.replacement.types) == (
        other.replacement.call,
        other.replacement.types,
    )


def _joined(one: DraftEvent, other: DraftEvent) -> DraftEvent:
    from dataclasses import replace

    assert one.replacement is not None and other.replacement is not None
    assert one.keys is not None and other.keys is not None
    mine, theirs = one.replacement, other.replacement
    carried = dict(theirs.carried) | dict(mine.carried)
    replacement = replace(
        mine,
        certainty=max(mine.certainty, theirs.certainty, key=("sure", "likely").index),
        lost=tuple(dict.fromkeys((*mine.lost, *theirs.lost))),
        carried=tuple(sorted(carried.items())),
        unbound=(*mine.unbound, *theirs.unbound),
    )
    return replace(
        one,
        keys=tuple(key for key in one.keys if key in other.keys),
        sites=tuple(sorted((*one.sites, *other.sites))),
        replacement=replacement,
    )
