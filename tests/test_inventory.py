"""The inventory: what it says of the sample project and of the unknown, and its formats."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.catalogue import Catalogue, load_codemod, parse_catalogue
from pusher_migrate.config import make_settings
from pusher_migrate.index.build import build_index
from pusher_migrate.inventory.collect import take_inventory
from pusher_migrate.inventory.values import Emission, Inventory, System
from pusher_migrate.plan import make_context
from pusher_migrate.report.inventory_json import inventory_data, inventory_json
from pusher_migrate.report.inventory_markdown import code, inventory_markdown, text
from pusher_migrate.report.inventory_text import inventory_text

HERE = Path(__file__).parent.parent
HOTELMATE = HERE / "golden" / "apps" / "hotelmate"
SCHEMA = json.loads((HERE / "docs" / "inventory.schema.json").read_text(encoding="utf-8"))


def inventory_of(files: dict[str, str], catalogue: str = "") -> Inventory:
    """The inventory of a project whose files are given as text."""
    contents = {path: dedent(source).lstrip("\n").encode() for path, source in files.items()}
    chosen = parse_catalogue(catalogue, "pusher-migrate.toml") if catalogue else Catalogue()
    manager = chosen.manager
    index = build_index(
        contents,
        contents.__getitem__,
        manager=manager.object if manager is not None else None,
        prefix=manager.prefix if manager is not None else "realtime_",
    )
    return take_inventory(index, chosen)


@pytest.fixture(scope="module")
def hotelmate() -> Inventory:
    root = HOTELMATE / "before"
    catalogue = load_codemod("hotelmate")
    context = make_context(root, catalogue, make_settings(root))
    return take_inventory(context.index, catalogue)


def tool(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pusher_migrate", *arguments],
        cwd=project,
        text=True,
        capture_output=True,
    )


# --- The sample project ---------------------------------------------------------------------------


def expected(part: int) -> list[list[str]]:
    """The lines of a part of the expected file, as columns."""
    parts = (HOTELMATE / "inventory.expected.txt").read_text(encoding="utf-8").split("\n\n")
    lines = [line for line in parts[part].splitlines() if not line.startswith("#")]
    return [[column.strip() for column in line.split("|")] for line in lines]


def row(item: Emission) -> list[str]:
    """An emission as a line of the expected file."""
    (event,) = item.events
    assert event.keys is not None and event.complete
    keys = ", ".join(f"{key}?" if key in event.optional else key for key in event.keys)
    leaves = "commit" if item.deferred else "transaction" if item.transactions else "plain"
    columns = [
        f"{item.location.path}:{item.location.line}",
        str(item.system),
        event.name,
        *event.shapes,
        keys,
        leaves,
    ]
    return columns if item.loop is None else [*columns, "loop"]


def test_emissions_are_those_that_were_found_by_hand(hotelmate: Inventory) -> None:
    assert [row(item) for item in hotelmate.emissions if not item.in_tests] == expected(1)


def test_coverage_is_what_was_counted_by_hand(hotelmate: Inventory) -> None:
    assert hotelmate.coverage is not None
    rows = [
        [r.path, str(r.writes), str(r.followed), str(r.told), str(r.by_manager)]
        for r in hotelmate.coverage
    ]
    assert rows == expected(2)


def test_coverage_is_that_of_the_table_in_the_project_s_description(hotelmate: Inventory) -> None:
    described = (HOTELMATE / "README.md").read_text(encoding="utf-8")
    table = described.partition("## Coverage, counted by hand")[2].partition("\n## ")[0]
    told = {}
    for line in table.splitlines():
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[2].isdigit():
            told[cells[0]] = [int(cell) for cell in cells[2:]]
    assert hotelmate.coverage is not None and "total" in told
    for module, numbers in told.items():
        rows = [r for r in hotelmate.coverage if r.path.startswith(module)]
        assert [
            sum(r.writes for r in rows),
            sum(r.told for r in rows),
            sum(r.by_manager for r in rows),
        ] == numbers, module
    assert sum(numbers[0] for numbers in told.values()) == 2 * told["total"][0]


def test_silent_writes_are_those_of_the_description(hotelmate: Inventory) -> None:
    assert hotelmate.silences is not None
    found = {f"{s.location.path}:{s.symbol}" for s in hotelmate.silences if s.verdict == "not told"}
    described = (HOTELMATE / "README.md").read_text(encoding="utf-8")
    section = described.partition("### Missing emissions")[2].partition("\n### ")[0]
    assert found == set(re.findall(r"`([\w/]+\.py:[\w.]+)`", section))


def test_transport_wrappers_and_client_of_the_sample(hotelmate: Inventory) -> None:
    assert [str(place) for place in hotelmate.transport] == ["notifications/pusher_utils.py:17:9"]
    assert [client.name for client in hotelmate.clients] == ["hotel.pusher.pusher_client"]
    assert all(wrapper.transport and not wrapper.dead for wrapper in hotelmate.wrappers)
    chain = hotelmate.wrappers[0].chain
    assert [name.rpartition(".")[2] for name in chain] == [
        "_send_to_guests",
        "_send",
        "send_event",
        "trigger",
    ]


def test_channels_and_drift_of_the_sample(hotelmate: Inventory) -> None:
    assert {c.shape: (c.manager, c.legacy, c.standard) for c in hotelmate.channels} == {
        "guest-booking-*": (7, 0, True),
        "staff-chat-*": (2, 0, True),
        "staff-chat-conversation-*": (3, 0, True),
        "staff-hotel-*": (23, 7, True),
    }
    assert [drift.name for drift in hotelmate.drifts] == [
        "booking_checked_out",
        "room_assigned",
        "room_status_updated",
    ]
    status = hotelmate.drifts[2].shapes
    assert [shape.keys for shape in status] == [
        ("room_id", "room_status"),
        ("approved", "room_id", "room_status"),
    ]
    assert [len(shape.places) for shape in status] == [3, 1]


def test_tests_are_told_apart(hotelmate: Inventory) -> None:
    in_tests = [item for item in hotelmate.emissions if item.in_tests]
    assert in_tests
    assert {item.location.path for item in in_tests} == {"notifications/tests/test_manager.py"}


# --- Formats --------------------------------------------------------------------------------------


def strict(schema: Any) -> Any:
    """The schema with no further keys allowed, so that none is forgotten in it."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    if "properties" in made and "additionalProperties" not in made:
        made["additionalProperties"] = False
    return made


