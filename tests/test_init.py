"""``init``: what is drafted, from which code, how surely; and that nothing is ever overwritten."""

from __future__ import annotations

import io
import itertools
import json
import os
import pty
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.catalogue import load_codemod, parse_catalogue
from pusher_migrate.cli.drafting import files_of
from pusher_migrate.config import make_settings
from pusher_migrate.discover import discover, read
from pusher_migrate.draft.make import catalogue_of, make_draft
from pusher_migrate.draft.text import draft_text
from pusher_migrate.draft.values import (
    Candidate,
    Certainty,
    Draft,
    DraftClient,
    DraftEvent,
    DraftManager,
    DraftState,
    NewMethod,
    Replacement,
)
from pusher_migrate.index.build import build_index, index_project
from pusher_migrate.inventory.values import Event
from pusher_migrate.model import Applicability, Change, Location, Plan
from pusher_migrate.plan import build_plan

APPS = Path(__file__).parent.parent / "golden" / "apps"
HOTELMATE = APPS / "hotelmate" / "before"


def draft_of(files: dict[str, str]) -> Draft:
    """The draft of a project whose files are given as text."""
    contents = {path: dedent(source).lstrip("\n").encode() for path, source in files.items()}
    draft = make_draft(build_index(contents, contents.__getitem__))
    catalogue_of(draft)  # Whatever is drafted must be a catalogue.
    return draft


def tool(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pusher_migrate", *arguments],
        cwd=project,
        text=True,
        encoding="utf-8",
        capture_output=True,
    )


# --- The sample project ---------------------------------------------------------------------------


def plan_of(catalogue: object) -> Plan:
    return build_plan(HOTELMATE, None, catalogue, make_settings(HOTELMATE))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def drafted() -> Draft:
    found = discover((), HOTELMATE)
    return make_draft(build_index(found.files, lambda path: read(HOTELMATE, path)))


@pytest.fixture(scope="module")
def plans(drafted: Draft) -> tuple[Plan, Plan]:
    """By the hand-written catalogue, and by the draft."""
    return plan_of(load_codemod("hotelmate")), plan_of(catalogue_of(drafted))


def legacy(plan: Plan) -> dict[str, Change]:
    """The changes of legacy calls, by place."""
    return {
        str(change.location): change
        for change in plan.changes
        if change.code in ("PM101", "PM103", "PM107")
    }


def test_the_draft_s_plan_is_the_hand_written_one_s_where_there_is_a_method(
    plans: tuple[Plan, Plan],
) -> None:
    by_hand, by_draft = map(legacy, plans)
    written = {place for place, change in by_hand.items() if change.code == "PM107"}
    assert written and by_draft.keys() == by_hand.keys() - written
    order = [Applicability.SAFE, Applicability.REVIEW]
    for place, change in by_draft.items():
        other = by_hand[place]
        assert (change.code, change.edits, change.effect, change.title) == (
            other.code,
            other.edits,
            other.effect,
            other.title,
        )
        # A draft accepts no loss of payload keys, so what a person accepted is for review in it.
        assert order.index(change.applicability) >= order.index(other.applicability)


def test_the_draft_says_where_there_is_no_method(drafted: Draft) -> None:
    without = {event.name: event for event in drafted.events if event.replacement is None}
    assert sorted(without) == ["room_assigned", "room_deleted"]
    text = draft_text(drafted)
    for name, event in without.items():
        assert f'#event = "{name}"' in text and f'\nevent = "{name}"' not in text
        assert event.proposal is not None
    assigned = without["room_assigned"].candidates[0]
    assert assigned.method == "realtime_guest_booking_room_assigned"
    assert assigned.why_not == "it sends to guest-booking-*, not to staff-hotel-*"
    assert "realtime_guest_booking_room_assigned: it sends to guest-booking-*" in " ".join(
        text.replace("\n# ", " ").split()
    )


