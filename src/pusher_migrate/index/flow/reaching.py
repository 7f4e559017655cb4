"""Which definitions of a local name may hold at a point of a function.

A *may* analysis: a definition is left out only where no path of the graph brings it. So if one
definition alone reaches a point, the name has that value there, as far as the scope's own code
goes; `ReachingDefinitions.is_exact` says whether other code may bind the name too.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import NamedTuple

from pusher_migrate.index.flow.bindings import (
    Binding,
    BindingKind,
    certain_walruses,
    local_bindings,
    node_bindings,
    parameters,
)
from pusher_migrate.index.flow.graph import Edge, EdgeKind, Graph, Node, NodeKind
from pusher_migrate.index.flow.mutations import Mutation, MutationKind, mutations
from pusher_migrate.nodes import walk

__all__ = [
    "Binding",
    "BindingKind",
    "Definition",
    "Mutation",
    "MutationKind",
    "ReachingDefinitions",
    "definitions",
    "local_bindings",
    "mutations",
]

_DECLARATIONS = (BindingKind.GLOBAL, BindingKind.NONLOCAL)
_ABSENT = (BindingKind.UNBOUND, BindingKind.DELETE)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True, eq=False)
class Definition(Binding):
    """A binding at one node of a graph; one in a ``finally`` body has a definition for each copy.

    Attributes:
        node: Where the name gets its value; the entry node for parameters, for what comes from
            outside (``global``, ``nonlocal``) and for ``unbound``.
    """

    node: Node = field(kw_only=True)


def definitions(graph: Graph) -> ReachingDefinitions:
    """Reaching definitions of the graph's function; made once for each graph, on first use."""
    return graph.cached("reaching definitions", lambda: ReachingDefinitions(graph))


class _Effect(NamedTuple):
    """What completing a node does, as sets of definitions in bits.

    Attributes:
        gen: Definitions that may hold afterwards because of it.
        kill: Definitions that cannot hold afterwards, but for those in ``gen``.
    """

    gen: int = 0
    kill: int = 0


