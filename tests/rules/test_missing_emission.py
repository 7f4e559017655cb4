"""PM301 to PM304: what is missing is inserted where it belongs, all else is left with a reason."""

from __future__ import annotations

from textwrap import indent

import pytest

from pusher_migrate.model import Applicability
from tests.rules.rooms import CATALOGUE, FIRST, MODELS, ROWS, check_noop, check_transformed, look

WITH_ROWS = CATALOGUE + ROWS


# --- Inserted -------------------------------------------------------------------------------------


def test_one_emission_for_one_save() -> None:
    found = check_transformed(
        """
        def clean(room: Room):
            room.status = "CLEAN"
            room.count = 0
            room.save()
            return room
        """,
        """
        def clean(room: Room):
            room.status = "CLEAN"
            room.count = 0
            room.save()
            transaction.on_commit(
                lambda room=room: manager.realtime_room_updated(
                    room, changed_fields=["status", "count"]
                ),
                robust=True,
            )
            return room
        """,
    )
    (change,) = found.changes
    assert change.code == "PM301"
    assert change.applicability is Applicability.SAFE
    assert change.location.line == FIRST + 3
    assert [wire.event for wire in change.effect.after] == ["room_updated"]


def test_an_entry_that_another_event_satisfies_needs_none_of_its_own() -> None:
    check_transformed(
        """
        def leave(room: Room):
            room.status = "DIRTY"
            room.occupied = False
            room.save()
        """,
        """
        def leave(room: Room):
            room.status = "DIRTY"
            room.occupied = False
            room.save()
            transaction.on_commit(
                lambda room=room: manager.realtime_room_occupancy(room), robust=True
            )
        """,
    )


def test_in_a_loop_the_row_is_bound_by_value() -> None:
    check_transformed(
        """
        def clean_all(hotel: Hotel):
            for room in hotel.rooms.all():
                room.occupied = False
                room.save()
            return hotel
        """,
        """
        def clean_all(hotel: Hotel):
            for room in hotel.rooms.all():
                room.occupied = False
                room.save()
                transaction.on_commit(
                    lambda room=room: manager.realtime_room_occupancy(room), robust=True
                )
            return hotel
        """,
    )


def test_the_entry_for_the_value_is_used() -> None:
    found = look("""
        def close(room: Room, reason):
            room.status = Room.Status.GONE
            room.save()
        """)
    assert "manager.realtime_room_gone(room, reason)" in found.text
    assert "realtime_room_updated" not in found.text


def test_a_path_that_lacks_it_gets_it_and_no_other_path() -> None:
    found = check_transformed(
        """
        def clean(room: Room, quiet, loud):
            room.status = "CLEAN"
            room.save()
            if quiet:
                return room
            if loud:
                manager.realtime_room_updated(room)
            else:
                manager.realtime_room_occupancy(room)
        """,
        """
        def clean(room: Room, quiet, loud):
            room.status = "CLEAN"
            room.save()
            if quiet:
                transaction.on_commit(
                    lambda room=room: manager.realtime_room_updated(
                        room, changed_fields=["status"]
                    ),
                    robust=True,
                )
                return room
            if loud:
                manager.realtime_room_updated(room)
            else:
                manager.realtime_room_occupancy(room)
        """,
    )
    (change,) = found.changes
    assert change.code == "PM302"
    assert change.applicability is Applicability.REVIEW
    assert f"the condition at line {FIRST + 3} is true" in change.reason


def test_an_if_without_else_gets_one() -> None:
    check_transformed(
        """
        def clean(room: Room, mode):
            room.occupied = False
            room.save()
            if mode == 1:
                manager.realtime_room_occupancy(room)
            elif mode == 2:
                manager.realtime_room_occupancy(room)
            return room
        """,
        """
        def clean(room: Room, mode):
            room.occupied = False
            room.save()
            if mode == 1:
                manager.realtime_room_occupancy(room)
            elif mode == 2:
                manager.realtime_room_occupancy(room)
            else:
                transaction.on_commit(
                    lambda room=room: manager.realtime_room_occupancy(room), robust=True
                )
            return room
        """,
    )


def test_a_new_row_is_given_a_name() -> None:
    check_transformed(
        """
        def make(hotel: Hotel):
            return Room.objects.create(hotel=hotel)
        """,
        """
        def make(hotel: Hotel):
            room = Room.objects.create(hotel=hotel)
            transaction.on_commit(
                lambda room=room: manager.realtime_room_created(room), robust=True
            )
            return room
        """,
        catalogue=WITH_ROWS,
    )


