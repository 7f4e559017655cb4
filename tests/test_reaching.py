"""Reaching definitions, local bindings and mutations."""

from __future__ import annotations

import ast
import importlib.util
import symtable
import sys
import textwrap
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pusher_migrate.index.flow.build import Graph, Node, NodeKind, build
from pusher_migrate.index.flow.reaching import (
    BindingKind,
    Definition,
    MutationKind,
    ReachingDefinitions,
    definitions,
    local_bindings,
    mutations,
)
from tests.flow_programs import MANY, Program, runs, statements


def graph_of(source: str) -> Graph:
    """Graph of the first statement's function, or of the class; line 1 is its first."""
    function = ast.parse(textwrap.dedent(source).lstrip("\n")).body[0]
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return build(function)


def at(graph: Graph, line: int, name: str) -> set[tuple[str, int, str]]:
    """Kind, line and value of the definitions that reach a line."""
    nodes = [n for n in graph.nodes if n.line == line and n.kind is not NodeKind.CONTEXT_EXIT]
    assert nodes
    found: set[Definition] = set()
    for node in nodes[:1]:
        found |= definitions(graph).at(node, name)
    return {described(definition) for definition in found}


def described(definition: Definition) -> tuple[str, int, str]:
    value = ast.unparse(definition.value) if definition.value is not None else ""
    return str(definition.kind), definition.node.line, value


def found(source: str, name: str) -> set[tuple[str, int, str]]:
    """What reaches the last line of a function."""
    source = textwrap.dedent(source).strip("\n")
    return at(graph_of(source), source.count("\n") + 1, name)


def test_branches_join_and_a_later_definition_replaces() -> None:
    source = """
        def f(c):
            x = 1
            if c:
                x = 2
            else:
                x = 3
            use(x)
        """
    assert found(source, "x") == {("assign", 4, "2"), ("assign", 6, "3")}
    assert at(graph_of(source), 4, "x") == {("assign", 2, "1")}


def test_parameters_and_unbound() -> None:
    source = """
        def f(a, b=1, *args, c, **kwargs):
            if a:
                x = 1
            use()
        """
    graph = graph_of(source)
    assert at(graph, 4, "x") == {("assign", 3, "1"), ("unbound", 0, "")}
    kinds = {name: found(source, name).pop()[0] for name in ("a", "b", "args", "c", "kwargs")}
    assert kinds == {
        "a": "parameter",
        "b": "parameter",
        "args": "var_positional",
        "c": "parameter",
        "kwargs": "var_keyword",
    }
    reaching = definitions(graph)
    last = graph.function.body[-1]  # type: ignore[union-attr, index]
    assert reaching.maybe_unbound(last, "x") and not reaching.maybe_unbound(last, "a")
    assert reaching.at(last, "use") == frozenset()
    assert definitions(graph) is reaching


