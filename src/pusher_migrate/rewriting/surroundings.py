"""What is in scope at a place: which expressions there give an instance of which model."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode, Scope
from pusher_migrate.index.code.syntax import argument_for, own_nodes, self_assignments
from pusher_migrate.index.flow import reaching
from pusher_migrate.index.flow.mutations import Mutation, MutationKind, mutations
from pusher_migrate.index.sending.contracts import Send
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import (
    ClassType,
    ExternalInstance,
    FunctionType,
    Instance,
)
from pusher_migrate.index.values.values import Frame, Record, Text, Unknown, Value
from pusher_migrate.nodes import walk


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """Where a call is to stand.

    Attributes:
        index: The project.
        module: The file.
        function: The ``def`` around it.
        statement: The statement that the call is, or is to follow.
        send: The legacy send that the call replaces, if there is one.
        node: The legacy call itself, which may stand in a lambda of the statement.
    """

    index: ProjectIndex
    module: Module
    function: ast.FunctionDef | ast.AsyncFunctionDef
    statement: ast.stmt
    send: Send | None = None
    node: ast.expr | None = None

    @property
    def scope(self) -> Scope:
        """The function's own scope."""
        return self.module.scopes[self.function]

    def scope_of(self, name: str) -> Scope | None:
        """The scope in which a name that is read at the place is bound."""
        return self.module.scope_at(self.node or self.statement).find(name)


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


