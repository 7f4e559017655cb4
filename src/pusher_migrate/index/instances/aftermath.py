"""What happens to an object after a statement, until the function ends.

An argument that is bound now and read at the commit shows what was done to it in between. Followed
is one object along every path: under its name, under names that it is bound to later, inside of
containers, and into functions of the project that it is passed to. What is reached from it counts
as part of it, because a payload may show it: ``room.hotel.name = "x"`` changes ``room``.

One assumption is made: the items of one loop are distinct objects, as the rows of a queryset are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.flow.graph import Node
from pusher_migrate.index.flow.paths import every_path_hits
from pusher_migrate.index.instances.chains import Chain, Reference
from pusher_migrate.index.instances.touches import Touch, TouchKind
from pusher_migrate.index.instances.walk import Effect, Walk
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
        self._harmless = frozenset(harmless)
        self._effects: dict[tuple[FunctionNode, frozenset[Reference], int], frozenset[Effect]] = {}
        self._running: set[tuple[FunctionNode, frozenset[Reference]]] = set()
        self._cuts = 0

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
        walk = Walk(self, module, function, tuple(starts))
        known = walk.references.aliases(chain, holder=holder)
        touches = walk.touches(known)
        possible = walk.references.possible(known)
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

    def names(
        self, module: Module, function: FunctionNode, starts: Iterable[Node], chain: Chain
    ) -> list[Reference]:
        """The ways to reach an object where one of the nodes begins."""
        return Walk(self, module, function, tuple(starts)).references.aliases(chain)

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

    def is_harmless(self, node: FunctionNode) -> bool:
        """Whether a function is known to read only."""
        return node in self._harmless

    def effect(
        self, function: FunctionType, refs: frozenset[Reference], depth: int
    ) -> frozenset[Effect]:
        """What calling a function may do to an object.

        Args:
            function: A function of the project.
            refs: The object, or containers of it, as the function reaches them when it begins.
            depth: How many calls deep to look.
        """
        node = function.node
        if self.is_harmless(node) or not refs:
            return frozenset()
        if (node, refs) in self._running:
            self._cuts += 1
            return frozenset()  # Recursion does nothing that one round does not.
        if depth <= 0:
            return frozenset((TouchKind.UNCLEAR, ref.part) for ref in refs)
        known = self._effects.get((node, refs, depth))
        if known is not None:
            return known
        cuts = self._cuts
        self._running.add((node, refs))
        found = self._found(function, refs, depth)
        self._running.remove((node, refs))
        if not self._running or self._cuts == cuts:
            # What was cut short inside of a recursion is not all that there is to know.
            self._effects[node, refs, depth] = found
        return found

    def _found(
        self, function: FunctionType, refs: frozenset[Reference], depth: int
    ) -> frozenset[Effect]:
        node = function.node
        graph = self.inference.locals.graph(node)
        walk = Walk(self, function.module, node, (graph.entry,), depth)
        touches = walk.touches(refs)
        if touches is None:
            return frozenset((TouchKind.UNCLEAR, ref.part) for ref in refs)
        left = self.unsaved(function.module, node, touches)
        return frozenset(
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


def _another_item(changed: ast.AST, saved: ast.AST) -> bool:
    """Whether a save may be of another item than the change: ``rows[0].x = 1; rows[1].save()``."""
    if not (isinstance(changed, ast.Attribute) and isinstance(saved, ast.Call)):
        return False
    if not isinstance(saved.func, ast.Attribute):
        return False
    first, second = ast.unparse(changed.value), ast.unparse(saved.func.value)
    return first != second and "[" in first + second