def test_a_new_row_that_is_built_first() -> None:
    check_transformed(
        """
        def make(hotel: Hotel):
            room = Room(hotel=hotel, status="GONE")
            room.save()
            return room
        """,
        """
        def make(hotel: Hotel):
            room = Room(hotel=hotel, status="GONE")
            room.save()
            transaction.on_commit(
                lambda room=room: manager.realtime_room_created(room), robust=True
            )
            return room
        """,
        catalogue=WITH_ROWS,
    )


def test_a_new_row_that_gets_no_name() -> None:
    views = """
        def make(hotel: Hotel):
            Room(hotel=hotel, status="GONE").save()
    """
    found = look(views, catalogue=WITH_ROWS)
    assert found.codes == ["pm301"]
    assert "the written instance has no name here" in found.reason


def test_no_entry_asks_for_changes() -> None:
    check_noop(
        """
        def change(room: Room, data):
            for name, value in data.items():
                setattr(room, name, value)
            room.save()
        """,
        catalogue=CATALOGUE.partition("[[state]]")[0] + ROWS,
    )


def test_only_a_new_row_is_told_of() -> None:
    check_transformed(
        """
        def ensure(hotel: Hotel):
            room, created = Room.objects.get_or_create(hotel=hotel, count=1)
            return room
        """,
        """
        def ensure(hotel: Hotel):
            room, created = Room.objects.get_or_create(hotel=hotel, count=1)
            if created:
                transaction.on_commit(
                    lambda room=room: manager.realtime_room_created(room), robust=True
                )
            return room
        """,
        catalogue=WITH_ROWS,
    )


def test_what_a_deletion_takes_away_is_read_before() -> None:
    check_transformed(
        """
        def remove(room: Room):
            room.delete()
        """,
        """
        def remove(room: Room):
            room_id = room.id
            room_hotel = room.hotel
            room.delete()
            transaction.on_commit(
                lambda room_id=room_id, room_hotel=room_hotel: manager.realtime_room_deleted(
                    room_id, room_hotel
                ),
                robust=True,
            )
        """,
        catalogue=WITH_ROWS,
    )


def test_a_database_expression_is_read_back_first() -> None:
    found = check_transformed(
        """
        from django.db.models import F


        def count(room: Room):
            room.count = F("count") + 1
            room.save()
        """,
        """
        from django.db.models import F


        def count(room: Room):
            room.count = F("count") + 1
            room.save()
            room.refresh_from_db(fields=["count"])
            transaction.on_commit(
                lambda room=room: manager.realtime_room_updated(room, changed_fields=["count"]),
                robust=True,
            )
        """,
    )
    assert found.changes[0].applicability is Applicability.REVIEW


def test_in_a_save_of_its_own_after_super() -> None:
    models = MODELS.replace(
        "\n\nclass Guest",
        """
    def save(self, *args, **kwargs):
        self.occupied = self.guests.exists()
        super().save(*args, **kwargs)


class Guest""",
        1,
    )
    found = look("def nothing():\n    pass", {"app/models.py": models})
    (change,) = found.changes
    assert change.paths == ("app/models.py",)
    line = models.split("\n").index("        super().save(*args, **kwargs)")
    assert change.location.line == line  # the first, empty line is cut off


def test_a_legacy_call_that_is_rewritten_is_enough() -> None:
    found = look("""
        def clean(room: Room):
            room.status = "CLEAN"
            room.save()
            client.trigger(f"hotel-{room.hotel.id}", "room_status", {"id": room.id})
        """)
    assert found.codes == []
    assert found.others[0].code == "PM101"


