"""Run every scene of a sample project and keep what was sent, seen and executed."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from .databases import Database
from .processes import Child
from .recorder import Event, Recorder
from .subscriber import Look, Observation, Subscriber, subscribed

# What a clock or chance decides, and two runs therefore never have in common.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[^\"]*")
REFERENCE = re.compile(r"BK-\d{4}-[0-9A-F]{6}")


@dataclass(frozen=True)
class Project:
    """A sample project and how to run it.

    Attributes:
        settings: Dotted name of its settings.
        scenes: The module with its ``World`` and ``SCENES``.
        looks: Where its database says what its events say.
        environment: Further variables that it reads.
    """

    settings: str
    scenes: str
    looks: tuple[Look, ...]
    environment: tuple[tuple[str, str], ...] = ()


def alike(text: str) -> str:
    """The text without what differs between any two runs."""
    return REFERENCE.sub("REF", TIME.sub("TIME", text))


@dataclass(frozen=True)
class Sent:
    """One event, and what the subscriber made of it.

    Attributes:
        inside: A transaction was open when it was sent.
    """

    event: Event
    inside: bool
    observation: Observation

    @property
    def identity(self) -> tuple[str, str, str]:
        """Channel, name and payload, equal in two runs if the same was sent."""
        data = json.dumps(self.event.payload, sort_keys=True)
        return self.event.channel, self.event.name, alike(data)


@dataclass(frozen=True)
class Played:
    """What one scene did.

    Attributes:
        endpoint: ``METHOD route``, or None for a management command.
        content: The response's, without what differs between any two runs.
        commits: How many transactions came to their commit.
        lines: For each call of one of the project's functions: its file and the lines that ran.
        phantoms: How many of the events were about something that was never committed.
    """

    scene: str
    endpoint: str | None
    status: int | None
    content: str
    commits: int
    sent: tuple[Sent, ...]
    lines: tuple[tuple[str, tuple[int, ...]], ...]
    phantoms: int

    @property
    def stale(self) -> int:
        """How many events said what the database did not say yet."""
        return sum(sent.observation.stale for sent in self.sent)

    def times(self, path: str, first: int, last: int) -> int:
        """How often the lines ``first`` to ``last`` were entered: executions of a statement."""
        entered = 0
        for file, lines in self.lines:
            before = 0
            for line in lines if file == path else ():
                entered += first <= line <= last and not first <= before <= last
                before = line
        return entered


@dataclass(frozen=True)
class Run:
    """The scenes of one run, the endpoints that the project has, and its tables in the end."""

    played: dict[str, Played]
    endpoints: frozenset[str]
    rows: str

    @property
    def sent(self) -> tuple[Sent, ...]:
        """All events in order."""
        return tuple(sent for played in self.played.values() for sent in played.sent)


@contextmanager
def driven(
    project: Project, directory: Path, database: Database, recorder: Recorder, stderr: Path
) -> Iterator[Child]:
    """The project in ``directory``, in its process."""
    environment = {
        **database.environment(),
        **recorder.environment,
        **dict(project.environment),
        "DJANGO_SETTINGS_MODULE": project.settings,
    }
    words = ("behaviour.driver", str(directory), project.scenes)
    with Child(*words, environment=environment, stderr=stderr) as child:
        yield child


def play(
    project: Project,
    directory: Path,
    database: Database,
    work: Path,
    *,
    only: Collection[str] | None = None,
    fail: bool = False,
    trace: bool = False,
) -> Run:
    """Play the scenes against a recorder of their own, with a subscriber on all channels.

    Args:
        database: An empty one.
        work: Directory for logs.
        only: Names of scenes; all if None.
        fail: Every transaction fails when it commits.
        trace: Keep the lines that ran.
    """
    played: dict[str, Played] = {}
    with (
        Recorder() as recorder,
        driven(project, directory, database, recorder, work / "app") as app,
    ):
        world: dict[str, Any] = app.ask("setup")
        channels = tuple(world["channels"])
        with subscribed(recorder, database, channels, project.looks, work / "heard") as subscriber:
            delays = [0.0]
            for scene in world["scenes"]:
                if only is not None and scene not in only:
                    continue
                start = len(recorder.events)
                app.ask("prepare", scene=scene)
                _hear(subscriber, recorder.events[start:], channels)
                start = len(recorder.events)
                # As in a busy database a commit takes a moment: 5 ms, or what it takes the
                # subscriber to react.
                delay = min(max(0.005, 4 * median(delays[-9:])), 0.1)
                answer = app.ask("perform", delay=delay, fail=fail, trace=trace)
                events = recorder.events[start:]
                heard = _hear(subscriber, events, channels)
                delays += [
                    seen.read_at - event.received_at
                    for event, seen in zip(events, heard, strict=True)
                    if event.channel in channels
                ]
                known = sum(event.channel in channels for event in events)
                played[scene] = Played(
                    scene,
                    answer["endpoint"],
                    answer["status"],
                    alike(answer["content"]),
                    answer["commits"],
                    tuple(Sent(*one) for one in zip(events, answer["inside"], heard, strict=True)),
                    tuple((path, tuple(lines)) for path, lines in answer["lines"]),
                    sum(seen.stale for seen in subscriber.reread(known)),
                )
        return Run(played, frozenset(app.ask("routes")), alike(app.ask("rows")))


def _hear(
    subscriber: Subscriber, events: Iterable[Event], channels: Collection[str]
) -> list[Observation]:
    """What the subscriber made of each event; nothing of one on a channel it could not know."""
    events = list(events)
    heard = iter(subscriber.wait_for(sum(event.channel in channels for event in events)))
    return [
        (
            next(heard)
            if event.channel in channels
            else Observation(event.channel, event.name, None, None, None, event.received_at)
        )
        for event in events
    ]
