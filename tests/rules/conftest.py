"""What tests of the rules share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .test_on_commit import BASE, configure


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small project around the golden cases, with deferring switched on."""
    root = tmp_path / "project"
    shutil.copytree(BASE, root, ignore=shutil.ignore_patterns("__pycache__"))
    configure(root, "on_commit = true")
    return root