def test_what_is_drafted_of_the_sample(drafted: Draft) -> None:
    manager = drafted.manager
    assert manager is not None
    assert manager.object == "notifications.notification_manager.notification_manager"
    assert (manager.prefix, manager.methods, manager.callers) == ("realtime_", 18, 35)
    assert manager.certainty is Certainty.SURE
    assert [name for name, _ in drafted.transport] == [
        "notifications.notification_manager.NotificationManager",
        "notifications.pusher_utils.send_event",
    ]
    status = next(event for event in drafted.events if event.name == "room_status_updated")
    assert status.replacement is not None
    assert status.replacement.call == "realtime_room_updated(room)"
    assert status.replacement.lost == ("room_id", "room_status", "approved")
    assert status.replacement.carried == (
        ("room_id", "room.id"),
        ("room_status", "room.room_status"),
    )
    assert status.replacement.superseded_by == ("realtime_room_occupancy_updated",)


def test_states_of_the_sample_watch_what_the_hand_written_catalogue_watches(
    drafted: Draft,
) -> None:
    by_hand = {
        (state.model, field)
        for state in load_codemod("hotelmate").states
        for field in state.fields
        if state.on == ("update",)
    }
    catalogue = catalogue_of(drafted)
    watched = {(state.model, field) for state in catalogue.states for field in state.fields}
    # Times of check-in and check-out are only written along with the status.
    assert by_hand - watched == {
        ("room_bookings.RoomBooking", "checked_in_at"),
        ("room_bookings.RoomBooking", "checked_out_at"),
    }
    assert watched <= by_hand
    guests = [
        state for state in drafted.states if state.emit.startswith("realtime_guest_booking_cancel")
    ]
    assert [state.proposed for state in guests] == [True]


# --- The manager ----------------------------------------------------------------------------------

CLIENT = "import pusher\n\npusher_client = pusher.Pusher('1', 'k', 's')\n"
MANAGER = """
from client import pusher_client


class Announcer:
    def tell_moved(self, room):
        self._send(f"hotel-{room.hotel}", "moved", {"room": room.number})

    def tell_closed(self, room):
        self._send(f"hotel-{room.hotel}", "closed", {"room": room.number})

    def _send(self, channel, event, data):
        pusher_client.trigger(channel, event, data)
"""
INSTANCE = MANAGER + "\n\nannouncer = Announcer()\n"


def manager_of(manager: str, user: str, **files: str) -> DraftManager | None:
    tree = {"client.py": CLIENT, "live/__init__.py": "", "live/manager.py": manager}
    return draft_of({**tree, "views.py": user, **files}).manager


def test_an_instance_of_a_module() -> None:
    found = manager_of(
        INSTANCE, "from live.manager import announcer\n\n\ndef f(r):\n    announcer.tell_moved(r)\n"
    )
    assert found is not None
    assert (found.object, found.class_name) == ("live.manager.announcer", "live.manager.Announcer")
    assert (found.prefix, found.import_from, found.certainty) == ("tell_", None, Certainty.SURE)


def test_the_class_that_is_made_of_mixins() -> None:
    transport = MANAGER.replace("Announcer", "Mixin").replace(
        """    def _send(self, channel, event, data):
        pusher_client.trigger(channel, event, data)
""",
        """
class Transport:
    def __init__(self):
        self.client = pusher_client

    def send(self, channel, event, data):
        self.client.trigger(channel, event, data)


class Announcer(Mixin):
    def __init__(self):
        self.transport = Transport()


announcer = Announcer()
""",
    )
    found = manager_of(
        transport.replace("self._send(", "self.transport.send("),
        "from live.manager import announcer\n\n\ndef f(r):\n    announcer.tell_moved(r)\n",
    )
    assert found is not None
    assert (found.object, found.class_name) == ("live.manager.announcer", "live.manager.Announcer")
    assert (found.prefix, found.certainty) == ("tell_", Certainty.SURE)


def test_the_module_that_callers_import_it_from() -> None:
    found = manager_of(
        INSTANCE,
        "from live import announcer\n\n\ndef f(r):\n    announcer.tell_moved(r)\n",
        **{"live/__init__.py": "from live.manager import announcer\n"},
    )
    assert found is not None
    assert (found.object, found.import_from) == ("live.manager.announcer", "live")


