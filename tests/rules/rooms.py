"""A small project with rooms, and what the rule for missing emissions makes of code in it."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from pusher_migrate import edits as edit_tools
from pusher_migrate.catalogue import Catalogue
from pusher_migrate.catalogue.reader import parse_catalogue
from pusher_migrate.config import make_settings
from pusher_migrate.index.build import build_index
from pusher_migrate.index.coverage.coverage import Analysis, analyse
from pusher_migrate.model import Change, Deferral
from pusher_migrate.plan import context_of, outcomes_of
from pusher_migrate.rule import Context

VIEWS = "app/views.py"
MODELS = """
from django.db import models


class Hotel(models.Model):
    name = models.CharField(max_length=20)


class Room(models.Model):
    class Status(models.TextChoices):
        CLEAN = "CLEAN", "Clean"
        DIRTY = "DIRTY", "Dirty"
        GONE = "GONE", "Gone"

    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE, related_name="rooms")
    status = models.CharField(max_length=20, choices=Status.choices)
    occupied = models.BooleanField(default=False)
    count = models.IntegerField(default=0)
    inspector = models.ForeignKey("Guest", null=True, on_delete=models.SET_NULL, related_name="+")


class Guest(models.Model):
    room = models.ForeignKey(Room, null=True, on_delete=models.SET_NULL, related_name="guests")
"""
MANAGER = """
import pusher

client = pusher.Pusher(app_id="1", key="key", secret="secret")


class Manager:
    def realtime_room_updated(self, room, changed_fields=None):
        client.trigger(f"hotel-{room.hotel.id}", "room_updated", {"id": room.id})

    def realtime_room_occupancy(self, room):
        client.trigger(f"hotel-{room.hotel.id}", "room_occupancy", {"id": room.id})

    def realtime_room_gone(self, room, reason):
        client.trigger(f"hotel-{room.hotel.id}", "room_gone", {"id": room.id, "reason": reason})

    def realtime_room_created(self, room):
        client.trigger(f"hotel-{room.hotel.id}", "room_created", {"id": room.id})

    def realtime_room_deleted(self, room_id, hotel):
        client.trigger(f"hotel-{hotel.id}", "room_deleted", {"id": room_id})


manager = Manager()
"""
CATALOGUE = """
[manager]
object = "app.manager.manager"

[[event]]
event = "room_status"
channel = "hotel-*"
call = "realtime_room_updated(room)"
types = { room = "app.Room" }
accept_lost_keys = ["*"]

[[state]]
model = "app.Room"
fields = ["status"]
when = { status = "GONE" }
emit = "realtime_room_gone(room, reason)"

[[state]]
model = "app.Room"
fields = ["occupied"]
emit = "realtime_room_occupancy(room)"

[[state]]
model = "app.Room"
fields = ["status", "count", "inspector"]
emit = "realtime_room_updated(room, changed_fields={changed_fields})"
satisfied_by = ["realtime_room_occupancy"]
"""
ROWS = """
[[state]]
model = "app.Room"
fields = ["status"]
on = ["create"]
emit = "realtime_room_created(room)"

[[state]]
model = "app.Room"
fields = ["status"]
on = ["delete"]
emit = "realtime_room_deleted(room.id, room.hotel)"
"""
HEADER = """from django.db import transaction

from app.manager import client, manager
from app.models import Guest, Hotel, Room


"""
FIRST = HEADER.count("\n") + 1


@dataclass(frozen=True)
class Result:
    """What the rules say of one project.

    Attributes:
        context: The project.
        changes: Changes of the rule for missing emissions.
        deferrals: Its deferrals, those of files that are left out included.
        others: What the other rules found.
        text: The views after its changes.
    """

    context: Context
    changes: list[Change]
    deferrals: list[Deferral]
    others: list[Change | Deferral]
    text: str

    @property
    def codes(self) -> list[str]:
        """The codes of its outcomes, deferrals in small letters, in order of lines."""
        every = [(item.location, item.code) for item in self.changes]
        every += [(item.location, item.code.lower()) for item in self.deferrals]
        return [code for _, code in sorted(every)]

    @property
    def reason(self) -> str:
        """The one deferral's reason."""
        (deferral,) = self.deferrals
        return deferral.reason

    @property
    def body(self) -> str:
        """The views after the changes, without the imports."""
        return self.text.split("\n\n\n", 1)[1]


def project(
    views: str, files: dict[str, str] | None = None, catalogue: str = CATALOGUE
) -> tuple[Context, Catalogue]:
    contents = {
        "manage.py": "",
        "app/__init__.py": "",
        "app/models.py": MODELS,
        "app/manager.py": MANAGER,
        VIEWS: HEADER + dedent(views).strip("\n") + "\n",
        **(files or {}),
    }
    read = {path: dedent(text).lstrip("\n").encode() for path, text in contents.items()}
    index = build_index(read, read.__getitem__, manager="app.manager.manager")
    parsed = parse_catalogue(catalogue, "pusher-migrate.toml")
    return context_of(index, parsed, make_settings(".")), parsed


def look(views: str, files: dict[str, str] | None = None, catalogue: str = CATALOGUE) -> Result:
    """Run all rules over a project; apply what the one for missing emissions offers."""
    context, _ = project(views, files, catalogue)
    outcomes = outcomes_of(context)
    own = [item for item in outcomes if item.code.startswith("PM3")]
    changes = [item for item in own if isinstance(item, Change)]
    module = context.index.project.module(VIEWS)
    assert module is not None, context.index.project.errors
    edits = [edit for change in changes for edit in change.edits if edit.path == VIEWS]
    text = edit_tools.apply_edits(module.source, edits)
    compile(text, VIEWS, "exec")
    return Result(
        context,
        changes,
        [item for item in own if isinstance(item, Deferral)],
        [item for item in outcomes if item not in own],
        text,
    )


def analysis(
    views: str, files: dict[str, str] | None = None, catalogue: str = CATALOGUE
) -> Analysis:
    """The writes of a project, and who tells of them."""
    context, parsed = project(views, files, catalogue)
    return analyse(context.index, parsed)


def check_noop(views: str, files: dict[str, str] | None = None, catalogue: str = CATALOGUE) -> None:
    """Nothing is missing, and nothing is said."""
    found = look(views, files, catalogue)
    assert found.codes == [], [*found.changes, *found.deferrals]


def check_transformed(
    views: str, expected: str, files: dict[str, str] | None = None, catalogue: str = CATALOGUE
) -> Result:
    """The views become what is expected, and a second run finds nothing to insert."""
    found = look(views, files, catalogue)
    assert found.body == dedent(expected).strip("\n") + "\n", found.deferrals
    again = look("", {**(files or {}), VIEWS: found.text}, catalogue)
    assert not again.changes, again.changes
    return found
