"""Fixtures: a Pusher server, databases, and a Django process on each of them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .databases import Cluster, Database, cluster, find_postgresql, sqlite_database
from .processes import Child
from .recorder import Recorder

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    """A Pusher server that nobody else uses."""
    with Recorder() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server. Without the programs: skipped, but in CI a failure."""
    programs = find_postgresql()
    if programs is None:
        reason = "no PostgreSQL server programs (Debian: apt-get install postgresql)"
        if os.environ.get("CI", "").lower() in {"true", "1"}:
            pytest.fail(f"CI runs without PostgreSQL: {reason}")
        pytest.skip(reason)
    with cluster(programs) as server:
        yield server


@pytest.fixture(scope="session")
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Database]:
    """Makes an empty database; the argument is ``sqlite`` or ``postgresql``."""

    def make(vendor: str) -> Database:
        name = f"behaviour{next(_numbers)}"
        if vendor == "sqlite":
            return sqlite_database(tmp_path_factory.mktemp(name), name)
        # Asked for only now, so that the tests on SQLite run without a server.
        server: Cluster = request.getfixturevalue("postgres")
        return server.database(name)

    return make


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, new_database: Callable[[str], Database]) -> Database:
    """The database of ``django``: the tests that use it run on both."""
    return new_database(request.param)


@pytest.fixture(scope="module")
def django(
    database: Database,
    new_database: Callable[[str], Database],
    recorder: Recorder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Child]:
    """The small Django project in ``project``, with its tables made, waiting for commands."""
    environment = {
        **database.environment(),
        **new_database(database.vendor).environment("OTHER_DB_"),
        **recorder.environment,
        "DJANGO_SETTINGS_MODULE": "behaviour.project.settings",
    }
    log: Path = tmp_path_factory.mktemp("django") / "stderr"
    with Child("behaviour.project.worker", environment=environment, stderr=log) as child:
        child.ask("migrate")
        yield child
