"""Work beside this process: the same answers, whatever becomes of the second one."""

from __future__ import annotations

import concurrent.futures
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pusher_migrate.catalogue import available_codemods
from pusher_migrate.cli.project import open_project
from pusher_migrate.model import Plan
from pusher_migrate.plan import assemble, make_context, outcomes_of
from pusher_migrate.processes import beside, second_core

APPS = Path(__file__).parent.parent / "golden" / "apps"

needs_a_copy = pytest.mark.skipif(not second_core(), reason="one core, or no cheap copy")


def test_work_gives_its_result_and_changes_nothing_here() -> None:
    seen: list[int] = []

    def work() -> int:
        seen.append(1)
        return os.getpid()

    with beside(work) as result:
        mine = os.getpid()
        assert result() != mine
    assert seen == []


def test_what_is_raised_there_is_raised_here() -> None:
    def work() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), beside(work) as result:
        result()


def test_work_of_a_process_that_died_is_done_here() -> None:
    here = os.getpid()

    def work() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    with beside(work) as result:
        assert result() == here


@pytest.mark.parametrize("error", [OSError(38, "no semaphores"), NotImplementedError()])
def test_work_is_done_here_where_there_is_no_second_process(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", refuse)
    with beside(os.getpid) as result:
        assert result() == os.getpid()


INTERRUPTED = """
import os, signal, sys, time
from pusher_migrate.processes import beside
def work():
    time.sleep(60)
try:
    with beside(work) as result:
        time.sleep(0.5)
        os.killpg(0, signal.SIGINT)
        result()
except KeyboardInterrupt:
    print("interrupted", file=sys.stderr)
"""


@needs_a_copy
def test_an_interrupt_ends_both_and_only_one_speaks() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        capture_output=True,
        text=True,
        timeout=30,
        start_new_session=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "interrupted\n")


KILLED = """
import os, signal, sys, time
from pusher_migrate.processes import beside
def work():
    print(os.getpid(), flush=True)
    time.sleep(0.3)
with beside(work) as result:
    result()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@needs_a_copy
def test_the_second_process_does_not_outlive_the_first(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with said.open("wb") as file:
        done = subprocess.run([sys.executable, "-c", KILLED], stdout=file, timeout=30)
    assert done.returncode == -signal.SIGKILL
    second = int(said.read_text())
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            os.kill(second, 0)
        except ProcessLookupError:
            return
        state = Path(f"/proc/{second}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            return  # Ended, and whoever inherited it has not asked yet.
        time.sleep(0.05)
    os.kill(second, signal.SIGKILL)
    pytest.fail("still there")


def planned(root: Path, processes: bool) -> Plan:
    codemod = root.name if root.name in available_codemods() else None
    project = open_project((root,), codemod=codemod, drafts=True, quiet=True)
    context = make_context(root, project.catalogue, project.settings)
    return assemble(context, outcomes_of(context, processes=processes))


def untouched(_: Path) -> None:
    pass


def with_a_broken_file_and_a_hidden_call(root: Path) -> None:
    first = next(p for p in sorted(root.rglob("*.py")) if b"trigger(" in p.read_bytes())
    first.write_bytes(first.read_bytes() + b"\ndef broken(:\n    pusher_client.trigger()\n")
    others = [p for p in sorted(root.rglob("*.py")) if b".trigger(" in p.read_bytes()]
    others = [path for path in others if path != first]
    for path in others[:2]:
        text = path.read_bytes()
        at = text.index(b".trigger(")
        start = text.rindex(b"\n", 0, at) + 1
        indent = text[start : len(text) - len(text[start:].lstrip())]
        path.write_bytes(
            text[:start] + indent + b"# pusher-migrate: ignore[PM1] for a test\n" + text[start:]
        )


@needs_a_copy
@pytest.mark.parametrize(
    ("app", "change"),
    [
        ("hotelmate", untouched),
        ("ferryboard", untouched),
        ("greengrocer", untouched),
        ("hotelmate", with_a_broken_file_and_a_hidden_call),
    ],
)
def test_two_processes_find_what_one_finds(
    tmp_path: Path, app: str, change: Callable[[Path], None]
) -> None:
    root = tmp_path / app
    shutil.copytree(APPS / app / "before", root)
    subprocess.run(["git", "init", "-q", root], check=True)
    change(root)
    alone = planned(root, processes=False)
    assert planned(root, processes=True) == alone
    assert alone.changes
    if change is not untouched:
        assert "PM901" in {item.code for item in alone.deferrals}
        assert any(item.suppressed for item in alone.deferrals)