@pytest.mark.parametrize(
    ("statement", "name", "kind", "value", "position"),
    [
        ("x = y = g()", "y", "assign", "g()", ()),
        ("x: int = g()", "x", "assign", "g()", ()),
        ("x += 1", "x", "augmented", "1", ()),
        ("x, y = 1, 2", "y", "assign", "2", ()),
        ("(x, [y, z]) = 1, (2, 3)", "z", "assign", "3", ()),
        ("x, y = g()", "y", "unpack", "g()", (1,)),
        ("x, (y, z) = g()", "z", "unpack", "g()", (1, 1)),
        ("x, (y, z) = 1, g()", "z", "unpack", "g()", (1,)),
        ("x, *y, z = g()", "y", "starred", "g()", (1,)),
        ("x, *y, z, w = g()", "z", "unpack", "g()", (-2,)),
        ("x, *y, z, w = g()", "w", "unpack", "g()", (-1,)),
        ("x, y = *a, b", "y", "unpack", "(*a, b)", (1,)),
        ("x, y, z = 1, 2", "y", "unpack", "(1, 2)", (1,)),
        ("for x in g(): pass", "x", "iteration", "g()", ()),
        ("for i, (x, y) in g(): pass", "y", "iteration", "g()", (1, 1)),
        ("with g() as x: pass", "x", "context", "g()", ()),
        ("with g() as (x, y): pass", "y", "context", "g()", (1,)),
        ("with g() as x, h() as y: pass", "y", "context", "h()", ()),
        ("import a.b", "a", "import", "", ()),
        ("import a.b as c", "c", "import", "", ()),
        ("from a import b as c", "c", "import", "", ()),
        ("def x(): pass", "x", "function", "", ()),
        ("class x: pass", "x", "class", "", ()),
        ("use(x := g())", "x", "walrus", "g()", ()),
        ("[x := y for y in g()]", "x", "walrus", "y", ()),
        ("del x", "x", "delete", "", ()),
        ("del (x, y[0])", "x", "delete", "", ()),
    ],
)
def test_kinds_values_and_positions(
    statement: str, name: str, kind: str, value: str, position: tuple[int, ...]
) -> None:
    graph = graph_of(f"def f():\n    {statement}\n    last\n")
    last = graph.function.body[-1]  # type: ignore[union-attr, index]
    bound = [d for d in definitions(graph).at(last, name) if d.kind != "unbound"]
    assert [(d.kind, d.position) for d in bound] == [(kind, position)]
    assert (ast.unparse(bound[0].value) if bound[0].value else "") == value
    (binding,) = local_bindings(graph.function)[name]
    assert (binding.kind, binding.position, binding.value) == (kind, position, bound[0].value)
    assert binding.tree is bound[0].tree


def test_loops_bring_definitions_back() -> None:
    source = """
        def f(xs):
            x = 1
            for y in xs:
                use(x)
                x = 2
            use(x, y)
        """
    graph = graph_of(source)
    assert at(graph, 4, "x") == {("assign", 2, "1"), ("assign", 5, "2")}
    assert at(graph, 4, "y") == {("iteration", 3, "xs")}
    assert at(graph, 6, "y") == {("iteration", 3, "xs"), ("unbound", 0, "")}


def test_a_statement_that_raises_did_not_bind() -> None:
    source = """
        def f():
            x = 1
            try:
                x = g()
                h()
            except E:
                use(x)
        """
    assert found(source, "x") == {("assign", 2, "1"), ("assign", 4, "g()")}
    only = """
        def f():
            x = 1
            try:
                x = g()
            except E:
                use(x)
        """
    assert found(only, "x") == {("assign", 2, "1")}
    partly = """
        def f():
            x = 1
            try:
                x = y.z = g()
            except E:
                use(x)
        """
    assert found(partly, "x") == {("assign", 2, "1"), ("assign", 4, "g()")}


def test_the_name_of_a_handler_is_unbound_after_it() -> None:
    source = """
        def f():
            e = 1
            try:
                g()
            except E as e:
                use(e)
            use(e)
        """
    assert at(graph_of(source), 6, "e") == {("exception", 5, "E")}
    assert found(source, "e") == {("assign", 2, "1"), ("delete", 5, "")}


def test_finally_keeps_its_ways_apart() -> None:
    source = """
        def f():
            x = 1
            try:
                x = 2
                return x
            finally:
                x = 3
                use(x)
            use(x)
        """
    graph = graph_of(source)
    uses = [n for n in graph.nodes if n.line == 8 and n in graph.live]
    assert [{described(d)[2] for d in definitions(graph).at(n, "x")} for n in uses] == [
        {"3"},
        {"3"},
    ]
    assert not [n for n in graph.nodes if n.line == 9 and n in graph.live]
    statement = uses[0].tree
    assert statement is not None
    assert len(definitions(graph).at(statement, "x")) == 2  # one for each copy


