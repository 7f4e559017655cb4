"""What one legacy call needs for its channel and payload: which instances, which values."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pusher_migrate.index.sending.contracts import Send
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import ClassType, Instance
from pusher_migrate.index.values.values import Frame, Record, Text, Unknown, holes_of
from pusher_migrate.nodes import walk
from pusher_migrate.rewriting.meanings import Place
from pusher_migrate.rewriting.surroundings import Surroundings
from pusher_migrate.scaffold.moving import Mover
from pusher_migrate.scaffold.sending import form_of
from pusher_migrate.syntax.layout import Refusal

#: Stands for a key where the payload is a single expression.
WHOLE = ""


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """A payload value, or a part of the channel.

    Attributes:
        name: A name for it.
        roots: The instances that it is computed from, by their canonical expression.
        moved: It with each instance as the name of its model; None when it cannot move.
        canonical: It with local aliases looked through; empty unless it is a chain of names.
    """

    name: str
    roots: Mapping[str, ClassType]
    moved: str | None
    canonical: str = ""

    def form(self, instances: frozenset[ClassType]) -> str | None:
        """Source in the method's terms when these are passed; None when they do not suffice."""
        return self.moved if instances.issuperset(self.roots.values()) else None


@dataclass(frozen=True, eq=False, slots=True)
class Needs:
    """What one call needs.

    Attributes:
        event: Name of the event.
        channel_start: What the channel begins with.
        values: The payload's values by key.
        holes: The parts of the channel that are not fixed.
        deleted: Models of which the function deletes an instance that is needed.
        whole: Whether the payload can only be passed as a whole.
        payload_text: The payload as a chain of names; None when it is none.
    """

    event: str
    channel_start: str
    values: Mapping[str, Part]
    holes: tuple[Part, ...]
    deleted: frozenset[ClassType]
    whole: bool = False
    payload_text: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The payload's keys, in order."""
        return tuple(self.values)

    @property
    def instances(self) -> tuple[ClassType, ...]:
        """The models of which an instance is used, in order."""
        return tuple(dict.fromkeys(cls for part in self._parts() for cls in part.roots.values()))

    def count(self, cls: ClassType) -> int:
        """How many values come from an instance of a model; a payload that is one counts double."""
        whole = WHOLE in self.values and cls in self.values[WHOLE].roots.values()
        return whole + sum(1 for part in self._parts() if cls in part.roots.values())

    def roots_of(self, cls: ClassType) -> int:
        """How many different instances of a model are used."""
        parts = self._parts()
        return len({root for p in parts for root, own in p.roots.items() if own == cls})

    def form(self, key: str, instances: frozenset[ClassType]) -> str | None:
        """A payload value in the method's terms; None when it has to be passed, or is not there."""
        part = self.values.get(key)
        return part.form(instances) if part is not None else None

    def canonicals(self, keys: frozenset[str]) -> set[str]:
        """What the values of these keys are at the call."""
        return {part.canonical for key, part in self.values.items() if key in keys} - {""}

    def _parts(self) -> Iterator[Part]:
        yield from (part for part in self.holes if part.moved is not None)
        yield from (part for part in self.values.values() if part.moved is not None)


def needs_of(place: Place, send: Send) -> Needs | Refusal:
    """What a legacy call needs.

    Args:
        place: Where it stands.
        send: The one event that it sends.
    """
    origin = send.origin
    if origin is None or origin.data is None or send.user:
        return Refusal("the call does not send one payload to a channel")
    reader = _Reader(place)
    holes = tuple(
        reader.part(hole, None) for channel in send.channels[:1] for hole in holes_of(channel)
    )
    event = send.event.literal if isinstance(send.event, Text) else None
    start = _start(send)
    payload = send.payload
    text = _chain(place, origin.data, origin.frame)
    if not isinstance(payload, Record) or payload.open or _varies(payload):
        moved = reader.part(Unknown(origin.data, origin.frame), None)
        values = {} if moved.moved is None else {WHOLE: moved}
        whole = moved.moved is None
        return Needs(event or "", start, values, holes, reader.deleted(), whole, text)
    values = {
        entry.key: reader.part(Unknown(entry.node, entry.frame), origin.frame.statement)
        for entry in payload.entries
    }
    return Needs(event or "", start, values, holes, reader.deleted(), payload_text=text)


def _start(send: Send) -> str:
    channel = send.channels[0]
    first = channel.parts[0] if isinstance(channel, Text) and channel.parts else ""
    return first if isinstance(first, str) else ""


def _varies(payload: Record) -> bool:
    return any(entry.optional or entry.varies for entry in payload.entries)


def _chain(place: Place, node: ast.expr, frame: Frame) -> str | None:
    """The payload as the catalogue can name it, where it stands at the call itself."""
    outer = place.index.evaluator.outermost(Unknown(node, frame))
    here = outer.frame.statement is place.statement and not outer.frame.arguments
    inner = outer.node
    while isinstance(inner, ast.Attribute):
        inner = inner.value
    return ast.unparse(outer.node) if here and isinstance(inner, ast.Name) else None


@dataclass(eq=False)
class _Reader:
    """Finds what the expressions of one call are computed from."""

    place: Place
    roots: dict[str, ClassType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.here = Surroundings(self.place)
        self.all: dict[str, ClassType] = {}

    def part(self, value: Unknown, until: ast.stmt | None) -> Part:
        """One value."""
        self.roots = {}
        mover = Mover(self.here, (), self._ask)
        same = value.frame.function is self.place.function and not value.frame.arguments
        moved = mover.move(value.node, value.frame, until if same else None)
        roots = dict(self.roots)
        self.all.update(roots)
        outer = self.here.evaluator.outermost(value)
        at_call = outer.frame.statement is self.place.statement and not outer.frame.arguments
        canonical = ""
        inner: ast.expr = outer.node
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        if at_call and isinstance(inner, ast.Name):
            canonical = self.here.canonical(outer.node, self.place.statement)
        words = [word for word in canonical.split(".") if word][-2:] or ["channel_part"]
        text = None if isinstance(moved, Refusal) else form_of(moved)
        return Part("_".join(words), roots, text, canonical)

    def deleted(self) -> frozenset[ClassType]:
        """Models of the instances that the function deletes, before the call or after it."""
        found = set()
        module = self.place.module
        for node in walk(self.place.function):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("delete", "adelete"):
                statement = module.statement_around(node)
                canonical = self.here.canonical(node.func.value, statement)
                for root, cls in self.all.items():
                    if root == canonical:
                        found.add(cls)
        return frozenset(found)

    def _ask(self, node: ast.expr, frame: Frame) -> ast.expr | None:
        """An instance stands for itself, under the name of its model."""
        place = self.place
        if frame.module is not place.module or frame.function is not place.function:
            return None
        if frame.arguments:
            return None
        found = self.here.inference.type_of(place.module, node)
        if not isinstance(found, Instance) or not models.is_model(self.here.inference, found.cls):
            return None
        canonical = self.here.canonical(node, frame.statement)
        self.roots[canonical] = found.cls
        return ast.Name(found.cls.name, ast.Load())