# --- Already told ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "telling",
    [
        "manager.realtime_room_occupancy(room)",
        "transaction.on_commit(lambda: manager.realtime_room_occupancy(room))",
        "transaction.on_commit(lambda row=room: manager.realtime_room_occupancy(row))",
        "transaction.on_commit(partial(manager.realtime_room_occupancy, room))",
        "transaction.on_commit(partial(tell, room))",
        "tell(room)",
        "tell_deep(row=room)",
        "tell_later(room)",
        "tell_by_key(room.pk)",
        "tell_task.delay(room.id)",
        "tell_again(room, 3)",
        "Teller(room).tell(room)",
        "try:\n        tell(room)\n    except Exception:\n        print('failed')",
        "alias = room\n    tell(alias)",
        "fresh = Room.objects.get(pk=room.pk)\n    tell(fresh)",
        "def notify():\n        tell(room)\n    transaction.on_commit(notify)",
        "@transaction.on_commit\n    def notify(row=room):\n        tell(row)",
        "if room:\n        tell(room)",
        "done = True\n    if done:\n        tell(room)",
    ],
)
def test_however_it_is_told(telling: str) -> None:
    helpers = """
    from functools import partial


    def tell(row):
        manager.realtime_room_occupancy(row)


    def tell_deep(row):
        tell(row)


    def tell_later(room):
        transaction.on_commit(lambda: tell_deep(room))


    def tell_by_key(pk):
        room = Room.objects.select_related("hotel").get(pk=pk)
        manager.realtime_room_occupancy(room)


    @shared_task
    def tell_task(pk):
        tell_by_key(pk)


    def tell_again(room, times):
        if times:
            tell_again(room, times - 1)
        else:
            tell(room)


    class Teller:
        def __init__(self, room):
            self.room = room

        def tell(self, row):
            tell(row)


    def occupy(room: Room):
        room.occupied = True
        room.save()
        TELLING
    """
    check_noop(helpers.replace("TELLING", telling.replace("\n    ", "\n        ")))


def test_callers_tell() -> None:
    check_noop(
        """
        def occupy(room):
            room.occupied = True
            room.save()


        def make(hotel):
            room = Room(hotel=hotel)
            room.save()
            return room


        def check_in(room: Room):
            occupy(room)
            manager.realtime_room_occupancy(room)


        def move(guest: Guest):
            occupy(guest.room)
            manager.realtime_room_occupancy(guest.room)


        def build(hotel: Hotel):
            manager.realtime_room_created(make(hotel))


        def build_two(hotel: Hotel):
            first = make(hotel)
            manager.realtime_room_created(first)
        """,
        catalogue=WITH_ROWS,
    )


def test_signals_tell() -> None:
    check_noop(
        """
        from django.db.models.signals import post_save
        from django.dispatch import receiver


        @receiver(post_save, sender=Room)
        def told(sender, instance, created, **kwargs):
            if created:
                manager.realtime_room_created(instance)
                return
            manager.realtime_room_occupancy(instance)


        def occupy(room: Room):
            room.occupied = True
            room.save()


        def make(hotel: Hotel):
            Room.objects.create(hotel=hotel)
        """,
        catalogue=WITH_ROWS,
    )


def test_a_signal_for_new_rows_does_not_tell_of_changes() -> None:
    found = look("""
        from django.db.models.signals import post_save


        def told(sender, instance, created, **kwargs):
            if not created:
                return
            manager.realtime_room_occupancy(instance)


        post_save.connect(told, sender=Room)


        def occupy(room: Room):
            room.occupied = True
            room.save()
        """)
    assert found.codes == ["PM301"]


def test_registered_in_front_within_one_transaction() -> None:
    check_noop("""
        @transaction.atomic
        def occupy(room: Room):
            room.occupied = True
            transaction.on_commit(lambda: manager.realtime_room_occupancy(room))
            room.save()
        """)


def test_what_is_rolled_back_needs_no_event() -> None:
    check_noop("""
        def occupy(room: Room, work):
            try:
                with transaction.atomic():
                    room.occupied = True
                    room.save()
                    work()
            except ValueError:
                return None
            manager.realtime_room_occupancy(room)
        """)


def test_an_update_of_one_row_and_a_loop_behind_an_update() -> None:
    check_noop("""
        def clean(room: Room):
            Room.objects.filter(pk=room.pk).update(occupied=False)
            manager.realtime_room_occupancy(room)


        def clean_all(hotel: Hotel):
            rooms = Room.objects.filter(hotel=hotel)
            rooms.update(occupied=False)
            for room in rooms:
                manager.realtime_room_occupancy(room)
        """)


