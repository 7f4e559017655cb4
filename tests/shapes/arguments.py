"""How channel, event and payload are written."""

from __future__ import annotations

from tests.shapes.table import Shape, shape


def _channel(
    name: str, expression: str, expected: str, before: str = "", **options: object
) -> Shape:
    code = (
        f"{before}\n\n\ndef f(room, slug):\n    pusher_client.trigger({expression}, 'moved', {{}})"
    )
    return shape(name, code, f"{expected} | moved | ", **options)


CHANNELS = (
    _channel("literal", "'rooms'", "rooms"),
    _channel("f-string", "f'hotel-{room.hotel.id}-staff'", "hotel-{room.hotel.id}-staff"),
    _channel("f-string with a conversion", "f'hotel-{slug!s}'", "hotel-{slug}"),
    _channel("f-string with a format", "f'hotel-{room.id:04d}'", "hotel-{room.id}"),
    _channel("percent", "'hotel-%s-%d' % (slug, room.id)", "hotel-{slug}-{room.id}"),
    _channel("percent with one value", "'hotel-%s' % slug", "hotel-{slug}"),
    _channel("percent with names", "'hotel-%(s)s' % {'s': slug}", "hotel-{slug}"),
    _channel("format", "'hotel-{}-{}'.format(slug, room.id)", "hotel-{slug}-{room.id}"),
    _channel("format with positions", "'{1}-{0}'.format(slug, room.id)", "{room.id}-{slug}"),
    _channel("format with names", "'hotel-{s}'.format(s=slug)", "hotel-{slug}"),
    _channel(
        "format with an attribute",
        "'hotel-{r.id}'.format(r=room)",
        "{'hotel-{r.id}'.format(r=room)}",
    ),
    _channel("format of a constant", "NAME.format(slug)", "hotel-{slug}", "NAME = 'hotel-{}'"),
    _channel("concatenation", "'hotel-' + slug + '-staff'", "hotel-{slug}-staff"),
    _channel("concatenation with str", "'hotel-' + str(room.id)", "hotel-{room.id}"),
    _channel("join", "'-'.join(['hotel', slug])", "hotel-{slug}"),
    _channel("replace", "'hotel-X'.replace('X', slug)", "{'hotel-X'.replace('X', slug)}"),
    _channel("constant", "ROOMS", "rooms", "ROOMS = 'rooms'"),
    _channel(
        "constant of a module",
        "names.ROOMS",
        "rooms",
        "import names",
        files={"names.py": "ROOMS = 'rooms'\n"},
    ),
    _channel(
        "imported constant",
        "ROOMS",
        "rooms",
        "from names import ROOMS",
        files={"names.py": "ROOMS = 'rooms'\n"},
    ),
    _channel("class attribute", "Names.ROOMS", "rooms", "class Names:\n    ROOMS = 'rooms'"),
    _channel(
        "dictionary of names", "NAMES['rooms']", "all-rooms", "NAMES = {'rooms': 'all-rooms'}"
    ),
    _channel(
        "Django setting",
        "settings.PREFIX + slug",
        "hotel-{slug}",
        "from django.conf import settings",
        files={"site/settings.py": "PREFIX = 'hotel-'\n"},
    ),
    _channel(
        "function call",
        "name_of(room)",
        "hotel-{room.id}",
        "def name_of(r):\n    return f'hotel-{r.id}'",
    ),
    _channel(
        "function call with a default",
        "name_of(room)",
        "hotel-{room.id}-staff",
        "def name_of(r, kind='staff'):\n    return f'hotel-{r.id}-{kind}'",
    ),
    _channel("lambda", "name_of(room)", "hotel-{room.id}", "name_of = lambda r: f'hotel-{r.id}'"),
    _channel(
        "function with branches",
        "name_of(room)",
        "{name_of(room)}",
        "def name_of(r):\n    if r.vip:\n        return 'vip'\n    return f'hotel-{r.id}'",
    ),
    _channel(
        "unknown function call",
        "vendored(room)",
        "{vendored(room)}",
        "from elsewhere import vendored",
    ),
    _channel("attribute", "room.channel", "{room.channel}"),
    _channel("parameter", "slug", "{slug}"),
    _channel("conditional expression", "'a' if slug else 'b'", "{'a' if slug else 'b'}"),
    shape(
        "variable",
        """
        def f(room):
            channel = f"hotel-{room.id}"
            pusher_client.trigger(channel, "moved", {})
        """,
        "hotel-{room.id} | moved | ",
    ),
    shape(
        "variable of a variable",
        """
        def f(room):
            number = room.id
            channel = f"hotel-{number}"
            pusher_client.trigger(channel, "moved", {})
        """,
        "hotel-{room.id} | moved | ",
    ),
    shape(
        "variable with two values",
        """
        def f(room):
            if room.vip:
                channel = "vip"
            else:
                channel = "all"
            pusher_client.trigger(channel, "moved", {})
        """,
        "{channel} | moved | ",
    ),
    shape(
        "variable that is added to",
        """
        def f(room):
            channel = "hotel-"
            channel += room.slug
            pusher_client.trigger(channel, "moved", {})
        """,
        "hotel-{room.slug} | moved | ",
    ),
    shape(
        "property of a model",
        """
        from models import Desk


        def f(desk: Desk):
            pusher_client.trigger(desk.channel, "moved", {})
        """,
        "desk-{desk.id} | moved | ",
        files={"models.py": """
            from django.db import models


            class Desk(models.Model):
                @property
                def channel(self):
                    return f"desk-{self.id}"
            """},
    ),
    shape(
        "method of an instance",
        """
        class Desk:
            def channel(self):
                return f"desk-{self.id}"


        def f(desk: Desk):
            pusher_client.trigger(desk.channel(), "moved", {})
        """,
        "desk-{desk.id} | moved | ",
    ),
    shape(
        "attribute set in the constructor",
        """
        class Notifier:
            def __init__(self, room):
                self.channel = f"hotel-{room.id}"

            def f(self):
                pusher_client.trigger(self.channel, "moved", {})
        """,
        "hotel-{room.id} | moved | ",
    ),
    shape(
        "list of two",
        """
        def f(room):
            pusher_client.trigger(["all", f"hotel-{room.id}"], "moved", {})
        """,
        "all + hotel-{room.id} | moved | ",
    ),
    shape(
        "list of one",
        """
        def f(room):
            pusher_client.trigger([f"hotel-{room.id}"], "moved", {})
        """,
        "hotel-{room.id} | moved | ",
    ),
    shape(
        "list in a variable",
        """
        def f(room):
            channels = ["all", "vip"]
            pusher_client.trigger(channels, "moved", {})
        """,
        "all + vip | moved | ",
    ),
    shape(
        "comprehension",
        """
        def f(rooms):
            pusher_client.trigger([f"hotel-{r.id}" for r in rooms], "moved", {})
        """,
        "each of hotel-{r.id} | moved | ",
    ),
    shape(
        "list that is appended to",
        """
        def f(rooms):
            channels = []
            for room in rooms:
                channels.append(f"hotel-{room.id}")
            pusher_client.trigger(channels, "moved", {})
        """,
        "each of hotel-{room.id} | moved | ",
    ),
    shape(
        "user of send_to_user",
        """
        def f(user):
            pusher_client.send_to_user(str(user.id), "moved", {"id": 1})
        """,
        "user {user.id} | moved | id",
    ),
)


