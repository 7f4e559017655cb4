"""One object on the paths of one function: what is done to it, node by node."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Protocol

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import (
    COMPREHENSIONS,
    Binding,
    Comprehension,
    FunctionNode,
)
from pusher_migrate.index.code.syntax import default_of
from pusher_migrate.index.flow.graph import Graph, Node
from pusher_migrate.index.instances.aliases import References, binds, from_iterable
from pusher_migrate.index.instances.chains import (
    Chain,
    Reference,
    State,
    begins,
    chain_of,
    climb,
    parts_of,
)
from pusher_migrate.index.instances.links import Link, links_in
from pusher_migrate.index.instances.touches import Touch, TouchKind
from pusher_migrate.index.types import models
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    FunctionType,
    Instance,
    Many,
    Returning,
)

# A function with more states than this is not followed to the end.
MAX_STATES = 4000
#: How many calls deep a function is followed.
MAX_DEPTH = 3

_PLAIN_FIELDS = frozenset(
    f"django.db.models.{kind}()"
    for kind in (
        *("AutoField", "BigAutoField", "BigIntegerField", "BooleanField", "CharField"),
        *("DateField", "DateTimeField", "DecimalField", "DurationField", "EmailField"),
        *("FloatField", "GenericIPAddressField", "IntegerField", "PositiveBigIntegerField"),
        *("PositiveIntegerField", "PositiveSmallIntegerField", "SlugField", "SmallAutoField"),
        *("SmallIntegerField", "TextField", "TimeField", "URLField", "UUIDField"),
    )
)
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

#: What is done, and to which part of the object.
Effect = tuple[TouchKind, Chain]


class Effects(Protocol):
    """What knows the effect of calling a function."""

    inference: Inference

    def is_harmless(self, node: FunctionNode) -> bool:
        """Whether a function is known to read only."""

    def effect(
        self, function: FunctionType, refs: frozenset[Reference], depth: int
    ) -> frozenset[Effect]:
        """What calling a function may do to an object."""


class Walk:
    """One object on the paths of one function.

    Args:
        owner: Knows what the functions do that are called.
        module: The file.
        function: The function.
        starts: Nodes of its graph behind which the object is followed.
        depth: How many calls deep to look.
    """

    def __init__(
        self,
        owner: Effects,
        module: Module,
        function: FunctionNode,
        starts: tuple[Node, ...],
        depth: int = MAX_DEPTH,
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
                elif binding.kind == "unpack" and isinstance(binding.node, ast.Assign):
                    how = "unpack" if binding.value is not None else "rest"
                    yield Link((name,), how, binding.node.value, binding.node)
        yield from links_in(self.graph.reaching(self.starts))
        for node in self.module.scopes:
            # ``[... for self.room in rooms]`` leaves the last item there.
            for generator in node.generators if isinstance(node, COMPREHENSIONS) else ():
                target = chain_of(generator.target)
                if target is not None and len(target) > 1:
                    yield Link(target, "for", generator.iter, node)

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
                elif isinstance(use, COMPREHENSIONS):
                    yield from self._comprehended(node, use, state)
                elif isinstance(use, ast.Call):
                    yield from self._called(node, use, state)
                    if "self" in roots:
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

    def _comprehended(self, node: Node, tree: Comprehension, state: State) -> Iterator[Touch]:
        """``[close(room) for room in rooms]``: each of the items may be the object."""
        items = frozenset(
            Reference((target.id,), part)
            for generator in tree.generators
            for part in from_iterable(generator.iter, state)
            for target in ast.walk(generator.target)
            if isinstance(target, ast.Name)
        )
        names, scope = {ref.chain[0] for ref in items}, self.module.scopes[tree]
        for use in ast.walk(tree) if items else ():
            if isinstance(use, ast.Name) and use.id in names:
                if self.module.scope_at(use).find(use.id) is scope:
                    yield from self._use(node, use, items)

    def _use(self, node: Node, use: ast.Name, state: State) -> Iterator[Touch]:
        chain, top = climb(self.module, use)
        if isinstance(top, ast.Attribute | ast.Subscript) and not isinstance(top.ctx, ast.Load):
            for part in parts_of(chain[:-1], state):
                yield self._touch(TouchKind.CHANGED, node, top, part, chain[-1])
            return
        if len(chain) > 1 and self._is_plain(top):
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

    def _is_plain(self, node: ast.expr) -> bool:
        """Whether it is the value of a field that nothing can change in place: a text, a number."""
        found = self.inference.type_of(self.module, node)
        return isinstance(found, ExternalInstance) and found.path in _PLAIN_FIELDS

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
            if self.owner.is_harmless(called.node) or isinstance(called.node, ast.Lambda):
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
        ref = Reference((parameter,), part, holder)
        yield from self._effects_on(node, call, called, {ref})

    def _effects_on(
        self, node: Node, call: ast.Call, called: FunctionType, refs: Iterable[Reference]
    ) -> Iterator[Touch]:
        name = callees.last_name(call)
        for kind, part in sorted(self.owner.effect(called, frozenset(refs), self.depth - 1)):
            yield self._touch(kind, node, call, part, name)

    def _called(self, node: Node, call: ast.Call, state: State) -> Iterator[Touch]:
        """What a called function does to the object that it is not given, but can reach.

        That is an attribute of what it is given (``self.room`` in a method), or a name of the
        function around it.
        """
        for called in self._functions(node, call):
            inside = {
                Reference((parameter, *ref.chain[len(given) :]), ref.part, ref.holder)
                for parameter, given in _chains_given(called, call)
                for ref in state
                if len(ref.chain) > len(given) and begins(ref.chain, given)
            }
            if called.module is self.module:
                inside |= self._visible(called.node, state)
            yield from self._effects_on(node, call, called, inside)

    def _functions(self, node: Node, call: ast.Call) -> list[FunctionType]:
        """The functions of the project that a call may run."""
        found = self.inference.type_of(self.module, call.func)
        if isinstance(found, FunctionType):
            return [found]
        if not isinstance(call.func, ast.Name) or not isinstance(node.statement, ast.stmt):
            return []
        _, bindings = self.inference.bindings_at(self.module, call.func, node.statement)
        return [
            FunctionType(self.module, binding.node)
            for binding in bindings
            if isinstance(binding.node, ast.FunctionDef)
        ]

    def _visible(self, inner: FunctionNode, state: State) -> set[Reference]:
        """The references whose names mean the same in a function of this file."""
        scope = self.module.scopes[inner]
        return {
            ref
            for ref in state
            for own in [self.scope.find(ref.chain[0])]
            if own is not None and own is scope.find(ref.chain[0])
        }

    def _put(self, node: Node, call: ast.Call, chain: Chain, state: State) -> Iterator[Touch]:
        """A wrapper (a form, a serializer) that was made around the object saves or changes it.

        A row that refers to it does not: what a foreign key points to is saved by itself only.
        """
        assert isinstance(call.func, ast.Attribute)
        wrapper = self.inference.type_of(self.module, call.func.value)
        if isinstance(wrapper, Instance) and models.is_model(self.inference, wrapper.cls):
            return
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
        for inner in ast.walk(nested):
            if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if (
                inner is not nested
                and self.module.named_function_around(inner) is not self.function
            ):
                continue  # That of a function inside, which is followed with it.
            refs = self._visible(inner, state)
            for argument in (*inner.args.posonlyargs, *inner.args.args, *inner.args.kwonlyargs):
                default = default_of(inner, argument)
                if default is not None:
                    refs |= self.references.named(argument.arg, default, state)
            if not refs:
                continue
            graph = self.inference.locals.graph(inner)
            walk = Walk(self.owner, self.module, inner, (graph.entry,), self.depth - 1)
            touches = walk.touches(refs) if self.depth > 0 else None
            if touches is None:
                name, line = inner.name, inner.lineno
                yield Touch(TouchKind.UNCLEAR, name, (), "", node, line, inner)
            for touch in touches or ():
                if touch.kind not in (TouchKind.UNCLEAR, TouchKind.SAVED):
                    yield self._touch(TouchKind.POSSIBLE, node, touch.tree, touch.part)


def _chains_given(called: FunctionType, call: ast.Call) -> Iterator[tuple[str, Chain]]:
    """Parameters of a function, and the chains of what a call gives for them."""
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        chain, parameter = chain_of(argument), callees.parameter_of(called, call, argument)
        if chain is not None and parameter is not None:
            yield parameter, chain
    declared = [*called.node.args.posonlyargs, *called.node.args.args]
    if called.bound is not None and declared and isinstance(call.func, ast.Attribute):
        owner = call.func.value
        of_super = isinstance(owner, ast.Call) and callees.last_name(owner) == "super"
        chain = ("self",) if of_super else chain_of(owner)
        if chain is not None:
            yield declared[0].arg, chain