def test_match_captures_are_bound_on_the_matching_side_only() -> None:
    source = """
        def f(s):
            match s:
                case Point(x=0, y=y) as whole if g(y):
                    use(whole, y)
                case {"a": 1, **rest}:
                    use(rest, y)
                case [first, *others]:
                    use(first, others)
                case other:
                    use(other)
        """
    graph = graph_of(source)
    assert at(graph, 4, "whole") == {("capture", 3, "s")}
    assert at(graph, 4, "y") == {("capture", 3, "")}
    # the guard failed after the captures were made, or the pattern did not match
    assert at(graph, 6, "y") == {("capture", 3, ""), ("unbound", 0, "")}
    assert at(graph, 6, "rest") == {("capture", 5, "")}
    assert at(graph, 8, "others") == {("capture", 7, "")}
    assert at(graph, 10, "other") == {("capture", 9, "s")}
    assert at(graph, 10, "first") == {("unbound", 0, "")}


@pytest.mark.parametrize(
    ("test", "true", "false"),
    [
        ("(x := g())", "walrus", "walrus"),
        ("a and (x := g())", "walrus", "unbound walrus"),
        ("a or (x := g())", "unbound walrus", "walrus"),
        ("not (a and (x := g()))", "unbound walrus", "walrus"),
        ("(x := g()) and a", "walrus", "walrus"),
        ("b(x := g())", "walrus", "walrus"),
        ("(x := g()) if a else b", "unbound walrus", "unbound walrus"),
        ("a < b < (x := g())", "unbound walrus", "unbound walrus"),
        ("[x := y for y in a]", "unbound walrus", "unbound walrus"),
        ("(lambda: (x := g()))", "", ""),
    ],
)
def test_walrus_in_a_condition(test: str, true: str, false: str) -> None:
    graph = graph_of(f"def f(a, b):\n    if {test}:\n        use(x)\n    else:\n        use(x)\n")
    for line, kinds in ((3, true), (5, false)):
        assert " ".join(sorted(kind for kind, *_ in at(graph, line, "x"))) == " ".join(
            sorted(kinds.split())
        )


def test_an_expression_sees_the_walrus_of_its_own_statement() -> None:
    graph = graph_of("def f():\n    return (x := g()) and use(x)\n")
    statement = graph.function.body[0]  # type: ignore[union-attr, index]
    call = statement.value.values[1]
    reaching = definitions(graph)
    assert {d.kind for d in reaching.at(statement, "x")} == {"unbound"}
    assert {d.kind for d in reaching.at(call, "x")} == {"unbound", "walrus"}
    (node,) = graph.nodes_of(statement)
    assert {d.kind for d in reaching.after(node, "x")} == {"walrus"}


def test_nested_walruses_are_evaluated_from_the_inside() -> None:
    graph = graph_of("def f():\n    use(x := g(x := 1))\n    last\n")
    assert at(graph, 3, "x") == {("walrus", 2, "g((x := 1))")}


def test_code_in_a_lambda_sees_later_definitions() -> None:
    source = """
        def f(xs):
            x = 1
            later(lambda: use(x))
            later(lambda x: use(x))
            later(lambda y=x: use(y))
            x = 2
        """
    graph = graph_of(source)
    body = graph.function.body  # type: ignore[union-attr]
    reaching = definitions(graph)

    def values(statement: ast.stmt) -> list[set[str]]:
        names = [n for n in ast.walk(statement) if isinstance(n, ast.Name) and n.id == "x"]
        return [{described(d)[2] for d in reaching.at(name, "x")} for name in names]

    assert values(body[1]) == [{"1", "2"}]  # type: ignore[index]
    assert values(body[2]) == [set()]  # type: ignore[index]
    assert values(body[3]) == [{"1"}]  # type: ignore[index]


