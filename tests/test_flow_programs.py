"""Generated programs: the control-flow graph against what Python does.

Every expression of a generated program is a call that is recorded with its outcome, and asks a list
of choices whether to be true, to raise, ... A recorded run must be a path of the graph (nothing is
missing), and each path of the graph must be a recorded run for some choices (nothing is invented).
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pusher_migrate.index.flow import (
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


class Program:
    """Source of a generated function, and what is needed to run it."""

    def __init__(self, body: list[Any]) -> None:
        self.serial = 0
        self.classes: list[int] = []
        self.reraises = False
        self.source = "def f():\n" + "\n".join(self.block(body, "    "))
        self.code = compile(self.source, "<generated>", "exec")
        self.tree = ast.parse(self.source).body[0]

    def next(self) -> int:
        self.serial += 1
        return self.serial

    def block(self, body: list[Any], pad: str) -> Iterator[str]:
        for statement in body:
            yield from self.statement(statement, pad)

    def statement(self, statement: Any, pad: str) -> Iterator[str]:
        kind, *parts = statement
        deeper = pad + "    "
        n = self.next()
        match kind:
            case "log":
                yield f"{pad}log({n})"
            case "return":
                yield f"{pad}return" + (f" log({n})" if parts[0] else "")
            case "raise":
                yield f"{pad}raise pick({n})"
            case "reraise":
                self.reraises = True
                yield f"{pad}raise"
            case "break" | "continue":
                yield pad + kind
            case "perhaps":
                yield f"{pad}if decide({n}):"
                yield from self.statement(parts[0], deeper)
            case "if" | "while" | "for":
                head = f"for _ in iterate({n})" if kind == "for" else f"{kind} decide({n})"
                yield f"{pad}{head}:"
                yield from self.block(parts[0], deeper)
                if parts[1]:
                    yield f"{pad}else:"
                    yield from self.block(parts[1], deeper)
            case "forever":
                yield f"{pad}while True:"
                # so often may it be true: the loop ends
                yield f"{deeper}if decide({n}): pass"
                yield f"{deeper}else: break"
                yield from self.block(parts[0], deeper)
            case "with":
                yield f"{pad}with manage({n}):"
                yield from self.block(parts[0], deeper)
            case "suppress":
                self.classes.append(n)
                yield f"{pad}with suppress({n}):"
                yield from self.block(parts[0], deeper)
            case "match":
                yield f"{pad}match choose({n}):"
                for guarded, case in parts[0]:
                    case_n = self.next()
                    guard = f" if decide({self.next()})" if guarded else ""
                    yield f"{deeper}case {case_n}{guard}:"
                    yield from self.block(case, deeper + "    ")
                if parts[1]:
                    yield f"{deeper}case _:"
                    yield from self.block(parts[1], deeper + "    ")
            case "try":
                yield from self.attempt(parts, pad, deeper)
            case _:
                raise AssertionError(kind)

    def attempt(self, parts: list[Any], pad: str, deeper: str) -> Iterator[str]:
        body, handlers, catch_all, otherwise, final = parts
        yield f"{pad}try:"
        yield from self.block(body, deeper)
        for named, handler in handlers:
            n = self.next()
            self.classes.append(n)
            yield f"{pad}except E{n}{' as e' if named else ''}:"
            yield from self.block(handler, deeper)
        if catch_all:
            yield f"{pad}except Exception:"
            yield from self.block(catch_all, deeper)
        if otherwise and (handlers or catch_all):
            yield f"{pad}else:"
            yield from self.block(otherwise, deeper)
        if final or not (handlers or catch_all):
            yield f"{pad}finally:"
            yield from self.block(final or [("log",)], deeper)


Event = tuple[str, int, str]
LOOPS, RAISES = 2, 2  # so often may one condition hold, and may a run raise
MANY = 1500  # runs of one program


class Machine:
    """Runs a program for one list of choices and records what happens."""

    def __init__(self, program: Program, choices: list[int]) -> None:
        self.given = choices
        self.taken: list[tuple[int, int]] = []  # choice, of how many
        self.events: list[Event] = []
        self.true: dict[int, int] = {}
        self.raises = 0
        self.errors = {n: type(f"E{n}", (Exception,), {}) for n in (0, *program.classes)}
        names: dict[str, Any] = {f"E{n}": error for n, error in self.errors.items()}
        for name in ("log", "pick", "decide", "choose", "iterate", "manage", "suppress"):
            names[name] = getattr(self, name)
        exec(program.code, names)  # the program is our own
        try:
            names["f"]()
            self.events.append(("end", 0, "exit"))
        except tuple(self.errors.values()):
            self.events.append(("end", 0, "raise"))
        except RuntimeError as error:
            assert "No active exception" in str(error)
            self.events.append(("end", 0, "raise"))

    def choice(self, options: int) -> int:
        given = self.given[len(self.taken)] if len(self.taken) < len(self.given) else 0
        self.taken.append((given % options, options))
        return given % options

    def maybe_raise(self, what: str, n: int, first: int = 0, choice: int | None = None) -> int:
        """A choice below ``first`` is returned, the others raise."""
        errors = list(self.errors.values()) if self.raises < RAISES else []
        options = first + len(errors)
        choice = (self.choice(options) if options > 1 else 0) if choice is None else choice
        if choice < first:
            return choice
        self.raises += 1
        self.events.append((what, n, "raised"))
        raise errors[choice - first]

    def log(self, n: int) -> None:
        self.maybe_raise("log", n, 1)
        self.events.append(("log", n, "done"))

    def pick(self, n: int) -> Exception:
        errors = list(self.errors.values())
        self.raises += 1
        self.events.append(("pick", n, "raised"))
        return errors[self.choice(len(errors))]()

    def truth(self, what: str, n: int) -> bool:
        allowed = self.true.get(n, 0) < LOOPS
        outcome = self.maybe_raise(what, n, 2 if allowed else 1) == 1
        self.true[n] = self.true.get(n, 0) + outcome
        self.events.append((what, n, "true" if outcome else "false"))
        return outcome

    def decide(self, n: int) -> bool:
        return self.truth("decide", n)

    def choose(self, n: int) -> _Subject:
        self.maybe_raise("choose", n, 1)
        self.events.append(("choose", n, "done"))
        return _Subject(self)

    def iterate(self, n: int) -> Iterator[int]:
        self.maybe_raise("iterate", n, 1)
        self.events.append(("iterate", n, "done"))
        return _Items(self, n)

    def manage(self, n: int) -> _Manager:
        return _Manager(self, n, None)

    def suppress(self, n: int) -> _Manager:
        return _Manager(self, n, self.errors[n])


class _Subject:
    """Matches the pattern of a case if the choices say so."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def __eq__(self, n: object) -> bool:
        assert isinstance(n, int)
        return self.machine.truth("matches", n)


