"""What happens to an object after a statement, until the function ends.

An argument that is bound now and read at the commit shows what was done to it in between. Followed
is one object along every path: under its name, under names that it is bound to later, inside of
containers, and into functions of the project that it is passed to. What is reached from it counts
as part of it, because a payload may show it: ``room.hotel.name = "x"`` changes ``room``.

One assumption is made: the items of one loop are distinct objects, as the rows of a queryset are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding, FunctionNode
from pusher_migrate.index.flow.graph import Graph, Node, NodeKind
from pusher_migrate.index.flow.paths import every_path_hits
from pusher_migrate.index.instances.aliases import (
    Chain,
    Link,
    Reference,
    References,
    State,
    binds,
    chain_of,
    climb,
    parts_of,
)
from pusher_migrate.index.instances.touches import Touch, TouchKind
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    FunctionType,
    Instance,
    Many,
    Returning,
)

# A function with more states than this is not followed to the end.
MAX_STATES = 4000
_MAX_DEPTH = 3

_CARRIERS = (
    ast.Starred,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.BoolOp,
    ast.IfExp,
    ast.Await,
    ast.keyword,
    ast.NamedExpr,
)


class Aftermath:
    """Follows objects through the functions of one project.

    Args:
        inference: Type inference over the project.
        harmless: Functions that only read what they get: the methods of the manager.
    """

    def __init__(self, inference: Inference, harmless: Iterable[FunctionNode] = ()) -> None:
        self.inference = inference
        self._harmless = frozenset(harmless)
        self._effects: dict[tuple[FunctionNode, str, bool], frozenset[TouchKind]] = {}

    def after(
        self,
        module: Module,
        function: FunctionNode,
        starts: Iterable[Node],
        chain: Chain,
        *,
        holder: bool = False,
    ) -> list[Touch] | None:
        """What may happen to an object once one of the nodes is completed, in source order.

        Args:
            module: The file.
            function: The function that is followed.
            starts: Nodes of its graph.
            chain: The object as it is written there, ``("booking", "room")``.
            holder: Whether that is a container that the object is in.

        Returns:
            None when the function is too large to be followed.
        """
        walk = _Walk(self, module, function, tuple(starts))
        return walk.touches(walk.references.aliases(chain, holder=holder))

    def names(
        self, module: Module, function: FunctionNode, starts: Iterable[Node], chain: Chain
    ) -> list[Reference]:
        """The ways to reach an object where one of the nodes begins."""
        return _Walk(self, module, function, tuple(starts)).references.aliases(chain)

    def unsaved(self, module: Module, function: FunctionNode, touches: list[Touch]) -> list[Touch]:
        """Those changes after which some path to the function's end does not save."""
        graph = self.inference.locals.graph(function)
        result = []
        for touch in touches:
            if touch.kind is not TouchKind.CHANGED:
                continue
            saves = {
                other.node
                for other in touches
                if other.kind is TouchKind.SAVED
                and other.part == touch.part
                and callees.saves_field(other.tree, touch.field)
            }
            if not saves or not every_path_hits(graph, touch.node, saves).holds:
                result.append(touch)
        return result

    def effect(
        self, function: FunctionType, parameter: str, depth: int, *, holder: bool = False
    ) -> frozenset[TouchKind]:
        """What calling a function may do to the object that it gets for a parameter.

        Args:
            function: A function of the project.
            parameter: Name of the parameter.
            depth: How many calls deep to look.
            holder: Whether it gets a container that the object is in.
        """
        node = function.node
        if node in self._harmless or isinstance(node, ast.Lambda):
            return frozenset()
        if depth <= 0:
            return frozenset({TouchKind.UNCLEAR})
        key = (node, parameter, holder)
        known = self._effects.get(key)
        if known is not None:
            return known
        self._effects[key] = frozenset()  # Recursion does nothing that one round does not.
        graph = self.inference.locals.graph(node)
        walk = _Walk(self, function.module, node, (graph.entry,), depth)
        touches = walk.touches([Reference((parameter,), holder=holder)])
        if touches is None:
            result = {TouchKind.UNCLEAR}
        else:
            result = {touch.kind for touch in touches if touch.kind is not TouchKind.CHANGED}
            if any(touch.kind is TouchKind.CHANGED for touch in touches):
                left = self.unsaved(function.module, node, touches)
                result.add(TouchKind.CHANGED if left else TouchKind.RESAVED)
        self._effects[key] = frozenset(result)
        return self._effects[key]


