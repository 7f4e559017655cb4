"""Calls built from the source text of their parts."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.syntax.calls import (
    DOUBLE_STAR,
    CallParts,
    as_argument,
    as_receiver,
    as_value,
    parse_expression,
    render_call,
)

EXPRESSIONS = [
    "room",
    "room.id",
    "-1",
    "a or b",
    "a if b else c",
    "lambda x: x",
    "x for x in y",
    "(x for x in y)",
    "[x for x in y]",
    "x := 1",
    "yield",
    "yield x",
    "await x",
    "a, b",
    "*a, b",
    "not a",
    "a < b",
    "f'{a!r:>{width}} {b[\"k\"]}'",
    "'a'\n'b'",
    "a +\nb",
    "{\n    'k': 1,  # one\n}",
    "'# no comment'",
    "x  # comment",
    "'''a\n  b'''",
    "x[1:2]",
    "f(\n  1)",
    "a\n.b",
    "{**a}",
    "1",
    "1.0",
    "...",
]


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("room", "room"),
        (" room ", "room"),
        ("x for x in y", "(x for x in y)"),
        ("(x for x in y)", "(x for x in y)"),
        ("x := 1", "(x := 1)"),
        ("yield x", "(yield x)"),
        ("a, b", "(a, b)"),
        ("*a", "*a"),
        ("*a or b", "*a or b"),
        ("lambda: 1", "lambda: 1"),
        ("a\r\n+ b", "a\n+ b"),
        ("a, b  # c", "(a, b  # c\n)"),
    ],
)
def test_argument(text: str, argument: str) -> None:
    assert as_argument(text) == argument


@pytest.mark.parametrize(
    "text", ["", "x = 1", "k=1", "**k", "a b", "# only", "return 1", "(", "a\0"]
)
def test_what_is_no_expression_is_an_error(text: str) -> None:
    for function in (as_argument, as_value, as_receiver, parse_expression):
        with pytest.raises(ValueError, match="not an expression"):
            function(text)
    with pytest.raises(ValueError, match="not an expression"):
        render_call("m", "f", [text], [])


def test_star_is_an_argument_but_no_value() -> None:
    with pytest.raises(ValueError, match="not an expression"):
        as_value("*a")


@pytest.mark.parametrize(
    ("text", "receiver"),
    [
        ("manager", "manager"),
        ("self.manager", "self.manager"),
        ("Manager()", "Manager()"),
        ("a[0]", "a[0]"),
        ("a or b", "(a or b)"),
        ("1", "(1)"),
        ("-x", "(-x)"),
        ("await x", "(await x)"),
        ("a\n.b", "(a\n.b)"),
        ("lambda: x", "(lambda: x)"),
        ("x  # c", "(x  # c\n)"),
    ],
)
def test_receiver(text: str, receiver: str) -> None:
    assert as_receiver(text) == receiver


def test_call() -> None:
    text = render_call(
        "manager",
        "send",
        ["room", "*more", "x for x in y"],
        [("k", "a, b"), (DOUBLE_STAR, "d or e")],
    )
    assert text == "manager.send(room, *more, (x for x in y), k=(a, b), **d or e)"
    assert CallParts("m", "f").render() == "m.f()"


def test_comments_between_arguments_survive() -> None:
    text = render_call("m", "f", ["x  # one", "y"], [("k", "z  # three")])
    assert text == "m.f(\n    x,  # one\n    y,\n    k=z,  # three\n)"


@given(
    st.sampled_from(EXPRESSIONS),
    st.lists(st.sampled_from(EXPRESSIONS), max_size=4),
    st.lists(st.sampled_from(EXPRESSIONS), max_size=4),
    st.booleans(),
)
def test_parts_are_found_again(
    receiver: str, positional: list[str], keywords: list[str], unpack: bool
) -> None:
    names = [DOUBLE_STAR if unpack and not i else f"k{i}" for i in range(len(keywords))]
    text = render_call(receiver, "send", positional, list(zip(names, keywords, strict=True)))
    (statement,) = ast.parse(text).body
    assert isinstance(statement, ast.Expr)
    call = statement.value
    assert isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    found = [call.func.value, *call.args, *(keyword.value for keyword in call.keywords)]
    expected = [parse_expression(part) for part in (receiver, *positional, *keywords)]
    assert [ast.dump(node) for node in found] == [ast.dump(node) for node in expected]
    assert [keyword.arg or DOUBLE_STAR for keyword in call.keywords] == names
