"""The values that static evaluation gives: texts with holes, records with keys, and the unknown."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import overload

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """Where an expression is evaluated.

    Attributes:
        module: File of the expression.
        function: Function whose names it reads; None at module level.
        statement: Where in the function, for the definitions that reach it.
        arguments: For a callee, what its caller passes: expression and the caller's frame.
        depth: Number of calls and variables looked through so far.
    """

    module: Module
    function: FunctionNode | None
    statement: ast.stmt
    arguments: Mapping[str, tuple[ast.expr, Frame]] = field(default_factory=dict)
    depth: int = 0

    def at(self, statement: ast.stmt) -> Frame:
        """The same frame at another statement."""
        return Frame(self.module, self.function, statement, self.arguments, self.depth + 1)


@dataclass(frozen=True, eq=False, slots=True)
class Unknown:
    """An expression whose value is not statically known."""

    node: ast.expr
    frame: Frame

    @property
    def parameter(self) -> tuple[FunctionNode, str] | None:
        """The function and the name, when the expression is just a parameter that stays unknown."""
        if not isinstance(self.node, ast.Name):
            return None
        scope = self.frame.module.scope_at(self.node).find(self.node.id)
        if scope is None or not isinstance(scope.node, FunctionNode):
            return None
        if any(binding.kind == "parameter" for binding in scope.names[self.node.id]):
            return scope.node, self.node.id
        return None


@dataclass(frozen=True, eq=False, slots=True)
class Text:
    """A string: literal parts and holes, in order."""

    parts: tuple[str | Unknown, ...]

    @property
    def literal(self) -> str | None:
        """The string when all of it is known."""
        if all(isinstance(part, str) for part in self.parts):
            return "".join(str(part) for part in self.parts)
        return None

    @property
    def holes(self) -> tuple[Unknown, ...]:
        """The unknown parts."""
        return tuple(part for part in self.parts if isinstance(part, Unknown))


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """One key of a record.

    Attributes:
        key: The key.
        node: The expression under it, as it is written.
        frame: Where that expression is evaluated.
        optional: True when the key is only there on some paths.
        varies: True when another value may stand under the key on some paths.
    """

    key: str
    node: ast.expr
    frame: Frame
    optional: bool = False
    varies: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Record:
    """A dictionary; ``open`` when it may hold more keys than ``entries``."""

    entries: tuple[Entry, ...]
    open: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The known keys in order."""
        return tuple(entry.key for entry in self.entries)

    def get(self, key: str) -> Entry | None:
        """The entry under a key."""
        return next((entry for entry in self.entries if entry.key == key), None)


@dataclass(frozen=True, eq=False, slots=True)
class Items:
    """A list or tuple; ``open`` when it may hold more."""

    elements: tuple[tuple[ast.expr, Frame], ...]
    open: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Scalar:
    """A number, boolean, bytes or None."""

    value: object


Value = Unknown | Text | Record | Items | Scalar


def shape(value: Value) -> str:
    """A text with every hole as ``*``, for matching against the catalogue's globs."""
    if isinstance(value, Text):
        return "".join(part if isinstance(part, str) else "*" for part in value.parts)
    return "*"


def holes_of(value: Value) -> tuple[Unknown, ...]:
    """The unknown parts of a text, or the unknown that a value is."""
    if isinstance(value, Text):
        return value.holes
    return (value,) if isinstance(value, Unknown) else ()


def text_of(parts: list[str | Unknown]) -> Text:
    merged: list[str | Unknown] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    return Text(tuple(merged))


def merge(left: Record, right: Record) -> Record:
    entries = {entry.key: entry for entry in left.entries}
    for entry in right.entries:
        known = entries.get(entry.key)
        if entry.optional and known is not None:
            # The key is there either way; which value it has is not known.
            entry = replace(known, varies=True)
        entries[entry.key] = entry
    return Record(tuple(entries.values()), left.open or right.open)


@overload
def opened(value: Record) -> Record: ...
@overload
def opened(value: Items) -> Items: ...
def opened(value: Record | Items) -> Record | Items:
    """The same with more in it that is not known, which may also replace what is known."""
    if isinstance(value, Record):
        return Record(tuple(replace(entry, varies=True) for entry in value.entries), open=True)
    return Items(value.elements, open=True)
