"""What is in scope at a place: which expressions there give an instance of which model."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from pusher_migrate.index.code.project import snake_case
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import (
    ClassType,
    ExternalInstance,
    Instance,
)
from pusher_migrate.index.values.values import Frame, Record, Text, Unknown, Value
from pusher_migrate.nodes import walk
from pusher_migrate.rewriting.meanings import Meanings, root_of
from pusher_migrate.syntax.layout import Refusal


@dataclass(frozen=True, eq=False, slots=True)
class Candidate:
    """An expression that gives an instance.

    Attributes:
        text: As it is written at the place.
        canonical: With local aliases looked through: equal for equal instances.
        type: The instance.
        origin: Statement in which the expression stands.
        key: Payload key from which it was read, empty for the channel.
        optional: True when it may be None (a nullable relation that nobody dereferences).
        attribute: What is read from it there, empty when that is not the case.
    """

    text: str
    canonical: str
    type: Instance
    origin: ast.stmt
    key: str = ""
    optional: bool = False
    attribute: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class _Part:
    """A chain of names in the legacy send: see the attributes of ``Candidate``."""

    node: ast.Name | ast.Attribute
    origin: ast.stmt
    key: str
    attribute: str


class Surroundings(Meanings):
    """Answers what is in scope at a place.

    Args:
        place: Where.
    """

    # --- Candidates -------------------------------------------------------------------------------

    def evidence(self) -> Iterator[Candidate]:
        """The instances that the legacy channel and payload are made from."""
        for part in self._parts():
            found = self.inference.type_of(self.place.module, part.node)
            if isinstance(found, Instance) and models.is_model(self.inference, found.cls):
                candidate = self._candidate(part.node, found, part.origin, part.key)
                yield replace(candidate, attribute=part.attribute)

    def evidence_canonicals(self) -> set[str]:
        """Canonical expressions of the instances that the legacy send is made from."""
        return {candidate.canonical for candidate in self.evidence()}

    def called_alike(self, words: Collection[str], model: ClassType) -> Iterator[Candidate]:
        """What the legacy send reads attributes of, called like a model and of no visible type.

        ``order.code`` makes a candidate of ``order`` for an Order, by its name only.
        """
        for part in self._parts():
            node = part.node
            last = node.attr if isinstance(node, ast.Attribute) else node.id
            if not part.attribute or last not in words:
                continue
            found = self.inference.type_of(self.place.module, node)
            # Who knows what a function from outside the project gives; a field gives a plain value.
            outside = isinstance(found, ExternalInstance) and not found.path.endswith("()")
            if found is None or outside:
                candidate = self._candidate(node, Instance(model, True), part.origin, part.key)
                yield replace(candidate, attribute=part.attribute)

    def read_from(self) -> set[str]:
        """The local names of which the legacy send reads attributes."""
        return {
            root_of(part.node)
            for part in self._parts()
            if part.attribute or isinstance(part.node, ast.Attribute)
        }

    def _parts(self) -> Iterator[_Part]:
        """The names and chains of names that the legacy channel and payload are made from."""
        send = self.place.send
        if send is None:
            return
        for channel in send.channels:
            yield from self._in_value(channel, "")
        if isinstance(send.payload, Record):
            for entry in send.payload.entries:
                yield from self._in_expression(entry.node, entry.frame, entry.key)
                value = self.evaluator.evaluate(entry.node, entry.frame)
                if isinstance(value, Unknown) and value.node is not entry.node:
                    yield from self._in_expression(value.node, value.frame, entry.key)
        else:
            yield from self._in_value(send.payload, "")

    def _in_value(self, value: Value, key: str) -> Iterator[_Part]:
        if isinstance(value, Text):
            for hole in value.holes:
                yield from self._in_expression(hole.node, hole.frame, key)
        elif isinstance(value, Unknown):
            yield from self._in_expression(value.node, value.frame, key)

    def _in_expression(
        self, node: ast.expr, frame: Frame, key: str, attribute: str = ""
    ) -> Iterator[_Part]:
        outer = self.evaluator.outermost(Unknown(node, frame))
        read: dict[ast.expr, str] = {outer.node: attribute}
        for part in walk(outer.node):
            if isinstance(part, ast.Attribute):
                read[part.value] = part.attr
        if outer.frame.arguments:
            # In a wrapper: what was passed for the names that it reads from.
            for part in read:
                if isinstance(part, ast.Name) and part.id in outer.frame.arguments:
                    passed, caller = outer.frame.arguments[part.id]
                    yield from self._in_expression(passed, caller, key, read[part])
            return
        if outer.frame.function is not self.place.function:
            return
        for part in walk(outer.node):
            if isinstance(part, ast.Name | ast.Attribute) and self._is_in_scope(part):
                yield _Part(part, outer.frame.statement, key, read.get(part, ""))

    def _is_in_scope(self, node: ast.expr) -> bool:
        """Whether a chain of names means the same at the place: no name of a comprehension."""
        while isinstance(node, ast.Attribute):
            node = node.value
        if not isinstance(node, ast.Name):
            return False
        scope = self.place.module.scope_at(node).find(node.id)
        return scope is not None and scope is self.place.scope_of(node.id)

    def _candidate(
        self, node: ast.expr, found: Instance, origin: ast.stmt, key: str, optional: bool = False
    ) -> Candidate:
        text = ast.unparse(node)
        return Candidate(text, self.canonical(node, origin), found, origin, key, optional)

    def locals(self) -> Iterator[Candidate]:
        """Locals and parameters that are instances of models and surely bound at the place."""
        for name, found in self.local_instances():
            node = ast.Name(name, ast.Load())
            yield self._candidate(node, found, self.place.statement, "")

    def local_instances(self) -> Iterator[tuple[str, Instance]]:
        """Name and type of each local that holds a model instance at the place."""
        place = self.place
        for name in place.scope.names:
            found = self.inference.local_type(place.module, place.scope, name, place.statement)
            if not isinstance(found, Instance) or not models.is_model(self.inference, found.cls):
                continue
            if not self.inference.locals.maybe_unbound(place.scope, name, place.statement):
                yield name, found

    def none_in_scope(self, name: str, model: ClassType) -> Refusal:
        """That no instance of a model is known here; a name that may well be one is told of."""
        alike = self._of_no_visible_type((name, snake_case(model.name)))
        missing = f"no {model.name} for the argument {name!r} is in scope here"
        if alike is not None:
            return Refusal(
                f"{missing}; {alike!r} is in scope, and its type is not known: annotate it, or "
                "write the new call by hand"
            )
        return Refusal(f"{missing}; look it up above the call and write the new call by hand")

    def _of_no_visible_type(self, words: Iterable[str]) -> str | None:
        """The first of some words that is a local name here and of a type that is not known."""
        place = self.place
        for name in words:
            if name in place.scope.names:
                found = self.inference.local_type(place.module, place.scope, name, place.statement)
                if found is None:
                    return name
        return None

    def relations(self, model: ClassType) -> Iterator[Candidate]:
        """``booking.assigned_room`` where a Room is wanted and no local holds one."""
        for name, owner in self.local_instances():
            for field in models.all_fields(self.inference, owner.cls).values():
                if field.kind not in ("ForeignKey", "OneToOneField"):
                    continue
                target = models.relation_target(self.inference, owner.cls, field)
                if target is None or not self.is_a(target, model):
                    continue
                node = ast.Attribute(ast.Name(name, ast.Load()), field.name, ast.Load())
                text = f"{name}.{field.name}"
                instance = Instance(target, owner.by_name)
                canonical = self.canonical(node, self.place.statement)
                optional = models.is_nullable(field)
                yield Candidate(text, canonical, instance, self.place.statement, "", optional)

    def distinct(self, candidates: Iterator[Candidate]) -> list[Candidate]:
        """One candidate for each instance, the shortest way to write it."""
        chosen: dict[str, Candidate] = {}
        for candidate in candidates:
            known = chosen.get(candidate.canonical)
            better = known is None or len(candidate.text) < len(known.text)
            if better or (known is not None and candidate.key and not known.key):
                chosen[candidate.canonical] = candidate
        return list(chosen.values())

    def is_a(self, cls: ClassType, model: ClassType) -> bool:
        if cls == model or model in self.inference.mro(cls):
            return True
        if not models.is_abstract(cls):
            return False
        # ``self`` in an abstract model is a row of one of the models made of it.
        concrete = [heir for heir in self.inference.subclasses(cls) if not models.is_abstract(heir)]
        return bool(concrete) and all(self.is_a(heir, model) for heir in concrete)
