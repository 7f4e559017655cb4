"""What is said of the things that are done to an object behind its event."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from pusher_migrate.index.calls import callees
from pusher_migrate.index.instances.chains import Chain, text_of
from pusher_migrate.index.instances.touches import Touch, TouchKind

# Of many places of one kind, a reviewer needs to see only a few.
_SHOWN = 3


def is_of_list(touch: Touch) -> bool:
    """``by_day[day].append(row)``: what may be the row or its list is the list, by its method."""
    return (
        not touch.part and touch.field in callees.OF_CONTAINERS and isinstance(touch.tree, ast.Call)
    )


def summary(touches: list[Touch], chain: Chain) -> Iterator[str]:
    """One clause for all that changes and saves an object, and one for what cannot be seen."""
    text = text_of(chain)
    again = [touch for touch in touches if touch.kind in (TouchKind.CHANGED, TouchKind.RESAVED)]
    if again:
        lines = dict.fromkeys(str(touch.line) for touch in again)
        where = (
            f"line {again[0].line} changes" if len(lines) == 1 else f"lines {_listed(lines)} change"
        )
        saves = "saves" if len(lines) == 1 else "save"
        by = _listed(dict.fromkeys(touch.text for touch in again))
        yield (
            f"{where} {text} once more ({by}) and {saves} it: the event would tell of that state, "
            "not of this one"
        )
    known = {touch.tree for touch in again}
    unclear = [t for t in touches if t.kind is TouchKind.UNCLEAR and t.tree not in known]
    if unclear:
        calls = dict.fromkeys(f"{touch.text} (line {touch.line})" for touch in unclear)
        does = "does" if len(calls) == 1 else "do"
        yield f"what {_listed(calls)} {does} to {text} before the commit is not visible"


def few(clauses: list[str]) -> list[str]:
    """The first of many clauses of one kind; the last one says how many more there are."""
    if len(clauses) <= _SHOWN:
        return clauses
    more = f"{clauses[_SHOWN - 1]} (and {len(clauses) - _SHOWN} more places do so)"
    return [*clauses[: _SHOWN - 1], more]


def _listed(items: Collection[str]) -> str:
    """``a``, ``a and b``, or the first few and how many more there are."""
    first = list(items)[:_SHOWN]
    if len(items) > len(first):
        return f"{', '.join(first)} and {len(items) - len(first)} more"
    return " and ".join([", ".join(first[:-1]), first[-1]] if len(first) > 1 else first)
