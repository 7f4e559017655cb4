"""A Pusher server on a free loopback port: takes events over HTTP, delivers and records them.

It plays what Pusher's documentation of the HTTP API and of the websocket protocol (version 7) says,
as far as an application that sends events and a subscriber of public and private channels can see.
The signatures of the official SDK are verified, so a client with the wrong secret fails here too.
The SDK's ``send_to_user`` needs nothing of its own: it is an event on ``#server-to-user-<id>``.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

HOST = "127.0.0.1"
MAX_DATA = 10_240  # bytes of one event's data
MAX_CHANNELS = 100
MAX_BATCH = 10
MAX_CLOCK_SKEW = 600  # seconds
NAME = re.compile(r"(#server-to-user-)?[-a-zA-Z0-9_=@,.;]{1,200}\Z")
PROTOCOLS = {"5", "6", "7"}


class Refused(Exception):
    """A request that Pusher would not take."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Event:
    """One event on one channel, as it was sent.

    Attributes:
        data: The string that subscribers get.
        received_at: ``time.monotonic()``, which all processes of a machine share.
        socket_id: The subscriber that is left out, if the sender named one.
    """

    channel: str
    name: str
    data: str
    received_at: float
    socket_id: str | None = None

    @property
    def payload(self) -> Any:
        """``data`` decoded from JSON."""
        return json.loads(self.data)


