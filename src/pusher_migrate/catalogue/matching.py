"""Globs over what is statically known of a legacy call.

The answer has three values. A call whose channel is a variable may or may not be the one that an
entry means, and then no entry may be chosen: a wrong edit costs more than a refused one.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

HOLE = "*"


class Match(enum.Enum):
    """Whether something is meant by a pattern."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def all_of(answers: Iterable[Match]) -> Match:
    """NO when one says NO, else UNKNOWN when one says so."""
    given = set(answers)
    if Match.NO in given:
        return Match.NO
    return Match.UNKNOWN if Match.UNKNOWN in given else Match.YES


def any_of(answers: Iterable[Match]) -> Match:
    """YES when one says YES, else UNKNOWN when one says so."""
    given = set(answers)
    if Match.YES in given:
        return Match.YES
    return Match.UNKNOWN if Match.UNKNOWN in given else Match.NO


def match_shape(glob: str, shape: str | None) -> Match:
    """Match a channel or event name as far as it is known.

    A glob is written over the shape, so ``hotel-*`` matches ``hotel-{slug}``, and ``hotel-*-chat``
    does not. Where the glob does not match the shape, some value could still make the two equal:
    ``staff-{kind}-{id}`` may be ``staff-hotel-12``. A hole counts as one word of letters and
    digits there, and as any text at the very start, where it may be a whole prefix.

    Args:
        glob: As for `fnmatch.fnmatchcase`; ``*`` also matches holes, ``?`` and ``[...]`` never do.
        shape: The text with ``*`` for each hole, or None when nothing is known.
    """
    if shape is None:
        return Match.YES if glob == HOLE else Match.UNKNOWN
    if HOLE not in shape:
        return Match.YES if fnmatchcase(shape, glob) else Match.NO
    if "?" in glob or "[" in glob:
        return Match.UNKNOWN
    if fnmatchcase(shape, glob):
        return Match.YES
    return Match.UNKNOWN if _overlap(glob, shape) else Match.NO


def match_keys(
    required: Collection[str], present: Collection[str] | None, *, complete: bool
) -> Match:
    """Whether a payload has all the required keys.

    Args:
        required: Keys.
        present: The keys that are known to be there, or None when nothing is known.
        complete: False when there may be more.
    """
    missing = set(required).difference(present or ())
    if not missing:
        return Match.YES
    return Match.NO if present is not None and complete else Match.UNKNOWN


def glob_covers(general: str, special: str) -> bool:
    """Whether everything that ``special`` matches is surely matched by ``general`` too.

    False where it is not certain.
    """
    if general == special:
        return True
    if "?" in general or "[" in general:
        # Such a glob would be compared with the characters of the other glob, not with its meaning.
        return not any(char in special for char in "*?[") and fnmatchcase(special, general)
    return fnmatchcase(special, general)


def _overlap(glob: str, shape: str) -> bool:
    """Whether some text fits both the glob and the shape, each hole of which is filled.

    Both are read as sequences of single characters and repetitions; the states are pairs of
    positions in the two. In the shape, "+" is one letter or digit of a hole, "w" are further ones,
    and "a" is any text, for a hole at the start.
    """
    tokens: list[tuple[str, str]] = []
    for index, char in enumerate(shape):
        if char != HOLE:
            tokens.append(("char", char))
        elif index == 0:
            tokens.append(("a", ""))
        else:
            tokens += [("+", ""), ("w", "")]
    reached: set[tuple[int, int]] = set()
    waiting = [(0, 0)]
    while waiting:
        state = waiting.pop()
        if state in reached:
            continue
        reached.add(state)
        g, s = state
        if g == len(glob) and s == len(tokens):
            return True
        kind, char = tokens[s] if s < len(tokens) else ("end", "")
        repeats = kind in ("a", "w")
        if repeats:
            waiting.append((g, s + 1))  # of the hole, no more
        if g == len(glob):
            continue
        if glob[g] == HOLE:
            waiting.append((g + 1, s))  # of the star, no more
            if kind in ("char", "+"):
                waiting.append((g, s + 1))
        elif kind == "a" or (kind in ("+", "w") and glob[g].isalnum()) or char == glob[g]:
            waiting.append((g + 1, s if repeats else s + 1))
    return False
