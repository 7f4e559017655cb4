"""Where exactly an emission is missing, when other paths behind the same write have one."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.index.flow.graph import Edge, EdgeKind, Graph, Node, NodeKind
from pusher_migrate.index.instances.functions import View
from pusher_migrate.index.instances.handles import Handle
from pusher_migrate.index.instances.tracking import Followed


@dataclass(frozen=True, eq=False, slots=True)
class Gap:
    """Where subscribers are not told although they are on other paths.

    Attributes:
        statement: The statement in front of which the emission is missing, or an ``if``.
        is_else: True when it is missing where the ``if`` does nothing.
    """

    statement: ast.stmt
    is_else: bool = False


def find_gaps(
    view: View, starts: tuple[Node, ...], followed: Followed, handle: Handle
) -> list[Gap] | None:
    """The places that all silent paths pass, each once, and no other path does.

    A path is silent from the branch on from which no emission can be reached any more. None when
    such a branch has no place of its own: an emission there would be sent a second time, or for a
    write that was not made.

    Args:
        view: The function.
        starts: The nodes of the write.
        followed: Where the paths behind it lead.
        handle: The instance, as it is named behind the write.
    """
    graph = view.graph
    hits = followed.stops
    useful = graph.reaching(hits) | hits
    behind_hits = graph.reachable(hits, without=starts)
    gaps: dict[tuple[ast.stmt, bool], Gap] = {}
    for edge in _frontier(graph, starts, followed, useful):
        gap = _gap(graph, edge)
        if gap is None:
            return None
        node = edge.source if gap.is_else else edge.target
        reached = graph.exists_path(graph.entry, node, avoiding=starts)
        if reached or handle not in followed.held.get(node, frozenset([handle])):
            return None
        if not gap.is_else and (edge.target in behind_hits or _joins(graph, edge, followed)):
            return None
        if gap.is_else and edge.source in behind_hits:
            return None
        gaps[gap.statement, gap.is_else] = gap
    return list(gaps.values()) or None


def _frontier(
    graph: Graph, starts: tuple[Node, ...], followed: Followed, useful: frozenset[Node]
) -> list[Edge]:
    """The edges by which paths that may still be told of the write become silent."""
    found = []
    silent = graph.reaching(graph.exit) | {graph.exit}
    for node in (*starts, *followed.held):
        if node in followed.stops:
            continue
        for edge in graph.successors(node):
            if edge.target in useful or edge.target not in silent or edge in followed.excused:
                continue
            if not edge.completes and node not in followed.held:
                continue  # The write itself failed.
            if node in useful or node in starts:
                found.append(edge)
    return found


def _gap(graph: Graph, edge: Edge) -> Gap | None:
    """The place at the beginning of a branch."""
    if edge.kind is EdgeKind.EXCEPTION:
        return None
    source, target = edge.source, edge.target
    if source.kind is NodeKind.TEST and isinstance(source.tree, ast.If):
        if edge.kind is EdgeKind.FALSE and not source.tree.orelse:
            return Gap(source.tree, is_else=True) if _stands_once(graph, source.tree) else None
    statement = target.statement
    if not isinstance(statement, ast.stmt) or target not in graph.heads_of(statement):
        return None
    if not _stands_once(graph, statement):
        return None
    return Gap(statement)


def _stands_once(graph: Graph, statement: ast.stmt) -> bool:
    """Whether a statement is on one way only; one in a ``finally`` is on each way out of it."""
    return len(graph.heads_of(statement)) == 1


def _joins(graph: Graph, edge: Edge, followed: Followed) -> bool:
    """Whether other paths come in where a branch begins."""
    return any(
        other is not edge and other.source in graph.live
        for other in graph.predecessors(edge.target)
    )
