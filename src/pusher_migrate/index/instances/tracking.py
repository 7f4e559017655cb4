"""Follow one instance along the paths of a function, from its write to where it is told of.

A path is followed together with the handles that stand for the instance on it, so an emission for
``room`` after ``room`` was bound to the next row tells of the next row only.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from pusher_migrate.index.flow.graph import Edge, EdgeKind, Graph, Node
from pusher_migrate.index.flow.paths import Path
from pusher_migrate.index.instances.handles import Handle, Names

# A function with more states than this is not followed to the end.
MAX_STATES = 20_000

# Whether the instance is told of (persisted, ...) at a node, given the handles that stand for it.
Stop = Callable[[Node, frozenset[Handle]], bool]


@dataclass(frozen=True, slots=True)
class Followed:
    """Where the paths lead.

    Attributes:
        stops: Nodes at which some path stopped.
        missed: A shortest path to the function's normal end that did not stop; None if all did.
        held: The nodes on the paths, up to where they stop, and for each the handles that stand for
            the instance there on all of them.
        complete: False when the function was too large to be followed to the end.
        excused: The edges that were left out.
    """

    stops: frozenset[Node]
    missed: Path | None
    held: Mapping[Node, frozenset[Handle]]
    complete: bool = True
    excused: frozenset[Edge] = frozenset()

    @property
    def always(self) -> bool:
        """Whether every path stopped."""
        return self.missed is None and self.complete


def follow(
    names: Names,
    starts: Iterable[Node],
    initial: Collection[Handle],
    tracked: Collection[Handle],
    stop: Stop,
    excused: Collection[Edge] = (),
) -> Followed:
    """Follow an instance from the completion of ``starts``.

    A node that raises while it tells of the instance has tried to: its exception edges count as
    stopped too. Paths that leave the function by an exception need no stop.

    Args:
        names: The function.
        starts: Paths begin when one of them is completed.
        initial: Handles that stand for the instance then.
        tracked: All handles of interest, closed (`Names.closure`).
        stop: Where a path ends well.
        excused: Edges after which a path needs no stop, or that cannot be taken.
    """
    graph = names.graph
    free = frozenset(excused)
    serial = itertools.count()
    State = tuple[Node, frozenset[Handle]]
    heap: list[tuple[int, int, int, Node, frozenset[Handle]]] = []
    best: dict[State, tuple[int, int]] = {}
    came: dict[State, tuple[Edge, State | None]] = {}
    stops: set[Node] = set()
    held: dict[Node, frozenset[Handle]] = {}
    missed: Path | None = None
    complete = True

    def take(
        edge: Edge, valid: frozenset[Handle], cost: tuple[int, int], back: State | None
    ) -> None:
        state = (edge.target, valid)
        raised, length = cost
        cost = (raised + (edge.kind is EdgeKind.EXCEPTION), length + 1)
        if edge not in free and (state not in best or cost < best[state]):
            best[state], came[state] = cost, (edge, back)
            heapq.heappush(heap, (*cost, next(serial), edge.target, valid))

    first = frozenset(initial)
    for node in sorted(starts, key=lambda node: node.index):
        for edge in graph.successors(node):
            if edge.completes:
                take(edge, first, (0, 0), None)
    while heap:
        raised, length, _, node, valid = heapq.heappop(heap)
        state = (node, valid)
        if best[state] != (raised, length):
            continue
        if len(best) > MAX_STATES:
            complete = False
            break
        if node is graph.exit:
            if missed is None:
                missed = _path(came, state)
            continue
        held[node] = held.get(node, valid) & valid
        if stop(node, valid):
            stops.add(node)
            continue
        for edge in graph.successors(node):
            take(edge, names.after(valid, edge, tracked), (raised, length), state)
    if missed is not None:
        missed = _with_choices(graph, missed, frozenset(stops), free)
    return Followed(frozenset(stops), missed, held, complete, free)


def _path(
    came: dict[tuple[Node, frozenset[Handle]], tuple[Edge, tuple[Node, frozenset[Handle]] | None]],
    state: tuple[Node, frozenset[Handle]],
) -> Path:
    edges: list[Edge] = []
    current: tuple[Node, frozenset[Handle]] | None = state
    while current is not None:
        edge, current = came[current]
        edges.append(edge)
    edges.reverse()
    return Path(tuple(edges), ())


def _with_choices(graph: Graph, path: Path, stops: frozenset[Node], free: frozenset[Edge]) -> Path:
    """The path with the choices that kept it from stopping, or that make it exceptional."""
    useful = graph.reaching(stops) | stops if stops else frozenset()
    choices = []
    for edge in path.edges:
        others = [e for e in graph.successors(edge.source) if e is not edge and e not in free]
        if edge.kind is EdgeKind.EXCEPTION or any(
            e.kind is not EdgeKind.EXCEPTION and e.target in useful for e in others
        ):
            choices.append(edge)
    return Path(path.edges, tuple(choices))