def test_global_nonlocal_and_what_nested_functions_rebind() -> None:
    graph = graph_of("""
        def f():
            global g
            nonlocal n
            g = 1
            x = y = 1
            def inner():
                nonlocal x
                x = 2
                z = 3
            use(g, n, x, y)
        """)
    reaching = definitions(graph)
    assert reaching.declared == {"g": BindingKind.GLOBAL, "n": BindingKind.NONLOCAL}
    assert at(graph, 10, "n") == {("nonlocal", 0, "")}
    assert at(graph, 4, "g") == {("global", 0, "")} and at(graph, 10, "g") == {("assign", 4, "1")}
    assert [name for name in "gnxyz" if reaching.is_exact(name)] == ["y"]
    assert "z" not in reaching.names
    last = graph.function.body[-1]  # type: ignore[union-attr, index]
    assert reaching.single(last, "x") is None
    single = reaching.single(last, "y")
    assert single is not None and single.kind is BindingKind.ASSIGN


def test_the_copies_of_a_finally_body_hold_one_definition() -> None:
    graph = graph_of(
        "def f():\n    try:\n        g()\n    finally:\n        x = 1\n        use(x)\n"
    )
    use = graph.function.body[0].finalbody[1]  # type: ignore[union-attr, index]
    reaching = definitions(graph)
    assert len(reaching.at(use, "x")) == 2
    single = reaching.single(use, "x")
    assert single is not None and single.node.line == 5


