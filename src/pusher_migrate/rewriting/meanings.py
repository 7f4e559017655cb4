"""What names stand for at a place, and what may have changed on the way there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode, Scope
from pusher_migrate.index.code.syntax import argument_for, own_nodes, self_assignments
from pusher_migrate.index.flow import reaching
from pusher_migrate.index.flow.mutations import Mutation, MutationKind, mutations
from pusher_migrate.index.sending.contracts import Send
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.index.values.values import Frame, Unknown
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


class Meanings:
    """Answers what names mean at a place, and whether they still mean what they did before.

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
        if not _is_chain(node) or not self.same_binding(root_of(node), origin):
            return False
        last = node.attr if isinstance(node, ast.Attribute) else ""
        key = not last or models.is_key(last)
        changing = {MutationKind.ATTRIBUTE, MutationKind.ITEM, *(() if key else _HANDING_ON)}
        return not any(
            change.kind in changing or _is_call_of(change.tree, "delete")
            for change in self._mutations(root_of(node), origin, self.place.statement)
        )

    def is_stale(self, hole: Unknown) -> bool:
        """Whether what a text is made of may give something else at the place.

        ``channel = f"desk-{ticket.desk_id}"``, and then ``ticket.desk = other``.
        """
        hole = self.evaluator.outermost(hole)
        origin = hole.frame.statement
        if hole.frame.function is not self.place.function or hole.frame.arguments:
            return False
        if origin is self.place.statement:
            return False
        return any(
            not self.same_binding(root_of(part), origin) or self.is_set(part, origin)
            for part in walk(hole.node)
            if isinstance(part, ast.Attribute | ast.Name) and _is_chain(part)
        )

    def is_set(self, node: ast.expr, origin: ast.stmt) -> bool:
        """Whether an attribute of a chain of names may be set between a statement and the place."""
        canonical = f"{self.canonical(node, origin)}."
        names = {part.attr for part in walk(node) if isinstance(part, ast.Attribute)}
        for change in self._mutations(root_of(node), origin, self.place.statement):
            if change.kind is MutationKind.ATTRIBUTE and isinstance(change.tree, ast.Attribute):
                if canonical.startswith(f"{self.canonical(change.tree, origin)}."):
                    return True
            elif names and self._sets(change, names):
                return True
        return False

    def _sets(self, change: Mutation, names: set[str]) -> bool:
        """Whether a call that gets an object may set one of these attributes of it."""
        call: ast.AST | None = change.tree
        while call is not None and not isinstance(call, ast.Call | ast.stmt):
            call = self.place.module.parents.get(call)
        if not isinstance(call, ast.Call):
            return False
        if _is_call_of(call, "refresh_from_db"):
            return not names <= {"id", "pk"}
        found = self.inference.type_of(self.place.module, call.func)
        short = {name.removesuffix("_id") for name in names}
        return isinstance(found, FunctionType) and any(
            isinstance(part, ast.Attribute)
            and isinstance(part.ctx, ast.Store)
            and part.attr.removesuffix("_id") in short
            for part in own_nodes(found.node)
        )

    def reassigned(self, node: ast.expr, origin: ast.stmt, end: ast.stmt) -> bool:
        """Whether a part of ``order.shelf`` is assigned between two statements."""
        text = ast.unparse(node)
        for change in self._mutations(root_of(node), origin, end):
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

    def canonical(self, node: ast.expr, statement: ast.stmt, depth: int = 0) -> str:
        """An expression without local aliases: ``room`` may be ``booking.assigned_room``.

        Names that get each other's values in a loop have no end: it stops at one of them.
        """
        if isinstance(node, ast.Attribute):
            owner = self.canonical(node.value, statement, depth)
            # ``pk`` and ``room_id`` are Django's short ways to write ``id`` and ``room.id``.
            attribute = "id" if node.attr == "pk" else node.attr
            if len(attribute) > 3 and attribute.endswith("_id"):
                attribute = f"{attribute[:-3]}.id"
            return f"{owner}.{attribute}"
        if not isinstance(node, ast.Name):
            return ast.unparse(node)
        if depth > _MAX_DEPTH:
            return node.id
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
                return self.canonical(value, source, depth + 1)
        return node.id


# Aliases looked through one after another.
_MAX_DEPTH = 30

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


def root_of(node: ast.expr) -> str:
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