class Surroundings:
    """Answers what is in scope at a place.

    Args:
        place: Where.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.inference = place.index.inference
        self.evaluator = place.index.evaluator
        self.frame = Frame(place.module, place.function, place.statement)

    def same_binding(self, name: str, origin: ast.stmt) -> bool:
        scope = self.place.scope_of(name)
        if scope is None or not isinstance(scope.node, FunctionNode):
            return True
        if origin is self.place.statement or scope.node is not self.place.function:
            return True
        locals_ = self.inference.locals
        here = locals_.reaching_bindings(self.place.module, scope, name, self.place.statement)
        return here == locals_.reaching_bindings(self.place.module, scope, name, origin)

    def is_stable(self, node: ast.expr, origin: ast.stmt) -> bool:
        """Whether a chain of names surely gives at the place what it gave at ``origin``.

        Keys of instances are taken to stay while nothing assigns or deletes on the way.
        """
        if origin is self.place.statement:
            return True
        if not _is_chain(node) or not self.same_binding(_root(node), origin):
            return False
        last = node.attr if isinstance(node, ast.Attribute) else ""
        key = not last or models.is_key(last)
        changing = {MutationKind.ATTRIBUTE, MutationKind.ITEM, *(() if key else _HANDING_ON)}
        return not any(
            change.kind in changing or _is_call_of(change.tree, "delete")
            for change in self._mutations(_root(node), origin, self.place.statement)
        )

    def reassigned(self, node: ast.expr, origin: ast.stmt, end: ast.stmt) -> bool:
        """Whether a part of ``order.shelf`` is assigned between two statements."""
        text = ast.unparse(node)
        for change in self._mutations(_root(node), origin, end):
            if change.kind is MutationKind.ATTRIBUTE:
                if f"{text}.".startswith(f"{ast.unparse(change.tree)}."):
                    return True
            elif isinstance(change.tree, ast.Call) and self._assigns(change.tree, node):
                return True
        return False

    def _assigns(self, call: ast.Call, node: ast.expr) -> bool:
        """Whether a method called on ``self`` assigns the attribute of ``self.order.shelf``."""
        while isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            node = node.value
        found = self.inference.type_of(self.place.module, call.func)
        if not (isinstance(node, ast.Attribute) and isinstance(found, FunctionType)):
            return False
        cls = found.module.class_around(found.node)
        own = set(own_nodes(found.node))
        return cls is not None and any(
            statement in own for statement, _ in self_assignments(found.module, cls, node.attr)
        )

    def _mutations(self, name: str, start: ast.stmt, end: ast.stmt) -> tuple[Mutation, ...]:
        graph = self.inference.locals.graph(self.place.function)
        first, last = graph.nodes_of(start), graph.heads_of(end)
        return mutations(graph, name, first, last) if first and last else ()

    def is_bound_later(self, name: str) -> bool:
        """Whether a lambda at the place may find another value under a local name than is there."""
        graph = self.inference.locals.graph(self.place.function)
        here = graph.nodes_of(self.place.statement)
        later = [each.node for each in reaching.definitions(graph).of(name)]
        return bool(later) and graph.exists_path(here, later)

    def deleted_before(self, canonical: str) -> int | None:
        """The line of a ``delete()`` of the same instance on some path to the place, or None."""
        graph = self.inference.locals.graph(self.place.function)
        for node in graph.reaching(graph.heads_of(self.place.statement)):
            for root in node.code:
                for call in walk(root):
                    if not isinstance(call, ast.Call):
                        continue
                    for gone in self._deleted_by(call):
                        if self.canonical(gone, _statement(node.statement)) == canonical:
                            return call.lineno
        return None

    def _deleted_by(self, call: ast.Call) -> Iterator[ast.expr]:
        """The instances that a call deletes, as it names them."""
        module, target = self.place.module, call.func
        if isinstance(target, ast.Attribute) and target.attr in ("delete", "adelete"):
            function = module.named_function_around(call)
            own = [*function.args.posonlyargs, *function.args.args] if function is not None else []
            if _is_call_of(target.value, "super"):
                yield from (ast.Name(each.arg, ast.Load()) for each in own[:1])
            yield target.value
        found = self.inference.type_of(module, target)
        if isinstance(found, FunctionType):
            yield from self._deleted_in(found, call)
        elif isinstance(target, ast.Attribute) and target.attr in _DESTROYING:
            yield from call.args[_DESTROYING[target.attr] :][:1]

    def _deleted_in(self, function: FunctionType, call: ast.Call) -> Iterator[ast.expr]:
        """The arguments that a function of the project deletes."""
        for inner in own_nodes(function.node):
            if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute):
                continue
            gone: ast.expr | None = None
            if inner.func.attr in ("delete", "adelete"):
                gone = inner.func.value
            elif inner.func.attr in _DESTROYING:
                gone = next(iter(inner.args[_DESTROYING[inner.func.attr] :]), None)
            if isinstance(gone, ast.Name):
                bound = function.bound is not None
                passed = argument_for(function.node, call, gone.id, bound)
                if passed is not None:
                    yield passed

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
            _root(part.node)
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

    def canonical(self, node: ast.expr, statement: ast.stmt) -> str:
        """An expression without local aliases: ``room`` may be ``booking.assigned_room``."""
        if isinstance(node, ast.Attribute):
            owner = self.canonical(node.value, statement)
            # ``pk`` and ``room_id`` are Django's short ways to write ``id`` and ``room.id``.
            attribute = "id" if node.attr == "pk" else node.attr
            if len(attribute) > 3 and attribute.endswith("_id"):
                attribute = f"{attribute[:-3]}.id"
            return f"{owner}.{attribute}"
        if not isinstance(node, ast.Name):
            return ast.unparse(node)
        scope = self.place.module.scope_at(statement).find(node.id)
        if scope is None or not isinstance(scope.node, FunctionNode):
            return node.id
        bindings = self.inference.locals.bindings_at(self.place.module, scope, node, statement)
        if len(bindings) == 1 and bindings[0].kind == "assign":
            value = bindings[0].value
            if (
                value is not None
                and _is_chain(value)
                and isinstance(value, ast.Name | ast.Attribute)
            ):
                source = self.place.module.statement_around(bindings[0].node)
                if scope.node is self.place.function and self.reassigned(value, source, statement):
                    return node.id
                return self.canonical(value, source)
        return node.id


#: What hands an object to code that may change it.
_HANDING_ON = (
    MutationKind.CALL,
    MutationKind.ARGUMENT,
    MutationKind.PART,
    MutationKind.ALIAS,
)

#: Methods of Django REST framework's views and of the admin that delete what they are given, and
#: the position of that argument.
_DESTROYING = {"perform_destroy": 0, "delete_model": 1}


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_call_of(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.Call):
        return False
    target = node.func
    found = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
    return bool(found == name)


def _is_chain(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _statement(node: ast.AST | None) -> ast.stmt:
    assert isinstance(node, ast.stmt)
    return node
