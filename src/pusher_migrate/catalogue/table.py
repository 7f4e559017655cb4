"""Read the values of one TOML table, noting what is wrong instead of stopping at it.

Every method returns a usable value even where it notes an error, so that one run finds all errors.
Whoever reads a document raises them when it is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pusher_migrate.catalogue.call import CallTemplate, parse_call
from pusher_migrate.catalogue.lines import Place
from pusher_migrate.catalogue.values import Scalar
from pusher_migrate.config import did_you_mean, one_line, quoted
from pusher_migrate.errors import CatalogueError

Word = TypeVar("Word", bound=str)

IDENTIFIER = re.compile(r"[^\W\d]\w*")
DOTTED = re.compile(rf"{IDENTIFIER.pattern}(\.{IDENTIFIER.pattern})*")
DOTTED_IN_MODULE = re.compile(rf"{IDENTIFIER.pattern}(\.{IDENTIFIER.pattern})+")
MODEL = re.compile(rf"{IDENTIFIER.pattern}\.{IDENTIFIER.pattern}")


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is being read: where things stand in it, and what is wrong so far."""

    path: str
    lines: Mapping[Place, int]
    errors: list[CatalogueError] = field(default_factory=list)

    def line(self, place: Place) -> int | None:
        """The line of ``place``, or of what is around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)

    def error(self, place: Place, message: str) -> None:
        """Note what is wrong at ``place``."""
        self.errors.append(CatalogueError(one_line(message), self.path, self.line(place)))


def kind_of(value: object) -> str:
    """What TOML calls a value of this type, with its article."""
    names: dict[type, str] = {
        str: "a string",
        bool: "a boolean",
        int: "an integer",
        float: "a float",
        list: "an array",
        dict: "a table",
    }
    return names.get(type(value), "a date or time")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a document.

    Attributes:
        document: What it is in.
        place: Its path in the document.
        label: How the user writes its header: ``[[event]]``.
        data: Its content.
    """

    document: Document
    place: Place
    label: str
    data: Mapping[str, object]

    @property
    def line(self) -> int:
        """1-based line of the table."""
        return self.document.line(self.place) or 1

    def key_lines(self) -> dict[str, int]:
        """1-based line of each key."""
        return {key: self.document.line((*self.place, key)) or self.line for key in self.data}

    def error(self, key: str, message: str, *items: str | int) -> None:
        """Note what is wrong with a key, or with an item of its value."""
        self.document.error((*self.place, key, *items), message)

    def check_keys(self, keys: Iterable[str], elsewhere: Mapping[str, Iterable[str]]) -> None:
        """Note keys that are not among ``keys``; ``elsewhere`` has those of the other tables."""
        valid = tuple(keys)
        for key in self.data:
            if key in valid:
                continue
            hint = did_you_mean(key, valid)
            homes = [label for label, others in elsewhere.items() if key in others]
            if homes:
                hint = f"; it belongs in {' or '.join(homes)}"
            hint = hint or f"; valid keys: {', '.join(valid)}"
            self.error(key, f"unknown key {quoted(key)} in {self.label}{hint}")

    def missing(self, key: str, why: str = "") -> None:
        """Note that a key is missing."""
        reason = f": {why}" if why else ""
        self.document.error(self.place, f"{self.label} lacks the key {quoted(key)}{reason}")

    def wrong_type(self, key: str, wanted: str, value: object, *items: str | int) -> None:
        """Note that a value, or an item of it, is not of the right type."""
        what = "every item of " if items else ""
        message = f"{what}{quoted(key)} in {self.label} must be {wanted}, not {kind_of(value)}"
        self.error(key, message, *items)

    def string(self, key: str, default: str = "") -> str:
        """A string that is not empty, or ``default`` when the key is not there."""
        value = self.data.get(key, default)
        if not isinstance(value, str):
            self.wrong_type(key, "a string", value)
            return default
        if key in self.data and not value.strip():
            self.error(key, f"{quoted(key)} in {self.label} must not be empty")
        return value

    def optional(self, key: str, pattern: re.Pattern[str], example: str) -> str | None:
        """A string of a certain form, None when the key is not there."""
        if key not in self.data:
            return None
        value = self.string(key)
        self._check_form(key, value, pattern, example)
        return value

    def boolean(self, key: str, default: bool = False) -> bool:
        """A boolean."""
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            self.wrong_type(key, "true or false", value)
            return default
        return value

    def word(self, key: str, words: Iterable[Word], default: Word) -> Word:
        """One of a few words."""
        known = tuple(words)
        value = self.data.get(key, default)
        if not isinstance(value, str):
            self.wrong_type(key, " or ".join(quoted(word) for word in known), value)
            return default
        found = [word for word in known if word == value]
        if not found:
            hint = did_you_mean(value, known, "valid values")
            self.error(key, f"{quoted(value)} is not a value of {quoted(key)}{hint}")
        return found[0] if found else default

    def strings(
        self,
        key: str,
        pattern: re.Pattern[str] | None = None,
        example: str = "",
        *,
        single: bool = False,
    ) -> tuple[str, ...]:
        """An array of strings that are not empty; () when the key is not there.

        Args:
            key: The key.
            pattern: The form of each string.
            example: What such a string looks like, for the error.
            single: Whether one string may stand for an array of one.
        """
        if key not in self.data:
            return ()
        value = self.data[key]
        if single and isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            wanted = "a string or an array of strings" if single else "an array of strings"
            self.wrong_type(key, wanted, value)
            return ()
        found: dict[str, None] = {}
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.wrong_type(key, "a string", item, index)
            elif not item.strip():
                self.error(key, f"{quoted(key)} in {self.label} has an empty item", index)
            elif item in found:
                self.error(key, f"{quoted(item)} is twice in {quoted(key)}", index)
            else:
                found[item] = None
                if pattern is not None:
                    self._check_form(key, item, pattern, example, index)
        return tuple(found)

    def _check_form(
        self, key: str, value: str, pattern: re.Pattern[str], example: str, *items: int
    ) -> None:
        if value.strip() and not pattern.fullmatch(value):
            message = f"{quoted(key)} in {self.label} must look like {quoted(example)}"
            self.error(key, f"{message}, not like {quoted(value)}", *items)

    def calls(self, key: str, *, many: bool) -> tuple[CallTemplate, ...]:
        """The calls in a string or, if ``many``, in an array of strings."""
        if key not in self.data:
            return ()
        value = self.data[key]
        several = many and isinstance(value, list)
        if not several and not isinstance(value, str):
            wanted = "a call in a string" + (", or an array of such" if many else "")
            self.wrong_type(key, wanted, value)
            return ()
        parsed = []
        for index, text in enumerate(self.strings(key, single=True)):
            items = (index,) if several else ()
            line = self.document.line((*self.place, key, *items)) or 0
            try:
                parsed.append(parse_call(text, line))
            except CatalogueError as error:
                self.error(key, f"{quoted(key)} in {self.label}: {error.message}", *items)
        return tuple(parsed)

    def entries(self, key: str) -> dict[str, object]:
        """The content of a table that is the value of ``key``."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            self.wrong_type(key, 'a table, such as { name = "..." }', value)
            return {}
        return value

    def scalars(self, key: str, name: str, value: object) -> tuple[Scalar, ...]:
        """The values in ``{ name = value }``, one or an array of them."""
        items = value if isinstance(value, list) else [value]
        good = tuple(item for item in items if isinstance(item, str | bool | int | float))
        if len(good) != len(items) or not items:
            message = f"{quoted(name)} in {quoted(key)} must be a string, number or boolean"
            self.error(key, f"{message}, or a non-empty array of such", name)
        return good
