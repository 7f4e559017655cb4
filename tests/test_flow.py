"""The control-flow graph: hard cases by hand, and generated programs against what Python does."""

from __future__ import annotations

import ast
import textwrap
from typing import Any

import pytest

from pusher_migrate.index.flow.build import (
    EdgeKind,
    Graph,
    Node,
    NodeKind,
    Path,
    Way,
    branch_description,
    build,
    every_path_hits,
    paths_between,
)


def graph_of(source: str, **options: Any) -> Graph:
    """Graph of the first function in the source; its ``def`` is line 1."""
    function = ast.parse(textwrap.dedent(source).lstrip("\n")).body[0]
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    return build(function, **options)


def on(graph: Graph, line: int, kind: NodeKind | None = None) -> tuple[Node, ...]:
    """Live nodes of a line."""
    return tuple(
        node
        for node in graph.nodes
        if node.line == line and node in graph.live and kind in (None, node.kind)
    )


def one(graph: Graph, line: int, kind: NodeKind | None = None) -> Node:
    (node,) = on(graph, line, kind)
    return node


def lines(path: Path) -> list[int]:
    """Lines of a path without what stands for no text of its own, repetitions of a line once."""
    seen: list[int] = []
    for node in path.nodes:
        if node.line and node.kind not in (NodeKind.RERAISE, NodeKind.HANDLER_END):
            seen += [node.line] if seen[-1:] != [node.line] else []
    return seen


def routes(graph: Graph, *, calm: bool = True, end: Node | None = None) -> set[tuple[int, ...]]:
    """All paths through the function as lines, those without exceptions if ``calm``."""
    return {
        tuple(lines(path))
        for path in paths_between(graph, graph.entry, end or graph.exit, limit=1000)
        if not (calm and path.exceptional)
    }


def test_straight_line() -> None:
    graph = graph_of("""
        def f():
            a()
            b()
        """)
    assert routes(graph) == {(2, 3)}
    assert routes(graph, calm=False, end=graph.raise_exit) == {(2,), (2, 3)}


def test_if_elif_else_and_early_return() -> None:
    graph = graph_of("""
        def f(x):
            if x == 1:
                return a()
            elif x == 2:
                b()
            else:
                c()
            d()
        """)
    assert routes(graph) == {(2, 3), (2, 4, 5, 8), (2, 4, 7, 8)}


def test_code_after_a_return_is_dead_and_still_has_its_nodes() -> None:
    graph = graph_of("""
        def f():
            return 1
            a()
            if b():
                c()
        """)
    dead = graph.function.body[1]  # type: ignore[union-attr, index]
    (node,) = graph.nodes_of(dead)
    assert node not in graph.live
    assert graph.dominates(graph.entry, node) is False
    assert {node.line for node in graph.live} == {0, 2}


@pytest.mark.parametrize(
    ("test", "taken"),
    [
        ("True", {(2, 3)}),
        ("1", {(2, 3)}),
        ("not 0", {(2, 3)}),
        ("False", {(2, 5)}),
        ("None", {(2, 5)}),
        ("not True", {(2, 5)}),
        ("TYPE_CHECKING", {(2, 3), (2, 5)}),
        ("x", {(2, 3), (2, 5)}),
    ],
)
def test_constant_conditions(test: str, taken: set[tuple[int, ...]]) -> None:
    graph = graph_of(f"""
        def f(x):
            if {test}:
                a()
            else:
                b()
        """)
    assert routes(graph) == taken


def test_while_true_is_left_by_break_only() -> None:
    graph = graph_of("""
        def f():
            while True:
                if a():
                    break
            else:
                never()
            b()
        """)
    assert (2, 3, 4, 7) in routes(graph)
    assert on(graph, 6) == ()
    endless = graph_of("""
        def f():
            while 1:
                a()
            b()
        """)
    assert endless.exit not in endless.live
    assert endless.raise_exit in endless.live
    assert on(endless, 4) == ()


def test_loop_else_continue_and_break() -> None:
    graph = graph_of("""
        def f(xs):
            for x in xs:
                if x:
                    continue
                if not x:
                    break
                a()
            else:
                b()
            c()
        """)
    assert routes(graph) >= {(2, 9, 10), (2, 3, 5, 6, 10), (2, 3, 4, 2, 9, 10)}
    assert (2, 3, 5, 6, 9, 10) not in routes(graph)


