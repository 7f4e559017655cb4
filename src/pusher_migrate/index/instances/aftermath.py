"""What happens to an object after a statement, until the function ends.

An argument that is bound now and read at the commit shows what was done to it in between. Followed
is one object along every path: under its name, under names that it is bound to later, inside of
containers, into functions of the project that can reach it, and out of them again under the names
that they leave it behind: what they return, what they set, what a property gives. What is reached
from it counts as part of it, because a payload may show it: ``room.hotel.name = "x"`` changes
``room``.

What is not known is not taken for harmless: what another library is given it may change, what it
gives back may be that, and what holds the object may do anything to it by a method that is not
known (`indirect.py`). Such touches are unclear. Python's own library, Django and a few others that
only read are known (`callees.py`).

Three assumptions are made. The items of one loop are distinct objects, as the rows of a queryset
are. What a method of the object returns that is not of the project is an object of its own. A
function that calls itself with the same object does nothing that one round of it does not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace

from pusher_migrate.index.calls import callees
from pusher_migrate.index.calls.dispatched import Dispatch
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode, Scope
from pusher_migrate.index.code.syntax import node_arguments
from pusher_migrate.index.flow.graph import Node
from pusher_migrate.index.flow.paths import every_path_hits
from pusher_migrate.index.instances.body import Body
from pusher_migrate.index.instances.calling import Outcome, Passage, outlives
from pusher_migrate.index.instances.chains import (
    RETURNED,
    Chain,
    Reference,
    State,
    expression_of,
    order_of,
    result_of,
)
from pusher_migrate.index.instances.links import Link
from pusher_migrate.index.instances.touches import Touch, TouchKind
from pusher_migrate.index.instances.walk import MAX_DEPTH, Walk
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import FunctionType


class Aftermath:
    """Follows objects through the functions of one project.

    Args:
        inference: Type inference over the project.
        harmless: Functions that only read what they get: the methods of the manager.
    """

    def __init__(self, inference: Inference, harmless: Iterable[FunctionNode] = ()) -> None:
        self.inference = inference
        self.dispatch = Dispatch(inference)
        self._harmless = frozenset(harmless)
        self._taken: dict[
            tuple[FunctionNode, tuple[Node, ...], State],
            tuple[Walk, list[Reference], set[Reference]],
        ] = {}
        self._outcomes: dict[tuple[FunctionNode, Reference, int], Outcome] = {}
        self._stored: dict[tuple[FunctionNode, int], frozenset[str]] = {}
        self._properties: dict[tuple[FunctionNode, int], list[Link]] = {}
        self._bodies: dict[FunctionNode, Body] = {}

    def after(
        self,
        module: Module,
        function: FunctionNode,
        starts: Iterable[Node],
        refs: Iterable[Reference],
    ) -> list[Touch] | None:
        """What may happen to an object once one of the nodes is completed, in source order.

        Args:
            module: The file.
            function: The function that is followed.
            starts: Nodes of its graph.
            refs: The object as it is written there, ``("booking", "room")``, or containers of it.

        Returns:
            None when the function is too large to be followed.
        """
        walk, known, possible = self._followed(module, function, tuple(starts), frozenset(refs))
        touches = walk.touches(known)
        if touches is None or not possible:
            return touches
        # What may be another object may have been changed, and not be the one that was saved.
        more = walk.touches(possible)
        if more is None:
            return None
        seen = {(touch.tree, touch.kind, touch.part) for touch in touches}
        touches += [
            touch
            for touch in more
            if touch.kind is not TouchKind.SAVED
            and (touch.tree, touch.kind, touch.part) not in seen
        ]
        return sorted(touches, key=lambda touch: (touch.line, touch.text, touch.kind))

    def is_cut_short(
        self, module: Module, function: FunctionNode, starts: Iterable[Node], chain: Chain
    ) -> bool:
        """Whether an object can be reached in more ways than are looked for."""
        first = frozenset([Reference(chain)])
        return self._followed(module, function, tuple(starts), first)[0].references.cut_short

    def names(
        self, module: Module, function: FunctionNode, starts: Iterable[Node], chain: Chain
    ) -> list[Reference]:
        """The ways to reach an object where one of the nodes begins, or what may be it."""
        first = frozenset([Reference(chain)])
        _, known, possible = self._followed(module, function, tuple(starts), first)
        found = [*known, *sorted(possible, key=order_of)]
        return [ref for ref in found if ref.chain[0].isidentifier()]

    def left(
        self,
        module: Module,
        function: FunctionNode,
        starts: Iterable[Node],
        refs: Iterable[Reference],
    ) -> list[Reference]:
        """The ways to reach an object that a function leaves to whoever called it.

        Args:
            module: The file.
            function: The function.
            starts: Nodes of its graph behind which the object is followed.
            refs: The object as it is written there.
        """
        walk, known, possible = self._followed(module, function, tuple(starts), frozenset(refs))
        walked = walk.walked({*known, *possible})
        return _lasting(walk, walked[1]) if walked is not None else []

    def of_result(
        self, module: Module, function: FunctionNode, call: ast.Call, refs: Iterable[Reference]
    ) -> tuple[list[Touch], list[Reference]] | None:
        """What a function does to what a call in it returns, and the ways that it leaves to that.

        Args:
            module: The file.
            function: The function.
            call: The call.
            refs: The object as the call returns it, see `result_of`.

        Returns:
            None when the function is too large to be followed.
        """
        starts = tuple(self.inference.locals.graph(function).nodes_at(call))
        walk = Walk(self, module, function, starts)
        walked = walk.walked(refs, made=call)
        return (walked[0], _lasting(walk, walked[1])) if walked is not None else None

    def _followed(
        self, module: Module, function: FunctionNode, starts: tuple[Node, ...], refs: State
    ) -> tuple[Walk, list[Reference], set[Reference]]:
        """A walk from some nodes, the ways to reach the object there, and what may be such."""
        key = (function, starts, refs)
        if key not in self._taken:
            walk = Walk(self, module, function, starts)
            known = walk.references.aliases(refs)
            self._taken[key] = walk, known, walk.references.possible(known)
        return self._taken[key]

    def returned(
        self, module: Module, scope: Scope, call: ast.Call, called: FunctionType
    ) -> list[ast.expr]:
        """What a call of a function may return, or hold in what it returns, of what it is given.

        Args:
            module: The file of the call.
            scope: The scope that the call is evaluated in.
            call: The call.
            called: The function.
        """
        here = called.module is module
        passage = Passage(call, called, scope, lambda value: False, same_file=here)
        links = passage.links(lambda to, ref: self.outcome(to, ref, MAX_DEPTH - 1).exits)
        return [link.value for link in links if link.target[0] == result_of(call)]

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
                and not _another_item(touch.tree, other.tree)
            }
            if not saves or not every_path_hits(graph, touch.node, saves).holds:
                result.append(touch)
        return result

    def body(self, module: Module, function: FunctionNode) -> Body:
        """A function, prepared for being followed."""
        if function not in self._bodies:
            self._bodies[function] = Body(self.inference, module, function)
        return self._bodies[function]

    def is_harmless(self, node: FunctionNode) -> bool:
        """Whether a function is known to read only."""
        return node in self._harmless

    def outcome(self, function: FunctionType, ref: Reference, depth: int) -> Outcome:
        """What calling a function does about an object.

        Each way to reach the object is asked for alone: what is found is then shared between all
        calls, and a change by one name that is saved by another counts as not saved.

        Args:
            function: A function of the project.
            ref: The object, or a container of it, as the function reaches it when it begins.
            depth: How many calls deep to look.
        """
        node = function.node
        start = replace(ref, part=())
        if self.is_harmless(node) or not self.body(function.module, node).mentions(ref.chain[0]):
            return Outcome(frozenset(), frozenset([frozenset([ref])]))
        if depth <= 0:
            return _unclear(ref)
        key = (node, start, depth)
        if key not in self._outcomes:
            self._outcomes[key] = self._found(function, start, depth)
        found = self._outcomes[key]
        return found.of(ref.part) if ref.part else found

    def touches_in(
        self, module: Module, function: FunctionNode, refs: Iterable[Reference], depth: int
    ) -> list[Touch] | None:
        """What a function does to an object.

        Args:
            module: The file.
            function: The function.
            refs: The ways to reach the object when it begins.
            depth: How many calls deep to look.

        Returns:
            None when the function is too large to be followed, or too deep.
        """
        entry = self.inference.locals.graph(function).entry
        return Walk(self, module, function, (entry,), depth).touches(refs) if depth >= 0 else None

    def _found(self, function: FunctionType, ref: Reference, depth: int) -> Outcome:
        node = function.node
        graph = self.inference.locals.graph(node)
        walk = Walk(self, function.module, node, (graph.entry,), depth)
        walked = walk.walked([ref])
        if walked is None:
            return _unclear(ref)
        # One that always raises may be there to be overridden: nothing is known by it.
        touches, exits = walked[0], walked[1] or frozenset([frozenset([ref])])
        left = self.unsaved(function.module, node, touches)
        effects = frozenset(
            (
                (
                    TouchKind.RESAVED
                    if touch.kind is TouchKind.CHANGED and touch not in left
                    else touch.kind
                ),
                touch.part,
            )
            for touch in touches
        )
        lasting = (
            frozenset(each for each in state if outlives(walk.scope, each, ref)) for state in exits
        )
        return Outcome(effects, frozenset(lasting))

    def properties(self, body: Body, depth: int) -> list[Link]:
        """What a function reads from properties, as other names for what those return.

        Args:
            body: The function.
            depth: How many calls deep to look.
        """
        key = (body.function, depth)
        if key not in self._properties:
            links = self._properties[key] = []
            for place, getter in body.properties.items() if depth > 0 else ():
                first = Reference((node_arguments(getter.node)[0].arg,))
                for ref in sorted(
                    frozenset[Reference]().union(*self.outcome(getter, first, depth).exits),
                    key=order_of,
                ):
                    if ref.chain == (RETURNED,):
                        value = expression_of((*place[:-1], *ref.part))
                        kind = "put" if ref.holder else "assign"
                        links.append(Link(place, kind, value, getter.node))
        return self._properties[key]

    def stored(self, function: FunctionType, depth: int) -> frozenset[str]:
        """The attributes that a function sets, itself or by what it calls; ``[]`` for items.

        Args:
            function: A function of the project.
            depth: How many calls deep to look.
        """
        if depth <= 0 or self.is_harmless(function.node):
            return frozenset()
        key = (function.node, depth)
        if key not in self._stored:
            body = self.body(function.module, function.node)
            inner = (
                self.stored(passage.called, depth - 1)
                for node in body.graph.nodes
                for passage in body.passages(node)
            )
            self._stored[key] = body.stored.union(*inner)
        return self._stored[key]


def _lasting(walk: Walk, exits: frozenset[State]) -> list[Reference]:
    """Of the references at the ends of a function, those that mean something to its callers."""
    found = frozenset[Reference]().union(*exits)
    nothing = Reference(("",))
    return sorted((ref for ref in found if outlives(walk.scope, ref, nothing)), key=order_of)


def _unclear(ref: Reference) -> Outcome:
    return Outcome(frozenset([(TouchKind.UNCLEAR, ref.part)]), frozenset([frozenset([ref])]))


def _another_item(changed: ast.AST, saved: ast.AST) -> bool:
    """Whether a save may be of another item than the change: ``rows[0].x = 1; rows[1].save()``."""
    if not (isinstance(changed, ast.Attribute) and isinstance(saved, ast.Call)):
        return False
    if not isinstance(saved.func, ast.Attribute):
        return False
    first, second = ast.unparse(changed.value), ast.unparse(saved.func.value)
    return first != second and "[" in first + second
