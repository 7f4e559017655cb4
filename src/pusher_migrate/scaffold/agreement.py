"""One method for several calls: what they agree on, and what one of them does otherwise."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pusher_migrate.scaffold.sending import Delivery, Item

Deliveries = tuple[Delivery, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Agreement:
    """What the method sends, and which calls it can take.

    Attributes:
        deliveries: What it sends.
        model: Number of the call that it is written after.
        members: Numbers of the calls that it can take.
    """

    deliveries: Deliveries
    model: int
    members: tuple[int, ...]


def agree(calls: Sequence[Deliveries], optional: frozenset[str]) -> Agreement:
    """Find what most calls send; of several that are equally frequent, what the first one sends.

    Args:
        calls: What each call sends, in the method's terms; at least one.
        optional: Payload keys that only some calls have, and that parameters give.
    """
    cores = [_core(call, optional) for call in calls]
    common = Counter(cores).most_common(1)[0][0]
    members = tuple(number for number, core in enumerate(cores) if core == common)
    deliveries = tuple(
        _merged([calls[number][position] for number in members], optional)
        for position in range(len(calls[members[0]]))
    )
    return Agreement(deliveries, members[0], members)


def difference(call: Deliveries, method: Deliveries, optional: frozenset[str]) -> str:
    """What a call sends otherwise than the method, as a clause that says what to do."""
    if len(call) != len(method):
        return f"it sends {len(call)} events, and the method sends {len(method)}"
    for mine, theirs in zip(call, method, strict=True):
        if mine.event != theirs.event:
            return (
                f"it sends {mine.event!r}, and the method {theirs.event!r}; name another method in "
                "the entry for it"
            )
        if mine.target != theirs.target:
            return (
                f"it sends to the channel {_shown(mine.channel)}, and the method to "
                f"{_shown(theirs.channel)}"
            )
        if mine.items is None or theirs.items is None:
            return "its payload is another one"
        problem = _item_difference(mine.items, theirs.items, optional)
        if problem:
            return problem
    return ""


def order_differs(call: Deliveries, method: Deliveries) -> bool:
    """Whether a call has its payload keys in another order than the method."""
    for mine, theirs in zip(call, method, strict=True):
        own = [item.key for item in mine.items or ()]
        if own != [item.key for item in theirs.items or () if item.key in own]:
            return True
    return False


def _core(call: Deliveries, optional: frozenset[str]) -> tuple[object, ...]:
    return tuple(
        (
            delivery.target,
            (
                delivery.content
                if delivery.items is None
                else frozenset(i.form for i in delivery.items if i.key not in optional)
            ),
        )
        for delivery in call
    )


def _merged(deliveries: Sequence[Delivery], optional: frozenset[str]) -> Delivery:
    """The deliveries of all members as one, with the keys that only some of them have."""
    first = deliveries[0]
    if first.items is None:
        return first
    merged: list[Item] = []
    for delivery in deliveries:
        behind = 0
        for item in delivery.items or ():
            known = [entry.key for entry in merged]
            if item.key in known:
                behind = known.index(item.key) + 1
                continue
            merged.insert(behind, item)
            behind += 1
    items = tuple(replace(i, optional=True) if i.key in optional else i for i in merged)
    return replace(first, items=items)


def _item_difference(mine: Sequence[Item], theirs: Sequence[Item], optional: frozenset[str]) -> str:
    ours = {item.key: item.form[1] for item in mine if item.key not in optional}
    method = {item.key: item.form[1] for item in theirs if item.key not in optional}
    extra = [key for key in ours if key not in method]
    missing = [key for key in method if key not in ours]
    if extra or missing:
        parts = [f"has {', '.join(extra)} besides"] if extra else []
        parts += [f"lacks {', '.join(missing)}"] if missing else []
        key = (extra or missing)[0]
        return (
            f"its payload {' and '.join(parts)} (PM402); pass {key}={{payload.{key}}} in the "
            "catalogue's call, and the key becomes optional"
        )
    for key, form in ours.items():
        if method[key] != form:
            return (
                f"its payload's {key!r} is {_unmarked(form)}, and the method's is "
                f"{_unmarked(method[key])}; pass {key}={{payload.{key}}} in the catalogue's call"
            )
    return ""


def _shown(node: ast.expr) -> str:
    return _unmarked(ast.unparse(node))


def _unmarked(text: str) -> str:
    """Source without the modules of marked names."""
    return re.sub(r"\b[\w.]+:(?=\w)", "", text)