def test_return_in_finally_overrides_everything() -> None:
    graph = graph_of("""
        def f():
            try:
                a()
            finally:
                return 2
            b()
        """)
    assert routes(graph, calm=False) == {(3, 5)}
    assert graph.raise_exit not in graph.live
    assert on(graph, 6) == ()
    assert {node.ways for node in on(graph, 5)} == {(Way.NORMAL,), (Way.EXCEPTION,)}


def test_break_in_finally_swallows_the_exception() -> None:
    graph = graph_of("""
        def f(xs):
            for x in xs:
                try:
                    return a()
                finally:
                    break
            b()
        """)
    assert routes(graph, calm=False) == {(2, 7), (2, 4, 6, 7)}
    returned = next(n for n in on(graph, 6) if n.ways == (Way.RETURN,))
    assert graph.exists_path(returned, one(graph, 7))


def test_finally_is_copied_for_each_way() -> None:
    graph = graph_of("""
        def f(xs):
            for x in xs:
                try:
                    if x == 1:
                        return 1
                    if x == 2:
                        break
                    if x == 3:
                        continue
                    a()
                finally:
                    b()
            c()
        """)
    copies = on(graph, 12)
    assert {node.ways for node in copies} == {
        (Way.NORMAL,),
        (Way.EXCEPTION,),
        (Way.RETURN,),
        (Way.BREAK,),
        (Way.CONTINUE,),
    }
    found = routes(graph)
    assert (2, 4, 5, 12) in found  # return: not to line 13
    assert (2, 4, 6, 7, 12, 13) in found
    assert not any(route[:4] == (2, 4, 5, 12) and len(route) > 4 for route in found)
    statement = copies[0].statement
    assert statement is not None
    assert set(graph.nodes_of(statement)) == set(copies)


def test_no_copy_of_finally_is_made_for_a_way_that_is_not_taken() -> None:
    graph = graph_of("""
        def f():
            try:
                return 1
            finally:
                a()
        """)
    final = graph.function.body[0].finalbody[0]  # type: ignore[union-attr, index]
    assert [node.ways for node in graph.nodes_of(final)] == [(Way.RETURN,)]
    graph = graph_of("""
        def f():
            try:
                try:
                    a()
                finally:
                    return 1
            finally:
                b()
        """)
    final = graph.function.body[0].finalbody[0]  # type: ignore[union-attr, index]
    assert [node.ways for node in graph.nodes_of(final)] == [(Way.RETURN,)]


def test_an_exception_goes_on_after_finally_as_an_exception() -> None:
    graph = graph_of("""
        def f():
            try:
                a()
            finally:
                b()
        """)
    edges = {(e.source.kind, e.kind, e.completes) for e in graph.predecessors(graph.raise_exit)}
    assert edges == {
        (NodeKind.RERAISE, EdgeKind.EXCEPTION, True),
        (NodeKind.STATEMENT, EdgeKind.EXCEPTION, False),
    }


def test_nested_finally_with_return_runs_both_bodies_in_order() -> None:
    graph = graph_of("""
        def f():
            try:
                try:
                    return a()
                finally:
                    b()
            finally:
                c()
            d()
        """)
    assert routes(graph) == {(4, 6, 8)}
    assert routes(graph, calm=False, end=graph.raise_exit) == {(4, 6, 8)}
    assert on(graph, 9) == ()


def test_exceptions_go_to_all_handlers_and_out_unless_one_takes_all() -> None:
    source = """
        def f():
            try:
                a()
            except KeyError:
                b()
            except {last}:
                c()
            d()
        """
    narrow = graph_of(source.format(last="ValueError"))
    assert routes(narrow, calm=False) == {(3, 8), (3, 4, 5, 8), (3, 6, 7, 8)}
    assert (3,) in routes(narrow, calm=False, end=narrow.raise_exit)
    for last in ("Exception", "BaseException", "(KeyError, Exception)", "builtins.Exception"):
        wide = graph_of(source.format(last=last))
        assert (3,) not in routes(wide, calm=False, end=wide.raise_exit), last
    other = graph_of(source.format(last="errors.Exception"))
    assert (3,) in routes(other, calm=False, end=other.raise_exit)


