"""Facts about Pusher's Python SDK (pusher 3.3, read from its source), in one place."""

from __future__ import annotations

import re

# What makes a client when it is called.
CONSTRUCTORS = frozenset(
    {
        "pusher.Pusher",
        "pusher.Pusher.from_env",
        "pusher.Pusher.from_url",
        "pusher.pusher.Pusher",
        "pusher.pusher.Pusher.from_env",
        "pusher.pusher.Pusher.from_url",
        "pusher.pusher_client.PusherClient",
        "pusher.pusher_client.PusherClient.from_env",
        "pusher.pusher_client.PusherClient.from_url",
    }
)

# The one name for "an instance of the client", however it was made.
CLIENT = "pusher.Pusher"

# Names that speak for a client when what they are bound to lies outside the tree.
CLIENT_NAMES = frozenset({"pusher_client", "pusher"})

# Parameters in order, as a keyword call names them.
TRIGGER = ("channels", "event_name", "data", "socket_id", "already_encoded")
TRIGGER_BATCH = ("batch", "already_encoded")
SEND_TO_USER = ("user_id", "event_name", "data")
# SDKs before 1.0: client["channel"].trigger(event, data, socket_id).
OLD_TRIGGER = ("event", "data", "socket_id")

METHODS = {
    "trigger": TRIGGER,
    "trigger_batch": TRIGGER_BATCH,
    "send_to_user": SEND_TO_USER,
}

# A tree without one of these, the SDK's name or a name that speaks for it, has no client.
WORDS = ("pusher", "Pusher")

_METHOD = "(?:" + "|".join(METHODS) + ")"
# How code names a sending method: as an attribute, or in a string for getattr. A file without a
# match neither calls a client nor keeps one of its methods.
NAMED = re.compile(rf"\.[\s\\]*{_METHOD}(?!\w)|[\"']{_METHOD}[\"']".encode())

# The SDK's own modules: a name bound to one of them is no client and can never send.
MODULES = frozenset({"pusher", "pusher.pusher_client", "pusher.pusher", "pusher.client"})

# Backends whose calls give a future that must be awaited.
ASYNC_BACKENDS = frozenset(
    {"pusher.aiohttp.AsyncIOBackend", "pusher.tornado.TornadoBackend", "pusher.gae.GAEBackend"}
)
