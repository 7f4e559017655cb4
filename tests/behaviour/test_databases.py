"""The databases of these tests: found, started, ended, and never skipped unseen in CI."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .databases import HOST, Cluster, cluster, find_postgresql
from .processes import TESTS

pytestmark = pytest.mark.slow


def test_a_cluster_runs_alone_and_leaves_nothing(postgres: Cluster) -> None:
    programs = find_postgresql()
    assert programs is not None
    with cluster(programs) as second:
        assert second.port != postgres.port
        connection = second.database("one").connect()
        ((owner,),) = connection.execute("SELECT current_user")
        ((home,),) = connection.execute("SHOW data_directory")
        assert owner == "postgres"
        assert Path(home).is_dir()
        connection.close()
    assert not Path(home).parent.exists()
    with socket.socket() as probe:
        assert probe.connect_ex((HOST, second.port)) != 0


@pytest.mark.parametrize(("ci", "outcome"), [("true", "1 error"), ("", "1 skipped")])
def test_missing_programs_are_a_failure_in_ci_only(tmp_path: Path, ci: str, outcome: str) -> None:
    """The fixture itself, in a run in which no PostgreSQL can be found."""
    (tmp_path / "conftest.py").write_text(
        "import behaviour.conftest as fixtures\n"
        "fixtures.find_postgresql = lambda: None\n"
        "postgres = fixtures.postgres\n"
    )
    (tmp_path / "test_it.py").write_text("def test_it(postgres):\n    assert False\n")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", "test_it.py"],
        cwd=tmp_path,
        env=os.environ | {"CI": ci, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
    )
    assert outcome in run.stdout
    assert "no PostgreSQL server programs" in run.stdout