def test_bare_except_takes_what_exception_does_not() -> None:
    source = """
        def f():
            try:
                raise SystemExit
            except {kind}:
                b()
        """
    assert routes(graph_of(source.format(kind="Exception")), calm=False) == set()
    assert routes(graph_of(source.format(kind="ValueError")), calm=False) == set()
    assert routes(graph_of(source.format(kind="BaseException")), calm=False) == {(3, 4, 5)}
    assert routes(graph_of(source.format(kind="(OSError, SystemExit)")), calm=False) == {(3, 4, 5)}


def test_what_cannot_raise_has_no_exception_edge() -> None:
    graph = graph_of("""
        def f(x):
            try:
                y = 1
                pass
                global z
                w: int = (1, "a")
                g = lambda: x
                def h(): pass
                return None
            except KeyError:
                b()
        """)
    assert on(graph, 10) == ()
    assert graph.raise_exit not in graph.live


def test_a_name_alone_can_raise() -> None:
    graph = graph_of("""
        def f():
            try:
                unicode
            except NameError:
                return 1
        """)
    assert on(graph, 5)


def test_else_of_try_is_not_guarded_but_passes_finally() -> None:
    graph = graph_of("""
        def f():
            try:
                a()
            except Exception:
                b()
            else:
                c()
            finally:
                d()
        """)
    assert (3, 7, 9) in routes(graph)
    assert (3, 7, 4, 5, 9) not in routes(graph, calm=False)
    assert (3, 7, 9) in routes(graph, calm=False, end=graph.raise_exit)


def test_raise_in_handler_leaves_through_finally() -> None:
    graph = graph_of("""
        def f():
            try:
                a()
            except Exception:
                raise
            finally:
                d()
            e()
        """)
    assert routes(graph, calm=False) == {(3, 7, 8)}
    assert (3, 4, 5, 7) in routes(graph, calm=False, end=graph.raise_exit)


def test_reraise_of_a_base_exception_passes_except_exception() -> None:
    graph = graph_of("""
        def f():
            try:
                try:
                    a()
                except BaseException as error:
                    raise error
            except Exception:
                b()
        """)
    assert graph.exists_path(one(graph, 6), one(graph, 8))
    assert graph.exists_path(one(graph, 6), graph.raise_exit, avoiding=one(graph, 8))


def test_suppress_swallows_and_with_return_runs_the_exit() -> None:
    graph = graph_of("""
        def f():
            with contextlib.suppress(KeyError), lock:
                return a()
            b()
        """)
    assert (2, 3, 2) in routes(graph)  # return passes both exits
    swallowed = next(p for p in paths_between(graph, graph.entry, graph.exit) if p.exceptional)
    assert 4 in lines(swallowed)
    plain = graph_of("""
        def f():
            with transaction.atomic():
                return a()
            b()
        """)
    assert on(plain, 4) == ()
    swallowing = graph_of(
        """
        def f():
            with transaction.atomic():
                return a()
            b()
        """,
        may_suppress=lambda manager: True,
    )
    assert on(swallowing, 4)


def test_context_exits_and_rollback_edges() -> None:
    source = """
        def f(room):
            try:
                with atomic():
                    room.save()
            except DatabaseError:
                return None
            emit(room)
        """
    graph = graph_of(source)
    save, emit = one(graph, 4), one(graph, 7)
    check = every_path_hits(graph, save, emit)
    assert not check.holds  # the commit itself may fail
    assert check.witness is not None and check.witness.exceptional
    context = graph.function.body[0].body[0]  # type: ignore[union-attr, index]
    assert {node.ways for node in graph.context_exits(context)} == {
        (Way.NORMAL,),
        (Way.EXCEPTION,),
    }
    assert every_path_hits(graph, save, emit, excused=graph.failing_exits(context)).holds
    swallowing = graph_of(source, may_suppress=lambda manager: True)
    context = swallowing.function.body[0].body[0]  # type: ignore[union-attr, index]
    rolled_back = swallowing.failing_exits(context)
    assert EdgeKind.NORMAL in {edge.kind for edge in rolled_back}
    assert every_path_hits(
        swallowing, one(swallowing, 4), one(swallowing, 7), excused=rolled_back
    ).holds
    certain = graph_of(source, exit_may_raise=lambda manager: False)
    assert every_path_hits(certain, one(certain, 4), one(certain, 7)).holds


