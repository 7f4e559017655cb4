"""Apply edits to a text, prove that nothing else changed, show the difference. All pure.

Spans are half open. An insertion at the start of a replaced span goes before the replacement, one
at its end goes after it; several insertions at one offset keep the order in which they are given.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

from pusher_migrate.errors import EditConflict
from pusher_migrate.model import Edit
from pusher_migrate.source import SourceFile

_LINE_END = re.compile(r"\r\n|\r|\n")
_CONTEXT = 3
_NO_NEWLINE = "\n\\ No newline at end of file\n"

#: git's own C-style escapes; other bytes below 0x20 and above 0x7e become three octal digits.
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


def apply_edits(source: SourceFile, edits: Iterable[Edit]) -> str:
    """The file's text after the edits.

    Equal edits are applied once. The line ends of a replacement become those of the line at the
    edit, so that a file with mixed line ends stays as it is around each edit.

    Raises:
        EditConflict: Two different edits overlap, or an edit is not for this file's text.
    """
    pieces: list[bytes] = []
    done = 0
    for edit in _in_order(source, edits):
        pieces.append(source.utf8[done : edit.start])
        pieces.append(_rendered(source, edit))
        done = edit.end
    pieces.append(source.utf8[done:])
    return b"".join(pieces).decode("utf-8")


def verify_untouched(before: SourceFile, after: str, edits: Iterable[Edit]) -> None:
    """Prove that ``after`` is ``before`` with nothing but the edits' spans replaced.

    Every byte between the spans has to be found again in its place, and nothing may follow.

    Raises:
        EditConflict: It is not so; the message names the first line at fault.
    """
    written = after.encode("utf-8")
    here = there = 0
    for edit in _in_order(before, edits):
        there = _same(before, here, edit.start, written, there)
        replacement = _rendered(before, edit)
        if not written.startswith(replacement, there):
            place = before.location(edit.start)
            raise EditConflict(f"{place}: the text does not hold the edit that was planned here")
        here, there = edit.end, there + len(replacement)
    there = _same(before, here, len(before.utf8), written, there)
    if there != len(written):
        raise EditConflict(f"{before.path}: the new text goes on after the end of the old one")


def unified_diff(path: str, before: str, after: str) -> str:
    """The difference between two texts of one file, as ``git apply`` and ``patch -p1`` take it.

    Lines end at ``"\\n"`` alone, as they do for git: a carriage return or a form feed is part of
    its line. For a file with a byte order mark, pass both texts with it.

    Args:
        path: Relative to the root, with forward slashes.
        before: The text that the file has.
        after: The text that it would have.

    Returns:
        The empty string when the texts are equal.
    """
    if before == after:
        return ""
    old, new = _lines(before), _lines(after)
    # difflib is quadratic at worst: leave to it only what lies between the first and the last
    # difference. What is equal at both ends is put back as it is: difflib might pair it otherwise.
    head = _shared(old, new)
    tail = _shared(old[:head:-1], new[:head:-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    matcher = _BetweenEnds(old[head:old_end], new[head:new_end], head, tail)
    out = [_header(path)]
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        old_range = _range(group[0][1], group[-1][2])
        new_range = _range(group[0][3], group[-1][4])
        out.append(f"@@ -{old_range} +{new_range} @@\n")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                out.extend(_marked(" ", old[i1:i2]))
            else:
                out.extend(_marked("-", old[i1:i2]))
                out.extend(_marked("+", new[j1:j2]))
    return "".join(out)


class _BetweenEnds(difflib.SequenceMatcher[str]):
    """Matches two middles of a file, between ends that are equal."""

    def __init__(self, old: list[str], new: list[str], head: int, tail: int) -> None:
        super().__init__(None, old, new, autojunk=False)
        self.head = head
        self.tail = tail
        self.lengths = (len(old), len(new))

    def get_opcodes(self) -> list[tuple[Any, int, int, int, int]]:
        """Opcodes of the whole file; what `get_grouped_opcodes` groups."""
        head, tail = self.head, self.tail
        old_end, new_end = (head + length for length in self.lengths)
        opcodes: list[tuple[Any, int, int, int, int]] = [
            (tag, head + i1, head + i2, head + j1, head + j2)
            for tag, i1, i2, j1, j2 in super().get_opcodes()
        ]
        if head:
            opcodes.insert(0, ("equal", 0, head, 0, head))
        if tail:
            opcodes.append(("equal", old_end, old_end + tail, new_end, new_end + tail))
        return opcodes


def quoted_path(path: str) -> str:
    """A path as git prints it: in double quotes with octal escapes when it holds special bytes."""
    escaped = "".join(map(_escaped, os.fsencode(path)))
    return path if escaped == path else f'"{escaped}"'


def _in_order(source: SourceFile, edits: Iterable[Edit]) -> Sequence[Edit]:
    """The distinct edits by position, each checked against the text and against its neighbour."""
    # Insertions sort before a replacement that starts where they stand; sorting is stable.
    ordered = sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, edit.end > edit.start))
    previous: Edit | None = None
    for edit in ordered:
        if edit.path != source.path:
            raise EditConflict(f"{source.path}: got an edit that is meant for {edit.path}")
        if not 0 <= edit.start <= edit.end <= len(source.utf8):
            raise EditConflict(
                f"{source.path}: the edit of bytes {edit.start} to {edit.end} is outside the file"
            )
        if _inside_character(source.utf8, edit.start) or _inside_character(source.utf8, edit.end):
            raise EditConflict(f"{source.location(edit.start)}: an edit splits a character")
        if previous and edit.start < previous.end:
            raise EditConflict(
                f"{source.location(edit.start)}: two edits overlap "
                f"(the other one is at {source.location(previous.start)})"
            )
        previous = edit
    return ordered


def _inside_character(utf8: bytes, offset: int) -> bool:
    """Whether an offset is inside a character or between the two halves of a CRLF."""
    if not 0 < offset < len(utf8):
        return False
    return utf8[offset] & 0xC0 == 0x80 or utf8[offset - 1 : offset + 1] == b"\r\n"


def _rendered(source: SourceFile, edit: Edit) -> bytes:
    """An edit's replacement with the line ends of the place it goes to."""
    newline = source.newline_at(edit.start)
    return _LINE_END.sub(lambda _: newline, edit.replacement).encode("utf-8")


