"""Reading a catalogue, and what it answers."""

from __future__ import annotations

import itertools
import pickle
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pusher_migrate.catalogue as api
from pusher_migrate.catalogue import (
    Catalogue,
    CatalogueErrors,
    DjangoOptions,
    Event,
    Known,
    Legacy,
    Match,
    State,
    load,
    parse_call,
    parse_catalogue,
    reader,
)
from pusher_migrate.catalogue.matching import glob_covers, match_keys, match_shape
from pusher_migrate.catalogue.reader import KEYS
from pusher_migrate.config import CodeOptions

NAME = "pusher-migrate.toml"
MANAGER = '[manager]\nobject = "app.realtime.manager"\n'
EVERYTHING = """\
[legacy]
clients = ["shop.utils.pusher_client"]
transport = ["shop.realtime.*"]

[manager]
object = "shop.realtime.manager"
class = "shop.realtime.Manager"
prefix = "push_"
import_from = "shop"

[django]
robust = false
on_commit = false
target_version = "5.2"
handlers = "move"

[[event]]
event = ["order_*", "basket"]
channel = "staff-*"
keys = ["id", "status"]
call = "push_order(order, {payload.status}, {channel.1})"
accept_lost_keys = ["i?", "x_*"]
accept_changed_values = ["stat*"]
accept_channel_change = true
superseded_by = ["push_all"]
superseded = "remove"
types = { order = "orders.Order" }
scaffold = true
envelope = "manager"
reason = "Because."

[[event]]
event = "old"
superseded_by = ["push_all"]

[[state]]
model = "orders.Order"
fields = ["status", "paid"]
when = { status = ["A", 1], paid = true }
emit = [
  "push_order(order)",
  "push_all({changed_fields})",
]
satisfied_by = ["push_other"]
owner = "orders.services.set_status"
on = ["delete", "create", "update"]
reason = "So."
[state.types]
order = "orders.Order"

[[state]]
model = "orders.Line"
emit = "push_all()"
on = ["create"]

[check]
select = ["PM1", "ALL"]
ignore = ["PM104"]

[files]
exclude = ["a/**", "b.py"]
"""


def read(tmp_path: Path, text: str) -> Catalogue:
    path = tmp_path / NAME
    path.write_text(text, encoding="utf-8", newline="")
    return load(path)


def errors_of(text: str) -> list[str]:
    """The errors of a catalogue, without its path."""
    with pytest.raises(CatalogueErrors) as caught:
        parse_catalogue(text, NAME)
    lines = str(caught.value).split("\n")
    assert lines == [str(error) for error in caught.value.errors]
    assert all(line.startswith(f"{NAME}:") for line in lines)
    return [line.removeprefix(f"{NAME}:") for line in lines]


def test_everything_that_can_be_said_is_read(tmp_path: Path) -> None:
    catalogue = read(tmp_path, EVERYTHING)
    assert catalogue.legacy == Legacy(("shop.utils.pusher_client",), ("shop.realtime.*",))
    manager = catalogue.manager
    assert manager is not None
    assert (manager.object, manager.module, manager.name) == (
        "shop.realtime.manager",
        "shop",
        "manager",
    )
    assert (manager.class_name, manager.prefix, manager.line) == (
        "shop.realtime.Manager",
        "push_",
        5,
    )
    assert catalogue.django == DjangoOptions(False, False, "5.2", "move")
    first, second = catalogue.events
    assert first == Event(
        names=("order_*", "basket"),
        channel="staff-*",
        keys=("id", "status"),
        call=parse_call("push_order(order, {payload.status}, {channel.1})"),
        accept_lost_keys=("i?", "x_*"),
        accept_changed_values=("stat*",),
        superseded_by=("push_all",),
        superseded_is_safe=True,
        types=(("order", "orders.Order"),),
        accept_channel_change=True,
        scaffold=True,
        envelope="manager",
        reason="Because.",
    )
    assert first.type_of("order") == "orders.Order"
    assert first.type_of("other") is None
    assert [first.accepts_loss(key) for key in ("id", "x_1", "i", "status")] == [
        True,
        True,
        False,
        False,
    ]
    assert [first.accepts_value(key) for key in ("status", "id")] == [True, False]
    assert second == Event(names=("old",), superseded_by=("push_all",))
    state, other = catalogue.states
    assert state == State(
        model="orders.Order",
        fields=("status", "paid"),
        emit=(parse_call("push_order(order)"), parse_call("push_all({changed_fields})")),
        when=(("status", ("A", 1)), ("paid", (True,))),
        satisfied_by=("push_other",),
        owner="orders.services.set_status",
        on=("create", "update", "delete"),
        types=(("order", "orders.Order"),),
        reason="So.",
    )
    assert state.methods == ("push_order", "push_all", "push_other")
    assert other == State("orders.Line", (), (parse_call("push_all()"),), on=("create",))
    assert catalogue.check == CodeOptions(("PM1", "ALL"), ("PM104",))
    assert catalogue.exclude == ("a/**", "b.py")
    assert catalogue.warnings == ()
    # Keeps the example honest: a key that it lacks would not be read by any test.
    for table, keys in KEYS.items():
        for key in keys:
            assert f"\n{key} = " in EVERYTHING or f"\n[state.{key}]" in EVERYTHING, (table, key)


