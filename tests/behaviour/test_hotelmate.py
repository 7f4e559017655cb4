"""The sample project, run before and after the migration by the tool itself.

Every endpoint is requested, with its branches, against the recorder, with a subscriber on every
channel. After the migration no event is too early and none is of a change that was never committed;
what is sent differs from before in what the plan said, and in nothing else; responses and rows are
the same.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pusher_migrate.rules import RULES

from .databases import Database
from .hotelmate import BEFORE, HOTELMATE
from .sample import Played, Run, Sent, play
from .wire import differences, executions, promises, statement

pytestmark = pytest.mark.slow

# "after" can only be right once the tool defers emissions: from that day on the mark has no effect.
DEFERS = any("PM201" in rule.codes for rule in RULES)
needs_deferral = pytest.mark.xfail(not DEFERS, reason="no rule for PM201 yet", strict=True)


@dataclass(frozen=True)
class Migrated:
    """What the tool made of the sample project, and the document in which it said so."""

    directory: Path
    plan: dict[str, Any]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    """A copy in a git repository of its own, migrated with everything that is offered."""
    directory = tmp_path_factory.mktemp("migrated") / "hotelmate"
    shutil.copytree(BEFORE, directory, ignore=shutil.ignore_patterns(".*_cache", "__pycache__"))
    # The test session's own settings of git hold for one test; this is for all of the module.
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    name = ("-c", "user.name=Test", "-c", "user.email=test@example.invalid")
    for words in (("init", "-q"), ("add", "-A"), (*name, "commit", "-q", "-m", "before")):
        subprocess.run(["git", *words], cwd=directory, check=True, env=environment)
    options = ("--codemod", "hotelmate", "--unsafe", "--yes", "--json")
    run = subprocess.run(
        [sys.executable, "-m", "pusher_migrate", "migrate", *options],
        cwd=directory,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert run.returncode == 0, run.stderr
    return Migrated(directory, json.loads(run.stdout))


class Runs:
    """The runs on one kind of database, each made when it is first asked for."""

    def __init__(self, new: Callable[[], Database], work: Callable[[], Path]) -> None:
        self._new, self._work = new, work
        self._made: dict[tuple[Path, bool], Run] = {}

    def right(self, directory: Path) -> Run:
        """All scenes of the project in ``directory``."""
        return self._run(directory, fail=False)

    def failing(self, directory: Path) -> Run:
        """Those that have a transaction, which fails when it commits."""
        return self._run(directory, fail=True)

    def _run(self, directory: Path, fail: bool) -> Run:
        if (directory, fail) not in self._made:
            only = None
            if fail:
                before = self.right(BEFORE).played
                only = [scene for scene, played in before.items() if played.commits]
            self._made[directory, fail] = play(
                HOTELMATE,
                directory,
                self._new(),
                self._work(),
                only=only,
                fail=fail,
                trace=directory == BEFORE and not fail,
            )
        return self._made[directory, fail]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def runs(
    request: pytest.FixtureRequest,
    new_database: Callable[[str], Database],
    tmp_path_factory: pytest.TempPathFactory,
) -> Runs:
    """The runs on SQLite, then those on PostgreSQL."""
    return Runs(lambda: new_database(request.param), lambda: tmp_path_factory.mktemp("run"))


def checkable(run: Run) -> list[Sent]:
    """The events sent inside a transaction that tell of a row which a subscriber can read."""
    return [sent for sent in run.sent if sent.inside and sent.observation.row is not None]


# --- The sample as it is ---


def test_every_endpoint_is_requested(runs: Runs) -> None:
    run = runs.right(BEFORE)
    requested = {played.endpoint for played in run.played.values()} - {None}
    assert requested == run.endpoints
    assert len(run.endpoints) > 40


def test_before_most_events_from_transactions_are_too_early(runs: Runs) -> None:
    inside = checkable(runs.right(BEFORE))
    assert len(inside) >= 20
    assert sum(sent.observation.stale for sent in inside) >= len(inside) / 2


def test_before_failed_transactions_are_told_of(runs: Runs) -> None:
    run = runs.failing(BEFORE)
    assert {played.status for played in run.played.values()} <= {500, 409, None}
    phantoms = sum(played.phantoms for played in run.played.values())
    assert phantoms >= len(checkable(run)) / 2 >= 10


# --- The sample after the migration ---


def left_alone(migrated: Migrated, before: Played) -> int:
    """How many emissions of this scene the tool left to a person, with a reason."""
    sends = ("PM102", "PM104", "PM107", "PM202")
    count = 0
    for deferral in migrated.plan["deferrals"]:
        if deferral["code"] in sends and deferral["actionable"]:
            source = (BEFORE / deferral["path"]).read_text(encoding="utf-8-sig")
            count += before.times(deferral["path"], *statement(source, deferral["line"]))
    return count


@needs_deferral
def test_after_no_event_is_too_early(runs: Runs, migrated: Migrated) -> None:
    """But those that the tool says it has left alone, and they are few."""
    before, after = runs.right(BEFORE), runs.right(migrated.directory)
    stale = {scene: played.stale for scene, played in after.played.items() if played.stale}
    refused = {scene: left_alone(migrated, before.played[scene]) for scene in stale}
    assert {scene: count for scene, count in stale.items() if count > refused[scene]} == {}
    assert sum(stale.values()) < sum(played.stale for played in before.played.values()) / 4


@needs_deferral
def test_after_no_failed_transaction_is_told_of(runs: Runs, migrated: Migrated) -> None:
    """But by what the tool says it has left alone."""
    scenes = runs.right(BEFORE).played
    before, after = runs.failing(BEFORE), runs.failing(migrated.directory)
    told = {
        scene: sum(sent.inside for sent in played.sent) for scene, played in after.played.items()
    }
    refused = {scene: left_alone(migrated, scenes[scene]) for scene in told}
    assert {scene: count for scene, count in told.items() if count > refused[scene]} == {}
    phantoms = sum(played.phantoms for played in after.played.values())
    assert phantoms < sum(played.phantoms for played in before.played.values()) / 4


def test_what_changed_on_the_wire_is_what_the_plan_said(runs: Runs, migrated: Migrated) -> None:
    before, after = runs.right(BEFORE), runs.right(migrated.directory)
    plan = promises(migrated.plan)
    assert [
        message
        for scene, played in before.played.items()
        for message in differences(played, after.played[scene], plan, BEFORE)
    ] == []


def test_every_change_was_put_to_the_test(runs: Runs, migrated: Migrated) -> None:
    """A change whose line no scene reaches would be right without having been looked at."""
    played = runs.right(BEFORE).played.values()
    noticed = [promise for promise in promises(migrated.plan) if promise.gone or promise.new]
    assert noticed
    assert [
        promise.key
        for promise in noticed
        if not any(executions(promise, scene, BEFORE) for scene in played)
    ] == []


def test_nothing_else_about_the_program_changed(runs: Runs, migrated: Migrated) -> None:
    before, after = runs.right(BEFORE), runs.right(migrated.directory)
    responses = {
        name: {scene: (played.status, played.content) for scene, played in run.played.items()}
        for name, run in {"before": before, "after": after}.items()
    }
    assert responses["after"] == responses["before"]
    assert json.loads(after.rows) == json.loads(before.rows)