@pytest.mark.parametrize(
    "module", ["argparse", "asyncio.base_events", "dataclasses", "inspect", "typing"]
)
def test_locals_are_those_of_the_compiler(module: str) -> None:
    specification = importlib.util.find_spec(module)
    assert specification is not None and specification.origin is not None
    source = Path(specification.origin).read_text(encoding="utf-8")
    known: dict[tuple[str, int], list[set[str]]] = {}
    tables = [symtable.symtable(source, module, "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        if table.get_type() == "function":
            names = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_local()}
            known.setdefault((table.get_name(), table.get_lineno()), []).append(names)
    compared = 0
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = function.decorator_list[0] if function.decorator_list else function
        expected = known.get((function.name, function.lineno)) or known.get(
            (function.name, first.lineno)
        )
        assert expected is not None and len(expected) == 1
        reaching = definitions(build(function))
        own = reaching.names - reaching.declared.keys()
        inlined = {
            name.id
            for part in ast.walk(function)
            if isinstance(part, ast.comprehension) and sys.version_info >= (3, 12)  # PEP 709
            for name in ast.walk(part.target)
            if isinstance(name, ast.Name)
        }
        assert expected[0] - inlined <= own <= expected[0], function.name
        assert reaching.names == local_bindings(function).keys()
        compared += 1
    assert compared > 40


def test_single_is_none_where_the_name_may_be_unbound() -> None:
    graph = graph_of("def f():\n    x = 1\n    del x\n    last\n")
    reaching = definitions(graph)
    body = graph.function.body  # type: ignore[union-attr]
    assert reaching.single(body[1], "x") is not None  # type: ignore[index]
    assert reaching.single(body[2], "x") is None  # type: ignore[index]
    assert reaching.maybe_unbound(body[2], "x")  # type: ignore[index]


def test_comprehension_names_and_annotations_are_told_apart() -> None:
    graph = graph_of("""
        def f(xs):
            y: int
            (w): int
            [x for x in xs]
            {z: lambda w: w for z in xs}
            last
        """)
    reaching = definitions(graph)
    assert reaching.names == {"xs", "y"}
    assert at(graph, 6, "y") == {("unbound", 0, "")}
    assert local_bindings(graph.function)["y"][0].kind is BindingKind.ANNOTATION


def test_class_and_module_bodies() -> None:
    graph = graph_of("class C:\n    if a:\n        x = 1\n    y = x\n")
    assert at(graph, 4, "x") == {("assign", 3, "1"), ("unbound", 0, "")}
    module = build(ast.parse("x = 1\nfrom a import *\nuse(x)\ndef f():\n    global x\n    x = 2\n"))
    assert at(module, 3, "x") == {("assign", 1, "1"), ("star_import", 2, "")}
    assert not definitions(module).is_exact("x")
    star = local_bindings(module.function)["*"]
    assert [binding.kind for binding in star] == [BindingKind.STAR_IMPORT]
    replaced = build(ast.parse("from a import *\nx = 1\nuse(x)\n"))
    assert at(replaced, 3, "x") == {("assign", 2, "1")}


def test_a_function_that_binds_nothing() -> None:
    graph = graph_of("def f():\n    use(x)\n")
    assert definitions(graph).names == frozenset()
    assert at(graph, 2, "x") == set()


def test_dead_code_has_definitions_but_none_reaches_it() -> None:
    graph = graph_of("def f():\n    return 1\n    x = 2\n    use(x)\n")
    assert definitions(graph).at(graph.function.body[2], "x") == frozenset()  # type: ignore[union-attr, index]
    assert [d.kind for d in definitions(graph).of("x")] == ["unbound", "assign"]
    assert [b.kind for b in local_bindings(graph.function)["x"]] == ["assign"]


def test_local_bindings_of_every_construct() -> None:
    function = ast.parse(textwrap.dedent("""
            async def f(a):
                async for b in (c := a):
                    while d := b: pass
                else: e = 1
                async with a as g, (h := a): pass
                try: i = 1
                except (j := E) as k: l = 1
                else: m = 1
                finally: n = 1
                match (o := a):
                    case [p] if (q := p): r = 1
                def s(t=(u := 1)): v = 1
                @(w := a)
                class x((y := a)): z = 1
            """)).body[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    names = local_bindings(function)
    assert "".join(sorted(names)) == "abcdeghijklmnopqrsuwxy"
    assert definitions(build(function)).names == frozenset(names)
    assert list(names)[:4] == ["a", "c", "b", "d"]  # as they come


# -- mutations -------------------------------------------------------------------------------------


def between(body: str, name: str = "room", parameters: str = "room, other") -> list[str]:
    """What may change the object between ``start()`` and ``end()``."""
    source = f"def f({parameters}):\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    graph = build(ast.parse(source).body[0])  # type: ignore[arg-type]

    def node(call: str) -> list[Node]:
        return [n for n in graph.nodes if n.tree and ast.unparse(n.tree) == call]

    return [
        f"{mutation.kind} {mutation.name}"
        for mutation in mutations(graph, name, node("start()"), node("end()"))
    ]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("room.status = 1", ["attribute"]),
        ("room.status += 1", ["attribute"]),
        ("room.hotel.name = 1", ["attribute"]),
        ("a, room.status = 1, 2", ["attribute"]),
        ("del room.status", ["attribute"]),
        ("for room.x in xs: pass", ["attribute"]),
        ("room['a'] = 1", ["item"]),
        ("room.data['a'] = 1", ["item"]),
        ("del room['a']", ["item"]),
        ("room.save()", ["call"]),
        ("room.data.update(a=1)", ["call"]),
        ("(room or other).save()", ["call"]),
        ("await room.asave()", ["call"]),
        ("room()", ["call"]),
        ("with room: pass", ["call"]),
        ("send(room)", ["argument"]),
        ("send(x=room)", ["argument"]),
        ("send(*room)", ["argument"]),
        ("send([{'a': room}])", ["argument"]),
        ("if send(room): pass", ["argument"]),
        ("return_ = [send(room) for x in xs]", ["argument"]),
        ("send(room.hotel)", ["part"]),
        ("x = room.hotel", ["part"]),
        ("for x in room: pass", ["part"]),
        ("[x for x in room.items]", ["part"]),
        ("x = room", ["alias"]),
        ("other.room = room", ["alias"]),
        ("x = [room]", ["alias"]),
        ("yield room", ["alias"]),
        ("send(lambda: room.x)", ["alias"]),
        ("def g(): room.x = 1", ["alias"]),
        ("def g(x=room): pass", ["alias"]),
        ("room = 1", ["rebind"]),
        ("room += 1", ["rebind"]),
        ("room, x = 1, 2", ["rebind"]),
        ("import room", ["rebind"]),
        ("for room in xs: pass", ["rebind"]),
        ("if (room := 1): pass", ["rebind"]),
        ("del room", ["delete"]),
        ("match room:\n  case Room(x=x): pass", ["part"]),
        ("match room:\n  case 1: pass", []),
        ("x = room.a + room.b", []),
        ("if room.a and room is not None: pass", []),
        ("x = d[room.id]", []),
        ("x = f'{room.id}'", []),
        ("x = 1 if room else 2", []),
        ("send(lambda room: room.x)", []),
        ("x = [room for room in xs]", []),
        ("x = [room.x for y in room for room in y]", ["part"]),
        ("def g(room): room.x = 1", []),
        ("@room.register\ndef g(): pass", ["call"]),
        ("x: room.T = 1", []),
        ("room: int", []),
    ],
)
def test_kinds_of_mutation(statement: str, expected: list[str]) -> None:
    assert [each.split()[0] for each in between(f"start()\n{statement}\nend()")] == expected


