"""What a check must not import: each of these takes longer than a check of a clean file may.

Nothing here asserts on time. ``-X importtime`` lists what is imported; how long it takes is told by
``benchmarks/profile_startup.py``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guarded import CATALOGUE, EVENT, HEAD, check, files, run, write

#: Never, whatever is checked.
ENGINES = {"libcst", "black"}
#: Not for files in which nothing can be found.
HEAVY = {*ENGINES, "asyncio", "concurrent", "multiprocessing", "difflib", "unittest", "yaml"}
#: Not for a clean file, once the cache knows what to look for.
FIRST_CHOICE = {
    *HEAVY,
    *("ast", "click", "dataclasses", "hashlib", "inspect", "json", "pathlib", "subprocess"),
    *("tempfile", "tokenize", "tomllib", "typing"),
    *("pusher_migrate.catalogue", "pusher_migrate.cli", "pusher_migrate.config"),
    *("pusher_migrate.discover", "pusher_migrate.index.code.project", "pusher_migrate.plan"),
}
IMPORT = re.compile(r"^import time: +\d+ \| +\d+ \| +(\S+)$", re.MULTILINE)


def imported(root: Path, *arguments: str, code: int = 0) -> set[str]:
    """The modules that a run imports."""
    command = [sys.executable, "-X", "importtime", "-m", "pusher_migrate", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    names = set(IMPORT.findall(done.stderr))
    assert "pusher_migrate.start" in names
    return names


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """The project without a legacy call, checked once."""
    root = write(tmp_path, files("    order.save()\n"))
    assert check(root) == (0, [])
    return root


def test_a_clean_file_needs_next_to_nothing(clean: Path) -> None:
    names = imported(clean, "check", "shop/views.py", "shop/models.py")
    assert names & FIRST_CHOICE == set()
    # What is left of our own: a handful, none of which can grow unnoticed.
    assert {name for name in names if name.startswith("pusher_migrate")} == {
        "pusher_migrate",
        "pusher_migrate.start",
        "pusher_migrate.check",
        "pusher_migrate.check.shortcut",
        "pusher_migrate.index",
        "pusher_migrate.index.code",
        "pusher_migrate.index.code.sdk",
    }


def test_a_clean_project_needs_neither_parser_nor_index(clean: Path) -> None:
    names = imported(clean, "check")
    assert (
        names & {*HEAVY, "pusher_migrate.plan", "pusher_migrate.index.sending.emissions"} == set()
    )


def test_a_clean_file_needs_neither_without_the_cache(clean: Path) -> None:
    names = imported(clean, "check", "--no-cache", "shop/views.py")
    assert (
        names & {*HEAVY, "pusher_migrate.plan", "pusher_migrate.index.sending.emissions"} == set()
    )


def test_nothing_that_check_does_needs_an_engine(tmp_path: Path) -> None:
    root = write(tmp_path, files(f"    {EVENT}\n"))
    for arguments in (["check"], ["check", "shop/views.py"], ["check", "shop/manager.py"]):
        code = 1 if arguments[1:] != ["shop/manager.py"] else 0
        assert imported(root, *arguments, code=code) & ENGINES == set()
    everything = imported(root, "check", "--select", "ALL", "--format", "sarif", code=1)
    assert everything & ENGINES == set()


def test_a_rule_is_imported_when_one_of_its_codes_is_selected(tmp_path: Path) -> None:
    # What a rule imports is listed, it is not itself: `import_module` is not timed.
    root = write(tmp_path, files(f"    {EVENT}\n"))
    names = imported(root, "check", "--select", "PM101", code=1)
    assert "pusher_migrate.rewriting.legacy_site" in names
    assert names & {"pusher_migrate.index.coverage.coverage", "pusher_migrate.untold"} == set()


def same(root: Path, *arguments: str) -> tuple[int, str, str]:
    """What a run says, after having held it against one without the cache."""
    done = run(root, "check", *arguments)
    without = run(root, "check", "--no-cache", *arguments)
    assert (done.returncode, done.stdout) == (without.returncode, without.stdout)
    return done.returncode, done.stdout, done.stderr


def is_shortcut(root: Path, *arguments: str) -> bool:
    """Whether a check is answered without the command line."""
    command = [sys.executable, "-X", "importtime", "-m", "pusher_migrate", "check", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    return "click" not in set(IMPORT.findall(done.stderr))


def test_the_shortcut_is_taken_where_it_should_be(clean: Path) -> None:
    assert is_shortcut(clean, "shop/views.py")
    assert is_shortcut(clean, "-q", "--no-color", "--force-exclude", "shop/views.py")
    assert is_shortcut(clean / "shop", "views.py")
    assert is_shortcut(clean, str(clean / "shop" / "views.py"))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["shop"],
        ["--select", "PM1", "shop/views.py"],
        ["--format", "json", "shop/views.py"],
        ["--no-cache", "shop/views.py"],
        ["shop/views.py", "shop/realtime.py", "none.py"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_the_command_line_decides_what_is_not_plain(clean: Path, arguments: list[str]) -> None:
    assert not is_shortcut(clean, *arguments)


@pytest.mark.parametrize(
    "change",
    [
        "catalogue",
        "nearer catalogue",
        "nearer project",
        "other catalogue",
        "cache",
        "version",
        "damage",
        "call",
        "comment",
        "utf-16",
        "nul",
        "pipe",
        "gone",
    ],
)
def test_the_shortcut_is_not_taken_once_anything_has_changed(clean: Path, change: str) -> None:
    target = "shop/views.py"
    kept = clean / ".pusher-migrate-cache/shortcut"
    assert is_shortcut(clean, target)
    match change:
        case "catalogue":
            (clean / "pusher-migrate.toml").write_text(CATALOGUE + "# more\n")
        case "nearer catalogue":
            (clean / "shop/pusher-migrate.toml").write_text("")
        case "nearer project":
            (clean / "shop/manage.py").write_text("")
        case "other catalogue":
            (clean / "pyproject.toml").write_text("[tool.pusher-migrate]\n")
        case "cache":
            kept.unlink()
        case "version":
            kept.write_bytes(kept.read_bytes().replace(b"0.1.0", b"0.0.9"))
        case "damage":
            raw = kept.read_bytes()
            kept.write_bytes(raw[:-2] + b"?" + raw[-1:])
        case "call":
            (clean / target).write_text(f"{HEAD}    {EVENT}\n")
        case "comment":
            (clean / target).write_text("x = 1  # pusher-migrate: ignore\n")
        case "utf-16":
            (clean / target).write_bytes("x = 1\n".encode("utf-16"))
        case "nul":
            (clean / target).write_bytes(b"x = 1\0\n")
        case "pipe":
            (clean / target).unlink()
            os.mkfifo(clean / target)
        case "gone":
            (clean / target).unlink()
    assert not is_shortcut(clean, target)


def test_a_damaged_cache_is_rebuilt(tmp_path: Path) -> None:
    root = write(tmp_path, files(f"    {EVENT}\n"))
    expected = same(root)
    assert expected[0] == 1
    directory = root / ".pusher-migrate-cache"
    kept = {path: path.read_bytes() for path in directory.iterdir()}
    assert any(path.name.startswith("check-") for path in kept)
    for damage in (lambda raw: raw[:-1], lambda raw: b"", lambda raw: raw.replace(b"1", b"2")):
        for path, raw in kept.items():
            path.write_bytes(damage(raw))
        assert same(root) == expected
        assert same(root, "shop/views.py")[0] == 1
    names = {path.name for path in directory.iterdir()}
    assert names == {path.name for path in kept}
    for path in kept:
        if path.name.startswith("check-"):
            assert path.read_bytes() == kept[path]


def test_the_cache_is_used_and_follows_every_input(tmp_path: Path) -> None:
    root = write(tmp_path, files(f"    {EVENT}\n"))
    first = same(root)
    assert "pusher_migrate.plan" in imported(root, "check", "--no-cache", code=1)
    assert "pusher_migrate.plan" not in imported(root, "check", code=1)
    # What the manager sends is another file's affair, and the finding is another one.
    manager = root / "shop/manager.py"
    text = manager.read_text()
    manager.write_text(text.replace("realtime_order_paid", "realtime_order_gone"))
    assert run(root, "check").returncode == 2
    manager.write_text(text)
    assert same(root) == first
    (root / "pusher-migrate.toml").write_text(CATALOGUE.replace('"order-paid"', '"order-left"'))
    assert "PM102" in same(root)[1]


def test_the_cache_keeps_to_itself(tmp_path: Path) -> None:
    root = write(tmp_path, files(f"    {EVENT}\n"))
    check(root, "--no-cache")
    assert not (root / ".pusher-migrate-cache").exists()
    check(root)
    directory = root / ".pusher-migrate-cache"
    assert (directory / ".gitignore").read_text().endswith("*\n")
    for number in range(12):
        (root / "shop/more.py").write_text(f"x = {number}\n")
        check(root)
    answers = [path for path in directory.iterdir() if path.name.startswith("check-")]
    assert 0 < len(answers) <= 8


@pytest.mark.parametrize("obstacle", ["file", "read-only"])
def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, obstacle: str) -> None:
    root = write(tmp_path, files(f"    {EVENT}\n"))
    directory = root / ".pusher-migrate-cache"
    if obstacle == "file":
        directory.write_text("")
    else:
        if os.geteuid() == 0:
            pytest.skip("root may write everywhere")
        root.chmod(0o555)
    done = run(root, "check")
    root.chmod(0o755)
    assert done.returncode == 1
    assert "error" not in done.stderr
