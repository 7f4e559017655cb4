"""Small programs that write rows and tell of it, and what happens when they run.

The text is Django as the tool reads it. It is executed against stubs that record each write and
each event, once for every way in which its decisions can go.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType, SimpleNamespace
from typing import Any

from hypothesis import strategies as st

MODELS = """
from django.db import models


class Hotel(models.Model):
    name = models.CharField(max_length=20)


class Room(models.Model):
    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE)
    status = models.CharField(max_length=20)
    occupied = models.BooleanField(default=False)
    note = models.TextField(blank=True)
"""
MANAGER = """
import pusher

client = pusher.Pusher(app_id="1", key="key", secret="secret")


class Manager:
    def realtime_room_updated(self, room, changed_fields=None):
        client.trigger(f"hotel-{room.hotel.id}", "room_updated", {"id": room.id})

    def realtime_room_occupancy(self, room):
        client.trigger(f"hotel-{room.hotel.id}", "room_occupancy", {"id": room.id})


manager = Manager()
"""
SCRIPT = """
import random


def decide():
    return random.random() < 0.5


def risky():
    if decide():
        raise ValueError
"""
CATALOGUE = """
[manager]
object = "app.manager.manager"

[[state]]
model = "app.Room"
fields = ["status"]
emit = "realtime_room_updated(room, changed_fields={changed_fields})"

[[state]]
model = "app.Room"
fields = ["occupied"]
emit = "realtime_room_occupancy(room)"
"""
HEADER = """from django.db import transaction

from app.manager import manager
from app.models import Room
from app.script import decide, risky


"""
PATH = "app/views.py"
FILES = {
    "manage.py": "",
    "app/__init__.py": "",
    "app/models.py": MODELS,
    "app/manager.py": MANAGER,
    "app/script.py": SCRIPT,
}
METHODS = {"status": "realtime_room_updated", "occupied": "realtime_room_occupancy"}
MAX_PATHS = 300


# --- Programs -------------------------------------------------------------------------------------

HELPERS = {
    "tell": "def tell(room):\n    manager.realtime_room_updated(room)\n",
    "tell_deep": "def tell_deep(room):\n    tell(room)\n",
    "tell_later": (
        "def tell_later(room):\n"
        "    transaction.on_commit(lambda: manager.realtime_room_occupancy(room))\n"
    ),
    "tell_some": (
        "def tell_some(room):\n"
        "    if decide():\n"
        "        manager.realtime_room_updated(room)\n"
    ),
    "persist": "def persist(row):\n    row.save()\n",
    "mark": 'def mark(room):\n    room.status = "DIRTY"\n',
    "occupy": (
        "def occupy(room):\n"
        "    room.occupied = True\n"
        '    room.save(update_fields=["occupied"])\n'
    ),
    "occupy_and_tell": (
        "def occupy_and_tell(room):\n"
        "    room.occupied = True\n"
        "    room.save()\n"
        "    manager.realtime_room_occupancy(room)\n"
    ),
}
NEEDS = {"tell_deep": ["tell"]}

STATEMENTS = [
    'room.status = "CLEAN"\nroom.save()',
    'room.occupied = False\nroom.save(update_fields=["occupied"])',
    'room.status = "CLEAN"\nroom.occupied = True\nroom.save()',
    'room.status, room.occupied = "CLEAN", True\nroom.save()',
    "mark(room)\nroom.save()",
    'room.status = "CLEAN"\npersist(room)',
    "occupy(room)",
    "occupy_and_tell(room)",
    'other.status = "CLEAN"\nother.save()',
    'saved = room\nsaved.status = "CLEAN"\nsaved.save()',
    "saved = room",
    "room = other",
    "saved = other\nsaved.occupied = True\nsaved.save()",
    "manager.realtime_room_updated(room)",
    "manager.realtime_room_updated(other)",
    "manager.realtime_room_occupancy(room)",
    "manager.realtime_room_occupancy(other)",
    "transaction.on_commit(lambda: manager.realtime_room_updated(room))",
    "transaction.on_commit(lambda room=room: manager.realtime_room_occupancy(room))",
    "tell(room)",
    "tell_deep(room)",
    "tell_later(room)",
    "tell_some(room)",
    "risky()",
    'room.note = "x"',
    "flag = True",
]
ENDS = ["return room", "return None", "raise ValueError"]
LOOP_ENDS = ["break", "continue"]
CONDITIONS = ["decide()", "first", "not first", "second", "flag", "room"]


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


@st.composite
def blocks(draw: st.DrawFn, depth: int, in_loop: bool) -> str:
    """A few statements, nested at most ``depth`` deep."""
    text = ""
    for _ in range(draw(st.integers(1, 3))):
        kinds = ["simple", "simple", "simple"]
        if depth:
            kinds += ["if", "if", "else", "elif", "for", "while", "try", "finally", "atomic"]
        kind = draw(st.sampled_from(kinds))
        if kind == "simple":
            text += draw(st.sampled_from(STATEMENTS)) + "\n"
            continue
        inner = blocks(depth - 1, in_loop or kind in ("for", "while"))
        body = indented(draw(inner))
        condition = draw(st.sampled_from(CONDITIONS))
        match kind:
            case "if":
                text += f"if {condition}:\n{body}"
            case "else":
                text += f"if {condition}:\n{body}else:\n{indented(draw(inner))}"
            case "elif":
                text += f"if {condition}:\n{body}elif decide():\n{indented(draw(inner))}"
            case "for":
                text += f"for _ in range(2):\n{body}"
            case "while":
                text += f"while decide():\n{body}"
            case "try":
                text += f"try:\n{body}except ValueError:\n{indented(draw(inner))}"
            case "finally":
                text += f"try:\n{body}finally:\n{indented(draw(inner))}"
            case "atomic":
                text += f"with transaction.atomic():\n{body}"
    ends = ENDS + LOOP_ENDS if in_loop else ENDS
    if draw(st.integers(0, 4)) == 0:
        text += draw(st.sampled_from(ends)) + "\n"
    return text


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A module with one function ``work`` and the helpers that it uses."""
    body = draw(blocks(draw(st.integers(0, 2)), False))
    head = "flag = False\n" if "flag" in body else ""
    if "room = other" in body:
        # A callback that looks ``room`` up at the commit would tell of the other row then.
        body = body.replace("lambda: manager", "lambda room=room: manager")
    function = (
        f"def work(room: Room, other: Room, first: bool, second: bool):\n{indented(head + body)}"
    )
    used = [name for name in HELPERS if f"{name}(" in body]
    used += [name for user in used for name in NEEDS.get(user, ()) if name not in used]
    parts = [HELPERS[name] for name in HELPERS if name in used]
    return HEADER + "\n\n".join([*parts, function])


