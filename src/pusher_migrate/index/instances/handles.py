"""Which expressions of a function stand for the same row.

A handle is a local name and the attributes read from it: ``room``, ``booking.assigned_room``. Two
handles can stand for one instance (``room = booking.assigned_room``), and a handle stops to stand
for it when its name or attribute is bound to something else. Rows that are fetched by the primary
key of another handle are the same row: ``Room.objects.get(pk=room.pk)``.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import default_of, keyword_of
from pusher_migrate.index.flow import reaching
from pusher_migrate.index.flow.bindings import BindingKind, node_bindings
from pusher_migrate.index.flow.graph import Edge, EdgeKind, Graph, Node, NodeKind, Nodes, node_set
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import Instance, Many

# Longer chains, and more aliases, than people write.
MAX_PATH = 5
MAX_ALIASES = 64
MAX_DEPTH = 20

_ROW = "<row "
_GETS = frozenset({"get", "aget", "get_object_or_404", "aget_object_or_404"})
_FIRSTS = frozenset({"first", "last", "afirst", "alast", "get", "aget"})
_ALIASING = (BindingKind.ASSIGN, BindingKind.WALRUS, BindingKind.CAPTURE)
_NO_VALUE = (
    BindingKind.GLOBAL,
    BindingKind.NONLOCAL,
    BindingKind.ANNOTATION,
    BindingKind.STAR_IMPORT,
)


class Handle(NamedTuple):
    """A name and the attributes that are read from it.

    Attributes:
        name: A local name, parameter or name of the code around the function.
        path: Attributes; a step in angle brackets stands for the row with the primary key before
            it.
    """

    name: str
    path: tuple[str, ...] = ()

    @property
    def text(self) -> str | None:
        """Source text; None when the handle has none of its own (a row known by its key only)."""
        if any(step.startswith(_ROW) for step in self.path):
            return None
        return ".".join((self.name, *self.path))

    def extended(self, steps: Iterable[str]) -> Handle:
        """The handle with further attributes; the row of the key of a row is that row."""
        path = list(self.path)
        for step in steps:
            if step.startswith(_ROW) and path and path[-1] in ("pk", "id"):
                path.pop()
            elif step.startswith(_ROW) and path and path[-1].endswith("_id"):
                path[-1] = path[-1].removesuffix("_id")
            else:
                path.append(step)
        return Handle(self.name, tuple(path))

    def below(self, other: Handle) -> tuple[str, ...] | None:
        """The steps from ``other`` to this one; None when it does not begin with it."""
        if self.name != other.name or self.path[: len(other.path)] != other.path:
            return None
        return self.path[len(other.path) :]


def chain_of(node: ast.expr) -> Handle | None:
    """The handle that a plain chain of names is: ``booking.assigned_room``."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    if isinstance(node, ast.NamedExpr):
        node = node.target
    return Handle(node.id, tuple(reversed(path))) if isinstance(node, ast.Name) else None


def handle_of(inference: Inference, module: Module, node: ast.expr) -> Handle | None:
    """The handle behind an expression: a chain, or a row fetched by the key of one."""
    while isinstance(node, ast.Await):
        node = node.value
    if isinstance(node, ast.NamedExpr):
        return Handle(node.target.id)
    direct = chain_of(node)
    if direct is not None or not isinstance(node, ast.Call):
        return direct
    key = _row_key(node)
    found = chain_of(key) if key is not None else None
    if found is None:
        return None
    fetched = inference.type_of(module, node)
    if not isinstance(fetched, Instance):
        return None
    return found.extended([f"{_ROW}{fetched.cls.dotted}>"])


def row_of(inference: Inference, module: Module, queryset: ast.expr) -> Handle | None:
    """The one row that a queryset holds: ``Room.objects.filter(pk=room.pk)``."""
    if not (isinstance(queryset, ast.Call) and isinstance(queryset.func, ast.Attribute)):
        return None
    key = keyword_of(queryset, "pk") or keyword_of(queryset, "id")
    found = chain_of(key) if key is not None and queryset.func.attr == "filter" else None
    rows = inference.type_of(module, queryset)
    if found is None or not (isinstance(rows, Many) and isinstance(rows.element, Instance)):
        return None
    return found.extended([f"{_ROW}{rows.element.cls.dotted}>"])


