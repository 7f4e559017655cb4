"""The sample project runs, and before the migration it has exactly the faults that it should have.

The project's own tests hold before and after a migration. What is only true before (the gaps, the
races, the doubled event) is shown here: a probe drives the real project through its URLs and notes,
for each event at the moment it leaves, what somebody else can read from the database.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE = REPOSITORY / "golden" / "apps" / "hotelmate"
BEFORE = SAMPLE / "before"
# Nothing listens on the discard port: an event that gets past a test's recorder becomes a log line.
NOBODY = {"PUSHER_HOST": "127.0.0.1", "PUSHER_PORT": "9"}

Step = dict[str, Any]


def environment(database: Path) -> dict[str, str]:
    """This process's environment without settings of the sample project, plus a database."""
    settings = ("DB_", "PUSHER_", "DJANGO_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
    return {**kept, **NOBODY, "DB_NAME": str(database), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample project."""
    target = tmp_path_factory.mktemp("hotelmate") / "before"
    shutil.copytree(BEFORE, target, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
    return target


def manage(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` of the copy on a database next to it."""
    return subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "manage.py", *arguments],
        cwd=project,
        env=environment(project.parent / "db.sqlite3"),
        capture_output=True,
        text=True,
    )


# --- It runs ---


@pytest.mark.parametrize(
    "command",
    [("check", "--fail-level", "WARNING"), ("makemigrations", "--check"), ("migrate",)],
    ids=lambda command: command[0],
)
def test_management_command(project: Path, command: tuple[str, ...]) -> None:
    done = manage(project, *command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_own_tests_pass_without_a_network(project: Path) -> None:
    done = manage(project, "test")
    assert done.returncode == 0, done.stderr
    ran = re.search(r"^Ran (\d+) tests", done.stderr, re.MULTILINE)
    assert ran and int(ran[1]) >= 80
    # What the transport logs when an event meets the network instead of a recorder.
    assert "was not sent" not in done.stderr


# --- What it does before the migration ---

PROBE = """
import json, os, sqlite3, sys
from unittest import mock

os.environ["DJANGO_SETTINGS_MODULE"] = "hotelmate.settings"
sys.path.insert(0, os.getcwd())

import django

django.setup()

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pusher.requests import RequestsBackend

from guests.models import Guest
from hotel.models import Hotel, Staff
from hotel.services.booking_integrity import heal_room_occupancy
from housekeeping.models import RoomStatusEvent
from room_bookings.models import RoomBooking
from rooms.models import Room

call_command("migrate", verbosity=0)
call_command("seed_demo", stdout=sys.stderr)

OCCUPIED = "CASE is_occupied WHEN 1 THEN '+' ELSE '' END"
ROOMS = f"SELECT room_number, room_status || {OCCUPIED} FROM rooms_room"
BOOKINGS = (
    "SELECT booking_id, status || '/' || COALESCE(room_number, '-') FROM room_bookings_roombooking"
    " LEFT JOIN rooms_room ON rooms_room.id = assigned_room_id"
)
CHATS = "SELECT 'chats', (SELECT COUNT(*) FROM guests_guestchatmessage)"


def committed():
    # Another connection, as a subscriber has: it sees nothing that is not committed.
    other = sqlite3.connect(f"file:{settings.DATABASES['default']['NAME']}?mode=ro", uri=True)
    try:
        return {key: value for sql in (ROOMS, BOOKINGS, CHATS) for key, value in other.execute(sql)}
    finally:
        other.close()


sent, steps = [], {}


def record(self, request):
    body = json.loads(request.body)
    data = json.loads(body["data"])
    for channel in body["channels"]:
        sent.append(
            {
                "channel": channel,
                "name": body["name"],
                "keys": sorted(data),
                "in_transaction": connection.in_atomic_block,
                "committed": committed(),
            }
        )
    return {}


RequestsBackend.send_request = record
hotel = Hotel.objects.get()
client = Client(raise_request_exception=False)
client.force_login(get_user_model().objects.get(username="desk"))
BOOKING, SECRET = "BK-2025-0001", {"X-Payment-Secret": "dev-payments"}
STAY = f"bookings/{BOOKING}/"


def prepare(status, assigned=None, in_house=False, room_status="READY_FOR_GUEST"):
    Room.objects.filter(floor=1).update(room_status="READY_FOR_GUEST", is_occupied=False)
    room = Room.objects.filter(room_number="101")
    room.update(room_status=room_status, is_occupied=in_house)
    room = room.get()
    RoomBooking.objects.filter(booking_id=BOOKING).update(
        status=status, assigned_room=room if assigned else None
    )
    booking = RoomBooking.objects.get(booking_id=BOOKING)
    booking.guests.exclude(is_primary=True).delete()
    Guest.objects.filter(booking=booking).update(room=room if in_house else None)
    return room, booking


def step(name, what, **state):
    room, booking = prepare(**{"status": "CONFIRMED", **state})
    before = committed()
    del sent[:]
    answer = what(room, booking)
    steps[name] = {
        "answer": getattr(answer, "status_code", 0),
        "events": list(sent),
        "before": before,
        "after": committed(),
    }


def call(path, data=None, method="post", **extra):
    url = path if path.startswith("/") else f"/api/staff/seaview/{path}"
    return lambda room, booking: getattr(client, method)(
        url.replace("ROOM", str(room.id)), data or {}, content_type="application/json", **extra
    )


def failing_log(room, booking):
    with mock.patch.object(RoomStatusEvent.objects, "create", side_effect=RuntimeError):
        return call("rooms/ROOM/start-cleaning/")(room, booking)


def heal(room, booking):
    Room.objects.filter(pk=room.pk).update(is_occupied=True)
    heal_room_occupancy(hotel)


def delete_guest(room, booking):
    booking.primary_guest.delete()


IN_HOUSE = {"status": "CHECKED_IN", "assigned": True, "in_house": True, "room_status": "OCCUPIED"}
TABLET = {"headers": {"X-Tablet-Token": "dev-tablet"}}
STATUS = "housekeeping/rooms/ROOM/status/"
GUEST = f"/api/guest/{BOOKING}/"

step("confirm", call(STAY + "confirm/"), status="PENDING_PAYMENT")
step("no_show", call(STAY + "no-show/"))
step("unassign", call(STAY + "room/", method="delete"), assigned=True)
step("assign", call(STAY + "room/", {"room_number": "101"}))
step("cancel", call(STAY + "cancel/"), assigned=True)
step("check_in", call(STAY + "check-in/", {"room_number": "101"}))
step("check_out", call(STAY + "check-out/"), **IN_HOUSE)
step("express_in", call(STAY + "express/", {"action": "check_in"}, "patch"), assigned=True)
step("express_out", call(STAY + "express/", {"action": "check_out"}, "patch"), **IN_HOUSE)
step("approve", call(f"approvals/{BOOKING}/approve/"), status="PENDING_APPROVAL")
step("decline", call(f"approvals/{BOOKING}/decline/"), status="PENDING_APPROVAL")
step("create", call("bookings/", {"arrival": "2025-07-01", "departure": "2025-07-02"}))
notice = {"booking_id": BOOKING, "outcome": "succeeded"}
step("payment", call("/api/payments/webhook/", notice, headers=SECRET), status="PENDING_PAYMENT")
step("guest_cancel", call(GUEST + "cancel/"))
step("guest_chat", call(GUEST + "chat/", {"text": "Hello"}))
step("order", call(GUEST + "orders/", {"items": "Tea"}), **IN_HOUSE)
step("stay_check_out", call(f"stays/{BOOKING}/check-out/"), **IN_HOUSE)
step("stay_move", call(f"stays/{BOOKING}/move/", {"room_number": "102"}), **IN_HOUSE)
step("stay_cancel", call(f"stays/{BOOKING}/", method="delete"), assigned=True)
step("heal", heal)
step("start_cleaning", call("rooms/ROOM/start-cleaning/"), room_status="CHECKOUT_DIRTY")
step("start_cleaning_fails", failing_log, room_status="CHECKOUT_DIRTY")
cleaning = "CLEANING_IN_PROGRESS"
step("complete_cleaning", call("rooms/ROOM/complete-cleaning/"), room_status=cleaning)
uninspected = "CLEANED_UNINSPECTED"
step("inspect", call("rooms/ROOM/inspect/", {"approved": True}), room_status=uninspected)
step("release_floor", call("rooms/floors/1/release/"), room_status=uninspected)
step("maintenance", call("rooms/ROOM/maintenance/", {"note": "Tap"}, **TABLET))
step("out_of_order", call("rooms/ROOM/out-of-order/"))
step("edit_room", call("rooms/ROOM/", {"room_status": "OUT_OF_ORDER"}, "patch"))
step("delete_booked_room", call("rooms/ROOM/", method="delete"), assigned=True)
step("housekeeping", call(STATUS, {"to_status": "MAINTENANCE_REQUIRED"}))
step("found_empty", call(STATUS, {"to_status": "READY_FOR_GUEST"}), **IN_HOUSE)
step("delete_guest", delete_guest, **IN_HOUSE)
step("delete_room", call("rooms/ROOM/", method="delete"))

print(json.dumps(steps))
"""

BOOKING = "BK-2025-0001"


@pytest.fixture(scope="module")
def steps(project: Path) -> dict[str, Step]:
    """What each request did: its answer, its events, and the rows before, meanwhile and after."""
    probe = project.parent / "probe.py"
    probe.write_text(PROBE)
    done = subprocess.run(
        [sys.executable, str(probe)],
        cwd=project,
        env=environment(project.parent / "probe.sqlite3"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Step] = json.loads(done.stdout)
    return result


def names(step: Step) -> list[str]:
    """The events of a step, in order."""
    return [event["name"] for event in step["events"]]


def test_requests_are_answered_as_planned(steps: dict[str, Step]) -> None:
    """So that a step without events is a step that worked without events."""
    refused = {name: s["answer"] for name, s in steps.items() if s["answer"] >= 400}
    assert refused == {"delete_booked_room": 409, "start_cleaning_fails": 500}


@pytest.mark.parametrize(
    ("step", "row", "before", "after"),
    [
        ("confirm", BOOKING, "PENDING_PAYMENT/-", "CONFIRMED/-"),
        ("payment", BOOKING, "PENDING_PAYMENT/-", "PENDING_APPROVAL/-"),
        ("no_show", BOOKING, "CONFIRMED/-", "NO_SHOW/-"),
        ("unassign", BOOKING, "CONFIRMED/101", "CONFIRMED/-"),
        ("delete_guest", "101", "OCCUPIED+", "OCCUPIED"),
        ("release_floor", "101", "CLEANED_UNINSPECTED", "READY_FOR_GUEST"),
        ("out_of_order", "101", "READY_FOR_GUEST", "OUT_OF_ORDER"),
        ("edit_room", "101", "READY_FOR_GUEST", "OUT_OF_ORDER"),
    ],
)
def test_gap_changes_state_in_silence(
    steps: dict[str, Step], step: str, row: str, before: str, after: str
) -> None:
    assert (steps[step]["before"][row], steps[step]["after"][row]) == (before, after)
    assert names(steps[step]) == []


def test_gap_in_housekeeping_tells_of_the_status_but_not_of_the_occupancy(
    steps: dict[str, Step],
) -> None:
    step = steps["found_empty"]
    assert (step["before"]["101"], step["after"]["101"]) == ("OCCUPIED+", "READY_FOR_GUEST")
    assert names(step) == ["room_updated"]
    assert "is_occupied" not in step["events"][0]["keys"]


@pytest.mark.parametrize(
    ("step", "row", "stale", "events"),
    [
        ("start_cleaning", "101", "CHECKOUT_DIRTY", ["room_status_updated"]),
        ("maintenance", "101", "READY_FOR_GUEST", ["room_status_updated"]),
        ("cancel", BOOKING, "CONFIRMED/101", ["booking_cancelled"] * 2),
        (
            "check_in",
            "101",
            "READY_FOR_GUEST",
            ["booking_checked_in", "room_occupancy_updated", "checked_in"],
        ),
        (
            "check_out",
            "101",
            "OCCUPIED+",
            [
                "booking_checked_out",
                "room_occupancy_updated",
                "checked_out",
                "booking_checked_out",
            ],
        ),
        ("approve", BOOKING, "PENDING_APPROVAL/-", ["booking_updated", "confirmed"]),
        ("heal", "101", "READY_FOR_GUEST+", ["room_occupancy_updated"]),
        (
            "stay_move",
            "102",
            "READY_FOR_GUEST",
            ["booking_updated", "room_occupancy_updated", "room_occupancy_updated"],
        ),
    ],
)
def test_race_sends_before_the_commit(
    steps: dict[str, Step], step: str, row: str, stale: str, events: list[str]
) -> None:
    """Whoever reads the database on arrival of the event gets what was there before."""
    assert names(steps[step]) == events
    assert all(event["in_transaction"] for event in steps[step]["events"])
    assert {event["committed"][row] for event in steps[step]["events"]} == {stale}
    assert steps[step]["after"][row] != stale


def test_race_in_the_guest_chat(steps: dict[str, Step]) -> None:
    step = steps["guest_chat"]
    assert [event["in_transaction"] for event in step["events"]] == [True]
    assert step["events"][0]["committed"]["chats"] == step["after"]["chats"] - 1


def test_race_sends_before_the_save(steps: dict[str, Step]) -> None:
    """No transaction is open, so to wait for its commit would not help."""
    (event,) = steps["decline"]["events"]
    assert not event["in_transaction"]
    assert event["committed"][BOOKING] == "PENDING_APPROVAL/-"
    assert steps["decline"]["after"][BOOKING] == "DECLINED/-"


def test_race_tells_of_what_was_rolled_back(steps: dict[str, Step]) -> None:
    step = steps["start_cleaning_fails"]
    assert names(step) == ["room_status_updated"]
    assert step["after"] == step["before"]


def test_race_tells_of_a_deletion_that_was_refused(steps: dict[str, Step]) -> None:
    step = steps["delete_booked_room"]
    assert names(step) == ["room_deleted"]
    assert "101" in step["after"]


@pytest.mark.parametrize(
    ("step", "row", "fresh", "events"),
    [
        ("assign", BOOKING, "CONFIRMED/101", ["room_assigned"]),
        (
            "express_in",
            "101",
            "OCCUPIED+",
            ["booking_checked_in", "room_occupancy_updated", "room_assigned"],
        ),
        (
            "express_out",
            "101",
            "CHECKOUT_DIRTY",
            ["booking_checked_out", "room_occupancy_updated"],
        ),
        ("complete_cleaning", "101", "CLEANED_UNINSPECTED", ["room_status_updated"]),
        ("inspect", "101", "READY_FOR_GUEST", ["room_status_updated"]),
        ("guest_cancel", BOOKING, "CANCELLED/-", ["booking_cancelled"]),
        (
            "stay_check_out",
            "101",
            "CHECKOUT_DIRTY",
            ["booking_checked_out", "room_occupancy_updated"],
        ),
        ("stay_cancel", BOOKING, "CANCELLED/-", ["booking_cancelled"] * 2),
        ("housekeeping", "101", "MAINTENANCE_REQUIRED", ["room_updated"]),
    ],
)
def test_good_site_tells_of_what_can_be_read(
    steps: dict[str, Step], step: str, row: str, fresh: str, events: list[str]
) -> None:
    assert names(steps[step]) == events
    assert not any(event["in_transaction"] for event in steps[step]["events"])
    assert {event["committed"][row] for event in steps[step]["events"]} == {fresh}
    assert steps[step]["before"][row] != fresh


def test_creations_are_told(steps: dict[str, Step]) -> None:
    assert names(steps["create"]) == ["booking_created"]
    assert names(steps["order"]) == ["room_service_order_created"]


def test_a_deleted_room_is_told_before_it_is_gone(steps: dict[str, Step]) -> None:
    step = steps["delete_room"]
    assert names(step) == ["room_deleted"]
    assert "101" in step["events"][0]["committed"]
    assert "101" not in step["after"]


def test_check_out_is_told_twice_in_two_shapes(steps: dict[str, Step]) -> None:
    """The superseded call: one channel, one name, two payloads."""
    told = [e for e in steps["check_out"]["events"] if e["name"] == "booking_checked_out"]
    assert len({event["channel"] for event in told}) == 1
    assert [event["keys"] for event in told] == [
        ["action", "booking", "room_number", "timestamp"],
        ["booking_id", "checked_out_at", "room_number"],
    ]


def test_one_event_has_two_shapes(steps: dict[str, Step]) -> None:
    shapes = {
        tuple(event["keys"])
        for step in steps.values()
        for event in step["events"]
        if event["name"] == "room_status_updated"
    }
    assert shapes == {("room_id", "room_status"), ("approved", "room_id", "room_status")}


# --- Its shape, which the golden files rely on ---


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Path relative to the project, and syntax tree, of each module."""
    for path in sorted(BEFORE.rglob("*.py")):
        yield path.relative_to(BEFORE).as_posix(), ast.parse(path.read_bytes())


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Name of the method, and node, of each call of a method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node


def manager_methods() -> dict[str, list[str]]:
    """The manager's sending methods and their parameters."""
    tree = ast.parse((BEFORE / "notifications/notification_manager.py").read_bytes())
    return {
        node.name: [argument.arg for argument in node.args.args[1:]]
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("realtime_")
    }


def test_legacy_calls_are_where_the_report_has_them() -> None:
    found = Counter(
        path for path, tree in modules() for name, _ in calls(tree) if name == "trigger"
    )
    assert found == {
        "rooms/views.py": 5,
        "hotel/staff_views.py": 2,
        "notifications/pusher_utils.py": 1,
    }


def test_manager_has_the_methods_of_the_report_and_no_other() -> None:
    assert manager_methods() == {
        "realtime_booking_created": ["booking"],
        "realtime_booking_updated": ["booking"],
        "realtime_booking_cancelled": ["booking", "cancellation_reason"],
        "realtime_booking_checked_in": [
            "booking",
            "room",
            "primary_guest",
            "party_guest_objects",
        ],
        "realtime_booking_checked_out": ["booking", "room_number"],
        "realtime_room_occupancy_updated": ["room"],
        "realtime_room_updated": ["room", "changed_fields"],
        "realtime_guest_booking_cancelled": ["booking", "reason"],
        "realtime_guest_booking_room_assigned": ["booking", "room", "primary_guest"],
        "realtime_guest_booking_checked_in": ["booking", "room", "primary_guest"],
        "realtime_guest_booking_checked_out": ["booking", "room", "primary_guest"],
        "realtime_guest_booking_confirmed": ["booking", "primary_guest"],
        "realtime_guest_chat_message_created": ["message"],
        "realtime_room_service_order_created": ["order"],
        "realtime_staff_chat_message_created": ["message"],
        "realtime_staff_chat_message_edited": ["message"],
        "realtime_staff_chat_message_deleted": ["message_id", "conversation_id", "hotel"],
        "realtime_staff_chat_unread_updated": ["staff", "conversation", "unread_count"],
    }


def test_each_method_is_called_where_the_report_has_it() -> None:
    found = Counter(
        (path, name.removeprefix("realtime_"))
        for path, tree in modules()
        for name, _ in calls(tree)
        if name.startswith("realtime_") and "/tests" not in path
    )
    assert found == {
        ("hotel/staff_views.py", "booking_created"): 1,
        ("hotel/staff_views.py", "booking_updated"): 2,
        ("hotel/staff_views.py", "booking_cancelled"): 1,
        ("hotel/staff_views.py", "booking_checked_in"): 2,
        ("hotel/staff_views.py", "booking_checked_out"): 2,
        ("hotel/staff_views.py", "room_occupancy_updated"): 4,
        ("hotel/staff_views.py", "guest_booking_cancelled"): 1,
        ("hotel/staff_views.py", "guest_booking_room_assigned"): 1,
        ("hotel/staff_views.py", "guest_booking_checked_in"): 1,
        ("hotel/staff_views.py", "guest_booking_checked_out"): 1,
        ("hotel/staff_views.py", "guest_booking_confirmed"): 1,
        ("hotel/services/guest_cancellation.py", "booking_cancelled"): 1,
        ("hotel/services/booking_management.py", "booking_cancelled"): 1,
        ("hotel/services/booking_management.py", "guest_booking_cancelled"): 1,
        ("hotel/services/booking_integrity.py", "room_occupancy_updated"): 1,
        ("hotel/canonical_guest_chat_views.py", "guest_chat_message_created"): 1,
        ("housekeeping/services.py", "room_updated"): 1,
        ("room_bookings/services/checkout.py", "booking_checked_out"): 1,
        ("room_bookings/services/checkout.py", "room_occupancy_updated"): 1,
        ("room_bookings/services/room_move.py", "booking_updated"): 1,
        ("room_bookings/services/room_move.py", "room_occupancy_updated"): 2,
        ("room_services/signals.py", "room_service_order_created"): 2,
        ("staff_chat/views_messages.py", "staff_chat_message_created"): 1,
        ("staff_chat/views_messages.py", "staff_chat_unread_updated"): 1,
        ("staff_chat/models.py", "staff_chat_message_edited"): 1,
        ("staff_chat/models.py", "staff_chat_message_deleted"): 1,
        ("staff_chat/models.py", "staff_chat_unread_updated"): 1,
    }


def test_one_file_has_crlf_and_one_no_final_newline() -> None:
    content = {
        path.relative_to(BEFORE).as_posix(): path.read_bytes() for path in BEFORE.rglob("*.py")
    }
    assert [path for path, data in content.items() if b"\r" in data] == ["hotel/payment_views.py"]
    crlf = content["hotel/payment_views.py"]
    assert crlf.count(b"\r\n") == crlf.count(b"\n")
    unfinished = [path for path, data in content.items() if data and not data.endswith(b"\n")]
    assert unfinished == ["room_bookings/services/room_move.py"]


def test_nothing_but_its_requirements_is_imported() -> None:
    own = {path.name.removesuffix(".py") for path in BEFORE.iterdir()}
    imported = set()
    for _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                imported.add(node.module.split(".")[0])
    foreign = imported - own - sys.stdlib_module_names
    assert foreign == {"django", "rest_framework", "pusher"}


def test_places_in_the_readme_exist() -> None:
    """Each ``file.py:Class.method`` of the README is a definition in the project."""
    defined = set()
    for path, tree in modules():
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                defined.add(f"{path}:{node.name}")
            if isinstance(node, ast.ClassDef):
                methods = (item for item in node.body if isinstance(item, ast.FunctionDef))
                defined |= {f"{path}:{node.name}.{method.name}" for method in methods}
    named = set(re.findall(r"`([\w/]+\.py:[\w.]+)`", (SAMPLE / "README.md").read_text()))
    assert len(named) > 30
    assert named - defined == set()


# --- Its catalogue ---


def test_catalogue_fits_the_project() -> None:
    """Methods, models and fields in it exist; what is proposed does not exist yet."""
    path = REPOSITORY / "codemods" / "hotelmate.toml"
    catalogue = tomllib.loads(path.read_text())
    methods = manager_methods()

    def method(call: str) -> str:
        return call.partition("(")[0]

    events, states = catalogue["event"], catalogue["state"]
    proposed = {method(event["call"]) for event in events if event.get("scaffold")}
    assert proposed == {"realtime_room_deleted", "realtime_room_assigned"}
    assert not proposed & methods.keys()

    used = {method(entry.get("call") or entry["emit"]) for entry in (*events, *states)}
    for entry in (*events, *states):
        used |= {*entry.get("superseded_by", ()), *entry.get("satisfied_by", ())}
    assert used - methods.keys() == proposed

    fields: dict[str, set[str]] = {}
    for name, tree in modules():
        app, _, module = name.partition("/")
        for node in tree.body if module == "models.py" else ():
            if isinstance(node, ast.ClassDef):
                targets = [item.targets[0] for item in node.body if isinstance(item, ast.Assign)]
                fields[f"{app}.{node.name}"] = {t.id for t in targets if isinstance(t, ast.Name)}
    for state in states:
        assert set(state["fields"]) <= fields[state["model"]]
    for entry in (*events, *states):
        assert set(entry.get("types", {}).values()) <= fields.keys()


def test_catalogue_has_every_legacy_event_and_every_state_of_the_report() -> None:
    catalogue = tomllib.loads((REPOSITORY / "codemods" / "hotelmate.toml").read_text())
    legacy = set()
    for path in ("rooms/views.py", "hotel/staff_views.py"):
        for name, node in calls(ast.parse((BEFORE / path).read_bytes())):
            if name == "trigger":
                named = {keyword.arg: keyword.value for keyword in node.keywords}
                event = named.get("event_name") or node.args[1]
                assert isinstance(event, ast.Constant)
                legacy.add(event.value)
    assert {event["event"] for event in catalogue["event"]} == legacy

    watched = {(state["model"], field) for state in catalogue["state"] for field in state["fields"]}
    assert watched == {
        ("rooms.Room", "room_status"),
        ("rooms.Room", "is_occupied"),
        ("room_bookings.RoomBooking", "status"),
        ("room_bookings.RoomBooking", "assigned_room"),
        ("room_bookings.RoomBooking", "checked_in_at"),
        ("room_bookings.RoomBooking", "checked_out_at"),
    }
    specific = {s["when"]["status"] for s in catalogue["state"] if "when" in s}
    assert specific == {"CANCELLED", "CHECKED_IN", "CHECKED_OUT", "CONFIRMED"}
