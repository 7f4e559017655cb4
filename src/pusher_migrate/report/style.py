"""Colours, and keeping a terminal safe from what stands in the files that are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TextIO

#: Paints a text in one of the roles of `_ROLES`, or gives it back as it is.
Paint = Callable[[str, str], str]

# SGR parameters (ECMA-48). Diffs have git's colours; dim and bold are left to the terminal's theme.
_ROLES = {
    "code": "1;31",
    "place": "1",
    "title": "1",
    "safe": "32",
    "review": "33",
    "label": "2",
    "error": "1;31",
    "warning": "1;33",
    "header": "1",
    "hunk": "36",
    "added": "32",
    "removed": "31",
}

# All control characters except tab, and those that reorder text (CVE-2021-42574). A carriage return
# that ends a line is part of the file and moves no cursor that the line end does not move as well.
_UNSAFE = re.compile(
    r"(?!\r\Z)[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def plain(_role: str, text: str) -> str:
    """Paint nothing."""
    return text


def coloured(role: str, text: str) -> str:
    """Paint with ANSI escape sequences."""
    return f"\x1b[{_ROLES[role]}m{text}\x1b[0m" if text else text


def wants_colour(stream: TextIO, environment: Mapping[str, str], allowed: bool = True) -> bool:
    """Whether to colour what goes to a stream.

    The first of these decides: ``--no-color``; ``NO_COLOR`` (https://no-color.org: set and not
    empty); ``FORCE_COLOR`` likewise; whether the stream is a terminal that is not ``dumb``.

    Args:
        stream: Where the text goes.
        environment: The process's environment.
        allowed: False for ``--no-color``.
    """
    if not allowed or environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and environment.get("TERM") != "dumb"


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody sits at a stream; never for one that is closed or missing."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def harmless(line: str) -> str:
    """A line with its control characters made visible.

    A file or a catalogue that is being looked at must not be able to move the cursor, or to paint
    over what a person is about to say yes to.
    """
    return _UNSAFE.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), line)


def paint_diff(diff: str, paint: Paint) -> str:
    """A unified diff in git's colours, its lines made `harmless`: for people, not ``git apply``.

    Args:
        diff: As `edits.unified_diff` makes it.
        paint: What paints.
    """
    out = []
    header = True
    for line in diff.split("\n"):
        shown = harmless(line)
        if line.startswith("diff --git "):
            header = True
        if line.startswith("@@ "):
            header = False
            out.append(paint("hunk", shown))
        elif header:
            out.append(paint("header", shown))
        elif line.startswith("+"):
            out.append(paint("added", shown))
        elif line.startswith("-"):
            out.append(paint("removed", shown))
        else:
            out.append(shown)
    return "\n".join(out)