def test_everything_has_its_line(tmp_path: Path) -> None:
    catalogue = read(tmp_path, EVERYTHING)
    text = EVERYTHING.split("\n")
    for entry in (*catalogue.events, *catalogue.states):
        assert text[entry.line - 1] in ("[[event]]", "[[state]]")
        for key, line in entry.key_lines.items():
            assert text[line - 1].startswith((f"{key} = ", f"[state.{key}]"))
    assert {text[e.line - 1 + 1] for e in catalogue.events} == {
        'event = ["order_*", "basket"]',
        'event = "old"',
    }
    call = catalogue.events[0].call
    assert call is not None
    assert text[call.line - 1].startswith("call = ")
    assert [text[c.line - 1].strip() for c in catalogue.states[0].emit] == [
        '"push_order(order)",',
        '"push_all({changed_fields})",',
    ]


def test_an_empty_catalogue_has_the_defaults(tmp_path: Path) -> None:
    empty = Catalogue(path=load_path(tmp_path))
    assert read(tmp_path, "") == empty
    assert read(tmp_path, "# only a comment") == empty
    assert read(tmp_path, "[legacy]\n[django]\n[check]\n[files]\n") == empty
    assert (empty.django.robust, empty.django.on_commit, empty.django.handlers) == (
        "auto",
        True,
        "move",
    )


def load_path(tmp_path: Path) -> str:
    return (tmp_path / NAME).as_posix()


def test_a_catalogue_can_be_hashed_and_sent_to_another_process(tmp_path: Path) -> None:
    catalogue = read(tmp_path, EVERYTHING)
    assert pickle.loads(pickle.dumps(catalogue)) == catalogue
    assert hash(pickle.loads(pickle.dumps(catalogue))) == hash(catalogue)


def test_dotted_headers_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    text = '\ufeffmanager.object = "a.b"\r\nevent = [\r\n{event="x", call="realtime_x()"}]\r\n'
    catalogue = read(tmp_path, text)
    assert catalogue.manager is not None
    assert catalogue.manager.object == "a.b"
    assert [event.line for event in catalogue.events] == [3]


