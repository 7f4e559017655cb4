"""One object on the paths of one function: what is done to it, node by node."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pusher_migrate.index.calls.callees import UNKNOWN
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import (
    FUNCTION_NODES,
    FunctionNode,
)
from pusher_migrate.index.flow.graph import Graph, Node
from pusher_migrate.index.instances.aliases import References
from pusher_migrate.index.instances.calling import Outcome, Passage
from pusher_migrate.index.instances.chains import (
    Chain,
    Reference,
    State,
    order_of,
    result_of,
)
from pusher_migrate.index.instances.links import Link, linked
from pusher_migrate.index.instances.questions import Functions
from pusher_migrate.index.instances.touches import Touch, TouchKind
from pusher_migrate.index.instances.touching import Touching
from pusher_migrate.index.types.types import (
    FunctionType,
)

# A function on whose paths there are more references than this is not followed to the end.
MAX_REFERENCES = 40_000
# One that is called is asked about again and again, and what it does is then said to be unclear.
MAX_INSIDE = 5_000
#: How many calls deep a function is followed.
MAX_DEPTH = 3
# A call after which an object may be reached in more ways is taken for one with all of them.
_MAX_WAYS = 8


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
        owner: Functions,
        module: Module,
        function: FunctionNode,
        starts: tuple[Node, ...],
        depth: int = MAX_DEPTH,
    ) -> None:
        self.owner = owner
        self.inference = owner.inference
        self.module = module
        self.function = function
        self.body = owner.body(module, function)
        self.graph: Graph = self.body.graph
        self.starts = starts
        self.depth = depth
        self.scope = self.body.scope
        self._begun: State = frozenset()
        self._properties = owner.properties(self.body, depth - 1)
        self._named_by_properties: dict[State, State] = {}
        self.references = References(
            self.body,
            dict.fromkeys(
                parent
                for node in starts
                if node.statement is not None
                for parent in module.ancestors(node.statement)
                if isinstance(parent, ast.For | ast.AsyncFor)
                and module.function_around(parent) is function
            ),
            [*self.body.links_before(starts), *self._properties, *self._links_around()],
            self.body.passages_before(starts),
            lambda called, ref: owner.outcome(called, ref, depth - 1).exits,
            lambda called: owner.stored(called, depth - 1),
        )
        self.touching = Touching(owner, self.body, self.references, self._outcome, depth)

    def _links_around(self) -> Iterator[Link]:
        """What the functions around this one do to the names that both know, in any order."""
        for outer in self.module.ancestors(self.function):
            if isinstance(outer, FUNCTION_NODES) and not isinstance(outer, ast.Lambda):
                yield from self.owner.body(self.module, outer).all_links

    def touches(self, initial: Iterable[Reference]) -> list[Touch] | None:
        """All that is done on some path from the starts; None when there are too many paths."""
        walked = self.walked(initial, lasting=False)
        return walked[0] if walked is not None else None

    def walked(
        self, initial: Iterable[Reference], *, lasting: bool = True, made: ast.Call | None = None
    ) -> tuple[list[Touch], frozenset[State]] | None:
        """As `touches`; with the references at the function's normal end, path by path.

        Args:
            initial: The ways to reach the object.
            lasting: Whether those matter that a caller of the function knows.
            made: The call at the starts that returns it, if one does: it is there before they end.
        """
        first = frozenset(initial)
        self._begun = first if lasting and made is None else frozenset()
        exits: set[State] = set()
        found: dict[tuple[ast.AST, TouchKind, Chain], Touch] = {}
        seen: set[tuple[Node, State]] = set()
        references = 0
        stack = [
            (edge.target, first)
            for node in self.starts
            for edge in self.graph.successors(node)
            if edge.completes and made is None
        ]
        for node in self.starts if made is not None else ():
            stack += self._step(node, first, found, made)
        while stack:
            node, state = stack.pop()
            state = self.body.living(node, self._by_properties(state), lasting=lasting)
            if (node, state) in seen:
                continue
            if node is self.graph.exit or not state:
                # A path that has lost the object comes to it no more.
                exits.add(state)
                continue
            seen.add((node, state))
            references += len(state)
            if references > (MAX_REFERENCES if self.depth == MAX_DEPTH else MAX_INSIDE):
                return None
            stack += self._step(node, state, found)
        touches = sorted(found.values(), key=lambda touch: (touch.line, touch.text, touch.kind))
        return touches, frozenset(exits)

    def _step(
        self,
        node: Node,
        state: State,
        found: dict[tuple[ast.AST, TouchKind, Chain], Touch],
        made: ast.Call | None = None,
    ) -> list[tuple[Node, State]]:
        """Run one node: what it does is added to ``found``; where it leads, with what is known.

        ``made`` is a call in it that has returned already.
        """
        ways: list[tuple[Node, State]] = []
        called = self._through_calls(node, state, made)
        for touch in self.touching.at(node, state.union(*called)):
            if touch.tree is not made:
                found.setdefault((touch.tree, touch.kind, touch.part), touch)
        for evaluated in called:
            after = self.references.after(node, evaluated)
            for edge in self.graph.successors(node):
                if not edge.binds:
                    ways.append((edge.target, evaluated))
                elif edge.completes:
                    ways.append((edge.target, after))
                else:
                    ways.append((edge.target, state | evaluated | after))
        return ways

    def _by_properties(self, state: State) -> State:
        """With the names that properties give to what is referred to."""
        if not self._properties:
            return state
        known = self._named_by_properties.get(state)
        if known is None:
            refs = set(state)
            for link in self._properties:
                refs |= set(linked(link, refs, True, self.body.is_plain))
            known = self._named_by_properties[state] = frozenset(refs)
        return known

    def _through_calls(self, node: Node, state: State, made: ast.Call | None = None) -> list[State]:
        """The ways to reach the object once the calls of a node have returned."""
        states = [state]
        calls = self.body.calls(node)
        done = next((i for i, (call, _) in enumerate(calls, 1) if call is made), 0)
        for call, passages in calls[done:]:
            if not passages or passages[0].makes:
                states = [self.references.given_by(call, before) for before in states]
            kept = self.body.kept_by(call)
            if kept is not None:
                again = Reference((result_of(call),), (UNKNOWN,))
                states = [
                    before | {again} if any(ref.chain[:1] == kept for ref in before) else before
                    for before in states
                ]
            if passages:
                # One of them runs.
                found = {
                    after
                    for before in states
                    for passage in passages
                    for after in self._through(passage, before)
                }
                states = list(found) if len(found) <= _MAX_WAYS else [frozenset().union(*found)]
        return states

    def _through(self, passage: Passage, state: State) -> Iterable[State]:
        inside = {image for ref in state for image in passage.inside(ref, direct=True)}
        if not inside:
            return [state]
        ways: set[State] = {frozenset()}
        for image in sorted(inside, key=order_of):
            exits = self._outcome(passage.called, image).exits
            ways = {way | exit_ for way in ways for exit_ in exits}
            if len(ways) > _MAX_WAYS:
                ways = {frozenset().union(*ways)}
        return passage.after(state, ways)

    def _outcome(self, called: FunctionType, ref: Reference) -> Outcome:
        if called.node is self.function and replace(ref, part=()) in self._begun:
            # Recursion does nothing that one round does not.
            return Outcome(frozenset(), frozenset([frozenset([ref])]))
        return self.owner.outcome(called, ref, self.depth - 1)
