"""What subscribers see: an event inside the transaction is too early, and may be of nothing.

Each request closes one ticket of its own, tells of it and works on. The subscriber reads the ticket
on its own connection as soon as the event arrives. Sent from inside a transaction, most events find
the old row, and those of failed requests are phantoms; deferred to the commit, none is either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from .databases import Database
from .processes import Child
from .recorder import Recorder
from .subscriber import Look, Subscriber, subscribed

pytestmark = pytest.mark.slow

REQUESTS = 20
MANY = REQUESTS // 2
LOOK = Look("ticket_updated", "desk_ticket", "status", row="ticket_id", told="status")


@dataclass(frozen=True)
class Audience:
    """A subscriber that listens, and how long a request works on after its emission (seconds)."""

    subscriber: Subscriber
    work: float


@pytest.fixture(scope="module")
def audience(
    recorder: Recorder,
    database: Database,
    django: Child,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Audience]:
    """The work is 5 ms, or on a busy machine what the subscriber needs to react: the tests are of
    order, not of speed, and both ways of sending get the same."""
    log: Path = tmp_path_factory.mktemp("subscriber") / "stderr"
    with subscribed(recorder, database, ("desk",), (LOOK,), log) as subscriber:
        start = len(recorder.events)
        django.ask("requests", view="bare/now", count=10, work=0)
        arrivals = subscriber.wait_for(10)
        delays = [
            seen.read_at - event.received_at
            for seen, event in zip(arrivals, recorder.events[start:], strict=True)
        ]
        yield Audience(subscriber, min(max(0.005, 4 * median(delays)), 0.1))


@dataclass(frozen=True)
class Seen:
    """Counts of one run."""

    statuses: set[int]
    events: int
    stale: int
    phantoms: int


def run(django: Child, recorder: Recorder, audience: Audience, view: str, **how: object) -> Seen:
    """Make the requests and count what the subscriber saw."""
    start = len(recorder.events)
    statuses = django.ask("requests", view=view, count=REQUESTS, work=audience.work, **how)
    # Both ways of sending end within the request: all there will be has been recorded.
    sent = len(recorder.events) - start
    observations = audience.subscriber.wait_for(sent)
    # Every ticket changes once: a row that still does not say it was never committed.
    again = audience.subscriber.reread(sent)
    return Seen(
        set(statuses),
        sent,
        sum(seen.stale for seen in observations),
        sum(seen.stale for seen in again),
    )


ATOMIC = pytest.mark.parametrize(
    ("shape", "atomic_requests"), [("with", False), ("decorator", False), ("bare", True)]
)


@ATOMIC
def test_sent_inside_a_transaction_most_events_are_too_early(
    django: Child, recorder: Recorder, audience: Audience, shape: str, atomic_requests: bool
) -> None:
    seen = run(django, recorder, audience, f"{shape}/now", atomic_requests=atomic_requests)
    assert (seen.statuses, seen.events, seen.phantoms) == ({200}, REQUESTS, 0)
    assert seen.stale >= MANY


@ATOMIC
def test_deferred_to_the_commit_none_is(
    django: Child, recorder: Recorder, audience: Audience, shape: str, atomic_requests: bool
) -> None:
    seen = run(django, recorder, audience, f"{shape}/on_commit", atomic_requests=atomic_requests)
    assert seen == Seen({200}, REQUESTS, stale=0, phantoms=0)


@ATOMIC
def test_sent_inside_a_transaction_that_fails_every_event_is_a_phantom(
    django: Child, recorder: Recorder, audience: Audience, shape: str, atomic_requests: bool
) -> None:
    how = {"fail": "yes", "atomic_requests": atomic_requests}
    seen = run(django, recorder, audience, f"{shape}/now", **how)
    assert seen == Seen({500}, REQUESTS, stale=REQUESTS, phantoms=REQUESTS)


@ATOMIC
def test_deferred_a_failed_transaction_sends_nothing(
    django: Child, recorder: Recorder, audience: Audience, shape: str, atomic_requests: bool
) -> None:
    how = {"fail": "yes", "atomic_requests": atomic_requests}
    seen = run(django, recorder, audience, f"{shape}/on_commit", **how)
    assert seen == Seen({500}, 0, stale=0, phantoms=0)


@pytest.mark.parametrize("way", ["now", "on_commit"])
def test_without_a_transaction_after_the_save_both_are_right(
    django: Child, recorder: Recorder, audience: Audience, way: str
) -> None:
    seen = run(django, recorder, audience, f"bare/{way}")
    assert seen == Seen({200}, REQUESTS, stale=0, phantoms=0)


@pytest.mark.parametrize("way", ["now", "on_commit"])
def test_without_a_transaction_before_the_save_deferring_does_not_help(
    django: Child, recorder: Recorder, audience: Audience, way: str
) -> None:
    """Why an emission before its save is moved or refused, and not wrapped."""
    seen = run(django, recorder, audience, f"early/{way}")
    assert (seen.statuses, seen.events, seen.phantoms) == ({200}, REQUESTS, 0)
    assert seen.stale >= MANY


def test_when_pusher_fails_only_the_legacy_request_fails_with_it(
    django: Child, recorder: Recorder, database: Database
) -> None:
    """Deferred and robust, the failure is logged and the ticket stays closed."""
    with recorder.refusing("ticket_updated", 500):
        now = django.ask("requests", view="with/now", count=1, work=0)
        deferred = django.ask("requests", view="with/on_commit", count=1, work=0)
    connection = database.connect()
    rows = connection.execute("SELECT status FROM desk_ticket ORDER BY id DESC LIMIT 2")
    connection.close()
    assert (now, deferred) == ([500], [200])
    assert rows == [("closed",), ("open",)]
