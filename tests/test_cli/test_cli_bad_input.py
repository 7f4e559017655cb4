"""Whatever is wrong: one clear line on stderr, the right exit code, and no traceback."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from shop_project import FILES, SCRIPT, Run, commit, git, write_files

VIEWS = "shop/views.py"


def fails(done: subprocess.CompletedProcess[bytes], *parts: str) -> None:
    """Exit code 2, and one line, which says why."""
    text = done.stderr.decode()
    assert done.returncode == 2, text
    errors = [line for line in text.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, text
    for part in parts:
        assert part in errors[0]
    assert "Traceback" not in text + (done.stdout or b"").decode()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["migrate", "missing.py"], ["missing.py", "No such file"]),
        (["migrate", "--catalogue", "missing.toml"], ["missing.toml", "No such file"]),
        (["migrate", "--catalogue", "."], ["Is a directory"]),
        (["migrate", "--codemod", "hotelmat"], ['did you mean "hotelmate"?']),
        (["migrate", "--catalogue", "x.toml", "--codemod", "y"], ["--catalogue and --codemod"]),
        (["migrate", "--select", "PM11"], ["--select", 'unknown code "PM11"', "did you mean"]),
        (["migrate", "--ignore", "PM901"], ["PM901 cannot be ignored"]),
        (["migrate", "--dif"], ["--dif", "--diff", "see pusher-migrate migrate --help"]),
        (["migrate", "--patch"], ["--patch", "argument"]),
        (["migrate", "--patch", "no/such/dir/x", "--diff"], ["no/such/dir/x cannot be written"]),
        (["migrate", "/"], ["no catalogue in /"]),
        (["migrate", "empty"], ["no Python files in empty"]),
        (["migrate", "a\nb"], ["a\\nb: No such file"]),
        (["migrat"], ["migrat"]),
        (["explain", "PM99"], ["PM99", "did you mean"]),
        (["explain", "PM101", "PM102"], ["PM102"]),
        (["undo", "missing"], ["missing", "No such file"]),
        (["undo"], ["nothing to undo"]),
    ],
)
def test_command_lines(shop: Path, run: Run, arguments: list[str], parts: list[str]) -> None:
    (shop / "empty").mkdir()
    fails(run(shop, *arguments), *parts)
    assert git(shop, "status", "--porcelain") == ""


def test_no_catalogue(shop: Path, run: Run) -> None:
    (shop / "pusher-migrate.toml").unlink()
    fails(run(shop, "check", "/"), "no catalogue in /", "--catalogue", "--codemod", "hotelmate")
    fails(run(shop, "migrate", "--yes"), "there is no catalogue", "init", "nothing was written")


def test_an_empty_directory(tmp_path: Path, run: Run) -> None:
    write_files(tmp_path, {"pusher-migrate.toml": FILES["pusher-migrate.toml"]})
    fails(run(tmp_path, "migrate"), "no Python files in")


@pytest.mark.parametrize(
    ("catalogue", "parts"),
    [
        (b"[legacy\n", ["pusher-migrate.toml:1", "TOML"]),
        (b'[[event]]\nevnt = "x"\n', ["pusher-migrate.toml:2", "evnt", "event"]),
        (b"\xff\xfe[\x00", ["pusher-migrate.toml", "UTF-8"]),
        (
            FILES["pusher-migrate.toml"].replace("realtime_order_paid(", "realtime_order_piad("),
            ["pusher-migrate.toml:10", "realtime_order_piad", "realtime_order_paid"],
        ),
        (
            FILES["pusher-migrate.toml"].replace(
                "realtime_order_paid(order)", "realtime_order_paid()"
            ),
            ["pusher-migrate.toml:10", "order"],
        ),
    ],
)
def test_broken_catalogues(shop: Path, run: Run, catalogue: bytes | str, parts: list[str]) -> None:
    write_files(shop, {"pusher-migrate.toml": catalogue})
    done = run(shop, "migrate", "--yes")
    assert done.returncode == 2
    text = done.stderr.decode()
    for part in parts:
        assert part in text
    assert all(line.startswith("error: ") for line in text.splitlines())
    assert (shop / VIEWS).read_text() == FILES[VIEWS]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("pusher_client.trigger(\n", id="broken Python"),
        pytest.param(b"pusher_client.trigger('\xff')\n", id="not UTF-8"),
        pytest.param(b"# coding: klingon\npusher_client.trigger()\n", id="unknown encoding"),
        pytest.param(b"pusher_client.trigger()\0", id="NUL byte"),
        pytest.param("pusher_client.trigger" + "(" * 5000 + ")" * 5000 + "\n", id="nesting"),
        pytest.param("pusher_client.trigger()\n".encode("utf-16"), id="UTF-16"),
    ],
)
def test_files_that_are_no_python(shop: Path, run: Run, content: bytes | str) -> None:
    write_files(shop, {"shop/bad.py": content})
    commit(shop)
    for arguments in ([], ["shop/bad.py"]):
        done = run(shop, "migrate", "--diff", *arguments)
        assert done.returncode == 2, done.stderr
        assert re.search(rb"^# shop/bad\.py:\d+:\d+: PM901$", done.stdout, re.MULTILINE)
        assert b"1 file could not be read." in done.stderr
        assert b"Traceback" not in done.stderr


def test_a_read_only_file(shop: Path, run: Run) -> None:
    (shop / VIEWS).chmod(0o444)
    done = run(shop, "migrate", "--yes")
    fails(done, f"{VIEWS} is read-only")
    assert (shop / VIEWS).read_text() == FILES[VIEWS]
    assert b"0 changes applied in 0 files, 2 not applied" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_write_permission(shop: Path, run: Run) -> None:
    (shop / "shop").chmod(0o555)
    try:
        fails(run(shop, "migrate", "--yes"), f"{VIEWS} is in a directory that cannot be written to")
    finally:
        (shop / "shop").chmod(0o755)
    assert (shop / VIEWS).read_text() == FILES[VIEWS]


def test_no_space_for_a_file(shop: Path, run: Run) -> None:
    """A limit on the size of files stands in for a full disk: both fail in mid-write."""
    big = FILES[VIEWS] + "# a line\n" * 2000
    write_files(shop, {VIEWS: big})
    commit(shop)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = run(shop, "migrate", "--yes", preexec_fn=limit)
    fails(done, VIEWS, "File too large")
    assert (shop / VIEWS).read_text() == big
    left = [path.name for path in shop.rglob("*") if path.name.startswith((".pusher-", "new-"))]
    assert left == [".pusher-migrate-cache"], "no temporary file, no half record"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments", [["migrate", "--diff"], ["migrate", "--json"], ["explain"], ["--help"]]
)
def test_no_space_for_the_output(shop: Path, run: Run, arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = run(shop, *arguments, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    fails(done, "No space left on device")


def test_no_space_for_a_patch(shop: Path, run: Run) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    fails(run(shop, "migrate", "--patch", "/dev/full"), "/dev/full cannot be written: No space")


@pytest.mark.parametrize("arguments", [["--diff"], ["--json"], ["--yes"]])
def test_a_reader_that_went_away_is_no_error(shop: Path, run: Run, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run(
            shop,
            "migrate",
            *arguments,
            capture_output=False,
            stdout=writing,
            stderr=subprocess.PIPE,
        )
    finally:
        os.close(writing)
    assert done.returncode == 141
    assert b"rror" not in done.stderr
    # What was to be written is written all the same.
    wrote = "realtime_order_paid" in (shop / VIEWS).read_text()
    assert wrote is (arguments == ["--yes"])


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_closed_streams(shop: Path, closed: int) -> None:
    redirection = ["0<&-", "1>&-", "2>&-"][closed]
    command = f'exec "$0" migrate --diff {redirection}'
    done = subprocess.run(["sh", "-c", command, SCRIPT], cwd=shop, capture_output=True)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_an_output_that_cannot_hold_a_character(shop: Path, run: Run) -> None:
    text = FILES[VIEWS].replace("def pay", "def bezahlt_日").replace("order-paid", "order-päid")
    catalogue = FILES["pusher-migrate.toml"].replace("order-paid", "order-päid")
    write_files(shop, {VIEWS: text, "pusher-migrate.toml": catalogue})
    commit(shop)
    env = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    for arguments in (["--diff"], ["--json"], ["--yes"]):
        done = run(shop, "migrate", *arguments, env=env)
        assert done.returncode == 0, done.stderr
        assert b"Traceback" not in done.stderr


def test_a_working_directory_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f'rmdir "{gone}" && exec "$0" migrate --diff'
    done = subprocess.run(["sh", "-c", command, SCRIPT], cwd=gone, capture_output=True)
    fails(done)


# --- Interruptions ------------------------------------------------------------------------------


def test_interrupted_while_planning(shop: Path) -> None:
    """A FIFO as the catalogue holds the program still at a known place."""
    fifo = shop.parent / "catalogue.toml"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [SCRIPT, "migrate", "--yes", "--catalogue", fifo],
        cwd=shop,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    # Opening for writing returns once the program has opened it for reading.
    with open(fifo, "wb"):
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.decode() == "error: interrupted; nothing was written\n"
    assert output == b""
    assert git(shop, "status", "--porcelain") == ""


def run_sabotaged(root: Path, sabotage: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a process of its own after some lines that make something go wrong."""
    code = textwrap.dedent(sabotage) + "\nfrom pusher_migrate.cli import main\nmain()\n"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=root, capture_output=True)


