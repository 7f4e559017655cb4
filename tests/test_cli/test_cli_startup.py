"""What a command imports: nobody waits for what only another command needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pusher_migrate import __version__
from pusher_migrate.cli import COMMANDS, group

HEAVY = {"libcst", "black", "difflib", "tomllib", "json", "asyncio", "subprocess"}
OURS = {
    "pusher_migrate.plan",
    "pusher_migrate.index",
    "pusher_migrate.rules",
    "pusher_migrate.catalogue",
    "pusher_migrate.apply",
    "pusher_migrate.discover",
}


# Not `-X importtime`, which misses what `importlib.import_module` imports.
PROGRAM = """\
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
from pusher_migrate.cli import main
main()
"""


def imported(*arguments: str, cwd: Path | None = None, code: int = 0) -> set[str]:
    """The modules that a run imports, by their whole names and their top packages."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=cwd, capture_output=True, text=True
    )
    assert done.returncode == code, done.stderr
    names = set(done.stderr.splitlines()[-1].split())
    assert "pusher_migrate.cli" in names
    return names | {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], ["migrate", "--help"], ["undo", "--help"], ["explain", "--help"]],
    ids=" ".join,
)
def test_help_and_version_import_nothing_that_works(arguments: list[str]) -> None:
    assert imported(*arguments) & (HEAVY | OURS) == set()


def test_the_list_of_commands_imports_none_of_them() -> None:
    names = imported("--help")
    modules = {f"pusher_migrate.cli.{name.replace('-', '_')}" for name, _ in COMMANDS}
    assert names & modules == set()


def test_a_command_imports_no_other() -> None:
    names = imported("explain", "PM101")
    assert "pusher_migrate.cli.explain" in names
    assert names & {"pusher_migrate.cli.migrate", "pusher_migrate.cli.undo"} == set()
    assert names & ({"libcst", "black"} | OURS) == set()


def test_undo_neither_parses_by_libcst_nor_plans(tmp_path: Path) -> None:
    names = imported("undo", cwd=tmp_path, code=2)
    assert "pusher_migrate.apply" in names
    assert names & {"libcst", "black", "pusher_migrate.plan", "pusher_migrate.index"} == set()


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS])
def test_every_command_is_there_and_says_what_the_list_says(name: str) -> None:
    with group.make_context("pusher-migrate", [name]) as context:
        command = group.get_command(context, name)
    assert command is not None
    assert command.name == name
    assert command.get_short_help_str(200) == dict(COMMANDS)[name]


def test_version_and_help_go_to_stdout(tmp_path: Path) -> None:
    for arguments, part in ((["--version"], __version__), (["-h"], "migrate    Rewrite")):
        done = subprocess.run(
            [sys.executable, "-m", "pusher_migrate", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert part in done.stdout


def test_no_command_is_help_on_stderr_and_code_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pusher_migrate"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: python -m pusher_migrate" in done.stderr


def test_shells_can_complete_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_PUSHER_MIGRATE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "pusher-migrate mi")
    monkeypatch.setenv("COMP_CWORD", "1")
    script = Path(sys.executable).with_name("pusher-migrate")
    done = subprocess.run([script], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "plain,migrate\n"
