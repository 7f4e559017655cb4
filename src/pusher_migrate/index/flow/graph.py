"""The control-flow graph of one function as a value, and the questions that can be asked of it.

The vocabulary is that of the compiler literature. One term is our own: a node is *completed* on a
path that leaves it by an edge whose ``completes`` is true. A statement that raises is left before
it had its effect, so a path through a raising ``emit(room)`` has not emitted.

Over-approximation is on the side of more paths: a path of the graph may be infeasible (two tests of
the same condition are not related), but no execution follows a path that the graph lacks. Not
modelled are exceptions that can come up anywhere (``KeyboardInterrupt``, ``MemoryError``) and a
generator that is never resumed.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from pusher_migrate.nodes import walk

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module | ast.ClassDef
_T = TypeVar("_T")


class NodeKind(enum.StrEnum):
    """What a node stands for."""

    ENTRY = "entry"
    EXIT = "exit"  # normal return or falling off the end
    RAISE = "raise"  # left by an exception
    STATEMENT = "statement"  # simple statement, nested def or class, lambda body
    TEST = "test"  # condition of if, elif or while
    ITERABLE = "iterable"  # expression of a for loop, evaluated once
    LOOP = "loop"  # header of a for loop: takes the next item and binds the target, or ends
    CONTEXT = "context"  # one item of a with statement is entered and bound
    CONTEXT_EXIT = "context exit"  # its __exit__
    SUBJECT = "subject"  # of a match statement
    CASE = "case"  # pattern of a case; captures are bound on the true edge
    GUARD = "guard"  # of a case
    HANDLER = "handler"  # an except clause that takes the exception
    HANDLER_END = "handler end"  # ``except E as e`` unbinds e, however the clause is left
    RERAISE = "reraise"  # end of a finally body, or of except* clauses: the exception goes on


class EdgeKind(enum.StrEnum):
    """How control goes from one node to the next."""

    NORMAL = "normal"
    TRUE = "true"  # condition holds, loop takes an item, case matches
    FALSE = "false"
    EXCEPTION = "exception"


class Way(enum.StrEnum):
    """How a block is left; ``finally`` bodies and ``__exit__`` calls have one copy for each."""

    NORMAL = "normal"
    EXCEPTION = "exception"
    BASE_EXCEPTION = "base exception"  # one that ``except Exception`` does not catch
    RETURN = "return"
    BREAK = "break"
    CONTINUE = "continue"

    @property
    def exceptional(self) -> bool:
        """Whether an exception is in flight."""
        return self in (Way.EXCEPTION, Way.BASE_EXCEPTION)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A point of the program. Compared by identity.

    Attributes:
        index: Position in ``Graph.nodes``; textual order but for copies of ``finally`` bodies.
        kind: What it stands for.
        tree: The statement, ``withitem``, ``ExceptHandler``, ``match_case`` or lambda body;
            None for entry and the two exits.
        statement: The statement that ``tree`` is, or is a part of.
        code: The syntax that is evaluated or bound here (the test of an ``if``, not its body).
        line: 1-based line for the reader; 0 for entry and the two exits.
        ways: In a copy of a ``finally`` body or of an ``__exit__``, the way of leaving that it is
            for, outermost first.
    """

    index: int
    kind: NodeKind
    tree: ast.AST | None = None
    statement: ast.AST | None = None
    code: tuple[ast.AST, ...] = ()
    line: int = 0
    ways: tuple[Way, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.index} {self.kind} line {self.line}>"


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A step. Compared by identity.

    Attributes:
        source: Node that is left.
        target: Node that is entered.
        kind: How.
        completes: Whether ``source`` had its effect. False for an exception that a statement raises
            instead of its effect; true for an exception that is its effect (``raise``) or that only
            passes through (a ``finally`` body that ran to its end).
    """

    source: Node
    target: Node
    kind: EdgeKind
    completes: bool

    @property
    def binds(self) -> bool:
        """Whether the source has bound its names on the way.

        A loop that ends has taken no item, and a case that does not match has captured nothing.
        """
        inner = self.source.kind in (NodeKind.LOOP, NodeKind.CASE)
        return not inner or self.kind is not EdgeKind.FALSE

    def __repr__(self) -> str:
        return f"<{self.source.index} -{self.kind}-> {self.target.index}>"


# Nodes of a statement that are not its beginning
_INNER = (NodeKind.LOOP, NodeKind.GUARD)
# Nodes that stand for the end of a construct
_ENDS = (NodeKind.CONTEXT_EXIT, NodeKind.HANDLER_END, NodeKind.RERAISE)

Nodes = Node | Collection[Node]


def node_set(nodes: Nodes) -> frozenset[Node]:
    """One node or several as a set."""
    return frozenset((nodes,)) if isinstance(nodes, Node) else frozenset(nodes)


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """Control flow of one function, lambda, class body or module. Made by `flow.build`.

    Wherever a query takes ``Nodes``, give one node or several (the copies of one statement:
    ``graph.nodes_of(statement)``). Nodes of dead code are there, but lead from nowhere; see `live`.
    """

    function: Scope
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    entry: Node
    exit: Node
    raise_exit: Node

    # -- structure -------------------------------------------------------------------------------

    @cached_property
    def _successors(self) -> tuple[tuple[Edge, ...], ...]:
        return self._grouped(lambda edge: edge.source.index)

    @cached_property
    def _predecessors(self) -> tuple[tuple[Edge, ...], ...]:
        return self._grouped(lambda edge: edge.target.index)

    def _grouped(self, key: Callable[[Edge], int]) -> tuple[tuple[Edge, ...], ...]:
        groups: list[list[Edge]] = [[] for _ in self.nodes]
        for edge in self.edges:
            groups[key(edge)].append(edge)
        return tuple(map(tuple, groups))

    def successors(self, node: Node) -> tuple[Edge, ...]:
        """Edges out of a node."""
        return self._successors[node.index]

    def predecessors(self, node: Node) -> tuple[Edge, ...]:
        """Edges into a node."""
        return self._predecessors[node.index]

    @cached_property
    def _by_tree(self) -> dict[ast.AST, tuple[Node, ...]]:
        found: dict[ast.AST, list[Node]] = {}
        for node in self.nodes:
            if node.tree is None or node.kind in _ENDS:
                continue
            found.setdefault(node.tree, []).append(node)
            if node.kind is NodeKind.CONTEXT and node.statement is not None:
                found.setdefault(node.statement, []).append(node)
        return {tree: tuple(nodes) for tree, nodes in found.items()}

    def nodes_of(self, tree: ast.AST) -> tuple[Node, ...]:
        """Nodes of a statement's header, a ``withitem``, an except clause or a case.

        Several for a loop (iterable and header), a with statement (its items), and for everything
        in a ``finally`` body. None for a ``try``, which has no header, and for what is in a nested
        function or class.
        """
        return self._by_tree.get(tree, ())

    def heads_of(self, tree: ast.AST) -> tuple[Node, ...]:
        """Those of `nodes_of` with which it begins; for a ``try``, those of its first statement."""
        while isinstance(tree, ast.Try | ast.TryStar):
            tree = tree.body[0]
        if isinstance(tree, ast.With | ast.AsyncWith):
            tree = tree.items[0]
        return tuple(node for node in self.nodes_of(tree) if node.kind not in _INNER)

    @cached_property
    def _by_part(self) -> dict[ast.AST, tuple[Node, ...]]:
        found: dict[ast.AST, list[Node]] = {}
        for node in self.nodes:
            for root in node.code:
                for part in walk(root):
                    found.setdefault(part, []).append(node)
        return {part: tuple(nodes) for part, nodes in found.items()}

    def nodes_at(self, part: ast.AST) -> tuple[Node, ...]:
        """Nodes whose own code holds this expression, or are this statement's.

        What is in a lambda belongs to the node where the lambda stands, although it runs later.
        Empty for what is in a nested function or class.
        """
        return self.nodes_of(part) or self._by_part.get(part, ())

    def context_exits(self, tree: ast.AST) -> tuple[Node, ...]:
        """``__exit__`` nodes of a with statement or ``withitem``, one for each way of leaving."""
        return tuple(
            node
            for node in self.nodes
            if node.kind is NodeKind.CONTEXT_EXIT and tree in (node.tree, node.statement)
        )

    def failing_exits(self, tree: ast.AST) -> frozenset[Edge]:
        """Edges by which an exception leaves a with statement or ``withitem`` once it was entered.

        That is where a transaction rolls back: give them to `flow_paths.every_path_hits` as
        ``excused``.
        """
        return frozenset(
            edge
            for node in self.context_exits(tree)
            for edge in self.successors(node)
            if edge.kind is EdgeKind.EXCEPTION or node.ways[-1].exceptional
        )

    @cached_property
    def _memo(self) -> dict[str, object]:
        return {}

    def cached(self, key: str, make: Callable[[], _T]) -> _T:
        """Result of the first ``make`` for this key; analyses keep theirs with the graph so."""
        if key not in self._memo:
            self._memo[key] = make()
        return cast(_T, self._memo[key])

    # -- reachability ----------------------------------------------------------------------------

    @cached_property
    def live(self) -> frozenset[Node]:
        """Nodes that can run at all; the others are dead code."""
        return self.reachable(self.entry) | {self.entry}

    def reachable(self, start: Nodes, without: Nodes = ()) -> frozenset[Node]:
        """Nodes that can be entered once ``start`` is completed, before any of ``without`` is.

        A node of ``without`` is itself in the result if it can be entered; so is ``start`` if it
        can be entered again.
        """
        blocked = node_set(without)
        seen: set[Node] = set()
        stack = [e.target for n in node_set(start) for e in self.successors(n) if e.completes]
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            for edge in self.successors(node):
                if not (edge.completes and node in blocked):
                    stack.append(edge.target)
        return frozenset(seen)

    def reaching(self, goal: Nodes, without: Nodes = ()) -> frozenset[Node]:
        """Nodes from which ``goal`` can be entered without completing one of ``without``."""
        blocked = node_set(without)
        seen: set[Node] = set()
        stack = list(node_set(goal))
        while stack:
            for edge in self.predecessors(stack.pop()):
                source = edge.source
                if source not in seen and not (edge.completes and source in blocked):
                    seen.add(source)
                    stack.append(source)
        return frozenset(seen)

    def exists_path(self, start: Nodes, goal: Nodes, avoiding: Nodes = ()) -> bool:
        """Whether ``goal`` can be entered after ``start`` before one of ``avoiding`` completes."""
        return not self.reachable(start, avoiding).isdisjoint(node_set(goal))

    def between(self, start: Nodes, end: Nodes) -> frozenset[Node]:
        """Nodes on some path from the last completion of ``start`` to the next entry of ``end``."""
        first, last = node_set(start), node_set(end)
        forward: set[Node] = set()
        stack = [e.target for n in first for e in self.successors(n) if e.completes]
        while stack:
            node = stack.pop()
            if node not in forward and node not in last:
                forward.add(node)
                stack += [edge.target for edge in self.successors(node)]
        return (self.reaching(last, without=first) & forward) - first - last

    # -- dominance -------------------------------------------------------------------------------

    @cached_property
    def order(self) -> tuple[Node, ...]:
        """Live nodes in reverse postorder: before their successors, but for edges back to loops."""
        seen = {self.entry}
        finished: list[Node] = []
        stack = [(self.entry, iter(self.successors(self.entry)))]
        while stack:
            node, edges = stack[-1]
            for edge in edges:
                if edge.target not in seen:
                    seen.add(edge.target)
                    stack.append((edge.target, iter(self.successors(edge.target))))
                    break
            else:
                finished.append(node)
                stack.pop()
        return tuple(reversed(finished))

    @cached_property
    def _dominators(self) -> tuple[dict[Node, int], list[int]]:
        """Rank of each live node in `order`, and the rank of the immediate dominator of each rank.

        Source: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
        """
        rank = {node: i for i, node in enumerate(self.order)}
        above = [0] + [-1] * (len(self.order) - 1)
        changed = True
        while changed:
            changed = False
            for node in self.order[1:]:
                new = -1
                for edge in self.predecessors(node):
                    other = rank.get(edge.source, -1)
                    if other < 0 or above[other] < 0:
                        continue
                    while new >= 0 and new != other:
                        if new > other:
                            new = above[new]
                        else:
                            other = above[other]
                    new = other
                if above[rank[node]] != new:
                    above[rank[node]] = new
                    changed = True
        return rank, above

    def dominates(self, first: Node, second: Node) -> bool:
        """Whether every path from entry to ``second`` enters ``first`` (a node dominates itself).

        False if one of them is dead. To ask whether it was *completed* on every path:
        ``not graph.exists_path(graph.entry, second, avoiding=first)``.
        """
        rank, above = self._dominators
        if first not in rank or second not in rank:
            return False
        current = rank[second]
        while current > rank[first]:
            current = above[current]
        return current == rank[first]
