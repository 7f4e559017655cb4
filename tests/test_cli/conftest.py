"""A small real project in a real git repository, and the real console script."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from shop_project import FILES, SCRIPT, Run, commit, git, write_files


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The project, committed."""
    root = write_files(tmp_path / "project", FILES)
    git(root, "init", "--quiet")
    commit(root)
    return root


@pytest.fixture
def run() -> Run:
    """Run the console script to its end."""

    def run_script(
        cwd: Path, *arguments: str | Path, env: Mapping[str, str] | None = None, **options: object
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            [SCRIPT, *arguments],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            **{"capture_output": True, **options},
        )

    return run_script
