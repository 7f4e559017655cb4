"""What the inventory's text and markdown have in common: groups, and values in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pusher_migrate.inventory.values import (
    Client,
    Emission,
    Event,
    FoundBy,
    Inventory,
    Shape,
    System,
    Wrapper,
)


@dataclass(frozen=True, slots=True)
class Group:
    """Emissions that are shown together.

    Attributes:
        title: A method of the manager, or an event.
        events: What they send, each way once.
        emissions: The emissions, in path and line order.
    """

    title: str
    events: tuple[Event, ...]
    emissions: tuple[Emission, ...]


def manager_groups(inventory: Inventory) -> Iterator[Group]:
    """A group for each method of the manager, in source order, those without calls included."""
    emissions = inventory.of(System.MANAGER)
    for method in inventory.manager.methods if inventory.manager is not None else ():
        own = tuple(item for item in emissions if item.method == method.name)
        yield Group(f"{method.name}({method.signature})", method.events, own)


def legacy_groups(inventory: Inventory) -> Iterator[Group]:
    """A group for each event that legacy calls send, in the order of names."""
    emissions = inventory.of(System.LEGACY)
    names = sorted({event.name for item in emissions for event in item.events})
    for name in names:
        own = tuple(item for item in emissions if any(e.name == name for e in item.events))
        events: dict[tuple[object, ...], Event] = {}
        for item in own:
            for event in item.events:
                if event.name == name:
                    events.setdefault((event.channels, event.keys, event.payload), event)
        yield Group(name, tuple(events.values()), own)
    empty = tuple(item for item in emissions if not item.events)
    if empty:
        yield Group("what they send could not be found out", (), empty)


def sent(event: Event) -> str:
    """One event in words: ``order_paid on shop-{order.shop.id} with id, total``."""
    channels = " and ".join(event.channels)
    channels = f"user {channels}" if event.user else channels
    each = "one for each element, " if event.repeated else ""
    return f"{each}{event.name} on {channels} {payload_of(event)}"


def payload_of(event: Event) -> str:
    """The payload in words."""
    if event.keys is None:
        return f"with {event.payload}" if event.payload else "with a payload that is not known"
    shown = [f"{key}?" if key in event.optional else key for key in event.keys]
    text = f"with {', '.join(shown)}" if shown else "with an empty payload"
    text += "" if event.complete else " and perhaps more"
    return f"{text} (fields of {event.payload})" if event.payload else text


def keys_of(shape: Shape) -> str:
    """The keys of a payload shape."""
    if shape.keys is None:
        return shape.payload or "not known"
    text = ", ".join(shape.keys) or "empty"
    return text if shape.complete else f"{text} and perhaps more"


def remarks(item: Emission) -> list[str]:
    """When and how an emission leaves, in words; empty for a plain call outside of transactions."""
    found = []
    if item.deferred:
        found.append("after the commit")
    elif item.transactions:
        found.append(f"in a transaction: {item.transactions[0]}")
    if item.loop is not None:
        found.append(f"in a loop (line {item.loop})")
    if item.handed_to:
        found.append(f"handed to {item.handed_to}")
    if any(event.conditional for event in item.events) and item.system is System.LEGACY:
        found.append("on some paths of the function called")
    if item.found_by is FoundBy.VALUE:
        found.append("only one of the receiver's values is a client")
    elif item.found_by is not FoundBy.TYPE:
        found.append(f"recognised by its {item.found_by} only")
    return found


def origin_of(client: Client) -> str:
    """Where a client is made, or what says that it is one."""
    if client.location is not None:
        return f"{client.location.path}:{client.location.line}"
    if client.found_by is FoundBy.ATTRIBUTE:
        return "by its attribute: the tree keeps a client under it"
    if client.found_by is FoundBy.VALUE:
        return "by one of its values: the other one is not known"
    return "by its name only: its code is outside the tree"


def chain_of(wrapper: Wrapper) -> str:
    """How a wrapper reaches the client."""
    return " -> ".join(wrapper.chain)


def state_of(wrapper: Wrapper) -> str:
    """What a wrapper is used for."""
    if wrapper.dead:
        return "dead: nothing names it"
    calls = f"{wrapper.callers} call{'' if wrapper.callers == 1 else 's'}"
    return f"{calls}, transport of the manager" if wrapper.transport else calls


def place(item: Emission) -> str:
    """``path:line``, as the report has it."""
    return f"{item.location.path}:{item.location.line}"


def headline(inventory: Inventory) -> list[tuple[str, str]]:
    """The numbers, each with what it counts."""
    seen = [item for item in inventory.emissions if not item.in_tests]
    tests = len(inventory.emissions) - len(seen)
    modules = len({item.location.path for item in seen})
    rows = [
        ("emissions", f"{len(seen)} in {_count(modules, 'module')}"),
        ("through the manager", str(len(inventory.of(System.MANAGER)))),
        ("legacy calls", str(len(inventory.of(System.LEGACY)))),
    ]
    if tests:
        rows.append(("in tests, not counted", str(tests)))
    if inventory.django:
        early = sum(bool(item.transactions) and not item.deferred for item in seen)
        rows.append(("in a transaction, before its commit", str(early)))
        rows.append(("after the commit", str(sum(item.deferred for item in seen))))
    rows.append(("in loops", str(sum(item.loop is not None for item in seen))))
    rows.append(("events with several payload shapes", str(len(inventory.drifts))))
    if inventory.manager is not None:
        rows.append(("channels off the standard patterns", str(len(inventory.non_standard))))
    if inventory.coverage:
        total = inventory.coverage[-1]
        share = f" ({total.percentage} %)" if total.percentage is not None else ""
        rows.append(
            ("writes followed by an emission", f"{total.followed} of {total.writes}{share}")
        )
    return rows


def no_coverage(inventory: Inventory) -> str:
    """Why there is no coverage table."""
    if not inventory.django:
        return "Without Django there are no models, so writes of state are not looked for."
    return (
        "No state is watched: the catalogue has no [[state]], and none could be drafted, because "
        "no function writes a model's field, saves it and tells of it through a manager."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun + 's'}"


def unique(texts: Iterable[str]) -> Sequence[str]:
    """Texts without repetition, in order."""
    return tuple(dict.fromkeys(texts))