# --- Left to a person -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "views", "reason"),
    [
        (
            "pm301",
            """
            def close(room: Room):
                room.status = "GONE"
                room.save()
            """,
            "nothing in scope here gives the argument 'reason'",
        ),
        (
            "pm301",
            """
            def change(room: Room, status):
                room.status = status
                room.save()
            """,
            "depends on status, whose value is not statically known",
        ),
        (
            "pm301",
            """
            def change(room: Room, clean):
                if clean:
                    room.occupied = False
                room.save()
            """,
            "assigned on some of the paths to the save only (line 9)",
        ),
        (
            "pm301",
            """
            def change(room: Room):
                room.occupied = True
                manager.realtime_room_occupancy(room)
                room.save()
            """,
            "PM201 moves that behind it",
        ),
        (
            "pm301",
            """
            async def change(pk):
                room = await Room.objects.aget(pk=pk)
                room.occupied = True
                await room.asave()
            """,
            "async function",
        ),
        (
            "pm301",
            """
            def change(rooms, data):
                for thing in rooms:
                    thing.occupied = True
                    thing.save()
            """,
            "of what could not be seen",
        ),
        (
            "pm301",
            """
            def change(room: Room, data):
                for name, value in data.items():
                    setattr(room, name, value)
                room.save()
            """,
            "which fields are written is known only at run time",
        ),
        (
            "pm301",
            """
            def change(room: Room):
                if room.count: room.save(update_fields=["occupied"])
            """,
            "put the block on its own lines",
        ),
        (
            "pm301",
            """
            def change(room: Room):
                room.status = "CLEAN"
                room.save()
                sent = client.trigger(f"hotel-{room.hotel.id}", "room_status", {"id": room.id})
                return sent
            """,
            "only a legacy call (line 10) tells of it, which stays as it is (PM104",
        ),
        (
            "pm302",
            """
            def tell(room, loud):
                if loud:
                    manager.realtime_room_occupancy(room)


            def change(room: Room):
                room.occupied = True
                room.save()
                tell(room, True)
            """,
            "app.views.tell (line 15) may tell of it, but does not on all of its paths",
        ),
        (
            "pm302",
            """
            def change(room: Room):
                try:
                    room.occupied = True
                    room.save()
                    room.hotel.check()
                    manager.realtime_room_occupancy(room)
                except ValueError:
                    print("failed")
            """,
            "line 11 raises and the except clause at line 13 takes it",
        ),
        (
            "pm302",
            """
            def change(hotel: Hotel):
                for room in hotel.rooms.all():
                    room.occupied = True
                    room.save()
                manager.realtime_room_occupancy(room)
            """,
            "the loop at line 8 goes on",
        ),
        (
            "pm302",
            """
            def occupy(room):
                room.occupied = True
                room.save()


            def loud(room: Room):
                occupy(room)
                manager.realtime_room_occupancy(room)


            def quiet(room: Room):
                occupy(room)
            """,
            "Some callers tell of it (app.views.loud) and others do not (app/views.py:18)",
        ),
        (
            "pm303",
            """
            def change(hotel: Hotel):
                hotel.rooms.update(status="CLEAN", occupied=False)
            """,
            "QuerySet.update changes rows without an instance to tell of, which concerns 2 entries",
        ),
        (
            "pm303",
            """
            def change(hotel: Hotel, data):
                hotel.rooms.filter(count=0).update(**data)
            """,
            "may change rows",
        ),
        (
            "pm303",
            """
            def change(hotel: Hotel):
                rooms = list(hotel.rooms.all())
                for room in rooms:
                    room.occupied = True
                Room.objects.bulk_update(rooms, ["occupied"])
            """,
            "QuerySet.bulk_update changes rows",
        ),
        (
            "pm304",
            """
            def change(pk):
                room = Room.objects.get(pk=pk)
                room.occupied = True
            """,
            "neither this function nor a known caller saves it",
        ),
        (
            "pm304",
            """
            def change(room: Room):
                room.occupied = True


            def work(room: Room):
                change(room)
            """,
            "neither this function nor a known caller saves it",
        ),
        (
            "pm304",
            """
            def before_save(room: Room):
                room.occupied = True
            """,
            "no call of this function is seen",
        ),
        (
            "pm303",
            """
            def change(rooms):
                for room in Room.objects.filter(count=0):
                    room.occupied = True
                    room.save(update_fields=["note"])
                Room.objects.filter(count=0).update(occupied=True)
            """,
            "QuerySet.update changes rows",
        ),
        (
            "pm304",
            """
            def change(pk):
                room = Room.objects.get(pk=pk)
                room.occupied = True
                room.save(update_fields=["note"])
            """,
            "the save behind it (line 10) leaves it out of update_fields",
        ),
    ],
)
def test_left_with_a_reason(code: str, views: str, reason: str) -> None:
    found = look(views)
    assert found.codes == [code], [*found.changes, *found.deferrals]
    assert reason.lower() in found.reason.lower()