def _same(before: SourceFile, start: int, end: int, written: bytes, there: int) -> int:
    """Check that ``written`` has bytes ``start`` to ``end`` at ``there``; give the place after."""
    if not written.startswith(before.utf8[start:end], there):
        raise EditConflict(
            f"{before.path}: the text from line {before.location(start).line} "
            f"to line {before.location(end).line} is changed though no edit covers it"
        )
    return there + end - start


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines both begin with."""
    for count, (one, other) in enumerate(zip(old, new, strict=False)):
        if one != other:
            return count
    return min(len(old), len(new))


def _lines(text: str) -> list[str]:
    """Lines with their ``"\\n"``, split nowhere else."""
    *full, last = text.split("\n")
    lines = [line + "\n" for line in full]
    return [*lines, last] if last else lines


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return f"\\{_ESCAPES[byte]}"
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


def _marked(mark: str, lines: Sequence[str]) -> Iterable[str]:
    return (mark + (line if line.endswith("\n") else line + _NO_NEWLINE) for line in lines)


def _range(start: int, end: int) -> str:
    """A hunk's range: line numbers are 1-based, an empty range names the line before it."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _header(path: str) -> str:
    """The header lines. As git does, a tab marks the end of a name that has a blank."""
    old, new = quoted_path(f"a/{path}"), quoted_path(f"b/{path}")
    tab = "\t" if " " in path else ""
    return f"diff --git {old} {new}\n--- {old}{tab}\n+++ {new}{tab}\n"