def test_json_is_as_documented(hotelmate: Inventory) -> None:
    document = json.loads(inventory_json(hotelmate, "/project"))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(document, strict(SCHEMA))
    assert document["summary"]["emissions"] == len(expected(1))
    described = (HERE / "docs" / "inventory-json.md").read_text(encoding="utf-8")
    missing = [key for key in keys_in(SCHEMA) if f"`{key}`" not in described]
    assert not missing


def keys_in(schema: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(schema, dict):
        found |= set(schema.get("properties", {}))
        for value in schema.values():
            found |= keys_in(value)
    elif isinstance(schema, list):
        for value in schema:
            found |= keys_in(value)
    summary = SCHEMA["properties"]["summary"]["required"]
    # Each says itself what it is, or is a place's or a class's own name.
    return found - {*summary, "name", "class", "place", "object", "places", "event", "text"}


def test_the_schema_is_not_content_with_everything(hotelmate: Inventory) -> None:
    document = json.loads(inventory_json(hotelmate, "/project"))
    for change in (
        lambda d: d.pop("emissions"),
        lambda d: d["emissions"][0].update(system="other"),
        lambda d: d["emissions"][0]["events"][0].update(channels=[]),
        lambda d: d.update(schema_version=2),
    ):
        broken = copy.deepcopy(document)
        change(broken)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)


def test_text_fits_the_terminal(hotelmate: Inventory) -> None:
    shown = inventory_text(hotelmate, 100)
    words = {word for line in shown.splitlines() for word in line.split() if len(word) > 60}
    assert all(len(line) <= 100 or words & set(line.split()) for line in shown.splitlines())
    for item in hotelmate.emissions:
        if not item.in_tests:
            assert f"{item.location.path}:{item.location.line}" in shown


def test_markdown_has_every_emission_and_table(hotelmate: Inventory) -> None:
    shown = inventory_markdown(hotelmate, "before")
    for item in hotelmate.emissions:
        place = f"| `{item.location.path}:{item.location.line}` |"
        assert (place in shown) is not item.in_tests
    assert "| **total** | 37 | 25 | 68 % | 28 | 22 |" in shown
    headings = [line for line in shown.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Systems",
        "## Through the manager",
        "## Legacy calls",
        "## Channels",
        "## Events with several payload shapes (PM402)",
        "## Emissions in loops",
        "## Wrappers",
        "## Coverage",
        "## Writes that not all subscribers hear of",
    ]
    tables = [line for line in shown.splitlines() if line.startswith("|")]
    for line, following in pairwise(tables):
        if following.startswith("| ---"):
            assert bars(line) == bars(following)


def bars(line: str) -> int:
    """The number of cell borders of a table's row."""
    return len(re.findall(r"(?<!\\)\|", line))


@given(st.text())
def test_markdown_takes_any_text(value: str) -> None:
    assert "\n" not in text(value) and "\n" not in code(value)
    assert bars(text(value)) == 0
    for raw in (text(value), code(value)):
        assert "\x1b" not in raw


