"""The sample projects: what the tool makes of `before/` is `after/`, what it says `review.txt`.

``golden/apps/<app>/case.toml`` says why and names the codemod. Applied is all that can be
(``migrate --unsafe --yes``), by the real program in a real git repository.
``pytest --update-golden -k APP`` writes ``after/`` and ``review.txt`` anew.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

APPS = Path(__file__).parent.parent / "golden" / "apps"
CASES = sorted(path.parent for path in APPS.glob("*/case.toml"))
IGNORED = shutil.ignore_patterns("__pycache__", "db.sqlite3", "*.pyc")


def tool(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pusher_migrate", *arguments],
        cwd=project,
        text=True,
        capture_output=True,
        timeout=300,
    )


def repository(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, ignore=IGNORED)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "before"]):
        subprocess.run(["git", *command], cwd=target, check=True)
    return target


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not {".git", "__pycache__", ".pusher-migrate-undo", ".pusher-migrate-cache"}
        & set(path.parts)
        and path.name != "db.sqlite3"
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_app(case: Path, tmp_path: Path, update_golden: bool) -> None:
    told = tomllib.loads((case / "case.toml").read_text(encoding="utf-8"))
    project = repository(case / "before", tmp_path / "project")
    options = ["--codemod", told["codemod"]] if "codemod" in told else []

    shown = tool(project, "migrate", "--diff", *options)
    assert shown.returncode == 0, shown.stderr
    applied = tool(project, "migrate", "--unsafe", "--yes", *options)
    assert applied.returncode in (0, 1), applied.stderr
    assert "Traceback" not in applied.stderr
    if update_golden:
        shutil.rmtree(case / "after", ignore_errors=True)
        for path, content in contents(project).items():
            target = case / "after" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        (case / "review.txt").write_text(shown.stdout + "\n" + shown.stderr, encoding="utf-8")
        pytest.fail(f"{case.name}: after/ and review.txt were written anew; read the diff")
    assert shown.stdout + "\n" + shown.stderr == (case / "review.txt").read_text(encoding="utf-8")
    assert contents(project) == contents(case / "after")

    subprocess.run(["git", "add", "-A"], cwd=project, check=True)
    subprocess.run(["git", "commit", "-qm", "after"], cwd=project, check=True)
    again = tool(project, "migrate", "--unsafe", "--yes", *options)
    assert contents(project) == contents(case / "after"), again.stderr
