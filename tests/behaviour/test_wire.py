"""The comparison of two runs with a plan sees each way in which a plan can be wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from .recorder import Event
from .sample import Played, Sent
from .subscriber import Observation
from .wire import differences, promises, statement

SOURCE = """\
def view(room):
    for number in (1, 2):
        client.trigger(
            f"hotel-{room.hotel.id}", "old", {"n": number}
        )
"""


def played(*events: tuple[str, str, Mapping[str, object]], times: int = 1) -> Played:
    """A scene that sent these and ran the call on line 3 ``times`` times."""
    sent = tuple(
        Sent(Event(channel, name, json.dumps(data), 0), False, Observation("", "", 1, 2, 2, 0))
        for channel, name, data in events
    )
    lines = (1, *((2, 3, 4, 3) * times), 2)
    return Played("scene", "GET /", 200, "", 0, sent, (("app/views.py", lines),), 0)


def plan(**other: Any) -> dict[str, Any]:
    """A plan in which the call is replaced by one of a manager."""
    hole = "hotel-{room.hotel.id}"
    change = {
        "key": "PM101:app/views.py:3:9",
        "code": "PM101",
        "path": "app/views.py",
        "line": 3,
        "applied": True,
        "effect": {
            "before": [{"channel": hole, "event": "old", "keys": ["n"], "complete": True}],
            "after": [{"channel": hole, "event": "new", "keys": ["room"], "complete": True}],
            "lost_keys": ["n"],
        },
    }
    return {"changes": [change | other]}


OLD = ("hotel-1", "old", {"n": 1})
NEW = ("hotel-1", "new", {"room": {"id": 7}})
OTHER = ("hotel-1", "other", {"at": "2025-01-01T10:00:00Z"})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project as it was."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "views.py").write_text(SOURCE)
    return tmp_path


def compare(project: Path, before: Played, after: Played, document: dict[str, Any]) -> list[str]:
    return [
        message.removeprefix("scene: ")
        for message in differences(before, after, promises(document), project)
    ]


def test_what_was_said_is_no_difference(project: Path) -> None:
    assert compare(project, played(OLD, OTHER), played(OTHER, NEW), plan()) == []


def test_an_unchanged_event_may_differ_in_time_only(project: Path) -> None:
    later = ("hotel-1", "other", {"at": "2026-02-02T11:11:11Z"})
    nothing: dict[str, Any] = {"changes": []}
    assert compare(project, played(OTHER), played(later), nothing) == []
    wrong = ("hotel-1", "other", {"at": "never"})
    gone, new = compare(project, played(OTHER), played(wrong), nothing)
    assert gone.startswith("no change says that this is gone")
    assert new.startswith("no change says that this is new")


def test_each_execution_counts(project: Path) -> None:
    assert compare(project, played(OLD, OLD, times=2), played(NEW, NEW), plan()) == []
    (missing,) = compare(project, played(OLD, OLD, times=2), played(NEW), plan())
    assert missing == ("PM101:app/views.py:3:9: not sent: new on hotel-{room.hotel.id} with room")


def test_what_did_not_run_or_was_not_applied_promises_nothing(project: Path) -> None:
    assert compare(project, played(OTHER, times=0), played(OTHER), plan()) == []
    assert len(compare(project, played(OLD), played(NEW), plan(applied=False))) == 2


def test_an_event_sent_twice_is_seen(project: Path) -> None:
    (extra,) = compare(project, played(OLD), played(NEW, NEW), plan())
    assert extra.startswith("no change says that this is new")


def test_still_sent(project: Path) -> None:
    (message,) = compare(project, played(OLD), played(OLD, NEW), plan())
    assert "still sent, or never was: old" in message


def test_an_insertion_removes_nothing(project: Path) -> None:
    effect = plan()["changes"][0]["effect"] | {"before": [], "lost_keys": []}
    inserted = plan(code="PM301", effect=effect)
    assert compare(project, played(OTHER), played(OTHER, NEW), inserted) == []
    (message,) = compare(project, played(OTHER), played(OTHER), inserted)
    assert "not sent: new" in message


@pytest.mark.parametrize(
    ("data", "complete", "right"),
    [
        ({"room": 1}, True, True),
        ({"room": 1, "more": 1}, True, False),
        ({"room": 1, "more": 1}, False, True),
        ({"more": 1}, False, False),
    ],
)
def test_the_keys_are_those_of_the_plan(
    project: Path, data: dict[str, object], complete: bool, right: bool
) -> None:
    effect = plan()["changes"][0]["effect"]
    effect["after"][0]["complete"] = complete
    seen = compare(project, played(OLD), played(("hotel-1", "new", data)), plan(effect=effect))
    assert (seen == []) is right


def test_another_channel_is_a_difference(project: Path) -> None:
    seen = compare(project, played(OLD), played(("motel-1", "new", {"room": 1})), plan())
    assert len(seen) == 2


def test_lost_keys_are_those_of_the_plan(project: Path) -> None:
    effect = plan()["changes"][0]["effect"] | {"lost_keys": []}
    (message,) = compare(project, played(OLD), played(NEW), plan(effect=effect))
    assert "lost keys" in message


def test_what_supersedes_a_removed_send_was_there_all_along(project: Path) -> None:
    removed = plan(code="PM103")
    assert compare(project, played(OLD, NEW), played(NEW), removed) == []
    (extra,) = compare(project, played(OLD, NEW), played(NEW, NEW), removed)
    assert extra.startswith("no change says that this is new")


def test_a_wrapper_changes_nothing_on_the_wire(project: Path) -> None:
    effect = plan()["changes"][0]["effect"]
    wrapped = plan(code="PM201", effect=effect | {"after": effect["before"], "lost_keys": []})
    assert compare(project, played(OLD, OTHER), played(OLD, OTHER), wrapped) == []


@pytest.mark.parametrize(
    ("line", "span"), [(1, (1, 1)), (2, (2, 2)), (3, (3, 5)), (4, (3, 5)), (5, (3, 5)), (9, (9, 9))]
)
def test_the_statement_of_a_line(line: int, span: tuple[int, int]) -> None:
    assert statement(SOURCE, line) == span