# What is wrong is named.


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        # Not TOML.
        ("a = ", ["1: not valid TOML: Invalid value"]),
        ("[a]\nb = 1\nb = 2\n", ["3: not valid TOML: Cannot overwrite a value"]),
        ('\n\na = "x', ["3: not valid TOML: Unterminated string"]),
        ("a = " + "[" * 5000, ["1: not valid TOML: nested too deeply"]),
        # Unknown names.
        (
            "abc = []",
            [
                '1: unknown key "abc"; valid tables: check, django, event, files, legacy, '
                "manager, state"
            ],
        ),
        ("[legacyy]", ['1: unknown table "legacyy"; did you mean "legacy"?']),
        ("\n[[events]]", ['2: unknown table "events"; did you mean "event"?']),
        (
            "zzz = 1",
            [
                '1: unknown key "zzz"; valid tables: check, django, event, files, legacy, '
                "manager, state"
            ],
        ),
        ('clients = ["a.b"]', ['1: unknown key "clients"; it belongs in [legacy]']),
        ("[legacy]\nclient = []", ['2: unknown key "client" in [legacy]; did you mean "clients"?']),
        (
            "[check]\nclients = []",
            ['2: unknown key "clients" in [check]; it belongs in [legacy]'],
        ),
        ("[check]\nqq = 1", ['2: unknown key "qq" in [check]; valid keys: select, ignore']),
        ('[check]\n"a\\nb" = 1', ['2: unknown key "a\\nb" in [check]; valid keys: select, ignore']),
        ("[check]\nSELECT = []", ['2: unknown key "SELECT" in [check]; did you mean "select"?']),
        # Tables of the wrong kind.
        ("[[legacy]]", ['1: "legacy" must be written as a table, [legacy]']),
        ("[event]\nevent = 'x'", ['1: "event" must be written as a table, [[event]]']),
        ("event = [1]", ['1: "event" must be written as a table, [[event]]']),
        ("legacy = 1", ['1: "legacy" must be written as a table, [legacy]']),
        # Wrong types.
        (
            "[legacy]\nclients = 'a.b'",
            ['2: "clients" in [legacy] must be an array of strings, not a string'],
        ),
        (
            "[legacy]\nclients = [\n'a.b',\n1,\ntrue]",
            [
                '4: every item of "clients" in [legacy] must be a string, not an integer',
                '5: every item of "clients" in [legacy] must be a string, not a boolean',
            ],
        ),
        (
            "[django]\non_commit = 1",
            ['2: "on_commit" in [django] must be true or false, not an integer'],
        ),
        (
            "[django]\non_commit = 'true'",
            ['2: "on_commit" in [django] must be true or false, not a string'],
        ),
        ("[django]\nrobust = 'yes'", ['2: "robust" in [django] must be true, false or "auto"']),
        (
            "[django]\ntarget_version = 5.2",
            ['2: "target_version" in [django] must be a string, not a float'],
        ),
        (
            "[django]\ntarget_version = '5'",
            ['2: "target_version" in [django] must look like "5.2", not like "5"'],
        ),
        (
            "[django]\nhandlers = 'moved'",
            ['2: "moved" is not a value of "handlers"; did you mean "move"?'],
        ),
        (
            "[django]\nhandlers = 'x'",
            ['2: "x" is not a value of "handlers"; valid values: drop, move'],
        ),
        (
            "[django]\nrobust = false\nhandlers = 'drop'",
            ['3: handlers = "drop" leaves failures to robust, which is false here'],
        ),
        # Names that cannot be.
        (
            "[legacy]\nclients = ['pusher client', 'client']\ntransport = ['a b']",
            [
                '2: "clients" in [legacy] must look like "package.module.client", '
                'not like "pusher client"',
                '2: "clients" in [legacy] must look like "package.module.client", '
                'not like "client"',
                '3: "transport" in [legacy] must look like "package.module.*", not like "a b"',
            ],
        ),
        (
            "[manager]\nobject = 'manager'",
            [
                '2: "object" in [manager] must look like "package.module.manager", '
                'not like "manager"'
            ],
        ),
        (
            "[manager]",
            [
                '1: [manager] lacks the key "object": the dotted name of the object with the '
                "sending methods"
            ],
        ),
        ("[manager]\nobject = ''", ['2: "object" in [manager] must not be empty']),
        ("[manager]\nobject = 'a.b'\nprefix = 'a-'", ['3: "a-" cannot begin the name of a method']),
        (
            "[manager]\nobject = 'a.b'\nprefix = 1",
            ['3: "prefix" in [manager] must be a string, not an integer'],
        ),
        # Codes.
        (
            "[check]\nselect = ['PM1', 'PM109']\nignore = ['PM901', 'E501', '']",
            [
                '2: unknown code "PM109"; did you mean "PM107"? (select in [check])',
                "3: PM901 cannot be ignored; exclude the file instead ([files] exclude) "
                "(ignore in [check])",
                '3: unknown code "E501"; valid codes: ALL, PM1, PM101, PM102, PM103, PM104, '
                "PM105, PM106, PM107, PM2, PM201, PM202, PM3, PM301, PM302, PM303, PM304, PM4, "
                "PM401, PM402, PM403, PM9, PM901, PM902 (ignore in [check])",
                '3: "ignore" in [check] has an empty item',
            ],
        ),
        (
            "[check]\nselect = 'PM1'",
            ['2: "select" in [check] must be an array of strings, not a string'],
        ),
        ("[files]\nexclude = ['a', 'a']", ['2: "a" is twice in "exclude"']),
    ],
)
def test_errors_name_the_line_and_what_would_be_right(text: str, errors: list[str]) -> None:
    found = errors_of(text)
    assert len(found) == len(errors), found
    for line, expected in zip(found, errors, strict=True):
        # tomllib's own words may get better.
        assert line.startswith(expected) if "not valid TOML" in expected else line == expected