def test_made_on_the_spot() -> None:
    found = manager_of(
        INSTANCE,
        """
        from live.manager import Announcer, announcer


        def f(room):
            Announcer().tell_moved(room)
            live = Announcer()
            live.tell_closed(room)
            announcer.tell_moved(room)
        """,
    )
    assert found is not None
    assert found.object == "live.manager.Announcer"


def test_static_methods() -> None:
    source = """
        from client import pusher_client


        class Announcer:
            @staticmethod
            def tell_moved(room):
                pusher_client.trigger("hotel", "moved", {"room": room.number})

            @classmethod
            def tell_closed(cls, room):
                pusher_client.trigger("hotel", "closed", {"room": room.number})
        """
    user = "from live.manager import Announcer\n\n\ndef f(r):\n    Announcer.tell_moved(r)\n"
    found = manager_of(source, user)
    assert found is not None and found.object == "live.manager.Announcer"


def test_a_service_that_writes_is_no_manager() -> None:
    source = MANAGER.replace(
        "def tell_moved(self, room):", "def tell_moved(self, room):\n        room.save()"
    )
    user = "from live.manager import Announcer\n\n\ndef f(r):\n    Announcer().tell_moved(r)\n"
    assert manager_of(source, user) is None


def test_what_a_framework_runs_is_no_manager() -> None:
    view = """
        from rest_framework import viewsets

        from client import pusher_client


        class RoomViewSet(viewsets.ModelViewSet):
            def perform_create(self, serializer):
                pusher_client.trigger("hotel", "created", {})

            def perform_destroy(self, instance):
                pusher_client.trigger("hotel", "gone", {})
        """
    assert manager_of("", view) is None


def test_what_nobody_calls_is_no_manager_unless_its_name_says_so() -> None:
    assert manager_of(MANAGER, "") is None
    found = manager_of(MANAGER.replace("tell_", "realtime_"), "")
    assert found is not None and found.certainty is Certainty.LIKELY


def test_a_low_level_class_is_no_manager() -> None:
    source = """
        from client import pusher_client


        class Sender:
            def send_one(self, channel, event, data):
                pusher_client.trigger(channel, event, data)

            def send_many(self, batch):
                pusher_client.trigger_batch(batch)
        """
    user = "from live.manager import Sender\n\n\ndef f():\n    Sender().send_one('a', 'b', {})\n"
    assert manager_of(source, user) is None


def test_of_two_the_one_with_more_methods_and_the_draft_says_so() -> None:
    other = """
        from client import pusher_client


        class Crew:
            def call_one(self, who):
                pusher_client.trigger("crew", "called", {"who": who})

            def call_off(self, who):
                pusher_client.trigger("crew", "off", {"who": who})

            def call_all(self):
                pusher_client.trigger("crew", "all", {})
        """
    user = """
        from live.crew import Crew
        from live.manager import announcer


        def f(room):
            Crew().call_one(1)
            announcer.tell_moved(room)
        """
    found = manager_of(INSTANCE, user, **{"live/crew.py": other})
    assert found is not None
    assert (found.object, found.certainty) == ("live.crew.Crew", Certainty.LIKELY)
    assert "1 other classes" in found.why


# --- Events ---------------------------------------------------------------------------------------

USER = "from live.manager import announcer\n\n\ndef told(room):\n    announcer.tell_moved(room)\n"


def events_of(user: str) -> list[DraftEvent]:
    draft = draft_of(
        {
            "client.py": CLIENT,
            "live/__init__.py": "",
            "live/manager.py": INSTANCE,
            "used.py": USER,
            "views.py": "from client import pusher_client\n" + dedent(user),
        }
    )
    return list(draft.events)


