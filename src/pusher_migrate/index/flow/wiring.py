"""Nodes, edges, and the edges whose target is not there yet: what the builder of a graph needs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pusher_migrate.index.flow.graph import Edge, EdgeKind, Graph, Node, NodeKind, Scope, Way


class Loose(NamedTuple):
    """An edge whose target is not made yet."""

    source: Node
    kind: EdgeKind = EdgeKind.NORMAL
    completes: bool = True


@dataclass(slots=True)
class Frame:
    """A construct around the code at hand that some ways of leaving have to pass.

    Attributes:
        ways: Which ways end here: a loop takes break and continue, a try with handlers takes
            exceptions, ``finally`` and with take all.
        pending: The edges that came here, for when the construct's end is built.
        reraises: For an except clause, what a bare ``raise`` in it may raise.
        name: For an except clause, its name.
    """

    ways: tuple[Way, ...]
    pending: dict[Way, list[Loose]] = field(default_factory=dict)
    reraises: tuple[Way, ...] = ()
    name: str | None = None


class Wiring:
    """Collects nodes and edges; a list of `Loose` always holds the edges to what is next."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []
        self._frames: list[Frame] = []
        self._ways: tuple[Way, ...] = ()
        self._entry = self.add(NodeKind.ENTRY)
        self._exit = self.add(NodeKind.EXIT)
        self._raise = self.add(NodeKind.RAISE)

    def entry(self) -> list[Loose]:
        """The edge with which the function begins."""
        return [Loose(self._entry)]

    def graph(self, function: Scope, ends: Iterable[Loose]) -> Graph:
        """The finished graph, of which these edges fall off the end."""
        self.connect(ends, self._exit)
        return Graph(
            function, tuple(self._nodes), tuple(self._edges), self._entry, self._exit, self._raise
        )

    def add(
        self,
        kind: NodeKind,
        tree: ast.AST | None = None,
        statement: ast.AST | None = None,
        code: tuple[ast.AST, ...] = (),
        loose: Iterable[Loose] = (),
        line: int = 0,
    ) -> Node:
        """A new node, with these edges into it; its line is the tree's own if none is given."""
        line = line or getattr(tree, "lineno", 0)
        node = Node(len(self._nodes), kind, tree, statement, code, line, self._ways)
        self._nodes.append(node)
        self.connect(loose, node)
        return node

    def connect(self, loose: Iterable[Loose], target: Node) -> None:
        """Give edges their target."""
        self._edges.extend(Edge(source, target, kind, done) for source, kind, done in loose)

    def leave(self, way: Way, loose: Iterable[Loose]) -> None:
        """Send edges to the next construct outward that this way of leaving has to pass."""
        edges = list(loose)
        if not edges:  # nothing goes this way: no copy is to be made for it
            return
        for frame in reversed(self._frames):
            if way in frame.ways:
                frame.pending.setdefault(way, []).extend(edges)
                return
        self.connect(edges, self._raise if way.exceptional else self._exit)

    def may_raise(self, node: Node) -> None:
        """The node may raise instead of having its effect."""
        self.leave(Way.EXCEPTION, [Loose(node, EdgeKind.EXCEPTION, completes=False)])

    def throw(self, node: Node, ways: Iterable[Way]) -> None:
        """The node's effect is to raise."""
        for way in ways:
            self.leave(way, [Loose(node, EdgeKind.EXCEPTION)])

    def frames(self) -> Iterator[Frame]:
        """The constructs around the code at hand, innermost first."""
        return reversed(self._frames)

    def push(self, frame: Frame) -> Frame:
        """Enter a construct."""
        self._frames.append(frame)
        return frame

    def pop(self) -> None:
        """Leave the innermost construct."""
        self._frames.pop()

    def finish(
        self,
        frame: Frame,
        normal: list[Loose],
        end: Callable[[Way, list[Loose]], list[Loose]],
    ) -> list[Loose]:
        """Build one end for each way that was taken and go on from there the same way.

        Args:
            frame: The construct, no longer among the frames.
            normal: Edges that fall off the end of its body.
            end: Makes the nodes of one copy, and returns the edges out of it.
        """
        outer, ends = self._ways, list[Loose]()
        if normal or not frame.pending:
            self._ways = (*outer, Way.NORMAL)
            ends = end(Way.NORMAL, normal)
        for way in Way:
            if way in frame.pending:
                self._ways = (*outer, way)
                leaving = end(way, frame.pending[way])
                self._ways = outer
                self.leave(way, leaving)
        self._ways = outer
        return ends