def test_entering_a_context_is_outside_of_its_block() -> None:
    graph = graph_of("""
        def f():
            with suppress(KeyError):
                with open(path) as (a, b):
                    c()
            d()
        """)
    inner = one(graph, 3, NodeKind.CONTEXT)
    targets = {edge.target.kind for edge in graph.successors(inner)}
    assert targets == {NodeKind.STATEMENT, NodeKind.CONTEXT_EXIT}
    exits = [e.target for e in graph.successors(inner) if e.kind is EdgeKind.EXCEPTION]
    assert {node.line for node in exits} == {2, 3}  # by __enter__, and by unpacking inside


def test_match_guards_and_exhaustiveness() -> None:
    graph = graph_of("""
        def f(x):
            match x:
                case 1 if x > 0:
                    a()
                case [y, *rest] | [y, rest]:
                    b()
                case Point(x=0) as p:
                    c()
            d()
        """)
    assert routes(graph) == {
        (2, 3, 4, 9),
        (2, 3, 5, 6, 9),
        (2, 3, 5, 7, 8, 9),
        (2, 3, 5, 7, 9),
    }
    for last, closed in [
        ("_", True),
        ("other", True),
        ("1 | _", True),
        ("(_ as y)", True),
        ("_ if x", False),
        ("[*_]", False),
        ("None", False),
    ]:
        graph = graph_of(f"""
            def f(x):
                match x:
                    case 1:
                        return a()
                    case {last}:
                        return b()
                d()
            """)
        assert bool(on(graph, 7)) is not closed, last


def test_try_star_may_run_several_clauses() -> None:
    graph = graph_of("""
        def f():
            try:
                a()
            except* KeyError:
                b()
            except* ValueError as e:
                c()
            d()
        """)
    found = routes(graph, calm=False)
    assert {(3, 8), (3, 4, 5, 8), (3, 6, 7, 8), (3, 4, 5, 6, 7, 8)} <= found
    ends = routes(graph, calm=False, end=graph.raise_exit)
    assert {(3,), (3, 4, 5), (3, 4, 5, 6, 7)} <= ends
    raised = [e.target for e in graph.successors(one(graph, 5)) if e.kind is EdgeKind.EXCEPTION]
    assert {node.line for node in raised} == {6, 0}  # a later clause may run first


def test_nested_functions_and_classes_are_one_node() -> None:
    graph = graph_of("""
        def f():
            def inner(x=default()):
                return a()
            class C(Base):
                b()
            return lambda: c()
        """)
    assert routes(graph) == {(2, 4, 6)}
    inner, klass, last = graph.function.body  # type: ignore[union-attr, misc]
    assert len(graph.nodes_of(inner)) == len(graph.nodes_of(klass)) == 1
    call = next(n for n in ast.walk(last) if isinstance(n, ast.Call))
    assert graph.nodes_at(call) == graph.nodes_of(last)
    assert graph.nodes_at(inner.body[0]) == ()
    assert graph.nodes_at(inner.args.defaults[0]) == graph.nodes_of(inner)


def test_generator_async_and_decorated() -> None:
    graph = graph_of("""
        async def f(xs):
            async with lock:
                async for x in xs:
                    yield await a(x)
                else:
                    await b()
        """)
    assert routes(graph) == {(2, 3, 6, 2), (2, 3, 4, 3, 6, 2)}


def test_lambda_module_and_class_body() -> None:
    value = ast.parse("lambda x: g(x)").body[0].value  # type: ignore[attr-defined]
    graph = build(value)
    assert [n.kind for n in graph.nodes if n in graph.live] == [
        NodeKind.ENTRY,
        NodeKind.EXIT,
        NodeKind.RAISE,
        NodeKind.STATEMENT,
    ]
    assert graph.nodes_at(value.body.func) == graph.nodes_of(value.body)
    module = build(ast.parse("import a\nif a:\n    b()\nclass C:\n    if a:\n        x = 1\n"))
    assert routes(module) == {(1, 2, 4), (1, 2, 3, 4)}
    klass = ast.parse("class C:\n    if a:\n        x = 1\n").body[0]
    assert isinstance(klass, ast.ClassDef)
    assert routes(build(klass)) == {(2,), (2, 3)}


