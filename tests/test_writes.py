"""Where watched state is written, what persists it, and how much of it subscribers are told."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from pusher_migrate.catalogue import load
from pusher_migrate.config import make_settings
from pusher_migrate.index.coverage.coverage import Row, analyse, coverage
from pusher_migrate.index.coverage.verdicts import Verdict
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.plan import make_context
from tests.rules.rooms import CATALOGUE, FIRST, MODELS, ROWS, VIEWS, analysis

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "golden" / "apps" / "hotelmate" / "before"
WITH_ROWS = CATALOGUE + ROWS


def writes(
    views: str, files: dict[str, str] | None = None, catalogue: str = WITH_ROWS
) -> list[str]:
    """The write groups as ``line operation fields=values``; ``?`` for an unknown value."""
    return [shown(write) for write in analysis(views, files, catalogue).writes]


def shown(write: Write) -> str:
    fields = []
    for name, known in write.values.items():
        values = "|".join("?" if value is None else str(value.value) for value in known)
        fields.append(f"{name}={values}")
    line = write.site.call.lineno - FIRST
    return " ".join([str(line), write.operation, *fields])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('room.status = "CLEAN"\nroom.save()', ["2 update status=CLEAN"]),
        ("room.status = Room.Status.DIRTY\nroom.save()", ["2 update status=DIRTY"]),
        ("room.status = Room.Status.DIRTY.value\nroom.save()", ["2 update status=DIRTY"]),
        ("room.status = given\nroom.save()", ["2 update status=?"]),
        ('room.status = "A" if given else "B"\nroom.save()', ["2 update status=A|B"]),
        ("room.count += 1\nroom.save()", ["2 update count=?"]),
        ("room.inspector_id = 3\nroom.save()", ["2 update inspector=3"]),
        (
            'room.status, room.occupied = "X", True\nroom.save()',
            ["2 update status=X occupied=True"],
        ),
        ('setattr(room, "occupied", False)\nroom.save()', ["2 update occupied=False"]),
        ("room.occupied: bool = True\nroom.save()", ["2 update occupied=True"]),
        ("guest.room.occupied = True\nguest.room.save()", ["2 update occupied=True"]),
        ("row = guest.room\nrow.occupied = True\nguest.room.save()", ["3 update occupied=True"]),
        ('room.occupied = True\nroom.save(update_fields=["status"])', ["2 update status=?"]),
        ('room.save(update_fields=["occupied", "note"])', ["1 update occupied=?"]),
        ("room.note = 1\nroom.save()", []),
        ("room.occupied = True\nroom = given\nroom.save()", []),
        (
            'room.status = "A"\nroom.save()\nroom.occupied = True\nroom.save()',
            ["2 update status=A", "4 update occupied=True"],
        ),
        ('room.status = "A"\nroom.status = "B"\nroom.save()', ["3 update status=B"]),
        ("Room.objects.create(status='A', note='x')", ["1 create status=A"]),
        (
            "Room.objects.get_or_create(count=1, defaults={'status': 'A'})",
            ["1 create status=A count=1"],
        ),
        ("Room.objects.update_or_create(pk=1, defaults={'status': 'A'})", ["1 update status=A"]),
        ("Room.objects.filter(pk=1).update(status='A')", ["1 update status=A"]),
        ("guest.room.hotel.rooms.update(occupied=True)", ["1 update occupied=True"]),
        ("Room.objects.bulk_update(given, ['count'])", ["1 update count=?"]),
        ("Room.objects.bulk_create(given)", ["1 create"]),
        ("room.delete()", ["1 delete"]),
        ("Room.objects.all().delete()", ["1 delete"]),
        ("new = Room(hotel=room.hotel)\nnew.save()", ["2 create"]),
        ("new = Room(status='A')\nnew.save()", ["2 create status=A"]),
        ("new = Room(status='A')\nnew.status = given\nnew.save()", ["3 create status=?"]),
        ("room = Room(status='A')\nroom.save()", ["2 create status=A"]),
        ("Room(hotel=room.hotel, count=2).save()", ["1 create count=2"]),
        ("new = Suite(status='A')\nnew.save()", ["2 create status=A"]),
        ("return Room(status='A')", []),
        ("persist(room)", []),
        ("room.occupied = True\npersist(room)", ["2 update occupied=True"]),
        ("mark(room)\nroom.save()", ["2 update status=DIRTY"]),
        ("mark_deep(room)\npersist_deep(room)", ["2 update status=DIRTY"]),
    ],
)
def test_what_is_written(body: str, expected: list[str]) -> None:
    helpers = dedent("""


        def persist(row):
            row.save()


        def persist_deep(row):
            persist(row)


        def mark(room):
            room.status = "DIRTY"


        def mark_deep(room):
            mark(room)
        """)
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    views = f"def work(room: Room, guest: Guest, given):\n{lines}{helpers}"
    assert writes(views + "\n\nclass Suite(Room):\n    pass\n") == expected


def test_a_new_row_in_a_file_without_a_watched_name() -> None:
    assert writes("def work(hotel):\n    row = Room(hotel=hotel)\n    row.save()") == ["2 create"]


def test_what_a_new_instance_starts_with_is_no_mistake_without_a_save() -> None:
    body = """
        def work(hotel, room=None):
            room = Room(hotel=hotel, status="CLEAN")
            Room.objects.bulk_create([room])
    """
    assert analysis(body).unsaved() == []


SERIALIZERS = """
from rest_framework import serializers