def test_the_same_tree_gives_the_same_inventory(hotelmate: Inventory) -> None:
    root = HOTELMATE / "before"
    catalogue = load_codemod("hotelmate")
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.py"))
    manager = catalogue.manager
    assert manager is not None
    index = build_index(
        reversed(names),
        lambda path: (root / path).read_bytes(),
        manager=manager.object,
        transport=catalogue.legacy.transport,
        clients=catalogue.legacy.clients,
    )
    assert inventory_data(take_inventory(index, catalogue)) == inventory_data(hotelmate)


# --- What a tree can be like ----------------------------------------------------------------------

CLIENT = "import pusher\n\npusher_client = pusher.Pusher('1', 'k', 's')\n"
MANAGER = """
from client import pusher_client


class Manager:
    def realtime_room(self, room):
        self._send(f"hotel-{room.hotel.id}", "room", {"id": room.id, "at": 1})

    def _send(self, *args):
        pusher_client.trigger(*args)


manager = Manager()
"""
CATALOGUE = '[manager]\nobject = "manager.manager"\n'


def test_an_empty_tree() -> None:
    found = inventory_of({"a.py": "x = 1\n"})
    assert found == Inventory("", 1, False)
    for shown in (inventory_text(found), inventory_markdown(found, "a")):
        assert "No" in shown or "none" in shown


def test_without_a_manager_no_channel_is_off_a_pattern() -> None:
    found = inventory_of(
        {"client.py": CLIENT, "a.py": f"from client import *\n\n\ndef f():\n    {CALL}\n"}
    )
    assert [(c.shape, c.standard) for c in found.channels] == [("rooms", None)]
    assert not found.non_standard


CALL = "pusher_client.trigger('rooms', 'moved', {})"


def test_channels_off_the_manager_s_patterns() -> None:
    source = """
        from client import pusher_client


        def f(room, channel):
            pusher_client.trigger(f"hotel-{room.pk}", "room", {})
            pusher_client.trigger(f"hotel-{room.pk}-staff", "room", {})
            pusher_client.trigger(channel.name, "room", {})
        """
    found = inventory_of({"client.py": CLIENT, "manager.py": MANAGER, "a.py": source}, CATALOGUE)
    legacy = found.of(System.LEGACY)
    assert [found.codes_of(item) for item in legacy] == [
        (),
        ("PM403",),
        (),
    ]
    assert {c.shape: c.standard for c in found.channels} == {
        "*": None,
        "hotel-*": True,
        "hotel-*-staff": False,
    }


def test_the_manager_s_own_shape_counts_only_where_it_is_sent() -> None:
    source = """
        from client import pusher_client
        from manager import manager


        def f(room):
            pusher_client.trigger(f"hotel-{room.pk}", "room", {"id": 1})


        def g(room):
            manager.realtime_room(room)
        """
    found = inventory_of({"client.py": CLIENT, "manager.py": MANAGER, "a.py": source}, CATALOGUE)
    (drift,) = found.drifts
    assert [(shape.keys, shape.systems) for shape in drift.shapes] == [
        (("id",), (System.LEGACY,)),
        (("at", "id"), (System.MANAGER,)),
    ]


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("for room in rooms:", 5),
        ("while rooms.pop():", 5),
        ("async for room in rooms:", 5),
        ("if rooms:", None),
        ("with rooms:", None),
    ],
)
def test_loops(before: str, line: int | None) -> None:
    source = (
        f"from client import pusher_client\n\n\nasync def f(rooms):\n    {before}\n        {CALL}\n"
    )
    found = inventory_of({"client.py": CLIENT, "a.py": source})
    assert [item.loop for item in found.emissions] == [line]


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (f"[{CALL} for r in rooms]", 5),
        (f"[r for r in rooms if {CALL}]", 5),
        (f"[r for r in {CALL}]", None),
        (f"on_commit(lambda: {CALL})", None),
        (f"for r in rooms: pass\n    else: {CALL}", None),
        (f"for r in {CALL}: pass", None),
        (f"for r in rooms:\n        def inner():\n            {CALL}", None),
        (f"for r in rooms: on_commit(lambda: {CALL})", 5),
    ],
)
def test_what_is_in_a_loop(statement: str, line: int | None) -> None:
    source = f"from client import pusher_client\n\n\ndef f(rooms, on_commit):\n    {statement}\n"
    found = inventory_of({"client.py": CLIENT, "a.py": source})
    assert [item.loop for item in found.emissions] == [line]


def test_transactions_and_deferral() -> None:
    source = """
        from functools import partial

        from django.db import transaction

        from client import pusher_client


        def f():
            with transaction.atomic():
                CALL
                transaction.on_commit(lambda: CALL)
                transaction.on_commit(partial(pusher_client.trigger, "rooms", "moved", {}))
            CALL
        """
    found = inventory_of({"client.py": CLIENT, "a.py": source.replace("CALL", CALL)})
    assert [(bool(item.transactions), item.deferred) for item in found.emissions] == [
        (True, False),
        (True, True),
        (True, True),
        (False, False),
    ]
    assert found.emissions[0].transactions == ("atomic block (a.py:9)",)