def test_assert_and_calls_that_never_return() -> None:
    graph = graph_of(
        """
        def f(x):
            assert x
            if x:
                assert False, "no"
            elif x == 2:
                sys.exit(1)
            elif x == 3:
                return self.fail()
            a()
        """,
        never_returns=lambda call: ast.unparse(call.func) in ("sys.exit", "self.fail"),
    )
    assert routes(graph) == {(2, 3, 5, 7, 9)}
    assert routes(graph_of("def f():\n    assert True\n"), calm=False) == {(2,)}


def test_code_that_would_not_compile_still_gets_a_graph() -> None:
    graph = build(ast.parse("break\ncontinue\nreturn 1\n"))
    assert graph.exit in graph.live
    empty = build(ast.parse(""))
    assert empty.live == {empty.entry, empty.exit}


def test_long_chains_and_deep_nesting() -> None:
    chain = "def f(x):\n    if x == 0:\n        a(0)\n"
    chain += "".join(f"    elif x == {i}:\n        a({i})\n" for i in range(1, 1000))
    graph = graph_of(chain)
    assert len(graph.live) == 3 + 2 * 1000
    assert not every_path_hits(graph, graph.entry, on(graph, 3)).holds
    deep = "def f(x):\n"
    for depth in range(1, 95):
        deep += " " * depth + ("if x:\n" if depth % 2 else "for y in x:\n")
    graph = graph_of(deep + " " * 95 + "a()\n")
    assert on(graph, 96)
    operands = "def f():\n    return " + " + ".join(["a"] * 900) + "\n"
    assert len(graph_of(operands).nodes) == 4


def test_finally_in_finally_stays_small() -> None:
    source = "def f():\n"
    for depth in range(1, 16):
        source += " " * depth + "try:\n" + " " * (depth + 1) + "if a(): return\n"
        source += " " * depth + "finally:\n"
    graph = graph_of(source + " " * 16 + "b()\n")
    assert len(graph.nodes) < 2000
    assert every_path_hits(graph, graph.entry, on(graph, 47), ignoring_raise=False).holds is False
    assert graph.exit in graph.live


# -- queries ---------------------------------------------------------------------------------------


def test_dominates() -> None:
    graph = graph_of("""
        def f(x):
            a()
            if x:
                b()
            while c():
                d()
            e()
        """)
    a, b, c, d, e = (one(graph, line) for line in (2, 4, 5, 6, 7))
    assert graph.dominates(a, e) and graph.dominates(c, e) and graph.dominates(c, d)
    assert graph.dominates(d, d)
    assert not graph.dominates(b, e) and not graph.dominates(d, e) and not graph.dominates(e, a)
    assert graph.dominates(graph.entry, graph.raise_exit)


def test_a_statement_that_raises_was_not_completed() -> None:
    graph = graph_of("""
        def f(room):
            room.save()
            try:
                emit(room)
            except Exception:
                log()
        """)
    save, emit = one(graph, 2), one(graph, 4)
    assert graph.dominates(emit, graph.exit)
    check = every_path_hits(graph, save, emit)
    assert not check.holds and check.witness is not None
    assert lines(check.witness) == [2, 4, 5, 6]
    assert (
        branch_description(check.witness)
        == "when line 4 raises and the except clause at line 5 takes it"
    )
    assert graph.exists_path(save, graph.exit, avoiding=emit)
    assert one(graph, 6) in graph.reachable(save, without=emit)


def test_an_emission_in_finally_counts_on_the_exceptional_way_too() -> None:
    graph = graph_of("""
        def f(room):
            try:
                try:
                    room.save()
                    a()
                finally:
                    emit(room)
            except Exception:
                pass
        """)
    check = every_path_hits(graph, one(graph, 4), on(graph, 7))
    assert not check.holds and check.witness is not None
    assert check.witness.exceptional  # only because emit itself may raise
    assert {edge.source.line for edge in check.witness.choices} == {7}