@pytest.mark.parametrize(
    ("views", "doubt"),
    [
        (
            """
            def change(room):
                room.occupied = True
                room.save()
            """,
            "only its name says that 'room' is a Room",
        ),
        (
            """
            def change(room: Room, thing):
                room.occupied = True
                room.save()
                thing.push(room)
            """,
            "thing.push (line 10) takes it and could not be looked into",
        ),
        (
            """
            def change(room: Room, number):
                room.occupied = True
                room.save()
                other = Room.objects.get(count=number)
                manager.realtime_room_occupancy(other)
            """,
            "line 11 tells of a Room that may be this one",
        ),
        (
            """
            def change(room: Room):
                room.occupied = True
                room.save()
                client.trigger(f"hotel-{room.hotel.id}", "unheard-of", {"id": room.id})
            """,
            "line 10 sends an event of it that the catalogue does not know",
        ),
        (
            """
            def change(room: Room, clean):
                room.status = "CLEAN"
                if clean:
                    room.count = 0
                room.save()
            """,
            "count is not written on all paths to the save",
        ),
    ],
)
def test_inserted_for_review(views: str, doubt: str) -> None:
    found = look(views)
    (change,) = found.changes
    assert change.applicability is Applicability.REVIEW
    assert any(doubt in reason for reason in change.review_reasons), change.review_reasons


@pytest.mark.parametrize(
    ("handler", "at_once", "safe"),
    [
        ("except Exception:\n    return False", True, False),
        ("except:\n    return False", True, False),
        ("except (KeyError, ValueError) as error:\n    return str(error)", True, False),
        ("except Exception:\n    print('failed')\n    raise", True, True),
        ("except Room.DoesNotExist:\n    return False", True, True),
        ("except IntegrityError:\n    return False", True, True),
        ("except Exception:\n    return False", False, True),
        ("finally:\n    print(room)", True, True),
    ],
)
def test_a_failing_send_is_no_failing_save(handler: str, at_once: bool, safe: bool) -> None:
    catalogue = "[django]\non_commit = false\n" + CATALOGUE if at_once else CATALOGUE
    saving = f"try:\n    room.occupied = True\n    room.save()\n{handler}\nreturn True\n"
    head = "from django.db import IntegrityError\n\n\ndef change(room: Room):\n"
    (change,) = look(head + indent(saving, "    "), catalogue=catalogue).changes
    assert (change.applicability is Applicability.SAFE) is safe, change.review_reasons
    if not safe:
        (reason,) = change.review_reasons
        assert "would take a failing send for a failure of what has been saved" in reason


@pytest.mark.parametrize(
    "copying",
    [
        "room.pk = None\nroom.occupied = True\nroom.save()",
        "room.occupied = True\nroom.id = None\nroom._state.adding = True\nroom.save()",
        "room.pk, room.occupied = None, True\nroom.save()",
        "room.occupied = True\nroom.save(force_insert=True)",
        "for number in range(3):\n    room.pk = None\n    room.occupied = True\n    room.save()",
    ],
)
def test_a_copy_is_a_new_row(copying: str) -> None:
    views = f"def copied(room: Room):\n{indent(copying, '    ')}\n    return room\n"
    check_noop(views)
    new_rows = CATALOGUE.replace('fields = ["occupied"]', 'fields = ["occupied"]\non = ["create"]')
    assert look(views, catalogue=new_rows).codes


@pytest.mark.parametrize(
    ("copying", "safe"),
    [
        ("room.pk = None\nroom.save()\nroom.occupied = True\nroom.save()", True),
        (
            "room.pk = None\nroom = Room.objects.get(count=1)\nroom.occupied = True\nroom.save()",
            True,
        ),
        ("room.hotel.pk = None\nroom.occupied = True\nroom.save()", True),
        ("if room.count:\n    room.pk = None\nroom.occupied = True\nroom.save()", False),
    ],
)
def test_what_is_no_copy_is_a_change(copying: str, safe: bool) -> None:
    (change,) = look(
        f"def copied(room: Room):\n{indent(copying, '    ')}\n    return room\n"
    ).changes
    assert (change.applicability is Applicability.SAFE) is safe
    assert change.edits and change.location.line == FIRST + copying.count("\n") + 1