def test_no_depth_of_nesting_ends_in_a_traceback() -> None:
    # Somewhere in between, the parser gets through and what comes after it must too.
    outcomes = set()
    for depth in range(300, 520):
        for opening, closing in (("[", "]"), ("{a=", "}")):
            text = "x = " + opening * depth + "1" + closing * depth
            outcomes.add(errors_of(text)[0].split(";")[0])
    assert "1: not valid TOML: nested too deeply" in outcomes
    assert len(outcomes) > 1


def test_a_document_that_only_the_parser_gets_through_is_refused_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(text: str) -> None:
        raise RecursionError

    monkeypatch.setattr(reader, "key_lines", fail)
    assert errors_of("a = 1") == ["1: not valid TOML: nested too deeply"]


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        (
            "",
            [
                '4: [[event]] lacks the key "event": the name of the event, or several',
                '4: [[event]] lacks the key "call": what to call instead (or "superseded_by", '
                "when nothing is needed)",
            ],
        ),
        ("event = ''\ncall = 'realtime_x()'", ['5: "event" in [[event]] has an empty item']),
        (
            "event = 1\ncall = 1",
            [
                '5: "event" in [[event]] must be a string or an array of strings, not an integer',
                '6: "call" in [[event]] must be a call in a string, not an integer',
            ],
        ),
        (
            "event = 'x'\ncall = ['realtime_x()']",
            ['6: "call" in [[event]] must be a call in a string, not an array'],
        ),
        (
            "event = 'x'\nchanel = 'y'\ncall = 'realtime_x()'",
            ['6: unknown key "chanel" in [[event]]; did you mean "channel"?'],
        ),
        (
            "event = 'x'\nfields = ['a']\ncall = 'realtime_x()'",
            ['6: unknown key "fields" in [[event]]; it belongs in [[state]]'],
        ),
        (
            "event = 'x'\ncall = 'realtime_x(*a)'",
            [
                '6: "call" in [[event]]: argument "*a" must be a name, an attribute of a name, '
                "a constant or a placeholder"
            ],
        ),
        (
            "event = 'x'\ncall = 'real_x({changed_fields})'\nsuperseded_by = ['realtime_x', 'y']",
            [
                '6: "real_x" does not begin with "realtime_", the prefix in [manager]',
                '6: "{changed_fields}" has no meaning in [[event]]',
                '7: "y" does not begin with "realtime_", the prefix in [manager]',
            ],
        ),
        (
            "event = 'x'\ncall = 'realtime_x(room)'\ntypes = { rom = 'a.Room', room = 'Room' }",
            [
                '7: "rom" in "types" is not a name in call; did you mean "room"?',
                '7: "room" in "types" must look like "app.Model"',
            ],
        ),
        (
            "event = 'x'\ncall = 'realtime_x(room)'\ntypes = 'a.Room'",
            ['7: "types" in [[event]] must be a table, such as { name = "..." }, not a string'],
        ),
        (
            "event = 'x'\ncall = 'realtime_x()'\nsuperseded = 'remove'\nenvelope = 'manager'",
            [
                '7: "superseded" in [[event]] has no effect without superseded_by',
                '8: "envelope" in [[event]] has no effect without scaffold = true',
            ],
        ),
        (
            "event = 'x'\nsuperseded_by = ['realtime_x']\nscaffold = true\n[event.types]\na='b.C'",
            [
                '7: "scaffold" in [[event]] has no effect without call',
                '8: "types" in [[event]] has no effect without call',
            ],
        ),
        (
            "event = 'x'\ncall = 'realtime_x()'\nsuperseded_by = ['a b']\nscaffold = 'yes'",
            [
                '7: "superseded_by" in [[event]] must look like "realtime_room_updated", '
                'not like "a b"',
                '8: "scaffold" in [[event]] must be true or false, not a string',
            ],
        ),
    ],
)
def test_errors_in_events(text: str, errors: list[str]) -> None:
    assert errors_of(f"{MANAGER}\n[[event]]\n{text}") == errors


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        (
            "",
            [
                '4: [[state]] lacks the key "model": such as app.Model',
                '4: [[state]] lacks the key "emit": the call that a write needs',
                '4: [[state]] lacks the key "fields": the fields whose updates are watched',
            ],
        ),
        (
            "model = 'Room'\nfields = ['a-b']\nemit = []",
            [
                '4: [[state]] lacks the key "emit": the call that a write needs',
                '5: "model" in [[state]] must look like "app.Model", not like "Room"',
                '6: "fields" in [[state]] must look like "status", not like "a-b"',
            ],
        ),
        (
            "model = 'a.Room'\nfields = ['status']\nemit = [\n'realtime_x()',\n'x(',\n"
            "'y({payload.a})']",
            [
                '9: "emit" in [[state]]: "x(" is not a Python call (\'(\' was never closed)',
                '10: "y" does not begin with "realtime_", the prefix in [manager]',
                '10: "{payload.a}" has no meaning in [[state]]',
            ],
        ),
        (
            "model = 'a.Room'\nfields = ['status']\nemit = 'realtime_x()'\n"
            "when = { stat = 'A', status = [] }",
            [
                '8: "stat" in "when" is not in "fields"; did you mean "status"?',
                '8: "status" in "when" must be a string, number or boolean, or a non-empty array '
                "of such",
            ],
        ),
        (
            "model = 'a.Room'\nfields = ['status']\nemit = 'realtime_x()'\n"
            "when.status = 1979-05-27\non = ['update', 'insert', 'delet']",
            [
                '8: "status" in "when" must be a string, number or boolean, or a non-empty array '
                "of such",
                '9: "insert" is not a value of "on"; valid values: create, delete, update',
                '9: "delet" is not a value of "on"; did you mean "delete"?',
            ],
        ),
        (
            "model = 'a.Room'\nfields = ['status']\nemit = 'realtime_x()'\non = []\nowner = 'f'",
            [
                '8: "on" in [[state]] must not be empty',
                '9: "owner" in [[state]] must look like "package.module.function", not like "f"',
            ],
        ),
    ],
)
def test_errors_in_states(text: str, errors: list[str]) -> None:
    assert errors_of(f"{MANAGER}\n[[state]]\n{text}") == errors


