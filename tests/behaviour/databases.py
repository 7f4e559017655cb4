"""Databases for one test run: a PostgreSQL cluster of its own, or an SQLite file."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
OWNER = "postgres"  # the cluster's superuser, and on Debian the system user of the package
START_TIMEOUT = 60  # seconds


@dataclass(frozen=True)
class Database:
    """Where a database is, in Django's words.

    Attributes:
        engine: ``django.db.backends.sqlite3`` or ``django.db.backends.postgresql``.
        name: A file for SQLite, else the database's name.
    """

    engine: str
    name: str
    host: str = ""
    port: str = ""
    user: str = ""
    password: str = ""

    @property
    def vendor(self) -> str:
        """``sqlite`` or ``postgresql``, as ``connection.vendor``."""
        return "sqlite" if "sqlite" in self.engine else "postgresql"

    def environment(self, prefix: str = "DB_") -> dict[str, str]:
        """What a project's settings read."""
        return {
            f"{prefix}ENGINE": self.engine,
            f"{prefix}NAME": self.name,
            f"{prefix}HOST": self.host,
            f"{prefix}PORT": self.port,
            f"{prefix}USER": self.user,
            f"{prefix}PASSWORD": self.password,
        }

    @classmethod
    def from_environment(cls, prefix: str = "DB_") -> Database:
        """The opposite of ``environment``, in the process that got it."""
        fields = ("engine", "name", "host", "port", "user", "password")
        return cls(*(os.environ[prefix + field.upper()] for field in fields))

    def connect(self) -> Connection:
        """A connection of its own, outside Django: what another process would see."""
        return Connection(self)


class Connection:
    """Runs statements, each in a transaction of its own.

    Attributes:
        mark: The placeholder of an argument.
    """

    def __init__(self, database: Database) -> None:
        self._connection: Any
        if database.vendor == "sqlite":
            import sqlite3

            self._connection = sqlite3.connect(
                database.name, isolation_level=None, check_same_thread=False, timeout=30
            )
            self.mark = "?"
        else:
            import psycopg

            self._connection = psycopg.connect(
                host=database.host,
                port=database.port,
                dbname=database.name,
                user=database.user,
                password=database.password,
                autocommit=True,
            )
            self.mark = "%s"

    def value(self, table: str, column: str, key: str, of: object) -> object:
        """The column of the row whose ``key`` is ``of``; None when there is no such row."""
        rows = self.execute(f"SELECT {column} FROM {table} WHERE {key} = {self.mark}", of)
        return rows[0][0] if rows else None

    def execute(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Run one statement, with ``mark`` for each argument, and return its rows."""
        cursor = self._connection.execute(query, arguments)
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def sqlite_database(directory: Path, name: str) -> Database:
    """A file that Django will make."""
    return Database("django.db.backends.sqlite3", str(directory / f"{name}.sqlite3"))


def find_postgresql() -> Path | None:
    """The directory with ``initdb`` and ``postgres``, the newest version first, or None."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: [int(part) for part in path.parent.name.split(".") if part.isdigit()],
        reverse=True,
    )
    on_path = shutil.which("initdb")
    for directory in (*debian, *([Path(on_path).resolve().parent] if on_path else [])):
        if all(os.access(directory / program, os.X_OK) for program in ("initdb", "postgres")):
            return directory
    return None


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL server."""

    port: int
    password: str

    def database(self, name: str) -> Database:
        """Make an empty database of this name."""
        import psycopg

        with psycopg.connect(
            host=HOST,
            port=self.port,
            dbname="postgres",
            user=OWNER,
            password=self.password,
            autocommit=True,
        ) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return Database(
            "django.db.backends.postgresql", name, HOST, str(self.port), OWNER, self.password
        )


@contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """A cluster in a temporary directory, gone afterwards.

    The server refuses to run as root; root runs it as the user ``postgres``.
    Raises RuntimeError if it does not start, with the server's own words.
    """
    # Not below pytest's directories: only their owner may enter those.
    home = Path(tempfile.mkdtemp(prefix="pm-postgres-"))
    data, log, password_file = home / "data", home / "log", home / "password"
    password = secrets.token_hex(16)
    password_file.write_text(password)
    prefix = _as_server_user(home)
    try:
        initdb = [
            *(*prefix, str(programs / "initdb"), "-D", str(data), "-U", OWNER, "--no-sync"),
            *("--auth=scram-sha-256", f"--pwfile={password_file}"),
            *("--encoding=UTF8", "--locale=C"),
        ]
        run = subprocess.run(initdb, capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(f"initdb: {run.stdout}{run.stderr}")
        with log.open("wb") as output:
            server, port = _start([*prefix, str(programs / "postgres"), "-D", str(data)], output)
        try:
            _wait_until_ready(server, port, password, log)
            yield Cluster(port, password)
        finally:
            server.send_signal(signal.SIGQUIT)  # nothing in it is worth an orderly end
            server.wait(timeout=30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _as_server_user(home: Path) -> list[str]:
    """The words before a command that run it as a user whom the server accepts, and that end the
    server if this process is killed."""
    setpriv = shutil.which("setpriv")
    words = [setpriv, "--pdeathsig=QUIT"] if setpriv else []
    if os.geteuid() != 0:
        return words
    try:
        user = pwd.getpwnam(OWNER)
    except KeyError:
        raise RuntimeError(f"running as root, and there is no user {OWNER}") from None
    if not setpriv:
        raise RuntimeError("running as root, and there is no setpriv")
    for path in (home, *home.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    return [*words, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups"]


def _start(command: list[str], output: Any) -> tuple[subprocess.Popen[bytes], int]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    settings = {
        "listen_addresses": HOST,
        "port": port,
        "unix_socket_directories": "",
        # Nothing survives the test run, so nothing has to reach the disk.
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "autovacuum": "off",
        "shared_buffers": "16MB",
        "max_connections": 30,
    }
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    return subprocess.Popen([*command, *options], stdout=output, stderr=output), port


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, password: str, log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            psycopg.connect(
                host=HOST, port=port, dbname="postgres", user=OWNER, password=password
            ).close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                words = log.read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL did not start: {error}\n{words}") from None
            time.sleep(0.05)  # the server tells nobody when it is ready