INTERRUPT_AT_FIRST_RENAME = """
    import os, signal
    real = os.replace
    def replace(source, target):
        real(source, target)
        if str(target).endswith(".py"):
            os.kill(os.getpid(), signal.SIGINT)
    os.replace = replace
"""


def test_interrupted_while_writing(shop: Path, run: Run) -> None:
    write_files(shop, {"shop/more.py": FILES[VIEWS]})
    commit(shop)
    done = run_sabotaged(shop, INTERRUPT_AT_FIRST_RENAME, "migrate", "--yes")
    assert done.returncode == 130
    text = done.stderr.decode()
    # What was done is whole, what was not done is untouched, and both are said.
    assert "realtime_order_paid" in (shop / "shop/more.py").read_text()
    assert (shop / VIEWS).read_text() == FILES[VIEWS]
    assert "wrote shop/more.py\n" in text
    assert f"error: {VIEWS} was not reached: interrupted\n" in text
    assert "Interrupted: 1 change applied in 1 file, 3 not applied" in text
    assert "Traceback" not in text
    assert run(shop, "undo").returncode == 0
    assert git(shop, "status", "--porcelain") == ""


def test_interrupted_while_undoing(shop: Path, run: Run) -> None:
    write_files(shop, {"shop/more.py": FILES[VIEWS]})
    commit(shop)
    run(shop, "migrate", "--yes")
    done = run_sabotaged(shop, INTERRUPT_AT_FIRST_RENAME, "undo")
    assert done.returncode == 130
    assert b"Interrupted: 1 file restored" in done.stderr
    assert run(shop, "undo").returncode == 0
    assert git(shop, "status", "--porcelain") == ""