def test_an_event_that_the_manager_has() -> None:
    (event,) = events_of("""
        def f(room):
            pusher_client.trigger(f"hotel-{room.hotel}", "moved", {"number": 1, "by": 1})
        """)
    assert event.replacement is not None
    assert event.replacement.call == "tell_moved(room)"
    assert event.replacement.certainty is Certainty.SURE
    assert (event.keys, event.replacement.lost) == (("number", "by"), ("number", "by"))


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ('(f"staff-{room.hotel}", "moved", {"room": 1})', "it sends to hotel-*, not to staff-*"),
        ("(room.channel, 'moved', {'room': 1})", "it sends to hotel-*, not to *"),
        ('(["a", f"hotel-{room.hotel}"], "moved", {})', "it sends to hotel-*, not to a + hotel-*"),
        ('(f"hotel-{room.hotel}", "room_removed", {"room": 1})', None),
        ('(f"hotel-{room.hotel}", "moved", {"room": room.number})', "it takes an object 'room'"),
        (
            '(f"hotel-{other.hotel}", "closed", {})',
            "nothing in scope here gives the argument 'room'",
        ),
    ],
)
def test_an_event_that_it_does_not_surely_have(call: str, why: str | None) -> None:
    parameter = "other" if "other" in call else "room"
    (event,) = events_of(f"def f({parameter}):\n    pusher_client.trigger{call}\n")
    assert event.replacement is None
    reasons = [candidate.why_not for candidate in event.candidates]
    assert reasons == [] if why is None else why in reasons[0]


def test_alike_is_what_ends_in_the_same_word_and_has_all_words() -> None:
    names = ["room-moved", "room_moved", "roomMoved", "room_moved_away", "removed", "closed_down"]
    found = {}
    for name in names:
        (event,) = events_of(
            f"def f(room):\n    pusher_client.trigger(f'hotel-{{room.hotel}}', '{name}', {{}})\n"
        )
        found[name] = event.replacement.certainty if event.replacement is not None else None
    likely = Certainty.LIKELY
    assert found == {
        "room-moved": likely,
        "room_moved": likely,
        "roomMoved": likely,
        "room_moved_away": None,
        "removed": None,
        "closed_down": None,
    }


def test_events_are_told_apart_by_name_channel_and_keys() -> None:
    found = events_of("""
        def f(room, data):
            pusher_client.trigger("a", "x", {"k": 1})
            pusher_client.trigger("a", "x", {"k": 2})
            pusher_client.trigger("a", "x", {"k": 1, "l": 2})
            pusher_client.trigger("b", "x", {"k": 1})
            pusher_client.trigger("b", room.event, {"k": 1})
            pusher_client.trigger(f"a-{room.id}", "x", data.all())
        """)
    assert [(event.name, event.channel, event.keys, len(event.sites)) for event in found] == [
        ("*", "b", ("k",), 1),
        ("x", "a", ("k", "l"), 1),
        ("x", "a", ("k",), 2),
        ("x", "a-*", None, 1),
        ("x", "b", ("k",), 1),
    ]
    assert found[0].obstacle


def test_calls_in_tests_are_not_drafted() -> None:
    draft = draft_of(
        {"client.py": CLIENT, "tests/test_a.py": "from client import pusher_client\n" + CALL}
    )
    assert draft.events == ()


CALL = "pusher_client.trigger('a', 'x', {})\n"


# --- States ---------------------------------------------------------------------------------------

MODELS = """
from django.db import models


class Room(models.Model):
    hotel = models.CharField(max_length=9)
    number = models.CharField(max_length=9)
    status = models.CharField(max_length=9)
"""
TYPED = INSTANCE.replace("room):", "room: Room):").replace(
    "from client import pusher_client",
    "from client import pusher_client\nfrom rooms.models import Room",
)


def states_of(user: str) -> list[DraftState]:
    draft = draft_of(
        {
            "client.py": CLIENT,
            "live/__init__.py": "",
            "live/manager.py": TYPED,
            "rooms/__init__.py": "",
            "rooms/models.py": MODELS,
            "views.py": "from live.manager import announcer\nfrom rooms.models import Room\n\n\n"
            + dedent(user),
        }
    )
    return list(draft.states)


def test_a_write_next_to_an_emission() -> None:
    (state,) = states_of("""
        def f(room: Room, number):
            room.number = number
            room.save()
            announcer.tell_moved(room)
        """)
    assert (state.model, state.fields, state.when) == ("rooms.Room", ("number",), ())
    assert (state.emit, state.types) == ("tell_moved(room)", (("room", "rooms.Room"),))
    assert state.certainty is Certainty.LIKELY


