"""Whether a telling is about the row that a write wrote, and by which names that row goes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from pusher_migrate.index.coverage.told import Telling
from pusher_migrate.index.coverage.upward import Callers
from pusher_migrate.index.flow.graph import Graph, Node
from pusher_migrate.index.instances.functions import View
from pusher_migrate.index.instances.handles import Handle
from pusher_migrate.index.instances.tracking import Followed, follow
from pusher_migrate.index.types.types import ClassType
from pusher_migrate.index.writes.groups import Write


class WrittenRows:
    """Answers for the rows that one project writes.

    Args:
        callers: What its functions give back to their callers.
        writes: All write groups.
    """

    def __init__(self, callers: Callers, writes: Sequence[Write]) -> None:
        self.callers = callers
        self.writes = writes

    def standing_for(
        self,
        view: View,
        write: Write,
        handles: Iterable[Handle],
        starts: tuple[Node, ...],
    ) -> tuple[frozenset[Handle], frozenset[Handle]]:
        """The handles that stand for the instance behind the write, and all of interest."""
        site = write.site
        returned = self.callers.returned_handles(view)
        tracked = view.names.closure([*site.before, *site.after, *handles, *returned])
        initial = set(site.after)
        for before in site.before:
            initial |= view.names.same_at(starts, before, tracked)
        bound = [target for node in starts for target, _ in view.names.targets(node)]
        for after in site.after:
            if not any(after.below(target) is not None for target in bound):
                initial |= view.names.same_at(starts, after, tracked)
        return frozenset(initial), tracked

    def is_about(
        self,
        view: View,
        write: Write,
        telling: Telling,
        family: frozenset[ClassType],
        starts: tuple[Node, ...],
    ) -> bool:
        """Whether a telling is about the written instance, before the write or behind it."""
        handles = telling.handles(family)
        for node in telling.nodes(view.graph):
            for start in starts:
                for own in write.site.before or write.site.after:
                    wanted = view.names.identity(own, start)
                    if any(view.names.identity(h, node) == wanted for h in handles):
                        return True
        if not starts:
            return False
        initial, every = self.standing_for(view, write, (), starts)
        nodes = frozenset(telling.nodes(view.graph))
        every = view.names.closure([*every, *handles])
        found = follow(
            view.names,
            starts,
            initial,
            every,
            lambda node, valid: node in nodes and not valid.isdisjoint(handles),
        )
        return bool(found.stops)

    def is_early(
        self, view: View, write: Write, telling: Telling, starts: tuple[Node, ...]
    ) -> bool:
        """Whether an emission in front of a write is meant for it, and not for one before that."""
        nodes = telling.nodes(view.graph)
        if not view.graph.exists_path(nodes, starts):
            return False
        for item in write.assignments:
            if view.graph.exists_path(view.graph.nodes_at(item.spot), nodes):
                return True
        return not any(
            other is not write
            and other.site.function is write.site.function
            and set(other.values) & set(write.values)
            and _leads(view.graph, view.graph.nodes_at(other.site.call), nodes)
            for other in self.writes
        )


def may_follow(view: View, telling: Telling, starts: tuple[Node, ...]) -> bool:
    """Whether some path leads from a write to a telling."""
    nodes = telling.nodes(view.graph)
    return bool(set(nodes) & set(starts)) or view.graph.exists_path(starts, nodes)


def reached_by_another(
    view: View, telling: Telling, family: frozenset[ClassType], followed: Followed
) -> bool:
    """Whether a telling is, on some path behind a write, about another row of that name."""
    return any(
        node in followed.held and followed.held[node].isdisjoint(telling.handles(family))
        for node in telling.nodes(view.graph)
    )


def loop_over(view: View, telling: Telling, handles: frozenset[Handle]) -> ast.AST | None:
    """The loop or comprehension that tells for each of its rows without a condition."""
    child: ast.AST = telling.call
    for outer in view.module.ancestors(telling.call):
        if isinstance(outer, ast.For) and isinstance(outer.target, ast.Name):
            return outer if Handle(outer.target.id) in handles else None
        if isinstance(outer, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            plain = len(outer.generators) == 1 and not outer.generators[0].ifs
            return outer if plain and child is outer.elt else None
        if outer is view.node or isinstance(outer, ast.If | ast.While | ast.ExceptHandler):
            return None
        child = outer
    return None


def _leads(graph: Graph, starts: Sequence[Node], goals: Sequence[Node]) -> bool:
    """Whether some path leads from one node to another, whether or not the first is completed."""
    seen: set[Node] = set()
    stack = list(starts)
    while stack:
        for edge in graph.successors(stack.pop()):
            if edge.target in goals:
                return True
            if edge.target not in seen:
                seen.add(edge.target)
                stack.append(edge.target)
    return False
