"""Templates for ``%`` and ``str.format``, taken apart: literal text and what goes between."""

from __future__ import annotations

import string
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A place in a template, filled with ``str()`` of a positional or named argument."""

    name: str | int


def percent_parts(template: str) -> list[str | Field] | None:
    """Parts of a ``%`` template; None when it uses more than plain ``%s``, ``%d`` and ``%i``."""
    parts: list[str | Field] = []
    position = 0
    rest = template
    while "%" in rest:
        before, _, rest = rest.partition("%")
        parts.append(before)
        if rest.startswith("%"):
            parts.append("%")
            rest = rest[1:]
            continue
        name: str | int = position
        if rest.startswith("("):
            name, _, rest = rest[1:].partition(")")
        else:
            position += 1
        if rest[:1] not in ("s", "d", "i"):
            return None
        parts.append(Field(name))
        rest = rest[1:]
    return [*parts, rest]


def brace_parts(template: str) -> list[str | Field] | None:
    """Parts of a ``str.format`` template; None for format specifications and attribute access."""
    parts: list[str | Field] = []
    position = 0
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        return None
    for literal, name, specification, conversion in fields:
        parts.append(literal)
        if name is None:
            continue
        if specification or conversion not in (None, "s"):
            return None
        if name.isdigit():
            parts.append(Field(int(name)))
        elif name:
            parts.append(Field(name))
        else:
            parts.append(Field(position))
            position += 1
    return parts