def test_without_django_nothing_is_said_of_transactions() -> None:
    found = inventory_of({"client.py": CLIENT, "a.py": f"from client import *\n{CALL}\n"})
    assert [item.transactions for item in found.emissions] == [None]


def test_dead_wrappers_are_named_and_others_are_not() -> None:
    source = """
        from client import pusher_client
        from elsewhere import task


        def dead(data):
            pusher_client.trigger("rooms", "moved", data)


        def used(data):
            pusher_client.trigger("rooms", "moved", data)


        def kept(data):
            pusher_client.trigger("rooms", "moved", data)


        @task
        def decorated(data):
            pusher_client.trigger("rooms", "moved", data)


        def again(data):
            pusher_client.trigger("rooms", "moved", data)
            again(data)


        HANDLERS = [kept]
        used({})
        """
    found = inventory_of({"client.py": CLIENT, "a.py": source})
    assert {w.name.rpartition(".")[2]: (w.callers, w.dead) for w in found.wrappers} == {
        "dead": (0, True),
        "used": (1, False),
        "kept": (0, False),
        "decorated": (0, False),
        "again": (0, True),
    }
    assert any("not followed: kept" in note.text for note in found.notes)


def test_what_is_not_understood_is_said() -> None:
    source = """
        from client import pusher_client

        TABLE = {"send": pusher_client.trigger}


        def f(thing):
            thing.trigger("rooms", "moved", {})
        """
    broken = "import pusher\ndef f(:\n"
    found = inventory_of({"client.py": CLIENT, "a.py": source, "broken.py": broken})
    notes = [(note.code, note.location.path, note.location.line) for note in found.notes]
    assert notes == [("", "a.py", 3), ("", "a.py", 7), ("PM901", "broken.py", 2)]
    for shown in (inventory_text(found), inventory_markdown(found, "a")):
        assert "broken.py" in shown


def test_a_call_that_can_never_send_is_no_emission() -> None:
    source = f"from client import pusher_client\nfrom pusher import pusher_client\n\n{CALL}\n"
    found = inventory_of({"client.py": CLIENT, "a.py": source})
    assert not found.emissions
    assert [note.code for note in found.notes] == ["PM106"]


# --- The command ----------------------------------------------------------------------------------

TREE = {
    "manage.py": "",
    "client.py": CLIENT,
    "manager.py": MANAGER,
    "a.py": f"from client import pusher_client\n\n\ndef f():\n    {CALL}\n",
}


def lay_out(root: Path, files: dict[str, str]) -> Path:
    for path, source in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source, encoding="utf-8")
    return root


@pytest.mark.parametrize("name", ["text", "markdown", "json"])
def test_formats_of_the_command(tmp_path: Path, name: str) -> None:
    project = lay_out(tmp_path, TREE)
    done = tool(project, "inventory", "--format", name)
    assert (done.returncode, done.stdout.count("a.py") > 0) == (0, True)
    assert "there is no catalogue" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    if name == "json":
        jsonschema.validate(json.loads(done.stdout), strict(SCHEMA))
    again = tool(project, "inventory", "--format", name, "--quiet")
    assert (again.stdout, again.stderr) == (done.stdout, "")
    written = {path.name for path in project.iterdir()} - TREE.keys()
    assert written == {".pusher-migrate-cache"}


def test_the_project_s_catalogue_is_used(tmp_path: Path) -> None:
    project = lay_out(tmp_path, {**TREE, "pusher-migrate.toml": CATALOGUE})
    done = tool(project, "inventory", "--format", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert document["catalogue"] == "pusher-migrate.toml"
    assert document["manager"]["drafted"] is False


def test_an_unreadable_file_is_told_and_the_others_are_shown(tmp_path: Path) -> None:
    project = lay_out(tmp_path, {**TREE, "broken.py": f"def f(:\n    {CALL}\n"})
    done = tool(project, "inventory", "--quiet")
    assert done.returncode == 2
    assert "broken.py:1" in done.stderr and "Traceback" not in done.stderr
    assert "a.py:5" in done.stdout and "broken.py" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["inventory", "nowhere"], "nowhere"),
        (["inventory", "--format", "xml"], "xml"),
        (["inventory", "--catalogue", "none.toml"], "none.toml"),
        (["inventory", "--codemod", "none"], "none"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, arguments: list[str], part: str) -> None:
    done = tool(lay_out(tmp_path, TREE), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert part in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_directory_without_python(tmp_path: Path) -> None:
    (tmp_path / "manage.py").mkdir()
    done = tool(tmp_path, "inventory")
    assert done.returncode == 2 and "no Python files" in done.stderr
