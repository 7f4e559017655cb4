"""What one node of a function does to an object that is followed through it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.scopes import COMPREHENSIONS, Comprehension, FunctionNode
from pusher_migrate.index.code.syntax import default_of, node_arguments
from pusher_migrate.index.flow.graph import Node, NodeKind
from pusher_migrate.index.instances import frameworks
from pusher_migrate.index.instances.aliases import References
from pusher_migrate.index.instances.body import Body
from pusher_migrate.index.instances.calling import Outcome, Passage
from pusher_migrate.index.instances.chains import (
    Chain,
    Reference,
    State,
    begins,
    chain_of,
    climb,
    moved,
    order_of,
    parts_of,
    place_of,
    result_of,
)
from pusher_migrate.index.instances.containers import comprehended, contained, from_iterable, held
from pusher_migrate.index.instances.indirect import Indirect, owner_of
from pusher_migrate.index.instances.questions import Functions
from pusher_migrate.index.instances.touches import Touch, TouchKind, touch_of
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    FunctionType,
    Instance,
    Many,
    Returning,
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


class Touching:
    """The nodes of one function, and what they do to an object.

    Args:
        owner: Knows what the functions do that are called.
        body: The function.
        references: The names of the object.
        outcome: What calling a function does about an object.
        depth: How many calls deep to look.
    """

    def __init__(
        self,
        owner: Functions,
        body: Body,
        references: References,
        outcome: Callable[[FunctionType, Reference], Outcome],
        depth: int,
    ) -> None:
        self.owner = owner
        self.inference = owner.inference
        self.body = body
        self.module = body.module
        self.references = references
        self.outcome = outcome
        self.depth = depth
        self.indirect = Indirect(body, outcome)

    def at(self, node: Node, state: State) -> Iterator[Touch]:
        """What is done at a node.

        Args:
            node: A node of the function's graph.
            state: The ways to reach the object there.
        """
        roots = {ref.chain[0] for ref in state}
        for use in self.body.uses(node):
            if isinstance(use, ast.Name):
                if use.id in roots:
                    yield from self._use(node, use, state)
            elif isinstance(use, COMPREHENSIONS):
                yield from self._comprehended(node, use, state)
            else:
                if result_of(use) in roots:
                    yield from self._use(node, use, state)
                yield from self._mapped(node, use, state)
                yield from self._super(node, use, state)
        if isinstance(node.tree, ast.withitem):
            ends = node.kind is NodeKind.CONTEXT_EXIT
            yield from self._left(node, node.tree, state, "__exit__" if ends else "__enter__")
        for passage in self.body.passages(node):
            yield from self._called(node, passage, state)
        if isinstance(node.tree, ast.AugAssign) and isinstance(node.tree.target, ast.Name):
            yield from self._augmented(node, node.tree, state)
        nested = node.tree
        if isinstance(nested, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from self._nested(node, nested, state)

    def _comprehended(self, node: Node, tree: Comprehension, state: State) -> Iterator[Touch]:
        """``[close(room) for room in rooms]``: each of the items may be the object."""
        items = comprehended(tree, state)
        names, scope = {ref.chain[0] for ref in items}, self.module.scopes[tree]
        for use in ast.walk(tree) if items else ():
            if isinstance(use, ast.Name) and use.id in names:
                if self.module.scope_at(use).find(use.id) is scope:
                    yield from self._use(node, use, items)

    def _use(self, node: Node, use: ast.Name | ast.Call, state: State) -> Iterator[Touch]:
        chain, top = climb(self.module, use)
        yield from self._read(node, use, chain, state)
        if isinstance(top, ast.Attribute | ast.Subscript) and not isinstance(top.ctx, ast.Load):
            for part in parts_of(chain[:-1], state):
                yield touch_of(TouchKind.CHANGED, node, top, part, chain[-1])
            return
        if "errors" in chain:
            yield from self.indirect.cleaned(node, top, chain, state)
        if len(chain) > 1 and self.body.is_plain(top):
            return
        parent = self.module.parents[top]
        if isinstance(parent, ast.Call) and parent.func is top and len(chain) > 1:
            for part in parts_of(chain[:-1], state):
                yield from self._method(node, parent, part, chain[-1])
            yield from self.indirect.by_holder(node, parent, chain, state)
            return
        if isinstance(parent, ast.Call) and parent.func is top:
            yield from self.indirect.run(node, parent, chain, state)
        current: ast.AST = top
        while isinstance(parent, _CARRIERS):
            current, parent = parent, self.module.parents[parent]
        if isinstance(parent, ast.Call) and parent.func is not current:
            direct = current is top or isinstance(current, ast.keyword)
            for part in parts_of(chain, state):
                yield from self._passed(node, parent, top if direct else None, part)
            yield from self._holder_passed(node, parent, top if direct else None, chain, state)
            if isinstance(current, ast.Starred) or getattr(current, "arg", "") is None:
                yield from self.indirect.spread(node, parent, chain, state)

    # --- What is done ---------------------------------------------------------------------------

    def _method(self, node: Node, call: ast.Call, part: Chain, name: str) -> Iterator[Touch]:
        owner = owner_of(call.func)
        receiver = self.inference.type_of(self.module, owner)
        if isinstance(receiver, Many):
            # A related manager writes rows, a list changes.
            relation = isinstance(owner, ast.Attribute)
            if relation or name not in callees.IN_PLACE:
                return
        called = self.inference.type_of(self.module, call.func)
        if name in callees.SAVES:
            yield touch_of(TouchKind.SAVED, node, call, part, name)
        elif name in callees.DELETES and not isinstance(receiver, Many):
            yield touch_of(TouchKind.DELETED, node, call, part, name)
        elif name in callees.REFRESHES:
            yield touch_of(TouchKind.REFRESHED, node, call, part, name)
        elif runs := callees.may_run(self.inference, self.module, call):
            for run in runs:
                yield from self._effects_on_owner(node, call, part, run)
        elif isinstance(called, Returning):
            return
        elif name in callees.IN_PLACE and not isinstance(receiver, Instance):
            yield touch_of(TouchKind.CHANGED, node, call, part, name)
        elif isinstance(called, External):
            return
        elif not callees.only_reads(name):
            yield touch_of(TouchKind.UNCLEAR, node, call, part, name)

    def _effects_on_owner(
        self, node: Node, call: ast.Call, part: Chain, called: FunctionType
    ) -> Iterator[Touch]:
        """What a method does to the object as its ``self``."""
        if called.bound is not None and not isinstance(called.node, ast.Lambda):
            declared = [*called.node.args.posonlyargs, *called.node.args.args]
            if declared:
                yield from self._effects(node, call, part, called, declared[0].arg)

    def _mapped(self, node: Node, call: ast.Call, state: State) -> Iterator[Touch]:
        """``map(close, rooms)`` calls a function with each of the items."""
        if callees.last_name(call) not in callees.CALLING or len(call.args) < 2:
            return
        called = self.inference.type_of(self.module, call.args[0])
        if isinstance(called, FunctionType) and node_arguments(called.node):
            parameter = node_arguments(called.node)[0].arg
            for part in from_iterable(call.args[1], state):
                yield from self._effects(node, call, part, called, parameter)

    def _super(self, node: Node, call: ast.Call, state: State) -> Iterator[Touch]:
        """``super().save()`` and ``super().delete()`` act on ``self``, others on what they know."""
        for kind, part in frameworks.effects(self.inference, self.module, call, state):
            yield touch_of(kind, node, call, part, callees.last_name(call))
        function = call.func
        if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call)):
            return
        inner = function.value.func
        if not (isinstance(inner, ast.Name) and inner.id == "super"):
            return
        for part in parts_of(("self",), state):
            if function.attr in callees.SAVES:
                yield touch_of(TouchKind.SAVED, node, call, part, function.attr)
            elif function.attr in callees.DELETES:
                yield touch_of(TouchKind.DELETED, node, call, part, function.attr)

    def _passed(
        self, node: Node, call: ast.Call, argument: ast.expr | None, part: Chain
    ) -> Iterator[Touch]:
        """What a call may do to the object as one of its arguments (inside of one: None)."""
        called = self.inference.type_of(self.module, call.func)
        name = callees.last_name(call)
        runs = callees.may_run(self.inference, self.module, call)
        if runs:
            for run in runs:
                yield from self._passed_to(node, call, argument, part, run)
        elif isinstance(called, ClassType) or callees.only_keeps(call):
            return
        elif name in callees.CHANGING_FUNCTIONS:
            field = callees.set_attribute(call)
            yield touch_of(TouchKind.CHANGED, node, call, part, field)
        elif name in callees.DELETING_FUNCTIONS and not isinstance(called, External):
            yield touch_of(TouchKind.DELETED, node, call, part, name)
        elif name in callees.SAVING_FUNCTIONS and not isinstance(called, External):
            yield touch_of(TouchKind.SAVED, node, call, part, name)
        elif self.owner.dispatch.is_known(self.module, call):
            yield from self._received(node, call, argument, part)
        elif not self.indirect.is_reader(call, called):
            yield touch_of(TouchKind.UNCLEAR, node, call, part, name)

    def _received(
        self, node: Node, call: ast.Call, argument: ast.expr | None, part: Chain
    ) -> Iterator[Touch]:
        """What the receivers of a signal of the project do to what is sent with it."""
        for each in self.owner.dispatch.run_by(self.module, call):
            run, rest = each.function, each.function.node.args.kwarg
            parameter = callees.parameter_of(run, each.call, argument) if argument else None
            if parameter is not None:
                yield from self._effects(node, call, part, run, parameter)
            elif argument is None or rest is None:
                yield touch_of(TouchKind.UNCLEAR, node, call, part, callees.last_name(call))
            else:
                yield from self._effects(node, call, part, run, rest.arg, holder=True)

    def _passed_to(
        self,
        node: Node,
        call: ast.Call,
        argument: ast.expr | None,
        part: Chain,
        run: FunctionType,
    ) -> Iterator[Touch]:
        """The same for a function of the project that it runs."""
        if self.owner.is_harmless(run.node) or isinstance(run.node, ast.Lambda):
            return
        parameter = callees.parameter_of(run, call, argument) if argument else None
        if parameter is not None:
            yield from self._effects(node, call, part, run, parameter)
        elif not isinstance(self.inference.type_of(self.module, call.func), ClassType):
            # What its base classes do with it, they do to a part of what is made.
            yield touch_of(TouchKind.UNCLEAR, node, call, part, callees.last_name(call))

    def _holder_passed(
        self, node: Node, call: ast.Call, argument: ast.expr | None, chain: Chain, state: State
    ) -> Iterator[Touch]:
        """``close_all(rooms)`` may do something to each of the rooms."""
        if argument is None:
            return
        for called in callees.may_run(self.inference, self.module, call):
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
        effects = {
            effect
            for ref in sorted(refs, key=order_of)
            for effect in self.outcome(called, ref).effects
        }
        for kind, part in sorted(effects):
            yield touch_of(kind, node, call, part, name)

    def _called(self, node: Node, passage: Passage, state: State) -> Iterator[Touch]:
        """What a called function does to the object that it is not given, but can reach.

        That is an attribute of what it is given (``self.room`` in a method), or a name of the
        function around it.
        """
        inside = {image for ref in state for image in passage.inside(ref, direct=False)}
        if passage.defaults:
            inside |= {image for ref in state for image in passage.by_default(ref)}
        yield from self._effects_on(node, passage.call, passage.called, inside)

    def _visible(self, inner: FunctionNode, state: State) -> set[Reference]:
        """The references whose names mean the same in a function of this file."""
        scope = self.module.scopes[inner]
        return {
            ref
            for ref in state
            for own in [self.body.scope.find(ref.chain[0])]
            if own is not None and own is scope.find(ref.chain[0])
        }

    def _left(self, node: Node, item: ast.withitem, state: State, method: str) -> Iterator[Touch]:
        """What the context manager of a ``with`` does when it is entered, or in the end."""
        entered = item.context_expr
        made = self.inference.type_of(self.module, entered)
        if not isinstance(made, Instance):
            return
        called = callees.special_of(self.inference, made, method)
        if called is None:
            return
        inside, place = (node_arguments(called.node)[0].arg,), place_of(entered)
        held_there = list(held(entered, self.body.is_plain))
        refs = {each for ref in state for each in contained(held_there, ref, inside)}
        refs |= {moved(r, place, inside) for r in state if place and begins(r.chain, place)}
        effects = {effect for ref in refs for effect in self.outcome(called, ref).effects}
        for kind, part in sorted(effects):
            yield touch_of(kind, node, entered, part, method)

    def _read(
        self, node: Node, use: ast.Name | ast.Call, chain: Chain, state: State
    ) -> Iterator[Touch]:
        """A property may change what it is read from, but for what it keeps to itself."""
        for length in range(2, len(chain) + 1) if self.body.properties else ():
            getter = self.body.properties.get(chain[:length])
            if getter is None or not isinstance(use, ast.Name):
                continue
            stored = self.owner.stored(getter, self.depth - 1)
            if all(name.startswith("_") for name in stored):
                continue
            outer = self.module.ancestors(use)
            shown = next(
                (
                    o
                    for o in outer
                    if isinstance(o, ast.Attribute) and chain_of(o) == chain[:length]
                ),
                use,
            )
            for part in parts_of(chain[: length - 1], state):
                inside = Reference((node_arguments(getter.node)[0].arg,), part)
                for kind, changed in sorted(self.outcome(getter, inside).effects):
                    yield touch_of(kind, node, shown, changed)

    def _augmented(self, node: Node, tree: ast.AugAssign, state: State) -> Iterator[Touch]:
        """``items += [x]`` changes a list in place; a number or a string is only bound anew."""
        assert isinstance(tree.target, ast.Name)
        changed = self.inference.type_of(self.module, tree.target)
        own = None
        if isinstance(changed, Instance):
            own = callees.special_of(
                self.inference, changed, callees.IN_PLACE_OPERATORS[type(tree.op)]
            )
            if own is None:
                return  # The name is bound to what the plain operator gives.
        elif isinstance(tree.value, ast.Constant | ast.JoinedStr):
            return
        for part in parts_of((tree.target.id,), state):
            if own is None:
                yield touch_of(TouchKind.CHANGED, node, tree.target, part)
                continue
            inside = Reference((node_arguments(own.node)[0].arg,), part)
            for kind, inner in sorted(self.outcome(own, inside).effects):
                yield touch_of(kind, node, tree.target, inner)

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
                and self.module.named_function_around(inner) is not self.body.function
            ):
                continue  # That of a function inside, which is followed with it.
            refs = self._visible(inner, state)
            for argument in node_arguments(inner):
                default = default_of(inner, argument)
                if default is not None:
                    refs |= self.references.named(argument.arg, default, state)
            if not refs:
                continue
            touches = self.owner.touches_in(self.module, inner, refs, self.depth - 1)
            if touches is None:
                name, line = inner.name, inner.lineno
                yield Touch(TouchKind.UNCLEAR, name, (), "", node, line, inner)
            for touch in touches or ():
                if touch.kind not in (TouchKind.UNCLEAR, TouchKind.SAVED):
                    yield touch_of(TouchKind.POSSIBLE, node, touch.tree, touch.part)
