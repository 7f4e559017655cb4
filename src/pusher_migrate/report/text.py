"""A plan as text: what every change does and why, what is left alone and why. All pure.

Everything but the diffs is written as lines that begin with ``# ``, so that the whole text is one
that ``git apply`` and ``patch`` take: both ignore what stands between two diffs.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from pusher_migrate.model import Applicability, Change, Deferral, Effect, Location, Plan, Wire
from pusher_migrate.report.style import Paint, harmless, plain

#: Off a terminal the width must not depend on where the program happens to run.
WIDTH = 80
MAX_WIDTH = 100
_MIN_WIDTH = 40
_UNREADABLE = "PM901"
_APPLICABILITY = {Applicability.SAFE: "safe", Applicability.REVIEW: "for review"}


def fit(columns: int) -> int:
    """The width to wrap at on a terminal with this many columns."""
    return min(max(columns, _MIN_WIDTH), MAX_WIDTH)


def change_lines(change: Change, width: int = WIDTH, paint: Paint = plain) -> list[str]:
    """What goes above a change's diff: codes, place, title, reason, review reasons, effect.

    Args:
        change: The change.
        width: Columns to wrap at; a word that is longer than that stays whole.
        paint: What colours.
    """
    role = "safe" if change.applicability is Applicability.SAFE else "review"
    kind = _APPLICABILITY.get(change.applicability, str(change.applicability))
    head = _head(change.location, change.codes, change.symbol, paint, paint(role, f" [{kind}]"))
    lines = [head]
    lines += _wrapped("# ", change.title, width, paint, "title")
    lines += _labelled("reason", [change.reason], width, paint)
    lines += _labelled("review", change.review_reasons, width, paint)
    accepted = "PM401" not in change.codes
    lines += _effect_lines(change.effect, accepted, width, paint)
    lines += _labelled("needs", change.requires, width, paint)
    lines += _labelled("note", change.notes, width, paint)
    return lines


def deferral_lines(deferral: Deferral, width: int = WIDTH, paint: Paint = plain) -> list[str]:
    """A finding that is left to a person: code, place, title and reason."""
    lines = [_head(deferral.location, [deferral.code], deferral.symbol, paint)]
    lines += _wrapped("# ", deferral.title, width, paint, "title")
    lines += _labelled("reason", [deferral.reason], width, paint)
    return lines


def deferrals_text(plan: Plan, width: int = WIDTH, paint: Paint = plain) -> str:
    """All that is left alone; first what a person should do something about. Ends with a newline.

    Returns:
        The empty string when nothing is left alone.
    """
    unreadable = [item for item in plan.deferrals if item.code == _UNREADABLE]
    others = [item for item in plan.deferrals if item.code != _UNREADABLE and not item.suppressed]
    sections = (
        ("Not looked at", unreadable),
        ("Left to you", [item for item in others if item.actionable]),
        ("Left as it is, because it is right so", [item for item in others if not item.actionable]),
        ("Suppressed by a comment", [item for item in plan.deferrals if item.suppressed]),
    )
    blocks: list[str] = []
    for heading, items in sections:
        if items:
            blocks.append(paint("title", f"# {heading}: {len(items)}") + "\n")
            blocks += ("\n".join(deferral_lines(item, width, paint)) + "\n" for item in items)
    return "\n".join(blocks)


def wire_text(wire: Wire) -> str:
    """One send in words: ``order_paid on shop-{order.shop.id} with id, total``."""
    keys = ", ".join(wire.keys)
    if wire.complete:
        what = f"with {keys}" if keys else "with an empty payload"
    else:
        what = f"with {keys} and perhaps more" if keys else "with a payload that is not known"
    return f"{wire.event} on {wire.channel} {what}"


def _head(
    location: Location, codes: Iterable[str], symbol: str, paint: Paint, kind: str = ""
) -> str:
    """``path:line:column: CODE``, as ruff and compilers write it and editors understand it."""
    where = f" in {harmless(symbol)}" if symbol else ""
    place = paint("place", harmless(f"{location}:"))
    return f"# {place} {paint('code', ' '.join(codes))}{kind}{where}"


def _effect_lines(effect: Effect, accepted: bool, width: int, paint: Paint) -> list[str]:
    if not (effect.before or effect.after or effect.lost_keys):
        return []
    if effect.before == effect.after and not effect.lost_keys:
        sends = [wire_text(wire) for wire in effect.after]
        return _labelled("sends", [f"{send}, as before" for send in sends], width, paint)
    lines = _labelled("before", [wire_text(w) for w in effect.before] or ["nothing"], width, paint)
    # Every change that leaves a call sends something: without a send, its source was not readable.
    after = [wire_text(wire) for wire in effect.after] or ["not known: look at the method's source"]
    lines += _labelled("after", after, width, paint)
    if effect.lost_keys:
        # A loss that nobody accepted makes a change one for review.
        why = ", which the catalogue accepts" if accepted else ""
        text = f"{', '.join(effect.lost_keys)}: subscribers no longer get this (PM401){why}"
        lines += _labelled("lost", [text], width, paint)
    return lines


def _labelled(label: str, texts: Sequence[str], width: int, paint: Paint) -> list[str]:
    """Each text as a paragraph behind its label."""
    head = f"#   {label + ':':<8}"
    lines: list[str] = []
    for text in texts:
        if text:
            first, *others = _fill(text, head, " " * (len(head) - 1), width)
            lines.append(f"#   {paint('label', f'{label}:')}{first[len(label) + 5:]}")
            lines += others
    return lines


def _wrapped(prefix: str, text: str, width: int, paint: Paint, role: str) -> Iterator[str]:
    for line in _fill(text, prefix, prefix[1:], width):
        yield prefix + paint(role, line[len(prefix) :])


def _fill(text: str, first: str, rest: str, width: int) -> list[str]:
    # A line end inside the text must not end the comment that it stands in.
    words = harmless(" ".join(text.split()))
    return textwrap.wrap(
        words,
        width=width,
        initial_indent=first,
        subsequent_indent="#" + rest,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def message(text: str, width: int = WIDTH) -> str:
    """A message of the program itself, wrapped; lines after the first are indented."""
    return "\n".join(
        textwrap.fill(
            harmless(line),
            width=width,
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 change``, ``2 changes``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def joined(parts: Iterable[str]) -> str:
    """The parts that are not empty, with commas."""
    return ", ".join(part for part in parts if part)