@dataclass
class Recorder:
    """The server. Use as a context manager; it runs in a thread of its own.

    Attributes:
        port: Set once the server is up.
    """

    app_id: str = "4711"
    key: str = "recorder-key"
    secret: str = "recorder-secret"
    port: int = 0
    _events: list[Event] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _refusals: list[tuple[str, int]] = field(default_factory=list)
    _subscribers: dict[web.WebSocketResponse, tuple[str, set[str]]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    # --- What tests use ---

    def __enter__(self) -> Recorder:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="recorder", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(timeout=30)
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(timeout=30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=30)
        self._loop.close()

    @property
    def environment(self) -> dict[str, str]:
        """What a project reads to find this server."""
        return {
            "PUSHER_HOST": HOST,
            "PUSHER_PORT": str(self.port),
            "PUSHER_APP_ID": self.app_id,
            "PUSHER_KEY": self.key,
            "PUSHER_SECRET": self.secret,
        }

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that was taken so far, in order."""
        with self._changed:
            return tuple(self._events)

    def wait_for(self, count: int, timeout: float = 30) -> tuple[Event, ...]:
        """The events, once there are at least ``count``.

        Raises TimeoutError after ``timeout`` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._events) >= count, timeout):
                raise TimeoutError(f"{len(self._events)} events of {count} came")
            return tuple(self._events)

    @contextmanager
    def refusing(self, event: str, status: int) -> Iterator[None]:
        """Answer events of this name with ``status`` and neither record nor deliver them."""
        self._refusals.append((event, status))
        try:
            yield
        finally:
            self._refusals.remove((event, status))

    # --- HTTP ---

    async def _start(self) -> None:
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/apps/{app_id}/{kind:events|batch_events}", self._take)
        app.router.add_get("/app/{key}", self._serve_subscriber)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _take(self, request: web.Request) -> web.Response:
        try:
            if request.match_info["app_id"] != self.app_id:
                raise Refused(404, "App not found")
            body = await request.read()
            self._authenticate(request, body)
            events = self._parse(request.match_info["kind"], body)
            for name, status in self._refusals:
                if any(event.name == name for event in events):
                    raise Refused(status, "Refused on demand")
        except Refused as refused:
            return web.Response(status=refused.status, text=f"{refused}\n")
        for event in events:
            with self._changed:
                self._events.append(event)
                self._changed.notify_all()
            await self._deliver(event)
        return web.json_response({})

    def _authenticate(self, request: web.Request, body: bytes) -> None:
        query = dict(request.query)
        signature = query.pop("auth_signature", "")
        if query.get("auth_key") != self.key:
            raise Refused(401, "Unknown auth_key")
        try:
            skew = abs(time.time() - int(query.get("auth_timestamp", "")))
        except ValueError:
            raise Refused(401, "Invalid auth_timestamp") from None
        if skew > MAX_CLOCK_SKEW:
            raise Refused(401, f"Timestamp expired: not within {MAX_CLOCK_SKEW}s of server time")
        if query.get("body_md5") != hashlib.md5(body).hexdigest():
            raise Refused(401, "Invalid body MD5")
        parameters = "&".join(f"{name}={query[name]}" for name in sorted(query))
        expected = self._sign("\n".join((request.method, request.path, parameters)))
        if not hmac.compare_digest(signature, expected):
            raise Refused(401, "Invalid signature")

    def _sign(self, text: str) -> str:
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def _parse(self, kind: str, body: bytes) -> list[Event]:
        try:
            document = json.loads(body)
            sent = document["batch"] if kind == "batch_events" else [document]
            if len(sent) > MAX_BATCH:
                raise Refused(400, f"Batch of more than {MAX_BATCH} events")
            return [
                event
                for item in sent
                for event in self._events_of(
                    # One channel may come alone or as a list of one.
                    item["channels"] if "channels" in item else [item["channel"]],
                    item["name"],
                    item["data"],
                    item.get("socket_id"),
                )
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(400, f"Invalid request: {error!r}") from None

    def _events_of(
        self, channels: list[str], name: str, data: str, socket_id: str | None
    ) -> list[Event]:
        if not isinstance(data, str) or not isinstance(name, str) or not 0 < len(name) <= 200:
            raise Refused(400, "Invalid event name or data")
        if not 0 < len(channels) <= MAX_CHANNELS:
            raise Refused(400, f"Between 1 and {MAX_CHANNELS} channels")
        if not all(NAME.match(channel) for channel in channels):
            raise Refused(400, "Invalid channel name")
        if len(data.encode()) > MAX_DATA:
            raise Refused(413, f"The data of this event exceeds {MAX_DATA} bytes")
        now = time.monotonic()
        return [Event(channel, name, data, now, socket_id) for channel in channels]

    # --- Websocket ---

    async def _serve_subscriber(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for wrong, code, message in (
            (request.match_info["key"] != self.key, 4001, "Application does not exist"),
            (request.query.get("protocol") not in PROTOCOLS, 4007, "Unsupported protocol version"),
        ):
            if wrong:
                await socket.send_json(
                    {"event": "pusher:error", "data": {"code": code, "message": message}}
                )
                await socket.close(code=code)
                return socket
        socket_id = f"{next(self._numbers)}.{next(self._numbers)}"
        self._subscribers[socket] = (socket_id, set())
        greeting = {"socket_id": socket_id, "activity_timeout": 120}
        await self._say(socket, "pusher:connection_established", greeting)
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._hear(socket, json.loads(frame.data))
        finally:
            del self._subscribers[socket]
        return socket

    async def _hear(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        socket_id, channels = self._subscribers[socket]
        match message:
            case {"event": "pusher:ping"}:
                await self._say(socket, "pusher:pong", {})
            case {"event": "pusher:subscribe", "data": {"channel": channel, **rest}}:
                token = f"{self.key}:{self._sign(f'{socket_id}:{channel}')}"
                if channel.startswith("private-") and rest.get("auth") != token:
                    error = {"type": "AuthError", "status": 401}
                    await self._say(socket, "pusher:subscription_error", error, channel)
                else:
                    channels.add(channel)
                    await self._say(socket, "pusher_internal:subscription_succeeded", {}, channel)
            case {"event": "pusher:unsubscribe", "data": {"channel": channel}}:
                channels.discard(channel)

    async def _deliver(self, event: Event) -> None:
        for socket, (socket_id, channels) in tuple(self._subscribers.items()):
            if event.channel in channels and socket_id != event.socket_id:
                await self._say(socket, event.name, event.data, event.channel)

    @staticmethod
    async def _say(
        socket: web.WebSocketResponse, event: str, data: object, channel: str | None = None
    ) -> None:
        # In the protocol "data" is a string, JSON inside JSON.
        text = data if isinstance(data, str) else json.dumps(data)
        message = {"event": event, "data": text} | ({"channel": channel} if channel else {})
        # A subscriber that has gone must not fail the sender.
        if not socket.closed:
            await socket.send_json(message)
