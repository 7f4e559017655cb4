"""What emissions have in common: patterns of channels, events with several payload shapes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pusher_migrate.inventory.values import Channel, Drift, Emission, Event, Manager, Shape, System
from pusher_migrate.model import Location


def channels_of(emissions: Iterable[Emission], manager: Manager | None) -> tuple[Channel, ...]:
    """The patterns of channel names, sorted; one of which nothing is known is ``*``.

    Args:
        emissions: Those that count.
        manager: Its patterns are the standard ones.
    """
    standard = (
        {shape for method in manager.methods for event in method.events for shape in event.shapes}
        if manager is not None
        else None
    )
    found: dict[str, Channel] = {}
    for emission in emissions:
        for shape, template in dict.fromkeys(_patterns(emission)):
            # Of a channel that is not known nobody can say what it is off.
            known = shape in standard if standard and shape != "*" else None
            channel = found.setdefault(shape, Channel(shape, template, standard=known))
            if emission.system is System.MANAGER:
                found[shape] = replace(channel, manager=channel.manager + 1)
            else:
                found[shape] = replace(channel, legacy=channel.legacy + 1)
    return tuple(found[shape] for shape in sorted(found))


def _patterns(emission: Emission) -> Iterable[tuple[str, str]]:
    seen: set[str] = set()
    for event in emission.events:
        for shape, template in zip(event.shapes, event.channels, strict=True):
            if shape not in seen:
                seen.add(shape)
                yield shape, template


def drifts_of(emissions: Iterable[Emission]) -> tuple[Drift, ...]:
    """The event names that are sent with more than one payload shape, sorted."""
    found: dict[str, dict[tuple[object, ...], list[tuple[Event, Emission]]]] = {}
    for emission in emissions:
        for event in emission.events:
            if event.is_name_known:
                shapes = found.setdefault(event.name, {})
                shapes.setdefault(_shape(event), []).append((event, emission))
    drifts = []
    for name in sorted(found):
        if len(found[name]) > 1:
            described = [_described(uses) for uses in found[name].values()]
            drifts.append(Drift(name, tuple(sorted(described, key=lambda item: item.places[0]))))
    return tuple(drifts)


def _shape(event: Event) -> tuple[object, ...]:
    """What tells one shape from another: keys, and whether they are all."""
    if event.keys is None:
        return (None, event.payload)
    return (tuple(sorted(event.keys)), event.complete)


def _described(uses: list[tuple[Event, Emission]]) -> Shape:
    event = uses[0][0]
    systems = {emission.system for _, emission in uses}
    places: set[Location] = {emission.location for _, emission in uses}
    channels = {shape for sent, _ in uses for shape in sent.shapes}
    return Shape(
        tuple(sorted(event.keys)) if event.keys is not None else None,
        event.complete,
        event.payload,
        tuple(sorted(channels)),
        tuple(sorted(systems)),
        tuple(sorted(places)),
    )