def test_only_what_is_strictly_between_counts() -> None:
    assert between("""
            room.a = 1
            start()
            if x:
                end()
            else:
                room.b = 1
            """) == []
    # each iteration has its own room; what follows the end is not between
    assert between("""
            for room in rooms:
                start()
                end()
                room.a = 1
            """) == []
    assert between("""
        start()
        for x in xs:
            room.a = 1
        end()
        """) == ["attribute room"]


def test_aliases_are_followed() -> None:
    assert between("x = y = room\nstart()\ny.a = 1\nx = 2\nend()") == ["attribute y"]
    assert between("x = other or room\nstart()\nx.save()\nend()") == ["call x"]
    assert between("x = room\nstart()\nx += [1]\nend()") == ["rebind x"]
    assert between("x = room.hotel\nstart()\nx.a = 1\nend()") == []


def test_a_finally_body_is_reported_once() -> None:
    assert between("""
        start()
        try:
            g()
        except E:
            pass
        finally:
            room.a = 1
        end()
        """) == ["attribute room"]


def test_mutations_know_their_place() -> None:
    graph = graph_of("def f(room):\n    start()\n    g(\n        room)\n    end()\n")
    first, last = graph.nodes[3], graph.nodes[5]
    (mutation,) = mutations(graph, "room", first, last)
    assert mutation.kind is MutationKind.ARGUMENT
    assert (mutation.line, mutation.node.line) == (4, 3)


# -- generated programs against Python -------------------------------------------------------------


def sources(reaching: ReachingDefinitions, statement: ast.stmt) -> set[object]:
    """Definitions of x at a statement, each as the number of what made the value, or None."""
    made: set[object] = set()
    for definition in reaching.at(statement, "x"):
        match definition.value:
            case ast.Call(args=[ast.Constant(value=n)]) | ast.Constant(value=n):
                made.add(n)
            case ast.Name(id=error):
                made.add(error)
            case None:
                assert definition.kind in (BindingKind.UNBOUND, BindingKind.DELETE)
                made.add(None)
    return made


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(
    st.lists(statements(2, binding=True), min_size=1, max_size=3).map(
        lambda body: Program([("bind",), *body, ("use",)], binding=True)
    )
)
def test_the_definitions_that_reach_a_use_are_those_that_did(program: Program) -> None:
    assume(not program.reraises)  # the graph does not know the class of ``raise`` alone
    executed = list(islice(runs(program), MANY))
    assume(len(executed) < MANY)
    reaching = definitions(build(program.tree))  # type: ignore[arg-type]
    seen: dict[int, set[object]] = {}
    for machine in executed:
        for n, value in machine.used:
            made = type(value).__name__ if isinstance(value, Exception) else value
            seen.setdefault(n, set()).add(made)
    # If a definition can reach a use, it can with each condition true at most once before it and
    # once after it; but the copies of a finally body share their count.
    exact = not (program.final_loops or any(machine.limited for machine in executed))
    for statement in ast.walk(program.tree):
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Name(id="use"), args=[ast.Constant(value=n), _])):
                found, expected = sources(reaching, statement), seen.get(n, set())
                assert found == expected if exact else found >= expected, program.source