def test_a_value_with_an_event_of_its_own() -> None:
    found = states_of("""
        def close(room: Room):
            room.status = "CLOSED"
            room.save()
            announcer.tell_closed(room)


        def move(room: Room, status):
            room.status = status
            room.save()
            announcer.tell_moved(room)
        """)
    assert [(state.when, state.emit) for state in found] == [
        ((("status", ("CLOSED",)),), "tell_closed(room)"),
        ((), "tell_moved(room)"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "room.number = 1\n    announcer.tell_moved(room)",  # Never saved.
        "room.save()\n    announcer.tell_moved(room)",  # Nothing assigned.
        "room.number = 1\n    room.save()\n    announcer.tell_moved(other)",  # Another instance.
        "room.number = 1\n    room.save()\n    if other:\n        announcer.tell_moved(room)",
        "room.nothing = 1\n    room.save()\n    announcer.tell_moved(room)",  # No field.
    ],
)
def test_no_evidence(body: str) -> None:
    assert states_of(f"def f(room: Room, other: Room):\n    {body}\n") == []


# --- Text -----------------------------------------------------------------------------------------

names = st.text(min_size=1, max_size=30)
places = st.builds(Location, names, st.integers(1, 99))


@given(names, names, names, places)
def test_whatever_the_code_holds_the_draft_is_a_catalogue(
    event: str, key: str, text: str, place: Location
) -> None:
    before = Event((text,), (text,), event, (key,))
    replaced = DraftEvent(
        event,
        text,
        (key,),
        before,
        (place,),
        Replacement(
            "realtime_x(a)",
            (("a", "app.Model"),),
            Certainty.SURE,
            text,
            (before,),
            (key,),
            ((key, text),),
            ("realtime_y",),
            ((place, text),),
        ),
    )
    other = DraftEvent(
        event,
        text,
        (key,),
        before,
        (place,),
        None,
        (Candidate(text, text),),
        NewMethod("realtime_z()"),
    )
    obstacle = DraftEvent(event, text, None, before, (place,), obstacle=text)
    manager = DraftManager("a.b", "a.C", "realtime_", "a", 2, 3, Certainty.LIKELY, text)
    state = DraftState(
        "app.Model",
        ("field",),
        (("field", (text,)),),
        "update",
        "realtime_x(a)",
        (),
        (),
        Certainty.SURE,
        (place,),
    )
    draft = Draft(
        (DraftClient("a.client", text),),
        (("a.send", text),),
        manager,
        (replaced, other, obstacle),
        (state,),
        3,
        (place,),
    )
    written = draft_text(draft)
    parsed = tomllib.loads(written)
    assert [item["event"] for item in parsed["event"]] == [event]
    assert parsed["event"][0]["keys"] == [key]
    assert parsed["state"][0]["when"] == {"field": text}
    assert len(written.splitlines()) < 90


@pytest.mark.parametrize("app", ["hotelmate", "ferryboard", "greengrocer"])
def test_proposals_are_entries_once_the_mark_is_taken_away(app: str) -> None:
    root = APPS / app / "before"
    found = discover((), root)
    index = build_index(found.files, lambda path: read(root, path))
    drafted = make_draft(index)
    written = draft_text(drafted)
    prefix = drafted.manager.prefix if drafted.manager is not None else "realtime_"
    lines = []
    for line in written.splitlines():
        proposal = line.startswith("#") and not line.startswith("# ")
        open_call = line == '#call = "..."'
        lines.append(f'call = "{prefix}x()"' if open_call else line[1:] if proposal else line)
    manager = '\n[manager]\nobject = "x.y"\n' if "[manager]" not in lines else ""
    catalogue = parse_catalogue("\n".join(lines) + manager, "x.toml")
    plain = parse_catalogue(written + manager, "x.toml")
    assert len(catalogue.events) > len(plain.events)


# --- Other trees ----------------------------------------------------------------------------------

OUTPUTS = {
    "init.expected.diff": ("init", "--diff"),
    "inventory.expected.md": ("inventory", "--format", "markdown"),
    "review.expected.txt": ("migrate", "--diff"),
}


def repository(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "before"]):
        subprocess.run(["git", *command], cwd=target, check=True)
    return target


