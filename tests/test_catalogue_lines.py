"""Where keys stand in a TOML document, against ``tomllib`` and against generated documents."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.catalogue.lines import Place, key_lines


def places(value: object, place: Place = ()) -> set[Place]:
    """All paths in a parsed document, as `key_lines` names them."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    found = {place} - {()}
    for key, item in items:
        found |= places(item, (*place, key))
    return found


TRICKY = r'''# event = "comment"
[legacy]
clients = ["a.b", # ] event = 1
  "c.d",   'e.]f',
]

[[event]]
event = "x"   # [[event]]
reason = """
[[event]]
event = "not a key"
\"""escaped
ends in quotes"""""
channel = 'a "quoted" # one'
types.room = "rooms.Room"
types . "b c" = "x.Y"

[[event]]
reason = \'\'\'
keys = ["look-alike"]
\'\'\'
event = [
  """
  a, b ]""",
  'b',
  { c = 1, d.e = [ {f = 2}, 1979-05-27 07:32:00, 1979-05-27 ] },
]
[event.types]
room = "rooms.Room"
[[event.deep]]
a = 1
[[event.deep]]
a = +1.5e3

["quoted.table".'its'.x]
"\u0061b" = true
"" = inf
  [ indented . table ]
key='v'
'''.replace("\\'", "'")


def test_every_place_of_a_document_has_a_line() -> None:
    assert set(key_lines(TRICKY)) == places(tomllib.loads(TRICKY))


def test_the_lines_are_those_of_the_document() -> None:
    lines = key_lines(TRICKY)
    text = TRICKY.split("\n")

    def at(*place: str | int) -> str:
        return text[lines[place] - 1].strip()

    assert at("legacy", "clients", 2) == "\"c.d\",   'e.]f',"
    assert at("event") == at("event", 0) == "[[event]]"
    assert lines["event", 0] < lines["event", 1]
    assert at("event", 0, "event") == 'event = "x"   # [[event]]'
    assert at("event", 0, "channel").startswith("channel = ")
    assert at("event", 0, "types") == at("event", 0, "types", "room")
    assert at("event", 0, "types", "b c").startswith("types . ")
    assert "keys" not in {place[-1] for place in lines}
    assert at("event", 1, "event", 0) == '"""'
    assert at("event", 1, "event", 1) == "'b',"
    assert at("event", 1, "event", 2, "d", "e", 0, "f").startswith("{ c = 1")
    assert at("event", 1, "types") == "[event.types]"
    assert at("event", 1, "types", "room") == 'room = "rooms.Room"'
    assert at("event", 1, "deep", 1, "a") == "a = +1.5e3"
    assert at("quoted.table", "its", "x", "ab") == r'"\u0061b" = true'
    assert at("indented", "table", "key") == "key='v'"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_do_not_shift_lines(end: str) -> None:
    text = end.join(["", "[a]", 'b = """', "x", '"""', "c = 1"])
    assert tomllib.loads(text)["a"]["c"] == 1
    assert key_lines(text)["a", "c"] == 6


def test_nonsense_ends() -> None:
    # Never needed, as tomllib is asked first; but a loop without an end would be worse than an
    # error.
    for text in ("]", "[", "[[", "=", "= =", "a", "a=", "a=[", "a={,", '"', "a=[}", "a={]", "\0"):
        assert isinstance(key_lines(text), dict)


KEYS = st.sampled_from(["a", "b-1", "c_d", "event", "'q.r'", '"s t"', '"\\u0041"'])
SCALARS = st.sampled_from(
    [
        "1",
        "true",
        "1979-05-27T07:32:00Z",
        "1979-05-27 07:32:00",
        '"a # b"',
        "'[x]'",
        '"\\"]"',
        '"""\nz = 1\n"""',
        "'''\n[[z]]\n'''",
        '""""q" """',
        '""',
        "-0.5",
    ]
)
GAPS = st.sampled_from([" ", "", "\n", " # z = 1\n", "\n\n  "])


@st.composite
def arrays(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    items = draw(st.lists(values, max_size=3))
    gap = lambda: draw(GAPS)  # noqa: E731
    body = ",".join(f"{gap()}{item}{gap()}" for item in items)
    return f"[{body}{',' if items and draw(st.booleans()) else ''}{gap()}]"


@st.composite
def inline_tables(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    keys = draw(st.lists(KEYS, max_size=3, unique=True))
    return "{ " + ", ".join(f"{key} = {draw(values)}" for key in keys) + " }"


VALUES = st.recursive(SCALARS, lambda inner: arrays(inner) | inline_tables(inner), max_leaves=6)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[Place, int]]:
    """A document of tables and arrays of tables, and the line of each key at its top two levels."""
    text, lines = "", {}
    sizes: dict[str, int] = {}
    for number in range(draw(st.integers(0, 4))):
        repeated = draw(st.booleans())
        name = "many" if repeated else f"one{number}"
        place: Place = (name,)
        lines.setdefault(place, text.count("\n") + 1)
        if repeated:
            place = (name, sizes.get(name, 0))
            sizes[name] = sizes.get(name, 0) + 1
            lines[place] = text.count("\n") + 1
        text += f"[[{name}]]\n" if repeated else f"[{name}] # {name} = 1\n"
        for key in draw(st.lists(KEYS, max_size=4, unique=True)):
            text += draw(st.sampled_from(["", "\n", "# a = 1\n"]))
            bare = tomllib.loads(f"{key} = 1").popitem()[0]
            lines[(*place, bare)] = text.count("\n") + 1
            text += f"{key} = {draw(VALUES)}{draw(st.sampled_from(['', ' # b = 2']))}\n"
    return text, lines


@given(documents())
def test_generated_documents(document: tuple[str, dict[Place, int]]) -> None:
    text, lines = document
    found = key_lines(text)
    assert set(found) == places(tomllib.loads(text))
    assert {place: found[place] for place in lines} == lines