def _event(name: str, expression: str, expected: str, before: str = "", **options: object) -> Shape:
    code = (
        f"{before}\n\n\ndef f(room, kind):\n    pusher_client.trigger('rooms', {expression}, {{}})"
    )
    return shape(name, code, f"rooms | {expected} | ", **options)


EVENTS = (
    _event("literal", "'room-moved'", "room-moved"),
    _event("constant", "MOVED", "moved", "MOVED = 'moved'"),
    _event("class attribute", "Events.MOVED", "moved", "class Events:\n    MOVED = 'moved'"),
    _event(
        "attribute of an inner class",
        "Room.Events.MOVED",
        "moved",
        "class Room:\n    class Events:\n        MOVED = 'moved'",
    ),
    _event(
        "enum member's value",
        "E.MOVED.value",
        "moved",
        "import enum\n\n\nclass E(enum.Enum):\n    MOVED = 'moved'",
    ),
    _event(
        "string enum member",
        "E.MOVED",
        "moved",
        "import enum\n\n\nclass E(enum.StrEnum):\n    MOVED = 'moved'",
    ),
    _event(
        "string enum with auto",
        "E.MOVED",
        "moved",
        "import enum\n\n\nclass E(enum.StrEnum):\n    MOVED = enum.auto()",
    ),
    _event(
        "TextChoices member",
        "E.MOVED",
        "moved",
        "from django.db import models\n\n\n"
        "class E(models.TextChoices):\n    MOVED = 'moved', 'Moved'",
    ),
    _event("f-string", "f'room-{kind}'", "room-{kind}"),
    _event("f-string of a constant", "f'{PREFIX}moved'", "room-moved", "PREFIX = 'room-'"),
    _event("parameter", "kind", "{kind}"),
    _event("upper", "'moved'.upper()", "{'moved'.upper()}"),
    shape(
        "variable",
        """
        def f(room):
            event = "moved"
            pusher_client.trigger("rooms", event, {})
        """,
        "rooms | moved | ",
    ),
    shape(
        "loop variable over literals",
        """
        def f(room):
            for event in ("moved", "changed"):
                pusher_client.trigger("rooms", event, {})
        """,
        "rooms | {event} | ",
    ),
)


