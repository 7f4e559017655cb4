"""Generated programs: the control-flow graph against what Python does.

A recorded run must be a path of the graph (nothing is missing), and each path of the graph must be
a recorded run for some choices (nothing is invented).
"""

from __future__ import annotations

import ast
from itertools import islice, pairwise

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pusher_migrate.index.flow.build import (
    Edge,
    EdgeKind,
    Graph,
    Node,
    NodeKind,
    branch_description,
    build,
    every_path_hits,
    paths_between,
)
from tests.flow_programs import LOOPS, MANY, RAISES, Event, Machine, Program, runs, statements


def event_of(edge: Edge) -> Event | None:
    """What is recorded when a run takes this edge."""
    node = edge.source
    match node.kind, node.tree:
        case NodeKind.LOOP, ast.For(iter=ast.Call(args=[argument])):
            what = "next"
        case NodeKind.CONTEXT, ast.withitem(context_expr=ast.Call(args=[argument])):
            what = "enter"
        case NodeKind.CONTEXT_EXIT, ast.withitem(context_expr=ast.Call(args=[argument])):
            what = "exit"
        case NodeKind.CASE, ast.match_case(pattern=ast.MatchValue(value=argument)):
            what = "matches"
        case _:
            parts = (part for code in node.code for part in ast.walk(code))
            call = next((part for part in parts if isinstance(part, ast.Call)), None)
            if call is None:
                return None
            what, argument = ast.unparse(call.func), call.args[0]
    assert isinstance(argument, ast.Constant)
    outcome = {
        EdgeKind.NORMAL: "done",
        EdgeKind.TRUE: "true",
        EdgeKind.FALSE: "false",
        EdgeKind.EXCEPTION: "raised",
    }[edge.kind]
    if node.kind is NodeKind.CONTEXT_EXIT and node.ways[-1].exceptional:
        outcome = "passed" if edge.kind is EdgeKind.EXCEPTION else "swallowed"
    return (what, argument.value, outcome)


def is_path(graph: Graph, events: tuple[Event, ...]) -> bool:
    """Whether a recorded run is a path from entry to the exit that it took."""

    def silent(nodes: set[Node]) -> set[Node]:
        stack = list(nodes)
        while stack:
            for edge in graph.successors(stack.pop()):
                if event_of(edge) is None and edge.target not in nodes:
                    nodes.add(edge.target)
                    stack.append(edge.target)
        return nodes

    current = silent({graph.entry})
    for event in events[:-1]:
        current = silent(
            {
                edge.target
                for node in current
                for edge in graph.successors(node)
                if event_of(edge) == event
            }
        )
    return (graph.exit if events[-1][2] == "exit" else graph.raise_exit) in current


programs = st.lists(statements(2), min_size=1, max_size=2).map(Program)
common = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(common, max_examples=250)
@given(
    st.lists(statements(3), min_size=1, max_size=4).map(Program),
    # 0 is false, the end of a loop, or nothing special; 1 is true; the rest raise
    st.lists(st.lists(st.sampled_from([0, 0, 1, 1, 1, 2, 3, 4]), max_size=30), max_size=20),
)
def test_every_run_is_a_path(program: Program, choices: list[list[int]]) -> None:
    graph = build(program.tree)  # type: ignore[arg-type]
    recorded = {tuple(Machine(program, each).events) for each in choices}
    for events in recorded | {tuple(machine.events) for machine in islice(runs(program), 40)}:
        assert is_path(graph, events), (program.source, events)


@settings(common, max_examples=200)
@given(programs)
def test_every_path_is_a_run(program: Program) -> None:
    graph = build(program.tree)  # type: ignore[arg-type]
    assume(not program.reraises)  # the graph does not know the class of ``raise`` alone
    executed = list(islice(runs(program), MANY))
    assume(len(executed) < MANY)
    known = {tuple(machine.events) for machine in executed}
    for goal, end in ((graph.exit, "exit"), (graph.raise_exit, "raise")):
        for path in paths_between(graph, graph.entry, goal, limit=150):
            events = [event for edge in path.edges if (event := event_of(edge)) is not None]
            raised = sum(event[2] == "raised" for event in events)
            often = max((events.count(event) for event in events), default=0)
            if raised <= RAISES and often <= LOOPS:
                assert (*events, ("end", 0, end)) in known, (program.source, path)


@settings(common, max_examples=100)
@given(programs)
def test_dominance_and_reachability_agree(program: Program) -> None:
    graph = build(program.tree)  # type: ignore[arg-type]

    def entered_without(blocked: Node) -> set[Node]:
        seen, stack = {graph.entry} - {blocked}, [graph.entry]
        while stack:
            for edge in graph.successors(stack.pop()):
                if edge.target is not blocked and edge.target not in seen:
                    seen.add(edge.target)
                    stack.append(edge.target)
        return seen

    for first in graph.live - {graph.entry}:
        free = entered_without(first)
        for second in graph.live:
            assert graph.dominates(first, second) is (second not in free)


@settings(common, max_examples=100)
@given(programs, st.data())
def test_every_path_hits_agrees_with_the_paths(program: Program, data: st.DataObject) -> None:
    graph = build(program.tree)  # type: ignore[arg-type]
    hits = set(data.draw(st.lists(st.sampled_from(graph.nodes[3:]), max_size=3)))
    strict = data.draw(st.booleans())
    check = every_path_hits(graph, graph.entry, hits, ignoring_raise=not strict)
    goals = {graph.exit, graph.raise_exit} if strict else {graph.exit}
    assert check.holds is not graph.exists_path(graph.entry, goals, avoiding=hits)
    if check.witness is None:
        return
    edges = check.witness.edges
    assert edges[0].source is graph.entry and edges[-1].target in goals
    assert all(one.target is two.source for one, two in pairwise(edges))
    assert not any(edge.completes and edge.source in hits for edge in edges)
    branch_description(check.witness)