class ReachingDefinitions:
    """Answer of `definitions`.

    Attributes:
        names: All names that the scope binds or declares.
        declared: Those declared ``global`` or ``nonlocal``, with which of the two.
        rebound_inside: Names that a nested function declares ``nonlocal`` (for a module:
            ``global``) and may bind whenever it runs.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._all: list[Definition] = []  # the index of a definition is its bit
        self._mask: dict[str, int] = {}  # all definitions of a name
        self._effects: dict[tuple[Node, EdgeKind], _Effect] = {}
        self._interrupted: dict[Node, int] = {}  # what may hold if the node raises half-way
        self._walruses: dict[Node, int] = {}
        self.declared: dict[str, BindingKind] = {}
        self._collect()
        self.names = frozenset(self._mask)
        self.rebound_inside = self.names & _rebound_by_nested(graph)
        self._before = self._solve()

    # -- questions -------------------------------------------------------------------------------

    def at(self, where: Node | ast.AST, name: str) -> frozenset[Definition]:
        """Definitions of a name that may hold just before a node or a statement runs.

        For an expression within a statement, assignment expressions of the same statement count
        too. For one in a lambda, which runs later, so do all definitions that may come after it; a
        generator expression is taken to run where it stands. Empty for a name that the scope does
        not bind (a lambda's parameter), in dead code, and in nested functions and classes.
        """
        mask = self._mask.get(name, 0)
        if isinstance(where, Node):
            return self._named(self._before.get(where, 0) & mask)
        heads = self._graph.heads_of(where)
        bits = 0
        for node in heads or self._graph.nodes_at(where):
            bits |= self._before.get(node, 0)
            if heads or node not in self._before:
                continue
            bits |= self._walruses.get(node, 0)
            lambdas = _lambdas_around(node, where)
            if any(binding.name == name for each in lambdas for binding in parameters(each)):
                return frozenset()
            if lambdas:
                bits |= self._later(node, name)
        return self._named(bits & mask)

    def after(self, node: Node, name: str) -> frozenset[Definition]:
        """Definitions of a name that may hold once the node is completed, whatever its outcome."""
        bits = 0
        for edge in self._graph.successors(node):
            if edge.completes and node in self._before:
                bits |= self._along(edge, self._before[node])
        return self._named(bits & self._mask.get(name, 0))

    def single(self, where: Node | ast.AST, name: str) -> Definition | None:
        """The definition of a name that holds at this point for sure; None if that is not known."""
        found = self.at(where, name)
        if not self.is_exact(name) or len({(each.tree, each.position) for each in found}) != 1:
            return None
        first = min(found, key=lambda each: each.node.index)  # in finally, one for each copy
        return None if first.kind in _ABSENT else first

    def maybe_unbound(self, where: Node | ast.AST, name: str) -> bool:
        """Whether a local name may have no value here (then a use raises ``UnboundLocalError``)."""
        return any(definition.kind in _ABSENT for definition in self.at(where, name))

    def is_exact(self, name: str) -> bool:
        """Whether the name is local and nothing but the scope's own code binds it."""
        return name in self.names and name not in self.declared and name not in self.rebound_inside

    def of(self, name: str) -> tuple[Definition, ...]:
        """All definitions of a name, in order of nodes, those of dead code included."""
        return tuple(definition for definition in self._all if definition.name == name)

    def _later(self, node: Node, name: str) -> int:
        """Definitions of a name that may be made once a node is completed."""
        after = self._graph.reachable(node) | {node}
        return sum(
            1 << bit
            for bit, definition in enumerate(self._all)
            if definition.name == name and definition.node in after
        )

    # -- collecting ------------------------------------------------------------------------------

    def _collect(self) -> None:
        entry, scope = self._graph.entry, self._graph.function
        bound = {node: list(node_bindings(node)) for node in self._graph.nodes}
        names: dict[str, None] = {}  # ordered
        for binding in (binding for bindings in bound.values() for binding in bindings):
            if binding.kind is not BindingKind.STAR_IMPORT:
                names[binding.name] = None
            if binding.kind in _DECLARATIONS:
                self.declared[binding.name] = binding.kind
        held = list(parameters(scope))
        given = {parameter.name for parameter in held}
        for name in names:
            if name not in given:
                kind = self.declared.get(name, BindingKind.UNBOUND)
                held.append(Binding(name, kind, scope))
        made = {entry: [(binding, self._register(entry, binding)) for binding in held]}
        for node, bindings in bound.items():
            for binding in bindings:
                if binding.kind is BindingKind.STAR_IMPORT:
                    every = [Binding(name, binding.kind, binding.tree) for name in names]
                elif binding.kind in (*_DECLARATIONS, BindingKind.ANNOTATION):
                    every = []
                else:
                    every = [binding]
                for each in every:
                    made.setdefault(node, []).append((each, self._register(node, each)))
        for node, pairs in made.items():
            if pairs:
                self._record(node, pairs)

    def _register(self, node: Node, binding: Binding) -> int:
        """Give a definition its bit."""
        bit = 1 << len(self._all)
        self._all.append(
            Definition(
                binding.name, binding.kind, binding.tree, binding.value, binding.position, node=node
            )
        )
        self._mask[binding.name] = self._mask.get(binding.name, 0) | bit
        return bit

    def _record(self, node: Node, made: list[tuple[Binding, int]]) -> None:
        """Work out what a node with definitions does along each kind of edge."""
        for kind in (EdgeKind.NORMAL, EdgeKind.TRUE, EdgeKind.FALSE, EdgeKind.EXCEPTION):
            outcome = None
            if node.kind in (NodeKind.TEST, NodeKind.GUARD):
                outcome = {EdgeKind.TRUE: True, EdgeKind.FALSE: False}.get(kind)
            elif node.kind in (NodeKind.LOOP, NodeKind.CASE) and kind is EdgeKind.FALSE:
                continue  # no item was taken, the pattern did not match: nothing is bound
            certain = set[ast.AST]()
            if any(binding.kind is BindingKind.WALRUS for binding, _ in made):
                certain.update(*(certain_walruses(code, outcome) for code in node.code))
            effect = _Effect()
            for binding, bit in made:
                kill = self._mask[binding.name]
                if binding.kind is BindingKind.STAR_IMPORT or (
                    binding.kind is BindingKind.WALRUS and binding.tree not in certain
                ):
                    kill = 0
                effect = _Effect(effect.gen & ~kill | bit, effect.kill | kill)
            self._effects[node, kind] = effect
        for binding, bit in made:
            if binding.kind is BindingKind.WALRUS:
                self._walruses[node] = self._walruses.get(node, 0) | bit
        last, _ = made[-1]
        kept = made[:-1] if _binds_last(node, last) else made
        for _, bit in kept:
            self._interrupted[node] = self._interrupted.get(node, 0) | bit

    # -- solving ---------------------------------------------------------------------------------

    def _solve(self) -> dict[Node, int]:
        """Definitions before each live node: the least fixed point, in reverse postorder."""
        before = dict.fromkeys(self._graph.order, 0)
        changed = True
        while changed:
            changed = False
            for node in self._graph.order:
                for edge in self._graph.successors(node):
                    held = before[edge.target] | self._along(edge, before[node])
                    if held != before[edge.target]:
                        before[edge.target] = held
                        changed = True
        return before

    def _along(self, edge: Edge, held: int) -> int:
        """What holds at the end of an edge if ``held`` does before its source."""
        if not edge.completes:
            return held | self._interrupted.get(edge.source, 0)
        effect = self._effects.get((edge.source, edge.kind))
        return held if effect is None else held & ~effect.kill | effect.gen

    def _named(self, bits: int) -> frozenset[Definition]:
        found = []
        while bits:
            lowest = bits & -bits
            found.append(self._all[lowest.bit_length() - 1])
            bits ^= lowest
        return frozenset(found)


def _lambdas_around(node: Node, part: ast.AST) -> list[ast.Lambda]:
    """Lambdas in a node's code whose body holds this."""
    return [
        each
        for code in node.code
        for each in walk(code)
        if isinstance(each, ast.Lambda) and any(inner is part for inner in walk(each.body))
    ]


def _binds_last(node: Node, binding: Binding) -> bool:
    """Whether nothing that can raise comes after this, the last binding of the node."""
    if binding.kind is BindingKind.WALRUS:
        return False
    targets = []
    if isinstance(node.tree, ast.Assign | ast.Delete):
        targets = node.tree.targets
    return all(
        isinstance(part, ast.Name | ast.Tuple | ast.List | ast.Starred | ast.expr_context)
        for target in targets
        for part in walk(target)
    )


def _rebound_by_nested(graph: Graph) -> frozenset[str]:
    """Names of the scope that a nested function may bind."""
    declaration = ast.Global if isinstance(graph.function, ast.Module) else ast.Nonlocal
    nested = {node.tree for node in graph.nodes if isinstance(node.tree, _FUNCTIONS)}
    return frozenset(
        name
        for tree in nested
        for part in walk(tree)
        if isinstance(part, declaration)
        for name in part.names
    )