# --- Running them ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Write:
    """Watched fields of a row reach the database.

    Attributes:
        row: Name of the row.
        fields: The fields.
        lines: Lines of the module that are on the stack, the innermost first.
    """

    row: str
    fields: frozenset[str]
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Event:
    """Subscribers hear of a row."""

    row: str
    method: str


@dataclass
class World:
    """What one run sees and leaves behind."""

    answers: list[bool]
    asked: int = 0
    log: list[Write | Event] = field(default_factory=list)
    callbacks: list[Callable[[], object]] = field(default_factory=list)
    depth: int = 0

    def decide(self) -> bool:
        self.asked += 1
        if self.asked <= len(self.answers):
            return self.answers[self.asked - 1]
        self.answers.append(False)
        return False

    def risky(self) -> None:
        if self.decide():
            raise ValueError

    def on_commit(
        self, callback: Callable[[], object], using: object = None, robust: bool = False
    ) -> None:
        if self.depth:
            self.callbacks.append(callback)
        else:
            callback()

    def atomic(self) -> Atomic:
        return Atomic(self)


class Atomic:
    """``transaction.atomic()``: an exception that leaves it undoes what was written in it."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __enter__(self) -> None:
        self.world.depth += 1
        self.mark = len(self.world.log)
        self.callbacks = len(self.world.callbacks)

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        world = self.world
        world.depth -= 1
        if kind is not None:
            del world.callbacks[self.callbacks :]
            # An event that left before cannot be taken back.
            world.log[self.mark :] = [e for e in world.log[self.mark :] if isinstance(e, Event)]
        elif not world.depth:
            callbacks, world.callbacks = world.callbacks, []
            for callback in callbacks:
                callback()


class Room:
    """A row that records what is saved of it."""

    watched = ("status", "occupied")

    def __init__(self, world: World, name: str) -> None:
        vars(self).update(world=world, name=name, changed=set())

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.watched:
            vars(self)["changed"].add(name)
        vars(self)[name] = value

    def save(self, update_fields: list[str] | None = None) -> None:
        changed: set[str] = vars(self)["changed"]
        saved = changed & set(update_fields) if update_fields is not None else set(changed)
        changed -= saved
        if saved:
            self.world.log.append(Write(self.name, frozenset(saved), _lines(sys._getframe(1))))

    world: World
    name: str


class Manager:
    """Records the events."""

    def __init__(self, world: World) -> None:
        self.world = world

    def realtime_room_updated(self, room: Room, changed_fields: object = None) -> None:
        self.world.log.append(Event(room.name, "realtime_room_updated"))

    def realtime_room_occupancy(self, room: Room) -> None:
        self.world.log.append(Event(room.name, "realtime_room_occupancy"))


def _lines(frame: FrameType | None) -> tuple[int, ...]:
    found = []
    while frame is not None:
        if frame.f_code.co_filename == PATH:
            found.append(frame.f_lineno)
        frame = frame.f_back
    return tuple(found)


@dataclass(frozen=True)
class Run:
    """One path.

    Attributes:
        answers: The decisions.
        log: What happened.
        raised: Whether it ended with an exception.
    """

    answers: tuple[bool, ...]
    log: tuple[Write | Event, ...]
    raised: bool


def run(code: CodeType, answers: list[bool], first: bool, second: bool) -> Run:
    """Run ``work`` once."""
    world = World(answers)
    stubs: dict[str, Any] = {
        "django.db": SimpleNamespace(transaction=world),
        "app.manager": SimpleNamespace(manager=Manager(world)),
        "app.models": SimpleNamespace(Room=Room),
        "app.script": world,
    }

    def fake_import(name: str, *_: object) -> object:
        return stubs[name]

    names: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": fake_import}}
    exec(code, names)
    raised = False
    try:
        names["work"](Room(world, "room"), Room(world, "other"), first, second)
    except ValueError:
        raised = True
    return Run(tuple(world.answers), tuple(world.log), raised)


def paths(code: CodeType) -> Iterator[tuple[Run, bool, bool]]:
    """All runs: every way in which the decisions can go, loops at most a few times round."""
    for first in (False, True):
        for second in (False, True):
            answers: list[bool] = []
            for _ in range(MAX_PATHS):
                found = run(code, list(answers), first, second)
                yield found, first, second
                answers = list(found.answers[:8])
                while answers and answers[-1]:
                    answers.pop()
                if not answers:
                    break
                answers[-1] = True
