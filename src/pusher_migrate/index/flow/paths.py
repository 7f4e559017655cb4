"""Paths through a control-flow graph, and how to tell a reader which path is meant."""

from __future__ import annotations

import ast
import heapq
import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pusher_migrate.index.flow.graph import Edge, EdgeKind, Graph, Node, NodeKind, Nodes, node_set


@dataclass(frozen=True, slots=True)
class Path:
    """Edges, each of which starts where the one before it ends.

    Attributes:
        edges: At least one.
        choices: Those of ``edges`` that a reader needs to be told to recognise the path.
    """

    edges: tuple[Edge, ...]
    choices: tuple[Edge, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes from first to last."""
        return (self.edges[0].source, *(edge.target for edge in self.edges))

    @property
    def exceptional(self) -> bool:
        """Whether some statement raises on this path."""
        return any(edge.kind is EdgeKind.EXCEPTION for edge in self.edges)


class PathCheck(NamedTuple):
    """Answer of `every_path_hits`; the witness is a path that hits nothing, None if all hit."""

    holds: bool
    witness: Path | None


def every_path_hits(
    graph: Graph,
    start: Nodes,
    hits: Nodes,
    *,
    ignoring_raise: bool = True,
    excused: Collection[Edge] = (),
) -> PathCheck:
    """Whether every path from ``start`` to the end of the function completes one of ``hits``.

    Args:
        start: Paths begin when it is completed; that it is itself one of ``hits`` does not count.
        hits: The nodes to be completed.
        ignoring_raise: Whether paths that leave the function by an exception need no hit.
        excused: Edges after which a path needs no hit.

    Returns:
        The answer, and if it is no, a shortest path without a hit, preferably one on which
        nothing raises (if the witness is `exceptional`, all of them are). Its ``choices`` are
        what raises, and the branches whose alternative can lead to a hit that they do not lead to.
    """
    goals = {graph.exit} if ignoring_raise else {graph.exit, graph.raise_exit}
    wanted, free = node_set(hits), frozenset(excused)
    serial = itertools.count()  # settles ties; nodes are not ordered
    heap: list[tuple[int, int, int, Node]] = []
    best: dict[Node, tuple[int, int]] = {}
    came: dict[Node, Edge] = {}

    def follow(edge: Edge, raises: int, length: int) -> None:
        cost = (raises + (edge.kind is EdgeKind.EXCEPTION), length + 1)
        if edge not in free and cost < best.get(edge.target, (len(graph.nodes) + 1, 0)):
            best[edge.target], came[edge.target] = cost, edge
            heapq.heappush(heap, (*cost, next(serial), edge.target))

    starts = sorted(node_set(start), key=lambda node: node.index)
    for node in starts:
        for edge in graph.successors(node):
            if edge.completes:
                follow(edge, 0, 0)
    while heap:
        raises, length, _, node = heapq.heappop(heap)
        if node in goals:
            edges = _walked(came, node, length)
            return PathCheck(False, Path(edges, _choices(graph, edges, frozenset(starts), wanted)))
        if best[node] == (raises, length):
            for edge in graph.successors(node):
                if not (edge.completes and node in wanted):
                    follow(edge, raises, length)
    return PathCheck(True, None)


def _walked(came: dict[Node, Edge], goal: Node, length: int) -> tuple[Edge, ...]:
    edges = [came[goal]]
    while len(edges) < length:
        edges.append(came[edges[-1].source])
    return tuple(reversed(edges))


def _choices(
    graph: Graph, edges: tuple[Edge, ...], start: frozenset[Node], wanted: frozenset[Node]
) -> tuple[Edge, ...]:
    """The steps of a path without a hit that matter: what raises, and what leads away from hits."""
    return tuple(
        edge
        for edge in edges
        if edge.kind is EdgeKind.EXCEPTION
        or _swallows(edge)
        or any(
            other is not edge
            and other.kind is not EdgeKind.EXCEPTION
            and not _ahead(graph, other, start, wanted) <= _ahead(graph, edge, start, wanted)
            for other in graph.successors(edge.source)
        )
    )


def _swallows(edge: Edge) -> bool:
    exiting = edge.source.kind is NodeKind.CONTEXT_EXIT and edge.source.ways[-1].exceptional
    return exiting and edge.kind is EdgeKind.NORMAL


def _ahead(
    graph: Graph, edge: Edge, start: frozenset[Node], wanted: frozenset[Node]
) -> frozenset[Node]:
    """Hits that can follow if nothing raises, before the same choice or the start comes again."""
    stop = start | {edge.source}
    seen: set[Node] = set()
    stack = [edge.target]
    while stack:
        node = stack.pop()
        if node not in seen and node not in stop:
            seen.add(node)
            stack += [e.target for e in graph.successors(node) if e.kind is not EdgeKind.EXCEPTION]
    return wanted & seen


def paths_between(graph: Graph, start: Node, end: Node, limit: int = 100) -> Iterator[Path]:
    """Paths from the completion of ``start`` to the next entry of ``end`` that take no edge twice.

    So a loop runs not at all, or once.

    At most ``limit`` of them; the search also gives up after ``limit`` steps for each edge of the
    graph, so it always ends soon.
    """
    useful = graph.reaching(end)
    steps = limit * (len(graph.edges) + 1)
    taken: dict[Edge, None] = {}  # ordered
    stack = [iter([edge for edge in graph.successors(start) if edge.completes])]
    while stack and limit > 0 and steps > 0:
        for edge in stack[-1]:
            steps -= 1
            if edge in taken:
                continue
            if edge.target is end:
                edges = (*taken, edge)
                yield Path(edges, edges)
                limit -= 1
                break
            if edge.target in useful:
                taken[edge] = None
                stack.append(iter(graph.successors(edge.target)))
                break
        else:
            stack.pop()
            if taken:
                taken.popitem()


def branch_description(path: Path) -> str:
    """The path's choices in words: "when the condition at line 14 is false and ...".

    Empty if there was nothing to choose.
    """
    taken: set[tuple[ast.AST | None, EdgeKind]] = set()
    entered = {node.tree for node in path.nodes if node.kind is NodeKind.ITERABLE}
    chosen = frozenset(path.choices)
    phrases: dict[str, None] = {}  # ordered, without repetition
    ends: dict[str, None] = {}
    for edge in path.edges:
        again = (edge.source.tree, EdgeKind.TRUE) in taken
        inside = edge.source.kind is NodeKind.LOOP and edge.source.tree not in entered
        if edge in chosen and (text := _phrase(edge, again, inside)):
            (ends if text.endswith(" ends") else phrases)[text] = None
        taken.add((edge.source.tree, edge.kind))
    phrases = phrases or ends  # that a loop which ran comes to its end goes without saying
    return "when " + _joined(phrases) if phrases else ""


def _phrase(edge: Edge, again: bool, inside: bool) -> str:
    """One choice in words.

    Args:
        edge: The choice.
        again: Whether the path took the same node's true branch before.
        inside: Whether the path begins within the loop that the edge belongs to.
    """
    source, target = edge.source, edge.target
    holds = edge.kind is EdgeKind.TRUE
    if edge.kind is EdgeKind.EXCEPTION:
        if target.kind is NodeKind.HANDLER:
            takes = f"the except clause at line {target.line} takes it"
            if source.kind in (NodeKind.RERAISE, NodeKind.CONTEXT_EXIT, NodeKind.HANDLER_END):
                return takes
            return f"line {source.line} raises and {takes}"
        silent = (NodeKind.RERAISE, NodeKind.HANDLER_END, NodeKind.CONTEXT_EXIT)
        return "" if source.kind in silent else f"line {source.line} raises"
    if source.kind is NodeKind.CONTEXT_EXIT and source.ways[-1].exceptional:
        return f"the with statement at line {source.line} swallows it"
    if edge.kind is EdgeKind.NORMAL:
        return ""
    if source.kind is NodeKind.LOOP or isinstance(source.tree, ast.While):
        if holds:
            return f"the loop at line {source.line} {'goes on' if again or inside else 'runs'}"
        ends = again or inside
        return f"the loop at line {source.line} {'ends' if ends else 'runs zero times'}"
    if source.kind is NodeKind.CASE:
        if holds:
            return f"the case at line {source.line} matches"
        return f"the case at line {source.line} does not match"
    what = "guard" if source.kind is NodeKind.GUARD else "condition"
    return f"the {what} at line {source.line} is {'true' if holds else 'false'}"


def _joined(phrases: Iterable[str]) -> str:
    *most, last = phrases
    return ", ".join(most) + " and " + last if most else last