def test_every_path_hits_names_the_branch_that_misses() -> None:
    graph = graph_of("""
        def f(room, x, y):
            room.save()
            if y:
                log()
            if x:
                emit(room)
            return room
        """)
    check = every_path_hits(graph, one(graph, 2), one(graph, 6))
    assert check.witness is not None
    assert branch_description(check.witness) == "when the condition at line 5 is false"
    assert not check.witness.exceptional
    assert every_path_hits(graph, one(graph, 2), on(graph, 6) + on(graph, 7)).holds


def test_zero_iterations_are_a_path() -> None:
    graph = graph_of("""
        def f(rooms):
            save()
            for room in rooms:
                emit(room)
            while x():
                pass
        """)
    check = every_path_hits(graph, one(graph, 2), one(graph, 4))
    assert check.witness is not None
    assert branch_description(check.witness) == "when the loop at line 3 runs zero times"


def test_a_path_that_begins_in_a_loop() -> None:
    graph = graph_of("""
        def f(rooms):
            for room in rooms:
                room.save()
                if room.x:
                    continue
                emit(room)
        """)
    check = every_path_hits(graph, one(graph, 3), one(graph, 6))
    assert check.witness is not None
    assert branch_description(check.witness) == "when the condition at line 4 is true"


def test_a_witness_without_exception_is_preferred_to_a_shorter_one() -> None:
    graph = graph_of("""
        def f(x):
            save()
            try:
                if x:
                    a()
                    emit()
                else:
                    b()
                    c()
                    d()
            except Exception:
                pass
        """)
    check = every_path_hits(graph, one(graph, 2), one(graph, 6))
    assert check.witness is not None and not check.witness.exceptional
    assert branch_description(check.witness) == "when the condition at line 4 is false"


def test_raising_paths_need_no_hit_unless_asked() -> None:
    graph = graph_of("""
        def f(x):
            save()
            if x:
                raise ValueError
            emit()
        """)
    save, emit = one(graph, 2), one(graph, 5)
    assert every_path_hits(graph, save, emit).holds
    strict = every_path_hits(graph, save, emit, ignoring_raise=False)
    assert not strict.holds
    assert every_path_hits(graph, save, emit, ignoring_raise=True).witness is None


def test_start_is_not_a_hit_unless_it_runs_again() -> None:
    graph = graph_of("""
        def f():
            while True:
                save()
        """)
    save = one(graph, 3)
    assert every_path_hits(graph, save, ()).holds  # no path ends
    straight = graph_of("def f():\n    save()\n")
    assert not every_path_hits(straight, one(straight, 2), one(straight, 2)).holds


@pytest.mark.parametrize(
    ("source", "hit", "text"),
    [
        (
            """
            def f(x):
                save()
                match x:
                    case 1:
                        emit()
                    case 2 if y():
                        emit()
            """,
            (5, 7),
            "when the case at line 4 does not match and the case at line 6 does not match",
        ),
        (
            """
            def f(rooms, x):
                for room in rooms:
                    if x:
                        save()
                        if a:
                            if b:
                                emit(room)
            """,
            (7,),
            "when the condition at line 5 is false",
        ),
        (
            """
            def f(rooms):
                for room in rooms:
                    save()
                    if room:
                        break
                else:
                    emit()
            """,
            (7,),
            "when the condition at line 4 is true",
        ),
        (
            """
            def f(rooms):
                for room in rooms:
                    if room:
                        save()
                    else:
                        emit()
            """,
            (6,),
            "when the loop at line 2 ends",
        ),
        (
            """
            def f(rooms):
                for room in rooms:
                    if room:
                        save()
                    else:
                        emit()
                if x:
                    emit()
            """,
            (6, 8),
            "when the condition at line 7 is false",
        ),
        (
            """
            def f(rooms):
                for room in rooms:
                    save()
                    if room:
                        while y():
                            emit()
            """,
            (6,),
            "when the condition at line 4 is false",
        ),
        (
            """
            def f(rooms):
                while x():
                    save()
                    emit() if y else None
                    for room in rooms:
                        emit()
                        break
            """,
            (6,),
            "when the loop at line 5 runs zero times",
        ),
        (
            """
            def f(rooms):
                emit()
                while x():
                    save()
                    try:
                        a()
                        emit()
                    except E:
                        pass
            """,
            (7,),
            "when line 6 raises and the except clause at line 8 takes it",
        ),
        (
            """
            def f(rooms):
                for room in rooms:
                    save()
                    if x:
                        for y in ys:
                            emit()
                for room in rooms:
                    emit()
            """,
            (6, 8),
            "when the condition at line 4 is false and the loop at line 7 runs zero times",
        ),
        (
            """
            def f(x):
                save()
                with suppress(E):
                    a()
                    emit()
            """,
            (5,),
            "when line 4 raises and the with statement at line 3 swallows it",
        ),
        (
            """
            def f(x):
                save()
                while x:
                    emit()
                    break
                else:
                    if z:
                        emit()
            """,
            (4, 8),
            "when the loop at line 3 runs zero times and the condition at line 7 is false",
        ),
    ],
)
def test_branch_descriptions(source: str, hit: tuple[int, ...], text: str) -> None:
    graph = graph_of(source)
    save = next(n for n in graph.nodes if n.tree and ast.unparse(n.tree) == "save()")
    check = every_path_hits(graph, save, [n for line in hit for n in on(graph, line)])
    assert check.witness is not None
    assert branch_description(check.witness) == text


