"""The one place that decides exit codes and says what a run came to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pusher_migrate.model import Applicability, Change, Deferral, Edit, Location, Plan
from pusher_migrate.report.exit_code import ExitCode
from pusher_migrate.report.outcome import MigrateOutcome


def change(line: int, path: str = "a.py", applicability: str = "safe") -> Change:
    edits = (Edit(path, line, line, "x"),)
    return Change("PM101", Location(path, line), "t", "r", edits, Applicability(applicability))


def deferral(code: str, line: int = 1, actionable: bool = True) -> Deferral:
    return Deferral(code, Location("a.py", line), "t", "r", actionable=actionable)


SAFE, OTHER, REVIEW = change(1), change(2, "b.py"), change(3, "b.py", "review")
PLAN = Plan((SAFE, OTHER, REVIEW), (deferral("PM104"), deferral("PM102", 2)), 9)
BROKEN = Plan(PLAN.changes, (deferral("PM901"),), 9)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (MigrateOutcome(Plan()), ExitCode.DONE),
        (MigrateOutcome(PLAN), ExitCode.DONE),
        (MigrateOutcome(PLAN, exit_non_zero_on_change=True), ExitCode.FOUND),
        (MigrateOutcome(Plan(), exit_non_zero_on_change=True), ExitCode.DONE),
        (
            MigrateOutcome(
                PLAN, writing=True, applied=frozenset({SAFE.key}), exit_non_zero_on_change=True
            ),
            ExitCode.FOUND,
        ),
        (MigrateOutcome(PLAN, writing=True, exit_non_zero_on_change=True), ExitCode.DONE),
        (MigrateOutcome(PLAN, problems=("a.py is read-only",)), ExitCode.FAILED),
        (MigrateOutcome(BROKEN), ExitCode.FAILED),
        (MigrateOutcome(BROKEN, exit_non_zero_on_change=True), ExitCode.FAILED),
        (MigrateOutcome(BROKEN, interrupted=True), ExitCode.INTERRUPTED),
    ],
)
def test_exit_codes(outcome: MigrateOutcome, code: ExitCode) -> None:
    assert outcome.exit_code is code


def test_the_numbers_are_the_documented_ones() -> None:
    assert [code.value for code in ExitCode] == [0, 1, 2, 130, 141]


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (MigrateOutcome(Plan(files=1)), "Nothing to change in 1 file."),
        (
            MigrateOutcome(PLAN),
            "3 changes in 2 files: 2 safe, 1 for review; 2 calls left alone.",
        ),
        (MigrateOutcome(Plan((SAFE,), files=2)), "1 change in 1 file: 1 safe."),
        (
            MigrateOutcome(Plan((), (deferral("PM303"), deferral("PM104", 2)), 4)),
            "Nothing to change in 4 files; 2 findings left alone.",
        ),
        (
            MigrateOutcome(Plan((), (deferral("PM104", actionable=False),), 4)),
            "Nothing to change in 4 files.",
        ),
        (
            MigrateOutcome(BROKEN),
            "3 changes in 2 files: 2 safe, 1 for review; 1 file could not be read.",
        ),
        (
            MigrateOutcome(PLAN, writing=True, applied=frozenset({SAFE.key, OTHER.key}), written=2),
            "2 changes applied in 2 files, 1 not applied; 2 calls left alone.",
        ),
        (
            MigrateOutcome(
                PLAN,
                writing=True,
                applied=frozenset({SAFE.key}),
                written=1,
                interrupted=True,
            ),
            "Interrupted: 1 change applied in 1 file, 2 not applied; 2 calls left alone.",
        ),
    ],
)
def test_summaries(outcome: MigrateOutcome, text: str) -> None:
    assert outcome.summary() == text


@pytest.mark.parametrize(
    ("outcome", "parts"),
    [
        (MigrateOutcome(PLAN), ["--yes", "--unsafe"]),
        (MigrateOutcome(Plan((SAFE,))), ["--yes"]),
        (MigrateOutcome(Plan((REVIEW,))), ["--unsafe"]),
        (MigrateOutcome(Plan()), []),
        (MigrateOutcome(Plan((SAFE,)), True, frozenset({SAFE.key})), ["undo"]),
        (MigrateOutcome(PLAN, True, frozenset({SAFE.key, OTHER.key})), ["--unsafe", "undo"]),
        (MigrateOutcome(PLAN, True), ["--unsafe"]),
    ],
)
def test_next_steps_name_what_is_of_use_and_nothing_else(
    outcome: MigrateOutcome, parts: list[str]
) -> None:
    text = outcome.next_steps()
    named = [part for part in ("--yes", "--unsafe", "undo") if part in text]
    assert named == parts


def test_the_documentation_lists_the_same_codes() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "exit-codes.md").read_text("utf-8")
    documented = [int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)]
    assert documented == [code.value for code in ExitCode]