def test_another_row_is_no_evidence() -> None:
    found = look("""
        def move(guest: Guest, room: Room):
            old = guest.room
            guest.room = room
            old.occupied = False
            old.save()
            room.occupied = True
            room.save()
            manager.realtime_room_occupancy(guest.room)
        """)
    (change,) = found.changes
    assert "lambda old=old: manager.realtime_room_occupancy(old)" in found.text
    assert change.applicability is Applicability.REVIEW


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("app/migrations/0002_clean.py", "a migration"),
        ("app/management/commands/clean.py", "a management command"),
        ("app/tests/test_rooms.py", "a test"),
        ("app/test_rooms.py", "a test"),
        ("conftest.py", "a test"),
        ("app/factories.py", "a fixture"),
    ],
)
def test_left_out_by_path_but_not_silently(path: str, what: str) -> None:
    text = """
    from app.models import Room


    def clean():
        room = Room.objects.get(pk=1)
        room.status = "CLEAN"
        room.save()
    """
    found = look("def nothing():\n    pass", {path: text})
    (deferral,) = found.deferrals
    assert (deferral.location.path, deferral.location.line) == (path, 6)
    assert what in deferral.title
    assert not deferral.actionable


@pytest.mark.parametrize(
    ("views", "what"),
    [
        (
            """
            from django.contrib import admin


            @admin.action(description="Clean")
            def clean(modeladmin, request, queryset):
                for room in Room.objects.all():
                    room.occupied = False
                    room.save()
            """,
            "an admin action",
        ),
        (
            """
            from django.core.management.base import BaseCommand


            class Command(BaseCommand):
                def handle(self, *args, **options):
                    room = Room.objects.get(pk=1)
                    room.occupied = False
                    room.save()
            """,
            "a management command",
        ),
    ],
)
def test_left_out_by_what_it_is(views: str, what: str) -> None:
    found = look(views)
    assert not found.changes
    (deferral,) = found.deferrals
    assert what in deferral.reason
    assert not deferral.actionable


def test_the_owner_of_a_state() -> None:
    catalogue = CATALOGUE.replace(
        '[[state]]\nmodel = "app.Room"\nfields = ["occupied"]',
        '[[state]]\nmodel = "app.Room"\nfields = ["occupied"]\nowner = "app.views.occupy"',
    )
    found = look(
        """
        def occupy(room: Room):
            room.occupied = True
            room.save()
            manager.realtime_room_occupancy(room)


        def directly(room: Room):
            room.occupied = True
            room.save()
            manager.realtime_room_occupancy(room)


        def silently(room: Room):
            room.occupied = True
            room.save()
        """,
        catalogue=catalogue,
    )
    assert found.codes == ["pm301", "PM301"]
    assert "app.views.occupy does such writes" in found.reason
    assert any("app.views.occupy" in note for note in found.changes[0].notes)


def test_a_model_that_is_not_there_is_said() -> None:
    catalogue = CATALOGUE.replace(
        'model = "app.Room"\nfields = ["occupied"]', 'model = "app.Rom"\nfields = ["occupied"]'
    )
    found = look("def nothing():\n    pass", catalogue=catalogue)
    (deferral,) = found.deferrals
    assert "no model app.Rom" in deferral.reason
    assert "pusher-migrate.toml:18 watches nothing" in deferral.reason
    assert deferral.location.path == "app/manager.py"


def test_lookalikes_are_no_writes() -> None:
    check_noop("""
        class Box:
            status = ""


        def pack(box: Box, payload: dict, request, build):
            box.status = "CLEAN"
            payload.update(status="x")
            response = build(request)
            response.status = 200
            return response
        """)


def test_code_that_ends_insertions_at_one_place_keeps_its_blocks() -> None:
    found = look("""
        def change(room: Room, other: Room, loud):
            room.occupied = True
            room.save()
            if loud:
                manager.realtime_room_occupancy(room)
                other.occupied = True
                other.save()
        """)
    # Both would be inserted behind the last line, the else in front of what belongs before it.
    assert found.codes == ["pm302", "PM301"]
    assert "then run again" in found.reason