@pytest.mark.parametrize("app", ["ferryboard", "greengrocer"])
def test_without_configuration(app: str, tmp_path: Path, update_golden: bool) -> None:
    project = repository(APPS / app / "before", tmp_path / app)
    for name, arguments in OUTPUTS.items():
        done = tool(project, *arguments)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
        if update_golden:
            (APPS / app / name).write_text(done.stdout, encoding="utf-8")
            continue
        assert done.stdout == (APPS / app / name).read_text(encoding="utf-8"), name
    assert not subprocess.run(
        ["git", "status", "--porcelain"], cwd=project, capture_output=True
    ).stdout
    if update_golden:
        pytest.fail(f"{app}: the expected files were written anew; read the diff")


def test_no_on_commit_without_django(tmp_path: Path) -> None:
    assert "on_commit" not in (APPS / "ferryboard" / "review.expected.txt").read_text()
    assert "transaction.on_commit" in (APPS / "greengrocer" / "review.expected.txt").read_text()


@pytest.mark.parametrize("app", ["ferryboard", "greengrocer"])
def test_the_plan_of_a_written_draft_is_that_of_the_draft(app: str, tmp_path: Path) -> None:
    project = repository(APPS / app / "before", tmp_path / app)
    drafted = json.loads(tool(project, "migrate", "--json", "--quiet").stdout)
    assert tool(project, "init").returncode == 0
    written = json.loads(tool(project, "migrate", "--json", "--quiet").stdout)
    assert drafted["changes"] and drafted["catalogue"] == "the draft"
    for document in (drafted, written):
        for change in document["changes"]:
            change["reason"] = change["reason"].replace("pusher-migrate.toml", "the draft")
    assert written["changes"] == drafted["changes"]
    assert written["deferrals"] == drafted["deferrals"]


# --- The command ----------------------------------------------------------------------------------

TREE = {
    "manage.py": "",
    "client.py": CLIENT,
    "live/__init__.py": "",
    "live/manager.py": INSTANCE,
    "views.py": """
        from client import pusher_client
        from live.manager import announcer


        def f(room):
            announcer.tell_closed(room)


        def g(room):
            pusher_client.trigger(f"hotel-{room.hotel}", "moved", {"number": room.number})
        """,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, source in TREE.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(source).lstrip("\n"), encoding="utf-8")
    return tmp_path