def test_between_is_from_the_last_start_to_the_next_end() -> None:
    graph = graph_of("""
        def f(rooms):
            before()
            for room in rooms:
                room.save()
                if x:
                    a()
                emit(room)
                b()
            after()
        """)
    between = graph.between(one(graph, 4), one(graph, 7))
    assert {node.line for node in between} == {5, 6}
    around = graph.between(one(graph, 7), one(graph, 4))
    assert {(node.line, node.kind) for node in around} == {
        (8, NodeKind.STATEMENT),
        (3, NodeKind.LOOP),
    }
    assert graph.between(one(graph, 9), one(graph, 4)) == frozenset()


def test_between_leaves_out_what_only_an_earlier_start_or_a_later_end_sees() -> None:
    graph = graph_of("""
        def f():
            while a():
                b()
                start()
                if c():
                    end()
        """)
    assert {n.line for n in graph.between(one(graph, 4), one(graph, 6))} == {5}
    graph = graph_of("""
        def f():
            start()
            while a():
                end()
                b()
        """)
    assert {n.line for n in graph.between(one(graph, 2), one(graph, 4))} == {3}


def test_paths_are_limited() -> None:
    source = "def f(x):\n" + "    if x: a()\n" * 40
    graph = graph_of(source)
    paths = list(paths_between(graph, graph.entry, graph.exit, limit=7))
    assert len(paths) == 7
    assert len({path.edges for path in paths}) == 7


def test_heads_and_parts() -> None:
    graph = graph_of("""
        def f(xs):
            try:
                for x in g(xs):
                    with a() as b, c() as d:
                        pass
            except E:
                pass
        """)
    attempt = graph.function.body[0]  # type: ignore[union-attr, index]
    assert isinstance(attempt, ast.Try)
    assert [n.kind for n in graph.heads_of(attempt)] == [NodeKind.ITERABLE]
    assert graph.nodes_of(attempt) == ()
    loop = attempt.body[0]
    assert isinstance(loop, ast.For)
    assert [n.kind for n in graph.nodes_of(loop)] == [NodeKind.ITERABLE, NodeKind.LOOP]
    context = loop.body[0]
    assert isinstance(context, ast.With)
    assert len(graph.nodes_of(context)) == 2 and len(graph.heads_of(context)) == 1
    assert graph.nodes_at(context.items[1].context_expr) == graph.nodes_of(context.items[1])
    assert [n.kind for n in graph.nodes_of(attempt.handlers[0])] == [NodeKind.HANDLER]
    assert graph.nodes_at(loop.target)[0].kind is NodeKind.LOOP


def test_size_grows_with_the_source() -> None:
    def size(blocks: int) -> tuple[int, int]:
        block = (
            "    try:\n        a()\n    except E as e:\n        b()\n    finally:\n        c()\n"
        )
        graph = graph_of("def f():\n" + block * blocks)
        return len(graph.nodes), len(graph.edges)

    (n1, e1), (n2, e2), (n3, e3) = size(10), size(20), size(30)
    assert n2 - n1 == n3 - n2 and e2 - e1 == e3 - e2
