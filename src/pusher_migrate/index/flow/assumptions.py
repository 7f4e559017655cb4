"""Branches that cannot be taken once a statement has run, by what is known of their conditions.

The control-flow graph treats all conditions as independent. Here a condition is decided where plain
names are all that it is made of: a flag that was set on the way (``changed = True``), the same
condition again, ``if room:`` behind ``room.save()``, ``created`` of ``get_or_create``.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping

from pusher_migrate.index.flow import reaching
from pusher_migrate.index.flow.bindings import BindingKind
from pusher_migrate.index.flow.graph import Edge, EdgeKind, Graph, Node, NodeKind
from pusher_migrate.index.flow.mutations import MutationKind, mutations
from pusher_migrate.index.flow.reaching import Definition
from pusher_migrate.nodes import walk

_PURE = (
    ast.Name,
    ast.Constant,
    ast.Compare,
    ast.BoolOp,
    ast.UnaryOp,
    ast.Tuple,
    ast.List,
    ast.Set,
)
_EMPTY = (ast.List, ast.Tuple, ast.Dict, ast.Set)


class Assumptions:
    """What holds on the paths that go through some nodes.

    Args:
        graph: The function.
        starts: The nodes; paths count from when one of them is completed.
        instances: Names that stand for an instance then, so that they are not None.
        known: Truth of names that the starts themselves bind; None for one that is None.
    """

    def __init__(
        self,
        graph: Graph,
        starts: Iterable[Node],
        instances: Collection[str] = (),
        known: Mapping[str, bool | None] | None = None,
    ) -> None:
        self.graph = graph
        self.starts = tuple(starts)
        self.instances = frozenset(instances)
        self.known = dict(known or {})
        self._definitions = reaching.definitions(graph)
        self._later = graph.reachable(self.starts)
        self._held = self._conditions_held()

    def impossible(self) -> frozenset[Edge]:
        """Edges that no path from the starts takes."""
        found = set()
        for node in self._later:
            if node.kind not in (NodeKind.TEST, NodeKind.GUARD):
                continue
            (test,) = node.code
            truth = self._truth(test, node) if isinstance(test, ast.expr) else None
            if truth is None:
                continue
            wrong = EdgeKind.FALSE if truth else EdgeKind.TRUE
            found |= {edge for edge in self.graph.successors(node) if edge.kind is wrong}
        return frozenset(found)

    def impossible_before(self) -> frozenset[Edge]:
        """Edges that no path to the starts takes: a condition came out the other way round."""
        found = set()
        for text, held, outcome in self._held:
            for node in self.graph.nodes:
                if node.kind is not NodeKind.TEST or node is held:
                    continue
                (test,) = node.code
                if not isinstance(test, ast.expr) or not _is_pure(test):
                    continue
                positive, own = _plain(test)
                if own != text or not self._same_before(test, node, held):
                    continue
                wrong = EdgeKind.FALSE if outcome is positive else EdgeKind.TRUE
                found |= {edge for edge in self.graph.successors(node) if edge.kind is wrong}
        return frozenset(found)

    def _same_before(self, test: ast.expr, first: Node, second: Node) -> bool:
        names = {part.id for part in walk(test) if isinstance(part, ast.Name)}
        return all(
            self._definitions.at(first, name) == self._definitions.at(second, name)
            and not any(d.node in self.graph.reachable(first) for d in self._definitions.of(name))
            for name in names & self._definitions.names
        )

    # --- Conditions -------------------------------------------------------------------------------

    def _truth(self, test: ast.expr, node: Node) -> bool | None:
        held = self._repeated(test, node)
        if held is not None:
            return held
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._truth(operand, node)
                return None if inner is None else not inner
            case ast.BoolOp(op=operator, values=values):
                decisive = isinstance(operator, ast.Or)
                answers = [self._truth(value, node) for value in values]
                if decisive in answers:
                    return decisive
                return None if None in answers else not decisive
            case ast.Name():
                return self._truth_of_name(test.id, node)
            case ast.Compare(
                left=ast.Name() as left,
                ops=[ast.Is() | ast.IsNot() as operator],
                comparators=[ast.Constant(value=None)],
            ):
                if self._is_instance(left.id, node):
                    return isinstance(operator, ast.IsNot)
                if self._is_none(left.id, node):
                    return isinstance(operator, ast.Is)
        return None

    def _truth_of_name(self, name: str, node: Node) -> bool | None:
        if self._is_instance(name, node):
            return True
        answers = {self._constant(definition) for definition in self._via(name, node)}
        return answers.pop() if len(answers) == 1 else None

    def _is_instance(self, name: str, node: Node) -> bool:
        if name not in self.instances:
            return False
        before = {d for start in self.starts for d in self._definitions.after(start, name)}
        held = self._via(name, node)
        return bool(held) and held <= before and not any(d.node in self._later for d in held)

    def _is_none(self, name: str, node: Node) -> bool:
        """Whether a name is known to be None, as the starts bind it."""
        if self.known.get(name, True) is not None:
            return False
        held = self._via(name, node)
        return bool(held) and all(definition.node in self.starts for definition in held)

    def _constant(self, definition: Definition) -> bool | None:
        if definition.node in self.starts and definition.name in self.known:
            return bool(self.known[definition.name])
        value = definition.value
        if definition.kind is not BindingKind.ASSIGN or definition.position or value is None:
            return None
        if isinstance(value, ast.Constant):
            return bool(value.value)
        if isinstance(value, _EMPTY):
            return None if _touched(self.graph, definition.name) else bool(_size(value))
        return None

    def _via(self, name: str, node: Node) -> set[Definition]:
        """Definitions of a name that hold before a node on some path from the starts."""
        every = self._definitions.of(name)
        nodes = {definition.node for definition in every}
        after = {d for start in self.starts for d in self._definitions.after(start, name)}
        found = set()
        for definition in self._definitions.at(node, name):
            if definition.node in self._later:
                found.add(definition)
            elif definition in after:
                others = nodes - set(self.starts)
                if self.graph.exists_path(self.starts, node, avoiding=others):
                    found.add(definition)
        return found

    # --- Conditions that were decided before ------------------------------------------------------

    def _conditions_held(self) -> list[tuple[str, Node, bool]]:
        """Conditions on the way to the starts, with the one outcome that leads there."""
        held = []
        for node in self.graph.nodes:
            if node.kind is not NodeKind.TEST or not self.starts:
                continue
            (test,) = node.code
            if not isinstance(test, ast.expr) or not _is_pure(test):
                continue
            if not all(self.graph.dominates(node, start) for start in self.starts):
                continue
            for edge in self.graph.successors(node):
                if edge.kind in (EdgeKind.TRUE, EdgeKind.FALSE) and not self._leads(edge, node):
                    positive, text = _plain(test)
                    outcome = edge.kind is EdgeKind.FALSE
                    held.append((text, node, outcome is positive))
        return held

    def _leads(self, edge: Edge, test: Node) -> bool:
        if edge.target in self.starts:
            return True
        seen = {test}
        stack = [edge.target]
        while stack:
            node = stack.pop()
            if node in self.starts:
                return True
            if node not in seen:
                seen.add(node)
                stack += [step.target for step in self.graph.successors(node)]
        return False

    def _repeated(self, test: ast.expr, node: Node) -> bool | None:
        if not self._held or not _is_pure(test):
            return None
        positive, text = _plain(test)
        for known, where, outcome in self._held:
            if known == text and self._unchanged(test, where, node):
                return outcome is positive
        return None

    def _unchanged(self, test: ast.expr, before: Node, node: Node) -> bool:
        names = {part.id for part in walk(test) if isinstance(part, ast.Name)}
        return all(
            self._via(name, node) == set(self._definitions.at(before, name))
            and not any(d.node in self._later for d in self._via(name, node))
            and not any(
                change.kind in (MutationKind.CALL, MutationKind.ITEM)
                for change in mutations(self.graph, name, before, node)
            )
            for name in names & self._definitions.names
        )


def _plain(test: ast.expr) -> tuple[bool, str]:
    """A condition without its leading ``not``."""
    positive = True
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        positive, test = not positive, test.operand
    return positive, ast.dump(test)


def _is_pure(test: ast.expr) -> bool:
    return all(isinstance(part, _PURE) for part in walk(test))


def _size(node: ast.expr) -> int:
    return len(node.keys) if isinstance(node, ast.Dict) else len(node.elts)  # type: ignore[attr-defined]


def _touched(graph: Graph, name: str) -> bool:
    """Whether anything but a condition uses a name: a list may be filled by then."""
    for node in graph.nodes:
        for code in node.code:
            for part in walk(code):
                if isinstance(part, ast.Name) and part.id == name and part is not code:
                    if isinstance(part.ctx, ast.Load) and node.kind is not NodeKind.TEST:
                        return True
    return False
