"""The calls in a catalogue: parsed, rendered, and held against signatures as Python does it."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.catalogue import (
    Argument,
    CallTemplate,
    Catalogue,
    Constant,
    Event,
    NameRef,
    Parameter,
    ParameterKind,
    Placeholder,
    PlaceholderKind,
    Signature,
    State,
    call_problems,
    check_signatures,
    parse_call,
)
from pusher_migrate.errors import CatalogueError

PAYLOAD = Placeholder(PlaceholderKind.PAYLOAD, key="room-id")
CHANNEL = Placeholder(PlaceholderKind.CHANNEL, hole=2)
CHANGED = Placeholder(PlaceholderKind.CHANGED_FIELDS)


def test_a_call_is_taken_apart() -> None:
    call = parse_call(
        "realtime_x(room, booking.room.hotel, {payload.room-id}, {channel.2}, 'a', "
        "fields={changed_fields}, n=-1, b=True, none=None, again=room.id)",
        line=7,
    )
    assert call.method == "realtime_x"
    assert call.line == 7
    assert call.positional == (
        NameRef("room"),
        NameRef("booking", ("room", "hotel")),
        PAYLOAD,
        CHANNEL,
        Constant("'a'"),
    )
    assert dict(call.keywords) == {
        "fields": CHANGED,
        "n": Constant("-1"),
        "b": Constant("True"),
        "none": Constant("None"),
        "again": NameRef("room", ("id",)),
    }
    assert call.names == ("room", "booking")
    assert call.placeholders == (PAYLOAD, CHANNEL, CHANGED)
    assert [a.value.value for a in call.arguments if isinstance(a.value, Constant)] == [
        "a",
        -1,
        True,
        None,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "realtime_x()",
        "realtime_x(room, changed_fields={changed_fields})",
        "realtime_x({payload.a}, {payload.a}, {channel.1}, booking.room)",
        "realtime_x(\"keep 'the' quotes\", 'as they are', -2.50, 0x10)",
        "realtime_x('{payload.not_a_placeholder} {}', \"{\", key={payload.k})",
        "realtime_x(placeholder_0, {payload.a}, _placeholder_0)",
        "realtime_x(" + ", ".join(f"{{payload.k{n}}}" for n in range(12)) + ")",
        "realtime_x(größe)",
    ],
)
def test_a_call_is_rendered_as_it_was_written(text: str) -> None:
    call = parse_call(text)
    assert call.render() == str(call) == text
    assert parse_call(str(call)) == call


def test_blanks_and_line_ends_are_no_part_of_a_call() -> None:
    call = parse_call("\n  realtime_x(\n    room,\n  n = { changed_fields },)\n")
    assert str(call) == "realtime_x(room, n={changed_fields})"


def test_braces_in_strings_are_text() -> None:
    call = parse_call("realtime_x('{changed_fields}')")
    assert call.placeholders == ()
    assert call.positional == (Constant("'{changed_fields}'"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a Python call"),
        ("realtime_x(", "is not a Python call"),
        ("realtime_x(room) ; y()", "is not a Python call"),
        ("x = realtime_x(room)", "is not a Python call"),
        ("import os", "is not a Python call"),
        ("realtime_x(room\0)", "is not a Python call"),
        ("realtime_x", "is not a call"),
        ("lambda: realtime_x()", "is not a call"),
        ("{changed_fields}", "is not a call"),
        ("await realtime_x()", "is not a call"),
        ("manager.realtime_x(room)", "by its bare name: write realtime_x(...)"),
        ("f()(room)", "by its bare name"),
        ("{payload.f}(room)", "in the place of the method"),
        ("realtime_x(*rooms)", 'argument "*rooms" must be'),
        ("realtime_x(**rooms)", "** is not possible"),
        ("realtime_x(lambda: 1)", 'argument "lambda: 1" must be'),
        ("realtime_x(f(room))", 'argument "f(room)" must be'),
        ("realtime_x(room.f().id)", 'argument "room.f().id" must be'),
        ("realtime_x(rooms[0])", 'argument "rooms[0]" must be'),
        ("realtime_x(a + b)", 'argument "a + b" must be'),
        ("realtime_x(a := 1)", 'argument "a := 1" must be'),
        ("realtime_x(-a)", 'argument "-a" must be'),
        ("realtime_x(-True)", 'argument "-True" must be'),
        ("realtime_x([a])", 'argument "[a]" must be'),
        ("realtime_x(f'{changed_fields}')", "must be"),
        ("realtime_x(b'a')", "argument \"b'a'\" must be"),
        ("realtime_x(...)", 'argument "..." must be'),
        ("realtime_x(1j)", 'argument "1j" must be'),
        ("realtime_x({payload.a}.b)", 'argument "{payload.a}.b" must be'),
        ("realtime_x({payload.a}, x=[{payload.b}])", 'argument "[{payload.b}]" must be'),
        (
            "realtime_x(" + ", ".join(f"{{payload.k{n}}}" for n in range(12)) + ".b)",
            'argument "{payload.k11}.b" must be',
        ),
        ("realtime_x({payload.a}=1)", "cannot be the name of an argument"),
        ("realtime_x(a=1, a=2)", 'argument "a" is given twice'),
        ("realtime_x({payload})", "must name a payload key, such as {payload.room_id}"),
        ("realtime_x({payload.a.b})", "must name a payload key"),
        ("realtime_x({channel.0})", "the first is {channel.1}"),
        ("realtime_x({channel.x})", "must name a hole"),
        ("realtime_x({changed_field})", 'did you mean "changed_fields"?'),
        ("realtime_x({changed_fields.x})", "is not a placeholder"),
        ("realtime_x({})", "is not a placeholder"),
        ("realtime_x({'a': 1})", "is not a placeholder"),
        ("realtime_x(" + "(" * 5000 + ")" * 5000 + ")", "n"),
        ("realtime_x(" + "a." * 100_000 + "b)", ""),
    ],
)
def test_anything_else_is_refused_in_one_line(text: str, message: str) -> None:
    try:
        call = parse_call(text)
    except CatalogueError as error:
        assert message in str(error)
        assert "\n" not in str(error)
        assert len(str(error)) < 300
    else:
        # A chain of attributes has no limit of its own: what can be parsed is taken.
        assert message == "", call


def test_an_odd_escape_gives_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    assert parse_call(r"realtime_x('\d')").positional == (Constant(r"'\d'"),)
    assert list(recwarn) == []


@pytest.mark.parametrize(
    ("source", "plain", "dotted"),
    [
        ("room", "f(room)", "f(room.id)"),
        ("a.b[0].c()", "f(a.b[0].c())", "f(a.b[0].c().id)"),
        ("a or b", "f(a or b)", "f((a or b).id)"),
        ("(a or b)", "f((a or b))", "f((a or b).id)"),
        ("(a).x or (b)", "f((a).x or (b))", "f(((a).x or (b)).id)"),
        ("a, b", "f((a, b))", "f((a, b).id)"),
        ("(a, b)", "f((a, b))", "f((a, b).id)"),
        ("x for x in y", "f((x for x in y))", "f((x for x in y).id)"),
        ("x := y", "f((x := y))", "f((x := y).id)"),
        ("(yield)", "f((yield))", "f((yield).id)"),
        ("yield x", "f((yield x))", "f((yield x).id)"),
        ("lambda: x", "f(lambda: x)", "f((lambda: x).id)"),
        ("1", "f(1)", "f((1).id)"),
        ("a\n  .b", "f(a\n  .b)", "f(a\n  .b.id)"),
        ("room  # the room", "f((room  # the room\n))", "f((room  # the room\n).id)"),
    ],
)
def test_bindings_stay_one_expression(source: str, plain: str, dotted: str) -> None:
    def body(text: str) -> str:
        return ast.dump(ast.parse(text, mode="eval").body)

    for template, expected in (("f(x)", plain), ("f(x.id)", dotted)):
        rendered = parse_call(template).render({"x": source})
        assert body(rendered) == body(expected)
        (argument,) = ast.parse(rendered, mode="eval").body.args  # type: ignore[attr-defined]
        inner = argument.value if template == "f(x.id)" else argument
        assert ast.dump(inner) == body(f"({source}\n)")
    keyword = parse_call("f(k=x, l={payload.a})")
    with_keywords = keyword.render({"x": source}, {keyword.placeholders[0]: source})
    parsed = ast.parse(with_keywords, mode="eval").body
    assert isinstance(parsed, ast.Call)
    assert [ast.dump(k.value) for k in parsed.keywords] == [body(f"({source}\n)")] * 2


@pytest.mark.parametrize("source", ["", "a b", "*a", "x = 1", "a)("])
def test_a_binding_that_is_no_expression_is_refused(source: str) -> None:
    with pytest.raises(SyntaxError):
        parse_call("f(x)").render({"x": source})


# Signatures.

KIND = {
    ParameterKind.POSITIONAL_ONLY: inspect.Parameter.POSITIONAL_ONLY,
    ParameterKind.POSITIONAL: inspect.Parameter.POSITIONAL_OR_KEYWORD,
    ParameterKind.VAR_POSITIONAL: inspect.Parameter.VAR_POSITIONAL,
    ParameterKind.KEYWORD_ONLY: inspect.Parameter.KEYWORD_ONLY,
    ParameterKind.VAR_KEYWORD: inspect.Parameter.VAR_KEYWORD,
}
NAMES = ["a", "b", "c", "d", "e"]


@st.composite
def signatures(draw: st.DrawFn) -> Signature:
    kinds = draw(st.lists(st.sampled_from(list(KIND)), max_size=5))
    kinds = sorted(kinds, key=lambda kind: KIND[kind])
    parameters: list[Parameter] = []
    optional = False
    for name, kind in zip(NAMES, kinds, strict=False):
        single = kind in (ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD)
        if single and any(p.kind is kind for p in parameters):
            continue
        default = not single and draw(st.booleans())
        if kind in (ParameterKind.POSITIONAL_ONLY, ParameterKind.POSITIONAL):
            optional = default = optional or default  # Python wants them last
        parameters.append(Parameter(name, kind, default))
    return Signature("f", tuple(parameters))


@st.composite
def calls(draw: st.DrawFn) -> CallTemplate:
    positional = [Argument(NameRef("v")) for _ in range(draw(st.integers(0, 4)))]
    keywords = draw(st.lists(st.sampled_from([*NAMES, "z"]), unique=True, max_size=4))
    return CallTemplate("f", (*positional, *(Argument(NameRef("v"), k) for k in keywords)))


@given(signatures(), calls())
def test_a_call_fits_when_python_says_so(signature: Signature, call: CallTemplate) -> None:
    # A real function, because inspect.Signature.bind of Python 3.11 is wrong about f(a=1, /, **b).
    namespace: dict[str, Any] = {}
    exec(f"def {str(signature).replace('=...', '=1')}: pass", namespace)
    try:
        namespace["f"](*call.positional, **dict(call.keywords))
        fits = True
    except TypeError:
        fits = False
    problems = list(call_problems(call, signature))
    assert (problems == []) == fits, problems
    shown = str(inspect.signature(namespace["f"]))
    assert [p.kind for p in inspect.signature(namespace["f"]).parameters.values()] == [
        KIND[p.kind] for p in signature.parameters
    ], shown


ROOM_UPDATED = Signature(
    "realtime_room_updated",
    (Parameter("room"), Parameter("changed_fields", has_default=True)),
)
ROOM_GONE = Signature(
    "realtime_room_gone",
    (
        Parameter("room", ParameterKind.POSITIONAL_ONLY),
        Parameter("reason", ParameterKind.KEYWORD_ONLY),
    ),
)
SIGNATURES = {item.name: item for item in (ROOM_UPDATED, ROOM_GONE)}


def errors_of(call: str) -> list[str]:
    event = Event(names=("x",), call=parse_call(call, line=3))
    catalogue = Catalogue(events=(event,), path="pusher-migrate.toml")
    return [str(error) for error in check_signatures(catalogue, SIGNATURES)]


@pytest.mark.parametrize(
    "call",
    [
        "realtime_room_updated(room)",
        "realtime_room_updated(room, {changed_fields})",
        "realtime_room_updated(changed_fields=None, room=booking.room)",
        "realtime_room_gone(room, reason={payload.reason})",
    ],
)
def test_good_calls_give_no_error(call: str) -> None:
    assert errors_of(call) == []


@pytest.mark.parametrize(
    ("call", "messages"),
    [
        (
            "realtime_room_update(room)",
            [
                'the manager has no method "realtime_room_update"; '
                'did you mean "realtime_room_updated"?'
            ],
        ),
        ("send()", ['the manager has no method "send"']),
        (
            "realtime_room_updated()",
            [
                "realtime_room_updated(room, changed_fields=...) needs an argument for "
                '"room": realtime_room_updated()'
            ],
        ),
        (
            "realtime_room_updated(room, 1, 'two', three)",
            [
                "realtime_room_updated(room, changed_fields=...) takes no further positional "
                'argument: "\'two\'", "three"'
            ],
        ),
        (
            "realtime_room_updated(room, change_fields=1)",
            [
                "realtime_room_updated(room, changed_fields=...) has no parameter "
                '"change_fields"; did you mean "changed_fields"?'
            ],
        ),
        (
            "realtime_room_updated(room, room=room)",
            [
                'realtime_room_updated(room, changed_fields=...) gets "room" twice, by position '
                "and by keyword"
            ],
        ),
        (
            "realtime_room_gone(room=room, reason=1)",
            ['realtime_room_gone(room, /, *, reason) takes "room" by position only'],
        ),
        (
            "realtime_room_gone(rom=1)",
            [
                'realtime_room_gone(room, /, *, reason) has no parameter "rom"',
                'realtime_room_gone(room, /, *, reason) needs an argument for "room": '
                "realtime_room_gone(rom=1)",
                'realtime_room_gone(room, /, *, reason) needs an argument for "reason": '
                "realtime_room_gone(rom=1)",
            ],
        ),
    ],
)
def test_bad_calls_are_errors_at_their_line(call: str, messages: list[str]) -> None:
    assert errors_of(call) == [f"pusher-migrate.toml:3: {message}" for message in messages]


def test_an_error_is_one_line_whatever_the_call_is() -> None:
    (error,) = errors_of("realtime_room_updated(changed_fields='''a\nb''')")
    assert error.endswith("realtime_room_updated(changed_fields='''a\\nb''')")


def test_names_of_methods_are_checked_too() -> None:
    good = parse_call("realtime_room_updated(room)", line=9)
    catalogue = Catalogue(
        events=(
            Event(
                names=("x",),
                call=good,
                superseded_by=("realtime_room_gone", "realtime_room_gon"),
                line=5,
                key_lines={"superseded_by": 8},
            ),
        ),
        states=(
            State("a.Room", ("x",), (good, parse_call("nope()", line=2)), satisfied_by=("y",)),
        ),
        path="c.toml",
    )
    assert [str(error) for error in check_signatures(catalogue, SIGNATURES)] == [
        'c.toml: satisfied_by: the manager has no method "y"',
        'c.toml:2: the manager has no method "nope"',
        'c.toml:8: superseded_by: the manager has no method "realtime_room_gon"; '
        'did you mean "realtime_room_gone"?',
    ]


def test_a_method_that_will_be_scaffolded_may_be_missing() -> None:
    new = parse_call("realtime_new(room, whatever=1)")
    scaffolded = Event(names=("x",), call=new, scaffold=True)
    plain = Event(names=("y",), call=new, superseded_by=("realtime_new",))
    both = Catalogue(events=(plain, scaffolded))
    assert check_signatures(both, SIGNATURES) == []
    assert len(check_signatures(Catalogue(events=(plain,)), SIGNATURES)) == 2
    # Once it is there, it is a method like the others.
    written = {**SIGNATURES, "realtime_new": Signature("realtime_new", (Parameter("room"),))}
    assert ["whatever" in str(e) for e in check_signatures(both, written)] == [True, True]