def test_interrupted_while_the_outcome_is_told(shop: Path) -> None:
    """What was written must not be denied."""
    sabotage = """
        import pusher_migrate.cli.console as console
        real = console.Console.say
        def say(self, text):
            real(self, text)
            raise KeyboardInterrupt
        console.Console.say = say
    """
    done = run_sabotaged(shop, sabotage, "migrate", "--yes")
    assert done.returncode == 130
    assert done.stderr.decode().splitlines() == ["wrote shop/views.py", "interrupted"]


def test_a_disk_that_is_full(shop: Path) -> None:
    sabotage = """
        import errno, os
        real = os.fsync
        def fsync(descriptor):
            if os.readlink(f"/proc/self/fd/{descriptor}").endswith(".tmp"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(descriptor)
        os.fsync = fsync
    """
    done = run_sabotaged(shop, sabotage, "migrate", "--yes")
    fails(done, f"{VIEWS} could not be written: No space left on device")
    assert (shop / VIEWS).read_text() == FILES[VIEWS]
    assert not list(shop.rglob("*.tmp"))


def test_a_file_that_changes_between_plan_and_apply(shop: Path) -> None:
    sabotage = """
        import pusher_migrate.plan as plan
        real = plan.build_plan
        def build_plan(root, *rest):
            made = real(root, *rest)
            with open(root / "shop/views.py", "a") as file:
                file.write("# meanwhile\\n")
            return made
        plan.build_plan = build_plan
    """
    done = run_sabotaged(shop, sabotage, "migrate", "--yes", "--allow-dirty")
    fails(done, f"{VIEWS} changed since the plan was made: run it again")
    assert (shop / VIEWS).read_text() == FILES[VIEWS] + "# meanwhile\n"
    shown = run_sabotaged(shop, sabotage, "migrate", "--diff")
    assert shown.returncode == 2
    assert b"changed since the plan was made" in shown.stderr
    assert b"diff --git" not in shown.stdout


# --- Bugs ---------------------------------------------------------------------------------------

BUG = """
    import pusher_migrate.plan as plan
    def build_plan(*_):
        raise RuntimeError("first line\\nsecond")
    plan.build_plan = build_plan
"""


def test_a_bug_is_one_line_that_says_how_to_report_it(shop: Path) -> None:
    done = run_sabotaged(shop, BUG, "migrate")
    fails(
        done, "bug in pusher-migrate", "RuntimeError: first line second", "PUSHER_MIGRATE_DEBUG=1"
    )


def test_the_debug_variable_shows_the_traceback(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUSHER_MIGRATE_DEBUG", "1")
    done = run_sabotaged(shop, BUG, "migrate")
    assert b"Traceback" in done.stderr


@pytest.mark.parametrize(
    ("error", "part"),
    [
        ("MemoryError()", "out of memory"),
        ("RecursionError('deep')", "RecursionError: deep"),
        ("PermissionError(13, 'x', '/some/place')", "Permission denied (/some/place)"),
    ],
)
def test_other_failures(shop: Path, error: str, part: str) -> None:
    sabotage = textwrap.dedent(BUG).replace('RuntimeError("first line\\nsecond")', error)
    fails(run_sabotaged(shop, sabotage, "migrate"), part)
