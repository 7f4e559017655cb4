"""A subscriber in a process of its own, who reads the database when an event arrives.

Run as ``python -m behaviour.subscriber``: gets its orders as JSON in the environment
(``SUBSCRIBER``, a ``Watch``) and the database in ``DB_*``. Each event becomes one pushed line, an
observation; ``reread`` reads every observed row once more, which tells an event that came too early
from one whose change was never committed.
"""

from __future__ import annotations

import asyncio
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import aiohttp

from .answering import take_stdout
from .databases import Database
from .processes import Child
from .recorder import HOST, Recorder


@dataclass(frozen=True)
class Look:
    """Which row an event tells of. ``row`` and ``told`` are dotted paths into the payload.

    Attributes:
        row: The value of ``key`` in the row.
        told: What the event says that ``column`` is.
        having: Only payloads that have this path, when events of one name tell of several tables.
    """

    event: str
    table: str
    column: str
    row: str
    told: str
    key: str = "id"
    having: str = ""

    def fits(self, event: str, payload: Any) -> bool:
        """Whether this is where to look."""
        paths = filter(None, (self.row, self.told, self.having))
        return event == self.event and all(at(payload, path) is not None for path in paths)


@dataclass(frozen=True)
class Watch:
    """A subscriber's orders: the connection, the channels, and where to look at each event."""

    port: int
    key: str
    channels: tuple[str, ...]
    looks: tuple[Look, ...]


@dataclass(frozen=True)
class Observation:
    """What a subscriber was told and what it read; all None if the event tells of no row it knows.

    Attributes:
        read_at: ``time.monotonic()`` after the row was read.
    """

    channel: str
    event: str
    row: Any
    told: Any
    read: Any
    read_at: float

    @property
    def stale(self) -> bool:
        """The database did not (yet) say what the event said."""
        return bool(self.told != self.read)


class Subscriber:
    """The test's handle on the process."""

    def __init__(self, child: Child) -> None:
        self._child = child

    def wait_for(self, count: int) -> list[Observation]:
        """The next ``count`` observations. Raises TimeoutError."""
        observations = []
        for number in range(count):
            try:
                observations.append(Observation(**self._child.pushed.get(timeout=30)))
            except queue.Empty:
                raise TimeoutError(f"{number} events of {count} arrived") from None
        return observations

    def reread(self, last: int) -> list[Observation]:
        """The last observations, with what the rows say now."""
        return [Observation(**item) for item in self._child.ask("reread", last=last)]

    @property
    def unread(self) -> int:
        """How many observations nobody has waited for."""
        return self._child.pushed.qsize()


@contextmanager
def subscribed(
    recorder: Recorder,
    database: Database,
    channels: tuple[str, ...],
    looks: tuple[Look, ...],
    stderr: Path,
) -> Iterator[Subscriber]:
    """A subscriber whose subscriptions have been confirmed."""
    watch = Watch(recorder.port, recorder.key, channels, looks)
    environment = database.environment() | {"SUBSCRIBER": json.dumps(asdict(watch))}
    with Child("behaviour.subscriber", environment=environment, stderr=stderr) as child:
        child.answer("subscribing")
        yield Subscriber(child)


# --- The process ---


def at(payload: Any, path: str) -> Any:
    """The value under a dotted path, None if something on the way is missing."""
    for name in path.split("."):
        payload = payload.get(name) if isinstance(payload, Mapping) else None
    return payload


async def watch(orders: Watch, database: Database, out: TextIO) -> None:
    """Subscribe, say so, and observe until stdin ends."""
    connection = database.connect()
    observations: list[tuple[Look | None, Observation]] = []
    lock = threading.Lock()  # stdin is answered from a thread of its own

    def observe(message: dict[str, Any]) -> None:
        payload = json.loads(message["data"])
        event = message["event"]
        look = next((look for look in orders.looks if look.fits(event, payload)), None)
        with lock:
            seen = Observation(
                message["channel"],
                event,
                at(payload, look.row) if look else None,
                at(payload, look.told) if look else None,
                read(look, at(payload, look.row)) if look else None,
                time.monotonic(),
            )
            observations.append((look, seen))
            print(json.dumps({"push": asdict(seen)}), file=out, flush=True)

    def read(look: Look, row: object) -> object:
        return connection.value(look.table, look.column, look.key, row)

    def reread(last: int) -> list[dict[str, Any]]:
        return [
            asdict(seen) | {"read": read(look, seen.row) if look else None}
            for look, seen in observations[len(observations) - last :]
        ]

    def answer() -> None:
        for line in sys.stdin:
            with lock:
                print(
                    json.dumps({"answer": reread(json.loads(line)["last"])}), file=out, flush=True
                )

    url = f"ws://{HOST}:{orders.port}/app/{orders.key}?protocol=7&client=recorder-test"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        waiting = set(orders.channels)
        stdin = asyncio.get_running_loop().run_in_executor(None, answer)
        stdin.add_done_callback(lambda _: asyncio.ensure_future(socket.close()))
        async for frame in socket:
            message = json.loads(frame.data)
            if message["event"] == "pusher:connection_established":
                for channel in orders.channels:
                    await socket.send_json(
                        {"event": "pusher:subscribe", "data": {"channel": channel}}
                    )
            elif message["event"] == "pusher_internal:subscription_succeeded":
                waiting.discard(message["channel"])
                if not waiting:
                    print(json.dumps({"answer": "subscribed"}), file=out, flush=True)
            elif "channel" in message:
                observe(message)
    connection.close()


def main() -> None:
    """Read the orders and follow them."""
    orders = json.loads(os.environ["SUBSCRIBER"])
    orders["looks"] = tuple(Look(**look) for look in orders["looks"])
    orders["channels"] = tuple(orders["channels"])
    asyncio.run(watch(Watch(**orders), Database.from_environment(), take_stdout()))


if __name__ == "__main__":
    main()