def _row_key(call: ast.Call) -> ast.expr | None:
    """The primary key by which a call fetches one row."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else ""
    name = function.id if isinstance(function, ast.Name) else name
    if name in _GETS:
        found = keyword_of(call, "pk") or keyword_of(call, "id")
        if found is not None:
            return found
    if name in _FIRSTS and isinstance(function, ast.Attribute):
        inner = function.value
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            if inner.func.attr == "filter":
                return keyword_of(inner, "pk") or keyword_of(inner, "id")
    return None


def outer_handle(
    inference: Inference, module: Module, node: ast.expr, function: FunctionNode | None
) -> Handle | None:
    """The handle of an expression in a lambda or inner function, in the names of one around it.

    A parameter with a default (``lambda room=room: ...``) has the default's value; without one it
    is not known. A name of a comprehension is not known either.
    """
    found = handle_of(inference, module, node)
    place: ast.AST = node
    for _ in range(MAX_DEPTH):
        if found is None:
            return None
        scope = module.scope_at(place).find(found.name)
        if scope is None or scope.is_module or scope.node is function:
            return found
        if not isinstance(scope.node, FunctionNode) or function is None:
            return None
        if function not in module.ancestors(scope.node):
            return found  # A name of the code around the function itself.
        argument = next(
            (b.node for b in scope.names[found.name] if isinstance(b.node, ast.arg)), None
        )
        default = default_of(scope.node, argument) if argument is not None else None
        if default is None or len(scope.names[found.name]) > 1:
            return None
        inner = handle_of(inference, module, default)
        found = inner.extended(found.path) if inner is not None else None
        place = scope.node
    return None


# A handle that is bound, and the handle whose value it gets if that is one.
Target = tuple[Handle, Handle | None]


class Names:
    """The handles of one function: what binds them, and which stand for the same instance.

    Args:
        inference: Types, for rows that are fetched by key.
        module: File of the function.
        graph: Its control flow.
    """

    def __init__(self, inference: Inference, module: Module, graph: Graph) -> None:
        self.inference = inference
        self.module = module
        self.graph = graph
        self._targets: dict[Node, tuple[Target, ...]] = {}
        self._aliases: tuple[Target, ...] | None = None

    def targets(self, node: Node) -> tuple[Target, ...]:
        """What a node binds, names and attributes, in order."""
        known = self._targets.get(node)
        if known is None:
            known = self._targets[node] = tuple(self._bound(node))
        return known

    def _bound(self, node: Node) -> Iterator[Target]:
        for binding in node_bindings(node):
            if binding.kind in _NO_VALUE:
                continue
            source = None
            plain = binding.kind in _ALIASING and not binding.position
            if plain and binding.value is not None:
                source = handle_of(self.inference, self.module, binding.value)
            yield Handle(binding.name), source
        if node.kind in (NodeKind.STATEMENT, NodeKind.LOOP, NodeKind.CONTEXT):
            for store, value in attribute_stores(node.tree):
                target = chain_of(store)
                if target is not None:
                    source = None
                    if value is not None:
                        source = handle_of(self.inference, self.module, value)
                    yield target, source

    def closure(self, handles: Collection[Handle]) -> frozenset[Handle]:
        """The handles, and all from which they may have got their value in this function."""
        if self._aliases is None:
            pairs = (pair for node in self.graph.nodes for pair in self.targets(node))
            self._aliases = tuple(pair for pair in pairs if pair[1] is not None)
        found = set(handles)
        pending = list(handles)
        while pending and len(found) < MAX_ALIASES:
            handle = pending.pop()
            for target, source in self._aliases:
                rest = handle.below(target)
                if rest is None or source is None:
                    continue
                other = source.extended(rest)
                if other not in found and len(other.path) <= MAX_PATH:
                    found.add(other)
                    pending.append(other)
        return frozenset(found)

    def after(
        self, valid: frozenset[Handle], edge: Edge, tracked: Collection[Handle]
    ) -> frozenset[Handle]:
        """Of the tracked handles, those that stand for the instance once an edge is taken.

        Args:
            valid: Those that stand for it before the edge's source runs.
            edge: The way on.
            tracked: All of interest; must be closed (`closure`).
        """
        node = edge.source
        if not edge.completes or not _binds_on(node, edge):
            return valid
        for target, source in self.targets(node):
            changed: dict[Handle, bool] = {}
            for handle in tracked:
                rest = handle.below(target)
                if rest is not None:
                    changed[handle] = source is not None and source.extended(rest) in valid
            if changed:
                kept = {handle for handle in valid if handle not in changed}
                valid = frozenset(kept | {handle for handle, holds in changed.items() if holds})
        return valid

    def same_at(self, where: Nodes, handle: Handle, others: Collection[Handle]) -> set[Handle]:
        """Those of ``others`` that surely stand for the same instance just before some nodes."""
        nodes = [node for node in node_set(where) if node in self.graph.live] or node_set(where)
        return {
            other
            for other in others
            if all(self.identity(other, node) == self.identity(handle, node) for node in nodes)
        }

    def identity(self, handle: Handle, node: Node, depth: int = 0) -> object:
        """A value that is equal for handles which surely stand for the same instance.

        Aliases are looked through; what is left says which bindings may hold before the node.
        """
        definitions = reaching.definitions(self.graph)
        root: object = ("free", handle.name)
        if handle.name in definitions.names:
            held = definitions.at(node, handle.name)
            if len(held) == 1:
                (only,) = held
                if only.kind in _ALIASING and not only.position and only.value is not None:
                    source = handle_of(self.inference, self.module, only.value)
                    if source is not None and depth < MAX_DEPTH:
                        return self.identity(source.extended(handle.path), only.node, depth + 1)
            root = (handle.name, held)
        versions = []
        for count, step in enumerate(handle.path, start=1):
            stored = Handle(handle.name, handle.path[:count])
            stores = [n for n in self.graph.nodes if any(t == stored for t, _ in self.targets(n))]
            reach = [s for s in stores if self.graph.exists_path(s, node, avoiding=stores)]
            initial = not stores or self.graph.exists_path(self.graph.entry, node, avoiding=stores)
            if len(reach) == 1 and not initial and depth < MAX_DEPTH:
                source = next((s for t, s in self.targets(reach[0]) if t == stored), None)
                if source is not None:
                    rest = source.extended(handle.path[count:])
                    return self.identity(rest, reach[0], depth + 1)
            versions.append((step, frozenset(reach), initial))
        return root, tuple(versions)


def _binds_on(node: Node, edge: Edge) -> bool:
    """A loop binds its target when it takes an item, a case its captures when it matches."""
    if node.kind in (NodeKind.LOOP, NodeKind.CASE):
        return edge.kind is EdgeKind.TRUE
    return True


def attribute_stores(tree: ast.AST | None) -> Iterator[tuple[ast.Attribute, ast.expr | None]]:
    """The attributes that a statement's own targets set, each with its value if that is plain."""
    match tree:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _stored(target, value)
        case ast.AnnAssign(target=ast.Attribute() as target, value=ast.expr() as value):
            yield target, value
        case ast.AugAssign(target=ast.Attribute() as target):
            yield target, None
        case ast.Delete(targets=targets):
            for target in targets:
                yield from _stored(target, None)
        case ast.For(target=target) | ast.AsyncFor(target=target):
            yield from _stored(target, None)
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _stored(target, None)


def _stored(
    target: ast.expr, value: ast.expr | None
) -> Iterator[tuple[ast.Attribute, ast.expr | None]]:
    match target:
        case ast.Attribute():
            yield target, value
        case ast.Starred(value=inner):
            yield from _stored(inner, None)
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            values: list[ast.expr | None] = [None] * len(targets)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(targets):
                if not any(isinstance(e, ast.Starred) for e in (*targets, *value.elts)):
                    values = list(value.elts)
            for inner, part in zip(targets, values, strict=True):
                yield from _stored(inner, part)
