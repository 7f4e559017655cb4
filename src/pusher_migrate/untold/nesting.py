"""Insertions at one offset: the code of an inner block has to come before that of an outer one.

Edits at one offset are applied in the order of their changes. Where that would put a statement into
the block of another change, one of the two has to wait for the next run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pusher_migrate.model import Change, Deferral, Edit
from pusher_migrate.rule import Outcome


def settled(own: Sequence[Outcome], found: Sequence[Outcome]) -> Iterator[Outcome]:
    """The outcomes of a rule, less the changes whose insertions would end up in another block.

    Args:
        own: The rule's outcomes.
        found: Those of the rules that ran before.
    """
    changes = [item for item in (*found, *own) if isinstance(item, Change)]
    changes.sort(key=lambda change: (change.location, change.code))
    places: dict[tuple[str, int], list[tuple[Change, Edit]]] = {}
    for change in changes:
        for edit in change.edits:
            if edit.start == edit.end:
                places.setdefault((edit.path, edit.start), []).append((change, edit))
    mine = {item.key for item in own if isinstance(item, Change)}
    waiting: dict[str, Change] = {}
    for group in places.values():
        for index, (first, edit) in enumerate(group):
            for second, other in group[index + 1 :]:
                if second is not first and edit != other and _misplaced(edit, other):
                    late, early = (first, second) if first.key in mine else (second, first)
                    waiting[late.key] = early
    for outcome in own:
        early_one = waiting.get(outcome.key) if isinstance(outcome, Change) else None
        if early_one is None or not isinstance(outcome, Change):
            yield outcome
            continue
        yield Deferral(
            outcome.code,
            outcome.location,
            outcome.title,
            f"Its code goes right behind that of {early_one.key}, in another block: apply that "
            "one, then run again.",
            outcome.symbol,
        )


def innermost_first(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits of one change, each once; at one offset those of inner blocks come first."""
    return tuple(
        sorted(dict.fromkeys(edits), key=lambda edit: (edit.path, edit.start, -_indent(edit)))
    )


def _misplaced(first: Edit, second: Edit) -> bool:
    """Whether a later insertion would not land in the block that it is meant for."""
    inner, outer = _indent(second), _indent(first)
    is_else = second.replacement.lstrip().startswith("else:")
    return inner > outer or (inner == outer and is_else)


def _indent(edit: Edit) -> int:
    """The indentation of the inserted code."""
    row = edit.replacement.lstrip("\n").split("\n", 1)[0]
    return len(row) - len(row.lstrip())
