"""Every call shape that is recognised, each with what is known of it; ``docs/call-shapes.md`` is equal.

``pytest tests/test_shapes.py --update-golden -k table`` writes the documentation's tables anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.inventory.events import event_of
from pusher_migrate.inventory.values import Event
from tests.shapes.arguments import CHANNELS, EVENTS, PAYLOADS
from tests.shapes.calls import CALLS, WRAPPERS
from tests.shapes.receivers import RECEIVERS
from tests.shapes.table import Shape
from tests.trees import index_of

GROUPS = {
    "Receivers": RECEIVERS,
    "Channels": CHANNELS,
    "Events": EVENTS,
    "Payloads": PAYLOADS,
    "Calls": CALLS,
    "Wrappers": WRAPPERS,
}
CASES = [
    pytest.param(item, id=f"{group.lower()}: {item.name}")
    for group, shapes in GROUPS.items()
    for item in shapes
]


def told(event: Event) -> str:
    """An event as the tables have it."""
    channel = " + ".join(event.channels)
    channel = f"each of {channel}" if event.repeated else channel
    channel = f"user {channel}" if event.user else channel
    if event.keys is None:
        keys = "?"
    else:
        shown = [f"{key}?" if key in event.optional else key for key in event.keys]
        keys = ", ".join([*shown, *([] if event.complete else ["..."])])
    return f"{channel} | {event.name} | {keys}"


def sends(index: ProjectIndex) -> list[str]:
    """What the emissions of a tree send, in order."""
    emissions = index.emissions.emissions
    return [
        told(event_of(index.evaluator, send)) for emission in emissions for send in emission.sends
    ]


@pytest.mark.parametrize("case", CASES)
def test_shape(case: Shape) -> None:
    index = index_of(case.tree)
    assert not index.project.errors
    assert sends(index) == list(case.sends)
    found_by = {emission.found_by for emission in index.emissions.emissions}
    assert found_by == {case.found_by}