from app.models import Room


class RoomSerializer(serializers.ModelSerializer):
    class Meta:
        model = Room
        fields = ["id", "status", "occupied"]
        read_only_fields = ["occupied"]


class OpenSerializer(serializers.ModelSerializer):
    state = serializers.CharField(source="status")
    count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Room
        fields = "__all__"


class OwnSerializer(RoomSerializer):
    def update(self, instance, validated_data):
        instance.status = "CLEAN"
        instance.save()
        return instance
"""


@pytest.mark.parametrize(
    ("serializer", "made", "expected"),
    [
        ("RoomSerializer", "room, data=data", "update status=?"),
        ("RoomSerializer", "instance=room, data=data", "update status=?"),
        ("RoomSerializer", "data=data", "create status=?"),
        ("OpenSerializer", "room, data=data", "update status=? occupied=? inspector=?"),
    ],
)
def test_what_a_serializer_writes(serializer: str, made: str, expected: str) -> None:
    views = f"""
        from app.serializers import {serializer}


        def work(room: Room, data):
            serializer = {serializer}({made})
            serializer.save()
    """
    found = analysis(dedent(views), {"app/serializers.py": SERIALIZERS}, WITH_ROWS)
    own = [write for write in found.writes if write.site.module.path == VIEWS]
    assert [shown(write).partition(" ")[2] for write in own] == [expected]


def test_a_serializer_that_saves_itself_writes_where_it_does() -> None:
    views = """
        from app.serializers import OwnSerializer


        def work(room: Room, data):
            serializer = OwnSerializer(room, data=data)
            room = serializer.save()
            manager.realtime_room_updated(room)
    """
    found = analysis(dedent(views), {"app/serializers.py": SERIALIZERS})
    (write,) = found.writes
    assert write.site.module.path == "app/serializers.py"
    methods = frozenset({"realtime_room_updated"})
    assert found.judge.judge(write, methods).verdict is Verdict.TOLD


@pytest.mark.parametrize(
    "manager",
    [
        "RoomQuerySet.as_manager()",
        "models.Manager.from_queryset(RoomQuerySet)()",
        "RoomManager()",
        "models.Manager()",
    ],
)
def test_through_a_manager_of_the_project(manager: str) -> None:
    text = MODELS.replace(
        "class Room(models.Model):",
        f"""class RoomQuerySet(models.QuerySet):
    def vacant(self):
        return self.filter(occupied=False).order_by("id")


class RoomManager(models.Manager):
    def vacant(self):
        return self.get_queryset().filter(occupied=False)


class Room(models.Model):
    objects = {manager}