def test_entries_need_a_manager() -> None:
    event = "[[event]]\nevent = 'x'\ncall = 'anything()'\n"
    state = "[[state]]\nmodel = 'a.B'\nfields = ['c']\nemit = 'anything()'\n"
    assert errors_of("\n" + event + state) == ['2: [[event]] needs a [manager] with its "object"']
    assert errors_of(state) == ['1: [[state]] needs a [manager] with its "object"']


def test_line_ends_in_names_do_not_break_an_error_in_two() -> None:
    text = MANAGER + "[[state]]\nmodel = 'a.B'\nemit = 'realtime_x()'\n"
    found = errors_of(text + 'fields = ["a\\nb"]\nwhen = { "c\\u001b" = 1 }\n')
    assert found == [
        '6: "fields" in [[state]] must look like "status", not like "a\\nb"',
        '7: "c\\x1b" in "when" is not in "fields"; fields: a\\nb',
    ]


def test_an_empty_prefix_allows_every_method() -> None:
    text = MANAGER + "prefix = ''\n[[event]]\nevent = 'x'\ncall = 'send()'\n"
    assert len(parse_catalogue(text, NAME).events) == 1


TOML_VALUES = st.recursive(
    st.sampled_from(
        [
            "1",
            "-0.5",
            "true",
            "1979-05-27",
            "07:32:00",
            "''",
            "' '",
            "'x'",
            "'a.B'",
            "'auto'",
            "'update'",
            "'realtime_x(room, {changed_fields}, {payload.a})'",
            "'realtime_x('",
            "'{'",
            "'PM1'",
            '"a\\nb"',
            '"\\u0000"',
            '"""\nx\n"""',
        ]
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
    | inner.map(lambda item: f'{{ room = {item}, "" = {item} }}'),
    max_leaves=4,
)


@st.composite
def odd_catalogues(draw: st.DrawFn) -> str:
    """Catalogues with the right keys and any values, or with right headers of the wrong kind."""
    text = ""
    for label in draw(st.lists(st.sampled_from([*KEYS, "[x]"]), unique=True)):
        turned = draw(st.sampled_from([False] * 9 + [True]))
        name = label.strip("[]")
        text += f"[{name}]\n" if label.startswith("[[") is turned else f"[[{name}]]\n"
        for key in draw(st.lists(st.sampled_from([*KEYS.get(label, ()), "odd"]), unique=True)):
            text += f"{key} = {draw(TOML_VALUES)}\n"
    return text


@given(odd_catalogues())
def test_whatever_is_in_a_catalogue_it_is_read_or_its_errors_have_lines(text: str) -> None:
    try:
        parse_catalogue(text, NAME)
    except CatalogueErrors as caught:
        shown = str(caught).split("\n")
        assert len(shown) == len(caught.errors)
        for line, error in zip(shown, caught.errors, strict=True):
            assert error.line is not None
            assert 1 <= error.line <= text.count("\n") + 1
            assert line == f"{NAME}:{error.line}: {error.message}"


# What it answers.


@pytest.mark.parametrize(
    ("glob", "shape", "answer"),
    [
        ("staff-hotel-*", "staff-hotel-*", Match.YES),
        ("staff-hotel-*", "staff-hotel-12", Match.YES),
        ("staff-*", "staff-hotel-*", Match.YES),
        ("*", None, Match.YES),
        ("*", "*", Match.YES),
        ("staff-hotel-*", "guest-*", Match.NO),
        ("Staff-*", "staff-1", Match.NO),
        ("hotel-*-chat", "hotel-*", Match.NO),
        ("hotel-*", "hotel-*-chat", Match.YES),
        ("hotel", "hotel-*", Match.NO),
        ("hotel-", "hotel-*", Match.NO),
        ("staff-hotel-*", None, Match.UNKNOWN),
        ("staff-hotel-*", "*", Match.UNKNOWN),
        ("staff-hotel-*", "*-*", Match.UNKNOWN),
        ("staff-hotel-*", "staff-*-*", Match.UNKNOWN),
        ("staff-hotel-*", "staff-*-room-*", Match.UNKNOWN),
        ("chat-lobby", "chat-*", Match.UNKNOWN),
        ("chat-lobby", "chat-lo*", Match.UNKNOWN),
        ("chat-lobby", "chat-*-x", Match.NO),
        ("staff-?", "staff-*", Match.UNKNOWN),
        ("staff-[ab]", "staff-*", Match.UNKNOWN),
        ("staff-?", "staff-1", Match.YES),
        ("staff-?", "staff-12", Match.NO),
    ],
)
def test_channels(glob: str, shape: str | None, answer: Match) -> None:
    assert match_shape(glob, shape) is answer


def fillings(shape: str, size: int) -> set[str]:
    """Texts that a shape may stand for: a hole at the start is any text, others are words."""
    words = ["".join(w) for n in range(1, size + 1) for w in itertools.product("ab", repeat=n)]
    anything = ["".join(w) for n in range(size + 1) for w in itertools.product("ab-", repeat=n)]
    texts = {""}
    for index, char in enumerate(shape):
        options = [char] if char != "*" else anything if index == 0 else words
        texts = {text + option for text in texts for option in options}
    return texts


SHORT = st.text("ab-*", max_size=4)


@given(SHORT, SHORT.filter(lambda shape: shape.count("*") <= 2))
def test_a_shape_may_match_when_a_filling_does(glob: str, shape: str) -> None:
    answer = match_shape(glob, shape)
    if answer is Match.YES:
        assert fnmatchcase(shape, glob)
    else:
        could = any(fnmatchcase(text, glob) for text in fillings(shape, len(glob)))
        assert (answer is Match.UNKNOWN) == could


@given(st.text("ab*?[]", max_size=4), st.text("ab*?[]", max_size=4), st.text("ab[?", max_size=4))
def test_what_a_covered_glob_matches_is_matched(general: str, special: str, text: str) -> None:
    if glob_covers(general, special) and fnmatchcase(text, special):
        assert fnmatchcase(text, general)


@pytest.mark.parametrize(
    ("required", "present", "complete", "answer"),
    [
        ([], None, True, Match.YES),
        (["a"], ["b", "a"], True, Match.YES),
        (["a"], ["b", "a"], False, Match.YES),
        (["a", "c"], ["b", "a"], True, Match.NO),
        (["a", "c"], ["b", "a"], False, Match.UNKNOWN),
        (["a"], None, True, Match.UNKNOWN),
    ],
)
def test_keys(
    required: list[str], present: list[str] | None, complete: bool, answer: Match
) -> None:
    assert match_keys(required, present, complete=complete) is answer


def events(*specs: tuple[str, str | None, tuple[str, ...]]) -> Catalogue:
    return Catalogue(
        events=tuple(
            Event(names=tuple(name.split()), channel=channel, keys=keys, line=number)
            for number, (name, channel, keys) in enumerate(specs, 1)
        )
    )


def answer(catalogue: Catalogue, *facts: object, complete: bool = True) -> object:
    """Line of the entry that applies, or the lines of the undecided ones and what is unknown."""
    found = catalogue.event_for(*facts, complete=complete)  # type: ignore[arg-type]
    if found.event is not None:
        assert found.undecided == found.unknown == ()
        return found.event.line
    return [event.line for event in found.undecided], found.unknown


def test_the_first_entry_that_matches_is_taken() -> None:
    catalogue = events(("x", "a-*", ("k",)), ("x y", "a-*", ()), ("x", None, ()), ("z*", None, ()))
    assert answer(catalogue, "x", "a-*", ["k", "l"]) == 1
    assert answer(catalogue, "x", "a-*", ["l"]) == 2
    assert answer(catalogue, "y", "a-1", None) == 2
    assert answer(catalogue, "x", "b-*", ["k"]) == 3
    assert answer(catalogue, "zebra", None, None) == 4
    assert answer(catalogue, "nothing", "a-*", ["k"]) == ([], ())


def test_no_entry_is_taken_when_an_earlier_one_may_match() -> None:
    catalogue = events(("x", "a-*", ("k",)), ("y", None, ()), ("x", None, ()), ("x", "b", ()))
    assert answer(catalogue, "x", None, ["k"]) == ([1, 3], ("channel",))
    assert answer(catalogue, "x", "a-*", None) == ([1, 3], ("payload keys",))
    assert answer(catalogue, "x", "*", []) == 3
    assert answer(catalogue, "x", "a-*", [], complete=False) == ([1, 3], ("payload keys",))
    assert answer(catalogue, "x", "a-*", ["k"], complete=False) == 1
    assert answer(catalogue, None, "c", []) == ([2, 3], ("event name",))
    only = events(("x", "a-*", ()))
    assert answer(only, "x", None, None) == ([1], ("channel",))
    assert answer(only, "x", "b-*", None) == ([], ())


def test_matches_is_the_certain_answer() -> None:
    event = Event(names=("a", "b*"), channel="c-*", keys=("k",))
    assert event.matches("b1", "c-*", {"k"})
    assert not event.matches("b1", None, {"k"})
    assert not event.matches("c", "c-*", {"k"})
    assert event.unknown_facts(None, None, None) == ("event name", "channel", "payload keys")


def test_the_transport_is_named_by_globs_or_by_what_is_around_it() -> None:
    legacy = Legacy(transport=("app.realtime", "*.low.send_*", "app.Manager.*"))
    inside = [
        "app.realtime",
        "app.realtime.f",
        "app.realtime.C.m",
        "x.y.low.send_it",
        "app.Manager.m",
    ]
    outside = [
        "app",
        "app.realtime2",
        "low.send_it",
        "x.low.sen",
        "app.Manager",
        "app.views.realtime",
    ]
    assert [name for name in (*inside, *outside) if legacy.is_transport(name)] == inside
    assert not Legacy().is_transport("app.realtime")


def states(*specs: str) -> Catalogue:
    """A catalogue with one entry for each ``fields | when | on``."""
    text = MANAGER
    for number, spec in enumerate(specs):
        fields, when, on = (part.strip() for part in spec.split("|"))
        text += f"[[state]]\nmodel = 'a.B'\nfields = {fields.split()}\n"
        text += f"when = {{ {when} }}\n" if when else ""
        text += f"on = {on.split()}\n" if on else ""
        text += f"emit = 'realtime_{number}()'\n"
    return parse_catalogue(text, NAME)


def which(
    catalogue: Catalogue, written: dict[str, Known | None], operation: str = "update"
) -> tuple[str, str]:
    found = catalogue.states_for("a.B", written, operation)  # type: ignore[arg-type]
    numbers = [
        "".join(state.emit[0].method.removeprefix("realtime_") for state in group)
        for group in (found.states, found.undecided)
    ]
    return numbers[0], numbers[1]


def test_all_entries_for_a_write_apply_in_file_order() -> None:
    catalogue = states("s t | |", "u | |", "t | |", "s | | create delete")
    assert which(catalogue, {"t": None}) == ("02", "")
    assert which(catalogue, {"s": Known(1), "u": None}) == ("01", "")
    assert which(catalogue, {"v": None}) == ("", "")
    assert which(catalogue, {}, "create") == ("3", "")
    assert which(catalogue, {}, "delete") == ("3", "")
    assert catalogue.states_for("a.C", {"s": None}).states == ()


def test_an_entry_without_a_value_is_for_all_other_values() -> None:
    catalogue = states("s | s = 'A' |", "s | s = ['B', 1] |", "s t | |", "u | |")
    assert which(catalogue, {"s": Known("A")}) == ("0", "")
    assert which(catalogue, {"s": Known("B")}) == ("1", "")
    assert which(catalogue, {"s": Known("C")}) == ("2", "")
    assert which(catalogue, {"s": Known(None)}) == ("2", "")
    assert which(catalogue, {"s": None}) == ("2", "01")
    assert which(catalogue, {"t": None}) == ("2", "")
    assert which(catalogue, {"s": Known("A"), "t": None, "u": None}) == ("03", "")


def test_values_are_compared_with_their_type() -> None:
    catalogue = states("s | s = 1 |", "s | s = true |", "s | s = '1' |", "s | s = 1.5 |")
    assert which(catalogue, {"s": Known(1)}) == ("0", "")
    assert which(catalogue, {"s": Known(True)}) == ("1", "")
    assert which(catalogue, {"s": Known("1")}) == ("2", "")
    assert which(catalogue, {"s": Known(1.5)}) == ("3", "")


def test_several_conditions_must_all_hold() -> None:
    catalogue = states("s t | s = 'A', t = true |")
    assert which(catalogue, {"s": Known("A"), "t": Known(True)}) == ("0", "")
    assert which(catalogue, {"s": Known("A"), "t": Known(False)}) == ("", "")
    assert which(catalogue, {"s": Known("A")}) == ("", "0")
    assert which(catalogue, {"s": Known("A"), "t": None}) == ("", "0")


# Entries that cannot do what they were written for.


def warnings_of(*entries: str) -> list[str]:
    text = MANAGER + "".join(f"[[event]]\ncall = 'realtime_x()'\n{entry}\n" for entry in entries)
    catalogue = parse_catalogue(text, NAME)
    return [str(warning).removeprefix(f"{NAME}:") for warning in catalogue.warnings]


@pytest.mark.parametrize(
    ("entries", "warnings"),
    [
        (["event = 'x'", "event = 'y'"], []),
        (["event = 'x'", "event = 'x'"], ["6: the entry is never used: the [[event]] of line 3"]),
        (["event = 'r*'", "event = 'room'"], ["6: the entry is never used"]),
        (["event = 'r*'", "event = 'ro*'"], ["6: the entry is never used"]),
        (["event = 'ro*'", "event = 'r*'"], []),
        (["event = 'x'\nchannel = 'a-*'", "event = 'x'"], []),
        (["event = 'x'\nchannel = 'a-*'", "event = 'x'\nchannel = 'a-b-*'"], ["7: the entry"]),
        (["event = 'x'", "event = 'x'\nchannel = 'a-*'"], ["6: the entry is never used"]),
        (["event = 'x'\nkeys = ['a']", "event = 'x'"], []),
        (["event = 'x'\nkeys = ['a']", "event = 'x'\nkeys = ['b', 'a']"], ["7: the entry"]),
        (["event = 'x'\nkeys = ['a', 'b']", "event = 'x'\nkeys = ['a']"], []),
        (["event = ['x', 'y']", "event = ['z', 'y']"], ['6: "y" is never used: the [[event]] of']),
        (
            ["event = 'x'", "event = 'y'", "event = ['y', 'x']"],
            ["9: the entry is never used: the [[event]] of line 3, 6 comes first"],
        ),
    ],
)
def test_entries_that_are_never_used(entries: list[str], warnings: list[str]) -> None:
    found = warnings_of(*entries)
    assert len(found) == len(warnings), found
    for line, expected in zip(found, warnings, strict=True):
        assert line.startswith(expected)


def test_a_write_that_sends_the_same_twice_is_warned_of() -> None:
    def warn(first: str, second: str) -> int:
        text = MANAGER
        for entry in (first, second):
            text += f"[[state]]\nmodel = 'a.B'\n{entry}\n"
        return len(parse_catalogue(text, NAME).warnings)

    one = "fields = ['s']\nemit = 'realtime_x()'"
    assert warn(one, one) == 1
    assert warn(one, one.replace("'s'", "'t', 's'")) == 1
    assert warn(one, one.replace("'s'", "'t'")) == 0
    assert warn(one, one.replace("_x", "_y")) == 0
    assert warn(one, one + "\nwhen = { s = 1 }") == 0
    assert warn(one, one + "\non = ['delete']") == 0


def test_every_name_of_the_package_is_there() -> None:
    assert sorted(api._HOMES) == sorted(api.__all__)
    assert [name for name in api.__all__ if not hasattr(api, name)] == []
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        api.nothing  # noqa: B018
