"""The hooks that this project offers, run by pre-commit in a repository of somebody else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.guarded import EVENT, FIRST, UNKNOWN, files, git, write

ROOT = Path(__file__).resolve().parent.parent
Commit = Callable[[Path], subprocess.CompletedProcess[str]]

CONFIG = """\
repos:
  - repo: {repo}
    rev: {rev}
    hooks:
      - id: {hook}
        language: {language}
"""


def commit_all(root: Path) -> str:
    """Commit everything in a directory, hooks left out; the new commit."""
    if not (root / ".git").exists():
        git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--no-verify", "--message", "test")
    return git(root, "rev-parse", "HEAD").strip()


@pytest.fixture
def commit(tmp_path: Path) -> Commit:
    """Stage everything and run ``git commit``, with the installed hooks."""
    # pre-commit keeps its clones and environments apart from the user's; the program is found where
    # this interpreter's scripts are.
    environment = {
        **os.environ,
        "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }

    def run(root: Path) -> subprocess.CompletedProcess[str]:
        git(root, "add", "--all")
        return subprocess.run(
            ["git", "commit", "--message", "work"],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
        )

    return run


def repository(tmp_path: Path, hook: str, language: str = "system", source: Path = ROOT) -> Path:
    """A project under git that uses one of our hooks, with the hook installed.

    The program is that of the environment that runs the tests, so that nothing is downloaded; all
    else is what a user writes.
    """
    offered = tmp_path / "offered"
    if source == ROOT:
        offered.mkdir()
        shutil.copy(ROOT / ".pre-commit-hooks.yaml", offered)
    else:
        offered = source
    rev = commit_all(offered)
    root = write(tmp_path / "project", files("    order.save()\n"))
    config = CONFIG.format(repo=offered, rev=rev, hook=hook, language=language)
    (root / ".pre-commit-config.yaml").write_text(config)
    commit_all(root)
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}
    command = [sys.executable, "-m", "pre_commit", "install"]
    subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True)
    return root


def test_the_check_hook_lets_clean_code_pass_and_stops_a_new_call(
    tmp_path: Path, commit: Commit
) -> None:
    root = repository(tmp_path, "pusher-migrate-check")
    (root / "shop/more.py").write_text("x = 1\n")
    done = commit(root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pusher-migrate check" in done.stderr and "Passed" in done.stderr
    with (root / "shop/views.py").open("a") as file:
        file.write(f"    {UNKNOWN}\n")
    done = commit(root)
    assert done.returncode == 1
    assert "Failed" in done.stderr
    assert f"shop/views.py:{FIRST + 1}:5: PM102" in done.stderr
    # What the check leaves behind is no part of the commit.
    assert git(root, "status", "--porcelain") == "M  shop/views.py\n"


def test_the_check_hook_heeds_baseline_comments_and_exclusions(
    tmp_path: Path, commit: Commit
) -> None:
    root = repository(tmp_path, "pusher-migrate-check")
    with (root / "shop/views.py").open("a") as file:
        file.write(f"    {UNKNOWN}\n")
    subprocess.run(
        [sys.executable, "-m", "pusher_migrate", "check", "--update-baseline"],
        cwd=root,
        check=True,
    )
    done = commit(root)
    assert done.returncode == 0, done.stdout + done.stderr
    git(root, "mv", "shop/views.py", "shop/orders.py")
    done = commit(root)
    assert done.returncode == 0, done.stdout + done.stderr
    with (root / "pusher-migrate.toml").open("a") as file:
        file.write('\n[files]\nexclude = ["old/"]\n')
    write(root, {"old/views.py": files(f"    {EVENT}\n")["shop/views.py"]})
    done = commit(root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_fix_hook_makes_what_is_safe_and_fails_when_it_did(
    tmp_path: Path, commit: Commit
) -> None:
    root = repository(tmp_path, "pusher-migrate-fix")
    with (root / "shop/views.py").open("a") as file:
        file.write(f"    {EVENT}\n")
    done = commit(root)
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stderr
    text = (root / "shop/views.py").read_text()
    assert "realtime_order_paid(order)" in text
    assert "pusher_client" not in text
    # Looked at and staged again, it is what is to be committed.
    done = commit(root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_fix_hook_leaves_what_is_not_safe(tmp_path: Path, commit: Commit) -> None:
    root = repository(tmp_path, "pusher-migrate-fix")
    with (root / "shop/views.py").open("a") as file:
        file.write(f"    {UNKNOWN}\n")
    before = (root / "shop/views.py").read_text()
    done = commit(root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (root / "shop/views.py").read_text() == before


@pytest.mark.slow
def test_pre_commit_can_install_us(tmp_path: Path, commit: Commit) -> None:
    source = tmp_path / "source"
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard")
    for name in listed.splitlines():
        if name.startswith(("src/", "codemods/")) or "/" not in name:
            if (ROOT / name).exists():
                target = source / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, target)
    root = repository(tmp_path, "pusher-migrate-check", "python", source)
    with (root / "shop/views.py").open("a") as file:
        file.write(f"    {UNKNOWN}\n")
    done = commit(root)
    assert done.returncode == 1
    assert f"shop/views.py:{FIRST + 1}:5: PM102" in done.stderr
