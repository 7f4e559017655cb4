"""The recorder answers the official SDK as Pusher does."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pusher
import pytest
import requests
from pusher.errors import PusherBadAuth, PusherBadRequest, PusherBadStatus

from .databases import sqlite_database
from .recorder import HOST, Recorder
from .subscriber import Look, subscribed

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


def client(server: Recorder, **other: Any) -> pusher.Pusher:
    options = {"app_id": server.app_id, "key": server.key, "secret": server.secret} | other
    return pusher.Pusher(**options, host=HOST, port=server.port, ssl=False)


def post(server: Recorder, document: object, path: str = "events", **query: str) -> int:
    """A correctly signed request with any body, also one that the SDK would not send."""
    body = json.dumps(document).encode()
    full = f"/apps/{server.app_id}/{path}"
    parameters = {
        "auth_key": server.key,
        "auth_timestamp": str(int(time.time())),
        "auth_version": "1.0",
        "body_md5": hashlib.md5(body).hexdigest(),
    } | query
    text = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))
    signature = hmac.new(server.secret.encode(), f"POST\n{full}\n{text}".encode(), hashlib.sha256)
    url = f"http://{HOST}:{server.port}{full}?{text}&auth_signature={signature.hexdigest()}"
    return requests.post(url, data=body, timeout=30).status_code


def test_events_are_recorded_in_order(server: Recorder) -> None:
    sender = client(server)
    assert sender.trigger("a", "first", {"n": 1}) == {}
    sender.trigger(["a", "b"], "second", "plain text")
    sender.trigger_batch([{"channel": "c", "name": "third", "data": [1, 2]}])
    sender.send_to_user("7", "fourth", {})
    assert [(event.channel, event.name) for event in server.events] == [
        ("a", "first"),
        ("a", "second"),
        ("b", "second"),
        ("c", "third"),
        ("#server-to-user-7", "fourth"),
    ]
    assert server.events[0].payload == {"n": 1}
    assert server.events[1].data == "plain text"


@pytest.mark.parametrize("wrong", [{"key": "other"}, {"secret": "other"}])
def test_a_wrong_key_or_secret_is_refused(server: Recorder, wrong: dict[str, str]) -> None:
    with pytest.raises(PusherBadAuth):
        client(server, **wrong).trigger("a", "e", {})
    assert server.events == ()


def test_another_app_is_unknown(server: Recorder) -> None:
    with pytest.raises(PusherBadStatus, match="404"):
        client(server, app_id="1").trigger("a", "e", {})


def test_too_much_data_is_refused(server: Recorder) -> None:
    # The SDK itself lets up to 30 kB pass, Pusher takes ten.
    with pytest.raises(PusherBadStatus, match="413"):
        client(server).trigger("a", "e", "x" * 10_241)
    client(server).trigger("a", "e", "x" * 10_240)


def test_too_long_a_batch_is_refused(server: Recorder) -> None:
    batch = [{"channel": "a", "name": "e", "data": ""} for _ in range(11)]
    with pytest.raises(PusherBadRequest):
        client(server).trigger_batch(batch)
    assert server.events == ()


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"name": "e", "data": ""},
        {"channels": [], "name": "e", "data": ""},
        {"channels": ["no spaces"], "name": "e", "data": ""},
        {"channels": ["a"] * 101, "name": "e", "data": ""},
        {"channels": ["a"], "name": "e" * 201, "data": ""},
        {"channels": ["a"], "name": "e", "data": {"not": "a string"}},
    ],
)
def test_a_malformed_event_is_refused(server: Recorder, document: object) -> None:
    assert post(server, document) == 400
    assert server.events == ()


def test_the_signature_covers_body_time_and_path(server: Recorder) -> None:
    event = {"channels": ["a"], "name": "e", "data": ""}
    assert post(server, event) == 200
    assert post(server, event, body_md5="0" * 32) == 401
    assert post(server, event, auth_timestamp=str(int(time.time()) - 700)) == 401
    assert post(server, event, auth_timestamp="noon") == 401
    assert post(server, event, path="presence") == 404


def test_refusing_on_demand(server: Recorder) -> None:
    with server.refusing("e", 403), pytest.raises(pusher.errors.PusherForbidden):
        client(server).trigger("a", "e", {})
    client(server).trigger("a", "e", {})
    assert len(server.events) == 1


def test_waiting_for_an_event_that_does_not_come(server: Recorder) -> None:
    with pytest.raises(TimeoutError, match="0 events of 1"):
        server.wait_for(1, timeout=0.01)


LOOK = Look("told", "thing", "state", row="thing.id", told="thing.state")


def test_a_subscriber_gets_its_channels_and_reads_the_row(server: Recorder, tmp_path: Path) -> None:
    database = sqlite_database(tmp_path, "things")
    things = database.connect()
    things.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, state TEXT)")
    things.execute("INSERT INTO thing VALUES (1, 'old')")
    sender = client(server)
    with subscribed(server, database, ("a", "b"), (LOOK,), tmp_path / "log") as subscriber:
        sender.trigger("other", "told", {"thing": {"id": 1, "state": "elsewhere"}})
        sender.trigger("a", "unknown", {})
        sender.trigger("a", "told", {"thing": {"id": 1, "state": "new"}})
        unknown, early = subscriber.wait_for(2)
        things.execute("UPDATE thing SET state = 'new'")
        sender.trigger("b", "told", {"thing": {"id": 1, "state": "new"}})
        sender.trigger("b", "told", {"thing": {"id": 2, "state": "new"}})
        late, missing = subscriber.wait_for(2)
        assert (unknown.event, unknown.row, unknown.stale) == ("unknown", None, False)
        assert (early.told, early.read, early.stale) == ("new", "old", True)
        assert (late.told, late.read, late.stale) == ("new", "new", False)
        assert (missing.read, missing.stale) == (None, True)
        assert [again.stale for again in subscriber.reread(4)] == [False, False, False, True]
        assert subscriber.unread == 0