class _Items:
    def __init__(self, machine: Machine, n: int) -> None:
        self.machine, self.n = machine, n

    def __iter__(self) -> _Items:
        return self

    def __next__(self) -> int:
        if self.machine.truth("next", self.n):
            return 1
        raise StopIteration


class _Manager:
    def __init__(self, machine: Machine, n: int, swallows: type[Exception] | None) -> None:
        self.machine, self.n, self.swallows = machine, n, swallows

    def __enter__(self) -> None:
        self.machine.maybe_raise("enter", self.n, 1)
        self.machine.events.append(("enter", self.n, "done"))

    def __exit__(self, kind: type[Exception] | None, *_: object) -> bool:
        if kind is not None:
            swallowed = kind is self.swallows
            self.machine.events.append(("exit", self.n, "swallowed" if swallowed else "passed"))
            return swallowed
        self.machine.maybe_raise("exit", self.n, 1)
        self.machine.events.append(("exit", self.n, "done"))
        return False


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


def runs(program: Program) -> Iterator[tuple[Event, ...]]:
    """What is recorded for every list of choices, one after the other."""
    choices: list[int] = []
    while True:
        machine = Machine(program, choices)
        yield tuple(machine.events)
        taken = machine.taken
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            return
        choices = [choice for choice, _ in taken]
        choices[-1] += 1


@functools.cache
def statements(depth: int, in_loop: bool, in_handler: bool) -> st.SearchStrategy[tuple[Any, ...]]:
    leaving = [("return", True), ("return", False), ("raise",)]
    leaving += [("break",), ("continue",)] if in_loop else []
    leaving += [("reraise",)] if in_handler else []
    leave = st.sampled_from(leaving)
    # Code after an unconditional jump is dead: most are conditional
    perhaps = st.tuples(st.just("perhaps"), leave)
    simple = [st.just(("log",)), leave, perhaps, perhaps]
    if depth == 0:
        return st.one_of(*simple)

    def body(loop: bool = in_loop, handler: bool = in_handler) -> st.SearchStrategy[list[Any]]:
        return st.lists(statements(depth - 1, loop, handler), min_size=1, max_size=2)

    def maybe(strategy: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[list[Any]]:
        return st.one_of(st.just([]), strategy)

    case = st.tuples(st.booleans(), body())
    handler = st.tuples(st.booleans(), body(handler=True))
    compound = [
        st.tuples(st.just("if"), body(), maybe(body())),
        st.tuples(st.just("while"), body(True), maybe(body())),
        st.tuples(st.just("for"), body(True), maybe(body())),
        st.tuples(st.just("forever"), body(True)),
        st.tuples(st.just("with"), body()),
        st.tuples(st.just("suppress"), body()),
        st.tuples(st.just("match"), st.lists(case, min_size=1, max_size=2), maybe(body())),
        st.tuples(
            st.just("try"),
            body(),
            st.lists(handler, max_size=1),
            maybe(body(handler=True)),
            maybe(body()),
            maybe(body()),
        ),
    ]
    # Twice what can go wrong: a try or a with statement within a loop or another try
    return st.one_of(*simple, *compound, *compound[-4:], *([compound[-1]] if in_loop else []))


programs = st.lists(statements(2, False, False), min_size=1, max_size=2).map(Program)
common = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(common, max_examples=400)
@given(
    st.lists(statements(3, False, False), min_size=1, max_size=4).map(Program),
    # 0 is false, the end of a loop, or nothing special; 1 is true; the rest raise
    st.lists(st.lists(st.sampled_from([0, 0, 1, 1, 1, 2, 3, 4]), max_size=30), max_size=20),
)
def test_every_run_is_a_path(program: Program, choices: list[list[int]]) -> None:
    graph = build(program.tree)  # type: ignore[arg-type]
    recorded = {tuple(Machine(program, each).events) for each in choices}
    for events in recorded | set(islice(runs(program), 40)):
        assert is_path(graph, events), (program.source, events)


@settings(common, max_examples=300)
@given(programs)
def test_every_path_is_a_run(program: Program) -> None:
    graph = build(program.tree)  # type: ignore[arg-type]
    assume(not program.reraises)  # the graph does not know the class of ``raise`` alone
    known = set(islice(runs(program), MANY))
    assume(len(known) < MANY)
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
