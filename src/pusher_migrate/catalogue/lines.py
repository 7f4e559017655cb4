"""On which line of a TOML document each key, table and array item begins.

``tomllib`` tells what a document says, not where. Libraries that keep positions parse everything
into objects for editing, which takes longer than the rest of a run that finds nothing. So this
walks over a document that ``tomllib`` has already accepted and therefore need not judge it.
"""

from __future__ import annotations

import re
from bisect import bisect_left

Place = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t]*")
# Blank space, line ends and comments: what may stand between the items of an array.
_FILLER = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    # A multi-line string may end in up to two quotes of its own before the three that close it.
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
# A date and its time may have a single blank between them.
_SCALAR = re.compile(r"\d{4}-\d\d-\d\d \d\d:[^,\]}\s#]+|[^,\]}\s#]+")


def key_lines(text: str) -> dict[Place, int]:
    """Map the path of each key, table and array item in ``text`` to its 1-based line.

    A path is made of keys and, for the items of arrays and of arrays of tables, 0-based indices:
    ``("event", 1, "keys", 0)``. A table has the line where it is first mentioned, an array of
    tables that of its first header.

    Args:
        text: A valid TOML document; of an invalid one, something is said about the part before
            the first mistake and perhaps nonsense about the rest.

    Raises:
        RecursionError: Arrays or inline tables are nested hundreds of levels deep (``tomllib``
            raises it too, and earlier).
    """
    return _Walk(text).document()


class _Walk:
    """A position in a text that moves forward, and the lines noted on the way."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.found: dict[Place, int] = {}
        self.sizes: dict[Place, int] = {}
        self.ends = [match.start() for match in re.finditer("\n", text)]

    def document(self) -> dict[Place, int]:
        table: Place = ()
        while True:
            self.skip(_FILLER)
            if self.position >= len(self.text):
                return self.found
            before = self.position
            if self.text.startswith("[[", before):
                table = self.header(2)
            elif self.text[before] == "[":
                table = self.header(1)
            else:
                self.pair(table)
            if self.position == before:  # not TOML: never stand still
                self.position += 1

    def header(self, brackets: int) -> Place:
        start = self.position
        self.position += brackets
        keys = self.dotted_key()
        self.position += brackets
        place: Place = ()
        for key in keys[:-1]:
            place = self.newest((*place, key), start)
        place = (*place, *keys[-1:])
        self.note(place, start)
        if brackets == 2:
            index = self.sizes.get(place, 0)
            self.sizes[place] = index + 1
            place = (*place, index)
            self.note(place, start)
        return place

    def newest(self, place: Place, start: int) -> Place:
        """``place``, or its last item where it is an array of tables, as headers mean it."""
        self.note(place, start)
        return (*place, self.sizes[place] - 1) if place in self.sizes else place

    def pair(self, table: Place) -> None:
        """Walk over ``key = value``, at the top level or in an inline table."""
        start = self.position
        place = table
        for key in self.dotted_key():
            place = (*place, key)
            self.note(place, start)
        self.skip(_SPACE)
        if self.text.startswith("=", self.position):
            self.position += 1
        self.skip(_SPACE)
        self.value(place)

    def dotted_key(self) -> list[str]:
        keys = []
        while True:
            self.skip(_SPACE)
            match = _STRING.match(self.text, self.position)
            if match:
                keys.append(_unquoted(match[0]))
            else:
                match = _BARE_KEY.match(self.text, self.position)
                if not match:
                    return keys
                keys.append(match[0])
            self.position = match.end()
            self.skip(_SPACE)
            if not self.text.startswith(".", self.position):
                return keys
            self.position += 1

    def value(self, place: Place) -> None:
        opening = self.text[self.position : self.position + 1]
        if opening and opening in "[{":
            self.items(place, "]" if opening == "[" else "}")
        elif match := _STRING.match(self.text, self.position):
            self.position = match.end()
        else:
            self.skip(_SCALAR)

    def items(self, place: Place, closing: str) -> None:
        self.position += 1
        index = 0
        while True:
            self.skip(_FILLER)
            if self.text[self.position : self.position + 1] in (closing, ""):
                self.position += 1
                return
            before = self.position
            if self.text[before] == ",":
                self.position += 1
            elif closing == "]":
                self.note((*place, index), before)
                self.value((*place, index))
                index += 1
            else:
                self.pair(place)
            if self.position == before:  # not TOML: never stand still
                self.position += 1

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.position)
        if match:
            self.position = match.end()

    def note(self, place: Place, start: int) -> None:
        self.found.setdefault(place, bisect_left(self.ends, start) + 1)


def _unquoted(key: str) -> str:
    """The name that a quoted key stands for."""
    if key.startswith("'") or "\\" not in key:
        return key[1:-1]
    import tomllib

    # Escapes in a key are rare enough to leave them to the parser.
    value: str = tomllib.loads(f"key = {key}")["key"]
    return value