""",
        1,
    )
    own = "" if manager == "models.Manager()" else ".vacant()"
    body = f"""
        def work(pk):
            room = Room.objects{own}.select_for_update().get(pk=pk)
            room.status = "CLEAN"
            room.save()
    """
    assert writes(body, {"app/models.py": text}) == ["3 update status=CLEAN"]


def test_only_files_that_can_write_are_parsed() -> None:
    quiet = {
        f"app/quiet_{number}.py": f"def status_{number}(room):\n    return room.status == 'CLEAN'\n"
        for number in range(5)
    }
    loud = {
        "app/loud.py": "def work(room):\n    room.status = 'CLEAN'\n    room.save()\n",
        "app/rows.py": "from app.models import Room\n\n\nRoom.objects.all().delete()\n",
        "app/tests/test_rooms.py": "def test(room):\n    room.status = 'CLEAN'\n    room.save()\n",
    }
    found = analysis("def nothing():\n    pass", {**quiet, **loud}, WITH_ROWS)
    paths = {module.path for module in found.survey.watch.modules()}
    assert {"app/loud.py", "app/rows.py"} <= paths
    assert not paths & {*quiet, "app/tests/test_rooms.py"}


def test_a_catalogue_without_states_looks_at_nothing() -> None:
    catalogue = CATALOGUE.partition("[[state]]")[0]
    found = analysis("def work(room: Room):\n    room.status = 1\n    room.save()", None, catalogue)
    assert found.survey.watch.modules() == []
    assert coverage(found) == (Row("total"),)


def test_new_and_deleted_rows_count_where_an_entry_is_for_them() -> None:
    views = """
        def make(hotel: Hotel):
            Room.objects.create(hotel=hotel, occupied=True)


        def sweep():
            Room.objects.filter(occupied=False).delete()
        """
    assert coverage(analysis(views)) == (Row("total"),)
    row, _ = coverage(analysis(views, catalogue=WITH_ROWS))
    assert row.writes == 2


def test_coverage_by_module() -> None:
    found = analysis("""
        def told(room: Room):
            room.occupied = True
            room.save()
            manager.realtime_room_occupancy(room)


        def early(room: Room):
            room.occupied = True
            manager.realtime_room_occupancy(room)
            room.save()


        def partly(room: Room, loud):
            room.occupied = True
            room.save()
            if loud:
                manager.realtime_room_occupancy(room)


        def by_legacy(room: Room):
            room.status = "CLEAN"
            room.save()
            client.trigger(f"hotel-{room.hotel.id}", "room_status", {"id": room.id})


        def silent(room: Room):
            room.status = "CLEAN"
            room.save()


        def unasked(hotel: Hotel):
            Room.objects.create(hotel=hotel)
        """)
    row, total = coverage(found)
    # No entry is for new rows, so that the one that is made counts nowhere.
    assert row == Row(VIEWS, writes=5, followed=2, told=3, by_manager=2, unwatched=0)
    assert row.percentage == pytest.approx(100 * 2 / 5)
    assert total == Row("total", 5, 2, 3, 2, 0)
    assert Row("empty").percentage is None


def test_the_sample_project_is_as_it_was_counted_by_hand() -> None:
    context = make_context(
        SAMPLE, load(ROOT / "codemods" / "hotelmate.toml"), make_settings(SAMPLE)
    )
    rows = coverage(analyse(context.index, context.catalogue))
    counted: dict[str, tuple[int, int, int]] = {}
    for row in rows:
        folder = row.path.rpartition("/")[0]
        key = f"{folder}/" if folder.endswith("services") else row.path
        so_far = counted.get(key, (0, 0, 0))
        own = (row.writes, row.told, row.by_manager)
        counted[key] = tuple(map(sum, zip(so_far, own, strict=True)))  # type: ignore[assignment]
    assert counted == by_hand()


def by_hand() -> dict[str, tuple[int, int, int]]:
    """Writes, told and told by the manager, from the table in the sample project's README."""
    text = (SAMPLE.parent / "README.md").read_text(encoding="utf-8")
    table = text.partition("## Coverage, counted by hand")[2].partition("\n## ")[0]
    found = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[2].isdigit():
            found[cells[0].strip("`")] = (int(cells[2]), int(cells[3]), int(cells[4]))
    assert found["total"][0] == sum(row[0] for key, row in found.items() if key != "total")
    return found
