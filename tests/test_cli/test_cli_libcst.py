"""The passes under LibCST's own runner: the same text as from our command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from shop_project import FILES, Run, commit, git, write_files

VIEWS = "shop/views.py"
COMMAND = "pusher_migrate.libcst_commands.RewriteLegacyCalls"

# Everything that has to come out as it went in: encodings, line ends, marks, odd spacing.
VARIANTS: dict[str, bytes] = {
    VIEWS: FILES[VIEWS].encode(),
    "shop/windows.py": FILES[VIEWS].replace("\n", "\r\n").encode(),
    "shop/marked.py": b"\xef\xbb\xbf" + FILES[VIEWS].encode(),
    "shop/latin.py": ("# coding: latin-1\n# Bestätigt\n" + FILES[VIEWS]).encode("latin-1"),
    "shop/spaced.py": FILES[VIEWS].replace("order = Order", "order=Order").rstrip().encode(),
}


def libcst(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "libcst.tool", "codemod", "-x", COMMAND, "--no-format"]
    return subprocess.run(
        [*command, "--hide-progress", *arguments], cwd=root, capture_output=True, text=True
    )


def contents(root: Path) -> dict[str, bytes]:
    return {path: (root / path).read_bytes() for path in VARIANTS}


@pytest.mark.parametrize(("ours", "theirs"), [("--yes", []), ("--unsafe", ["--unsafe"])])
def test_both_ways_give_the_same_text(shop: Path, run: Run, ours: str, theirs: list[str]) -> None:
    write_files(shop, VARIANTS)
    commit(shop)
    done = libcst(shop, "--jobs", "1", *theirs, ".")
    assert done.returncode == 0, done.stderr
    by_libcst = contents(shop)
    git(shop, "checkout", "--quiet", ".")
    assert run(shop, "migrate", ours, "--select", "PM1").returncode == 0
    assert by_libcst == contents(shop)
    changed = [path for path, raw in by_libcst.items() if raw != VARIANTS[path]]
    assert changed == [*VARIANTS]


def test_a_second_run_changes_nothing(shop: Path) -> None:
    libcst(shop, "--jobs", "1", "--unsafe", "shop")
    after = (shop / VIEWS).read_bytes()
    assert b"realtime_order_paid" in after
    libcst(shop, "--jobs", "1", "--unsafe", "shop")
    assert (shop / VIEWS).read_bytes() == after


def test_what_is_left_alone_is_a_warning(shop: Path) -> None:
    done = libcst(shop, "--jobs", "1", "shop")
    assert "WARNING: shop/views.py:20:5: PM102 " in done.stderr
    assert "WARNING: shop/views.py:16:5: PM101 not applied: is for review" in done.stderr
    assert f"Codemodding {shop / 'shop/manager.py'}" not in done.stderr


def test_the_working_directory_does_not_matter(shop: Path, tmp_path: Path) -> None:
    done = libcst(tmp_path, "--jobs", "1", str(shop / VIEWS))
    assert done.returncode == 0
    assert b"realtime_order_paid" in (shop / VIEWS).read_bytes()


def test_several_jobs_are_refused_with_the_reason(shop: Path) -> None:
    more = {f"shop/v{number}.py": FILES[VIEWS] for number in range(9)}
    write_files(shop, more)
    commit(shop)
    done = libcst(shop, "--jobs", "2", "shop")
    assert "use --jobs 1" in done.stderr
    assert git(shop, "status", "--porcelain") == ""


def test_standard_input_is_refused_with_the_reason(shop: Path) -> None:
    done = libcst(shop, "-")
    assert "give a file name" in done.stderr + done.stdout
    assert git(shop, "status", "--porcelain") == ""


def test_a_broken_catalogue_is_the_reason_why_files_are_skipped(shop: Path) -> None:
    (shop / "pusher-migrate.toml").write_text("[legacy\n")
    done = libcst(shop, "--jobs", "1", VIEWS)
    assert "pusher-migrate.toml:1" in done.stderr
    assert "Traceback" not in done.stderr
    assert (shop / VIEWS).read_text() == FILES[VIEWS]


def test_a_codemod_can_be_named(shop: Path) -> None:
    (shop / "pusher-migrate.toml").unlink()
    done = libcst(shop, "--jobs", "1", "--codemod", "nonesuch", VIEWS)
    assert 'unknown codemod "nonesuch"' in done.stderr
    other = shop.parent / "other.toml"
    other.write_text(FILES["pusher-migrate.toml"])
    libcst(shop, "--jobs", "1", "--catalogue", str(other), VIEWS)
    assert b"realtime_order_paid" in (shop / VIEWS).read_bytes()