class _Walk:
    """One object on the paths of one function."""

    def __init__(
        self,
        owner: Aftermath,
        module: Module,
        function: FunctionNode,
        starts: tuple[Node, ...],
        depth: int = _MAX_DEPTH,
    ) -> None:
        self.owner = owner
        self.inference = owner.inference
        self.module = module
        self.function = function
        self.graph: Graph = owner.inference.locals.graph(function)
        self.starts = starts
        self.depth = depth
        self.scope = module.scopes[function]
        self.references = References(
            dict.fromkeys(
                parent
                for node in starts
                if node.statement is not None
                for parent in module.ancestors(node.statement)
                if isinstance(parent, ast.For | ast.AsyncFor)
                and module.function_around(parent) is function
            ),
            self._links(),
        )

    def _links(self) -> Iterator[Link]:
        """What may have named the object before the starts."""
        for name in self.scope.names:
            for binding in self._bindings_at_start(name):
                kind = binding.kind.partition("-")[0]
                if kind in ("assign", "for") and binding.value is not None:
                    yield Link((name,), kind, binding.value, binding.node)
        for node in self.graph.reaching(self.starts):
            tree = node.tree
            if isinstance(tree, ast.Assign):
                for target in tree.targets:
                    yield from _stores(target, "assign", tree.value, tree)
            elif isinstance(tree, ast.For | ast.AsyncFor) and node.kind is NodeKind.LOOP:
                yield from _stores(tree.target, "for", tree.iter, tree)
            elif isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Call):
                function = tree.value.func
                if isinstance(function, ast.Attribute) and function.attr in callees.ADDING:
                    container = chain_of(function.value)
                    for argument in tree.value.args if container is not None else ():
                        yield Link(container or (), "put", argument, tree)

    def _bindings_at_start(self, name: str) -> list[Binding]:
        found: dict[Binding, None] = {}
        for node in self.starts:
            if isinstance(node.statement, ast.stmt):
                locals_ = self.inference.locals
                reaching = locals_.reaching_bindings(self.module, self.scope, name, node.statement)
                found.update(dict.fromkeys(reaching))
        return list(found)

    def touches(self, initial: Iterable[Reference]) -> list[Touch] | None:
        """All that is done on some path from the starts; None when there are too many paths."""
        first = frozenset(initial)
        found: dict[tuple[ast.AST, TouchKind, Chain], Touch] = {}
        seen: set[tuple[Node, State]] = set()
        stack = [
            (edge.target, first)
            for node in self.starts
            for edge in self.graph.successors(node)
            if edge.completes
        ]
        while stack:
            node, state = stack.pop()
            if (node, state) in seen or not state:
                continue
            seen.add((node, state))
            if len(seen) > MAX_STATES:
                return None
            for touch in self._at(node, state):
                found.setdefault((touch.tree, touch.kind, touch.part), touch)
            after = self.references.after(node, state)
            for edge in self.graph.successors(node):
                if not binds(edge):
                    stack.append((edge.target, state))
                else:
                    stack.append((edge.target, after if edge.completes else state | after))
        return sorted(found.values(), key=lambda touch: (touch.line, touch.text, touch.kind))

    def _at(self, node: Node, state: State) -> Iterator[Touch]:
        roots = {ref.chain[0] for ref in state}
        for code in node.code:
            for use in ast.walk(code):
                if isinstance(use, ast.Name) and use.id in roots and self._is_ours(use):
                    yield from self._use(node, use, state)
                elif isinstance(use, ast.Call) and "self" in roots:
                    yield from self._super(node, use, state)
        if isinstance(node.tree, ast.AugAssign) and isinstance(node.tree.target, ast.Name):
            yield from self._augmented(node, node.tree, state)
        nested = node.tree
        if isinstance(nested, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from self._nested(node, nested, state)

    def _is_ours(self, use: ast.Name) -> bool:
        """Whether a name means the function's variable, not one of a lambda or comprehension."""
        found = self.module.scope_at(use).find(use.id)
        own = self.scope.find(use.id)
        return found is own

    def _use(self, node: Node, use: ast.Name, state: State) -> Iterator[Touch]:
        chain, top = climb(self.module, use)
        if isinstance(top, ast.Attribute | ast.Subscript) and not isinstance(top.ctx, ast.Load):
            for part in parts_of(chain[:-1], state):
                yield self._touch(TouchKind.CHANGED, node, top, part, chain[-1])
            return
        parent = self.module.parents[top]
        if isinstance(parent, ast.Call) and parent.func is top and len(chain) > 1:
            for part in parts_of(chain[:-1], state):
                yield from self._method(node, parent, part, chain[-1])
            yield from self._put(node, parent, chain, state)
            return
        current: ast.AST = top
        while isinstance(parent, _CARRIERS):
            current, parent = parent, self.module.parents[parent]
        if isinstance(parent, ast.Call) and parent.func is not current:
            direct = current is top or isinstance(current, ast.keyword)
            for part in parts_of(chain, state):
                yield from self._passed(node, parent, top if direct else None, part)
            yield from self._holder_passed(node, parent, top if direct else None, chain, state)

    def _touch(
        self, kind: TouchKind, node: Node, tree: ast.AST, part: Chain, field: str = ""
    ) -> Touch:
        line = int(getattr(tree, "lineno", node.line))
        target = tree.func if isinstance(tree, ast.Call) else tree
        return Touch(kind, ast.unparse(target), part, field, node, line, tree)

    # --- What is done ---------------------------------------------------------------------------

    def _method(self, node: Node, call: ast.Call, part: Chain, name: str) -> Iterator[Touch]:
        assert isinstance(call.func, ast.Attribute)
        receiver = self.inference.type_of(self.module, call.func.value)
        if isinstance(receiver, Many):
            # A related manager writes rows, a list changes.
            relation = isinstance(call.func.value, ast.Attribute)
            if relation or name not in callees.IN_PLACE:
                return
        called = self.inference.type_of(self.module, call.func)
        if name in callees.SAVES:
            yield self._touch(TouchKind.SAVED, node, call, part, name)
        elif name in callees.DELETES and not isinstance(receiver, Many):
            yield self._touch(TouchKind.DELETED, node, call, part, name)
        elif name in callees.REFRESHES:
            yield self._touch(TouchKind.REFRESHED, node, call, part, name)
        elif isinstance(called, FunctionType):
            if called.bound is not None and not isinstance(called.node, ast.Lambda):
                declared = [*called.node.args.posonlyargs, *called.node.args.args]
                if declared:
                    yield from self._effects(node, call, part, called, declared[0].arg)
        elif isinstance(called, Returning | External):
            return
        elif name in callees.IN_PLACE and not isinstance(receiver, Instance):
            yield self._touch(TouchKind.CHANGED, node, call, part, name)
        elif not callees.only_reads(name):
            yield self._touch(TouchKind.UNCLEAR, node, call, part, name)

    def _super(self, node: Node, call: ast.Call, state: State) -> Iterator[Touch]:
        """``super().save()`` and ``super().delete()`` act on ``self``."""
        function = call.func
        if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call)):
            return
        inner = function.value.func
        if not (isinstance(inner, ast.Name) and inner.id == "super"):
            return
        for part in parts_of(("self",), state):
            if function.attr in callees.SAVES:
                yield self._touch(TouchKind.SAVED, node, call, part, function.attr)
            elif function.attr in callees.DELETES:
                yield self._touch(TouchKind.DELETED, node, call, part, function.attr)

    def _passed(
        self, node: Node, call: ast.Call, argument: ast.expr | None, part: Chain
    ) -> Iterator[Touch]:
        """What a call may do to the object as one of its arguments (inside of one: None)."""
        called = self.inference.type_of(self.module, call.func)
        name = callees.last_name(call)
        if isinstance(called, FunctionType):
            if called.node in self.owner._harmless or isinstance(called.node, ast.Lambda):
                return
            parameter = callees.parameter_of(called, call, argument) if argument else None
            if parameter is None:
                yield self._touch(TouchKind.UNCLEAR, node, call, part, name)
            else:
                yield from self._effects(node, call, part, called, parameter)
        elif isinstance(called, ClassType | Returning | Many):
            return
        elif name in callees.CHANGING_FUNCTIONS:
            field = callees.set_attribute(call)
            yield self._touch(TouchKind.CHANGED, node, call, part, field)
        elif name in callees.DELETING_FUNCTIONS and not isinstance(called, External):
            yield self._touch(TouchKind.DELETED, node, call, part, name)
        elif called is None and not callees.is_known_reader(self.inference, self.module, call):
            yield self._touch(TouchKind.UNCLEAR, node, call, part, name)

    def _holder_passed(
        self, node: Node, call: ast.Call, argument: ast.expr | None, chain: Chain, state: State
    ) -> Iterator[Touch]:
        """``close_all(rooms)`` may do something to each of the rooms."""
        called = self.inference.type_of(self.module, call.func)
        if argument is None or not isinstance(called, FunctionType):
            return
        parameter = callees.parameter_of(called, call, argument)
        for ref in state:
            if ref.holder and ref.chain == chain and parameter is not None:
                yield from self._effects(node, call, ref.part, called, parameter, holder=True)

    def _effects(
        self,
        node: Node,
        call: ast.Call,
        part: Chain,
        called: FunctionType,
        parameter: str,
        *,
        holder: bool = False,
    ) -> Iterator[Touch]:
        name = callees.last_name(call)
        effect = self.owner.effect(called, parameter, self.depth - 1, holder=holder)
        for kind in sorted(effect):
            yield self._touch(kind, node, call, part, name)

    def _put(self, node: Node, call: ast.Call, chain: Chain, state: State) -> Iterator[Touch]:
        """A wrapper (a form, a serializer) that was made around the object saves or changes it."""
        for ref in state:
            if ref.holder and chain == (*ref.chain, "save"):
                yield self._touch(TouchKind.RESAVED, node, call, ref.part, "save")
            elif ref.holder and chain == (*ref.chain, "is_valid"):
                yield self._touch(TouchKind.UNCLEAR, node, call, ref.part, "is_valid")

    def _augmented(self, node: Node, tree: ast.AugAssign, state: State) -> Iterator[Touch]:
        """``items += [x]`` changes a list in place; a number or a string is only bound anew."""
        assert isinstance(tree.target, ast.Name)
        if isinstance(tree.value, ast.Constant | ast.JoinedStr):
            return
        for part in parts_of((tree.target.id,), state):
            yield self._touch(TouchKind.CHANGED, node, tree.target, part)

    def _nested(
        self,
        node: Node,
        nested: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        state: State,
    ) -> Iterator[Touch]:
        """A function that is defined here may do what it does to the object at any time."""
        roots = {ref.chain[0] for ref in state}
        for use in ast.walk(nested):
            if isinstance(use, ast.Name) and use.id in roots and self._is_ours(use):
                for touch in self._use(node, use, state):
                    if touch.kind is not TouchKind.UNCLEAR:
                        yield self._touch(TouchKind.UNCLEAR, node, touch.tree, touch.part)


def _stores(target: ast.expr, kind: str, value: ast.expr, tree: ast.AST) -> Iterator[Link]:
    """``self.room = room`` and ``rooms[0] = room``; names are known by their bindings."""
    chain = chain_of(target)
    if chain is None or len(chain) < 2:
        return
    if chain[-1] == "[]":
        yield Link(chain[:-1], "put", value, tree)
    else:
        yield Link(chain, kind, value, tree)
