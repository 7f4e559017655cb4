"""Plans as text: everything a reviewer needs is there, fits, and cannot fool the terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from pusher_migrate.model import Applicability, Change, Deferral, Edit, Effect, Location, Plan, Wire
from pusher_migrate.report.style import (
    coloured,
    harmless,
    is_terminal,
    paint_diff,
    plain,
    wants_colour,
)
from pusher_migrate.report.text import (
    change_lines,
    count,
    deferral_lines,
    deferrals_text,
    fit,
    message,
    wire_text,
)

LONG = "Because of this, that and the other thing, which takes a few more words than one line has. "

CHANGE = Change(
    "PM101",
    Location("shop/views.py", 8, 5),
    "Send 'order-paid' through realtime_order_paid",
    LONG * 3,
    (Edit("shop/views.py", 0, 1, "x"),),
    Applicability.REVIEW,
    ("the key by is lost", "somebody may catch the exception"),
    Effect(
        (Wire("shop-{order.shop.id}", "order-paid", ("id", "by")),),
        (Wire("shop-{order.shop.id}", "order_paid", ("id",)),),
        ("by",),
    ),
    also=("PM201", "PM401"),
    requires=("PM101:shop/views.py:3:1",),
    symbol="Pay.post",
    notes=("a note",),
)


def test_a_change_shows_all_that_is_known_of_it() -> None:
    text = "\n".join(change_lines(CHANGE))
    for part in (
        "shop/views.py:8:5: PM101 PM201 PM401 [for review] in Pay.post",
        "# Send 'order-paid' through realtime_order_paid\n",
        "reason: Because of this",
        "review: the key by is lost",
        "review: somebody may catch",
        "before: order-paid on shop-{order.shop.id} with id, by",
        "after:  order_paid on shop-{order.shop.id} with id\n",
        "lost:   by: subscribers no longer get this (PM401)",
        "needs:  PM101:shop/views.py:3:1",
        "note:   a note",
    ):
        assert part in text


def test_a_loss_that_the_catalogue_accepts_is_said_to_be_accepted() -> None:
    safe = Change("PM101", CHANGE.location, "t", "r", CHANGE.edits, effect=CHANGE.effect)
    assert "PM401), which the catalogue accepts" in " ".join(change_lines(safe, 100))
    assert "accepts" not in " ".join(change_lines(CHANGE, 100))
    doubted = replace(CHANGE, also=("PM201",), review_reasons=("somebody may catch",))
    assert "PM401), which the catalogue accepts" in " ".join(change_lines(doubted, 100))


@pytest.mark.parametrize("width", [40, 80, 100])
def test_lines_fit_and_are_comments_for_git(width: int) -> None:
    deferral = Deferral("PM104", Location("a.py", 1, 1), LONG, LONG * 2, "f")
    lines = [*change_lines(CHANGE, width), *deferral_lines(deferral, width)]
    assert all(line.startswith("# ") for line in lines)
    # What stands in a place, such as a path, is not broken.
    assert all(len(line) <= width for line in lines[1:] if ".py:" not in line)
    assert max(map(len, lines)) > width - 12, "it uses the width that there is"


def test_long_words_stay_whole() -> None:
    word = "shop-{order." + "x" * 120 + "}"
    change = Change("PM101", CHANGE.location, "t", word, CHANGE.edits)
    assert any(word in line for line in change_lines(change, 80))


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (Wire("c", "e", ("a", "b")), "e on c with a, b"),
        (Wire("c", "e", ("a",), complete=False), "e on c with a and perhaps more"),
        (Wire("c", "e"), "e on c with an empty payload"),
        (Wire("c", "e", complete=False), "e on c with a payload that is not known"),
    ],
)
def test_wires_say_what_is_not_known(wire: Wire, text: str) -> None:
    assert wire_text(wire) == text


def test_effects_that_change_nothing_say_so_and_missing_sides_are_named() -> None:
    wire = (Wire("c", "e", ("a",)),)

    def shown(effect: Effect) -> str:
        change = Change("PM201", CHANGE.location, "t", "r", CHANGE.edits, effect=effect)
        return "\n".join(change_lines(change))

    assert "sends:  e on c with a, as before" in shown(Effect(wire, wire))
    assert "before: nothing\n#   after:  e on c with a" in shown(Effect((), wire))
    assert "before: e on c with a\n#   after:  not known: look at the method's source" in shown(
        Effect(wire, ())
    )
    assert "before" not in shown(Effect())


def test_deferrals_are_grouped_and_none_is_missing() -> None:
    def deferral(code: str, line: int, actionable: bool = True) -> Deferral:
        place = Location("a.py", line)
        return Deferral(code, place, f"t{line}", f"r{line}", actionable=actionable)

    plan = Plan(
        deferrals=(
            deferral("PM104", 1),
            deferral("PM901", 2),
            deferral("PM104", 3, False),
            deferral("PM102", 4),
        )
    )
    text = deferrals_text(plan)
    headings = re.findall(r"^# (.*: \d)$", text, re.MULTILINE)
    assert headings == [
        "Not looked at: 1",
        "Left to you: 2",
        "Left as it is, because it is right so: 1",
    ]
    order = [int(line) for line in re.findall(r"^# t(\d)$", text, re.MULTILINE)]
    assert order == [2, 1, 4, 3]
    assert all(line.startswith("#") for line in text.splitlines() if line)
    assert deferrals_text(Plan()) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext é 日本", "plain\ttext é 日本"),
        ("red \x1b[31m", "red \\x1b[31m"),
        ("back\x08\x08", "back\\x08\\x08"),
        ("over\rwritten", "over\\rwritten"),
        ("windows line\r", "windows line\r"),
        ("c1 \x9b31m", "c1 \\x9b31m"),
        ("bidi \u202e\u2066", "bidi \\u202e\\u2066"),
    ],
)
def test_control_characters_do_not_reach_the_terminal(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_texts_from_the_project_cannot_leave_their_comment_or_paint() -> None:
    evil = "x\ndiff --git a/y b/y\n--- a/y\n\x1b[2J"
    change = Change("PM101", Location(evil, 1), evil, evil, CHANGE.edits, symbol=evil)
    for line in (
        *change_lines(change),
        *deferral_lines(Deferral("PM1", change.location, evil, evil)),
    ):
        assert line.startswith("# ")
        assert "\n" not in line
        assert "\x1b" not in line
    assert "\x1b" not in paint_diff("@@ -1 +1 @@\n+\x1b[2J\n", plain)


def test_diffs_are_painted_by_what_their_lines_are() -> None:
    diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n--- x\n+++ y\n"
    lines = paint_diff(diff, lambda role, text: f"{role}|{text}").split("\n")
    assert [line.partition("|")[0] for line in lines[:-1]] == [
        "header", "header", "header", "hunk", " same", "removed", "added",
    ]  # fmt: skip
    assert paint_diff(diff, plain) == diff
    assert coloured("added", "+x") == "\x1b[32m+x\x1b[0m"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "allowed", "colours"),
    [
        (Terminal(), {}, True, True),
        (Terminal(), {}, False, False),
        (Terminal(), {"NO_COLOR": "1"}, True, False),
        (Terminal(), {"NO_COLOR": ""}, True, True),
        (Terminal(), {"TERM": "dumb"}, True, False),
        (io.StringIO(), {}, True, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True, True),
        (io.StringIO(), {"FORCE_COLOR": "1"}, False, False),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_who_decides_about_colours(
    stream: io.StringIO, environment: dict[str, str], allowed: bool, colours: bool
) -> None:
    assert wants_colour(stream, environment, allowed) is colours


def test_a_closed_stream_is_no_terminal() -> None:
    closed = Terminal()
    closed.close()
    assert not is_terminal(None)
    assert not is_terminal(io.StringIO())
    assert is_terminal(Terminal())


@pytest.mark.parametrize(("columns", "width"), [(0, 40), (79, 79), (80, 80), (250, 100)])
def test_width_follows_the_terminal_within_reason(columns: int, width: int) -> None:
    assert fit(columns) == width


def test_messages_wrap_where_there_is_a_width() -> None:
    assert max(map(len, message(LONG * 3, 60).splitlines())) <= 60
    assert message("one\ntwo", 60) == "one\ntwo"


def test_counts_are_said_in_words() -> None:
    assert (count(1, "file"), count(0, "file"), count(2, "copy", "copies")) == (
        "1 file",
        "0 files",
        "2 copies",
    )