def _payload(name: str, expression: str, keys: str, before: str = "", **options: object) -> Shape:
    call = f"pusher_client.trigger('rooms', 'moved', {expression})"
    code = f"{before}\n\n\ndef f(room, extra):\n    {call}"
    return shape(name, code, f"rooms | moved | {keys}", **options)


_SERIALIZER = """
from rest_framework import serializers

from models import Room


class RoomSerializer(serializers.ModelSerializer):
    class Meta:
        model = Room
        fields = ["id", "number"]
"""

PAYLOADS = (
    _payload("literal", "{'id': room.id, 'at': now()}", "id, at", "from elsewhere import now"),
    _payload("empty", "{}", ""),
    _payload("dict()", "dict(id=room.id, number=1)", "id, number"),
    _payload("dict() over another", "dict({'id': 1}, number=2)", "id, number"),
    _payload(
        "spread of a known one", "{**BASE, 'id': room.id}", "kind, id", "BASE = {'kind': 'room'}"
    ),
    _payload("spread of an unknown one", "{'id': room.id, **extra}", "id, ..."),
    _payload("union", "{'id': room.id} | {'number': 1}", "id, number"),
    _payload("constant keys", "{ID: room.id}", "id", "ID = 'id'"),
    _payload("unknown keys", "{room.key: 1, 'id': 2}", "id, ..."),
    _payload("dict comprehension", "{k: 1 for k in room.keys}", "?"),
    _payload("json.dumps", "json.dumps({'id': room.id})", "id", "import json"),
    _payload(
        "json.loads of json.dumps",
        "json.loads(json.dumps({'id': room.id}, default=str))",
        "id",
        "import json",
    ),
    _payload("string", "'hello'", "?"),
    _payload("list", "[room.id]", "?"),
    _payload("None", "None", "?"),
    _payload("parameter", "extra", "?"),
    _payload(
        "function call",
        "payload_of(room)",
        "id, number",
        "def payload_of(r):\n    return {'id': r.id, 'number': r.number}",
    ),
    _payload(
        "function that builds by steps",
        "payload_of(room)",
        "id, number",
        "def payload_of(r):\n    data = {'id': r.id}\n"
        "    data['number'] = r.number\n    return data",
    ),
    _payload(
        "function with branches",
        "payload_of(room)",
        "?",
        "def payload_of(r):\n    if r.vip:\n        return {}\n    return {'id': r.id}",
    ),
    _payload("unknown function", "vendored(room)", "?", "from elsewhere import vendored"),
    _payload("deepcopy", "copy.deepcopy({'id': room.id})", "id", "import copy"),
    _payload(
        "serializer's data",
        "RoomSerializer(room).data",
        "id, number",
        "from serializers import RoomSerializer",
        files={"serializers.py": _SERIALIZER},
    ),
    _payload(
        "serializer's data under a key",
        "{'room': RoomSerializer(room).data}",
        "room",
        "from serializers import RoomSerializer",
        files={"serializers.py": _SERIALIZER},
    ),
    _payload(
        "list of serialized rows",
        "RoomSerializer(room, many=True).data",
        "?",
        "from serializers import RoomSerializer",
        files={"serializers.py": _SERIALIZER},
    ),
    shape(
        "variable",
        """
        def f(room):
            data = {"id": room.id}
            pusher_client.trigger("rooms", "moved", data)
        """,
        "rooms | moved | id",
    ),
    shape(
        "variable that is added to",
        """
        def f(room):
            data = {"id": room.id}
            data["number"] = room.number
            data.update(floor=1)
            pusher_client.trigger("rooms", "moved", data)
        """,
        "rooms | moved | id, number, floor",
    ),
    shape(
        "variable that is added to on some paths",
        """
        def f(room):
            data = {"id": room.id}
            if room.vip:
                data["vip"] = True
            pusher_client.trigger("rooms", "moved", data)
        """,
        "rooms | moved | id, vip?",
    ),
    shape(
        "variable that something else may change",
        """
        from elsewhere import decorate


        def f(room):
            data = {"id": room.id}
            decorate(data)
            pusher_client.trigger("rooms", "moved", data)
        """,
        "rooms | moved | id, ...",
    ),
    shape(
        "serializer in a variable",
        """
        from serializers import RoomSerializer


        def f(room):
            serializer = RoomSerializer(room)
            data = serializer.data
            pusher_client.trigger("rooms", "moved", data)
        """,
        "rooms | moved | id, number",
        files={"serializers.py": _SERIALIZER},
    ),
    shape(
        "serializer with methods and sources",
        """
        from rest_framework import serializers


        class RoomSerializer(serializers.Serializer):
            id = serializers.IntegerField()
            secret = serializers.CharField(write_only=True)
            label = serializers.SerializerMethodField()


        def f(room):
            pusher_client.trigger("rooms", "moved", RoomSerializer(room).data)
        """,
        "rooms | moved | id, label",
    ),
    shape(
        "serializer with all fields",
        """
        from rest_framework import serializers

        from models import Room


        class RoomSerializer(serializers.ModelSerializer):
            class Meta:
                model = Room
                fields = "__all__"


        def f(room):
            pusher_client.trigger("rooms", "moved", RoomSerializer(room).data)
        """,
        "rooms | moved | id, number, status, hotel",
    ),
    shape(
        "dataclass",
        """
        from dataclasses import asdict, dataclass


        @dataclass
        class Moved:
            id: int
            number: str = ""


        def f(room):
            pusher_client.trigger("rooms", "moved", asdict(Moved(room.id)))
        """,
        "rooms | moved | id, number",
    ),
    shape(
        "pydantic model",
        """
        from pydantic import BaseModel


        class Moved(BaseModel):
            id: int
            number: str = ""


        def f(room):
            pusher_client.trigger("rooms", "moved", Moved(id=room.id).model_dump())
        """,
        "rooms | moved | id, number",
    ),
    shape(
        "model's method",
        """
        from models import Room


        def f(room: Room):
            pusher_client.trigger("rooms", "moved", room.as_payload())
        """,
        "rooms | moved | id, number",
        files={"models.py": """
            from django.db import models


            class Room(models.Model):
                number = models.CharField(max_length=10)

                def as_payload(self):
                    return {"id": self.id, "number": self.number}
            """},
    ),
)