def test_a_draft_is_written_and_used(project: Path) -> None:
    done = tool(project, "init")
    assert (done.returncode, done.stdout) == (0, "")
    assert "wrote" in done.stderr and "manager: live.manager.announcer" in done.stderr
    text = (project / "pusher-migrate.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["event"][0]["call"] == "tell_moved(room)"
    plan = tool(project, "migrate", "--diff")
    assert plan.returncode == 0 and "+    announcer.tell_moved(room)" in plan.stdout
    assert "there is no catalogue" not in plan.stderr


@pytest.mark.parametrize("name", ["pusher-migrate.toml", ".pusher-migrate.toml", "pyproject.toml"])
def test_no_catalogue_is_ever_overwritten(project: Path, name: str) -> None:
    table = "[tool.pusher-migrate.legacy]\n" if name == "pyproject.toml" else "[legacy]\n"
    (project / name).write_text(table, encoding="utf-8")
    done = tool(project, "init")
    assert done.returncode == 2
    assert name in done.stderr and "never overwritten" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (project / name).read_text(encoding="utf-8") == table
    assert len(list(project.glob("*pusher-migrate.toml"))) == (name != "pyproject.toml")


def test_a_broken_catalogue_is_not_overwritten_either(project: Path) -> None:
    (project / "pusher-migrate.toml").write_bytes(b"\xff[")
    assert tool(project, "init").returncode == 2
    shown = tool(project, "init", "--diff")
    assert (shown.returncode, "Traceback" in shown.stderr) == (2, False)
    assert (project / "pusher-migrate.toml").read_bytes() == b"\xff["


def test_a_dangling_link_is_not_written_through(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "file"
    (project / "pusher-migrate.toml").symlink_to(outside)
    assert tool(project, "init").returncode == 2
    assert not outside.exists()


def test_diff_writes_nothing_and_shows_what_would_change(project: Path) -> None:
    shown = tool(project, "init", "--diff")
    assert shown.returncode == 0 and shown.stdout.startswith("--- /dev/null\n")
    assert not (project / "pusher-migrate.toml").exists()
    tool(project, "init")
    same = tool(project, "init", "--diff")
    assert (same.returncode, same.stdout) == (0, "")
    assert "change nothing" in same.stderr
    path = project / "pusher-migrate.toml"
    path.write_text(path.read_text().replace('"tell_moved(room)"', '"tell_moved(desk)"'))
    changed = tool(project, "init", "--diff").stdout.splitlines()
    assert [line for line in changed if line[0] in "+-" and line[:3] not in ("+++", "---")] == [
        '-call = "tell_moved(desk)"',
        '+call = "tell_moved(room)"',
    ]


def test_an_unreadable_file_is_told_and_the_draft_is_written(project: Path) -> None:
    (project / "broken.py").write_text("pusher_client.trigger(\n")
    done = tool(project, "init")
    assert done.returncode == 2 and "broken.py:1" in done.stderr
    assert "cannot be read: broken.py:1" in (project / "pusher-migrate.toml").read_text()


@pytest.mark.parametrize("folder", ["empty", "nowhere"])
def test_bad_places(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    done = tool(tmp_path, "init", folder)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "Traceback" not in done.stderr


# --- migrate on a draft ---------------------------------------------------------------------------


def test_migrate_runs_on_the_draft_and_says_so(project: Path) -> None:
    done = tool(project, "migrate", "--diff")
    assert done.returncode == 0
    assert "there is no catalogue" in done.stderr and "pusher-migrate init" in done.stderr
    assert "+    announcer.tell_moved(room)" in done.stdout
    assert "the draft:" in done.stdout


@pytest.mark.parametrize("options", [["--yes"], ["--unsafe"], ["--yes", "--json"]])
def test_a_draft_is_not_applied_where_nobody_can_be_asked(
    project: Path, options: list[str]
) -> None:
    before = (project / "views.py").read_bytes()
    done = tool(project, "migrate", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing was written" in done.stderr and "init" in done.stderr
    assert (project / "views.py").read_bytes() == before


def answered(project: Path, answers: bytes, *arguments: str) -> tuple[int, str]:
    """Run the tool on a terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pusher_migrate", *arguments],
        cwd=project,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "dumb"},
    )
    os.close(theirs)
    os.write(ours, answers)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # The other end is closed.
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(timeout=60), shown.decode()


@pytest.mark.parametrize(("answer", "applied"), [(b"n\n", False), (b"\n", False), (b"y\n", True)])
def test_on_a_terminal_it_is_asked_first(project: Path, answer: bytes, applied: bool) -> None:
    code, shown = answered(project, answer, "migrate", "--unsafe")
    assert code == 0
    assert "which nobody has read" in shown
    assert ("announcer.tell_moved(room)" in (project / "views.py").read_text()) is applied


class Terminal(io.StringIO):
    """A stream at which somebody sits."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("quiet", [False, True])
def test_progress_is_shown_on_a_terminal_and_gone_afterwards(
    monkeypatch: pytest.MonkeyPatch, project: Path, quiet: bool
) -> None:
    clock = itertools.count(0.0, 10.0)
    monkeypatch.setattr("pusher_migrate.cli.progress.time.monotonic", lambda: next(clock))
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    with files_of(project, (), quiet) as files:
        make_draft(index_project(files))
    lines = shown.getvalue().split("\r")
    if quiet:
        assert lines == [""]
        return
    assert any(line.startswith(f"reading: {len(files.paths)} of") for line in lines)
    assert any(line.startswith("looking at: 1 of") for line in lines)
    assert lines[-1] == "\x1b[K"


def test_progress_has_patience(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    monkeypatch.setattr("pusher_migrate.cli.progress.time.monotonic", lambda: 5.0)
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    with files_of(project, ()) as files:
        make_draft(index_project(files))
    assert shown.getvalue() == ""


def test_progress_is_for_terminals_only(project: Path) -> None:
    for arguments in (["init", "--diff"], ["inventory"]):
        assert "reading" not in tool(project, *arguments).stderr
