"""An emission is not inserted for what is told of by something that the write sets off.

Each case is a function that writes a room and leaves the telling to something else: a queue, a
signal, a hook of its class, a decorator, a context manager.
"""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from pusher_migrate.index.coverage import tellings
from pusher_migrate.model import Applicability
from tests.rules.rooms import MODELS, check_noop, look

TASKS = """
from celery import shared_task

from app.manager import manager
from app.models import Room


@shared_task
def announce(pk):
    manager.realtime_room_occupancy(Room.objects.get(pk=pk))


@shared_task(bind=True, max_retries=3)
def announce_bound(self, pk):
    manager.realtime_room_occupancy(Room.objects.get(pk=pk))


@shared_task(name="rooms.announce")
def announce_by_name(pk):
    manager.realtime_room_occupancy(Room.objects.get(pk=pk))


@shared_task
def announce_many(pks):
    for room in Room.objects.filter(pk__in=pks):
        manager.realtime_room_occupancy(room)


@shared_task
def announce_first(pk):
    room = Room.objects.select_related("hotel").filter(pk=pk).first()
    if room is not None:
        manager.realtime_room_occupancy(room)


@shared_task
def announce_found(pk):
    try:
        room = Room.objects.get(pk=pk)
    except Room.DoesNotExist:
        return
    manager.realtime_room_occupancy(room)


@shared_task
def announce_loud(pk):
    room = Room.objects.filter(pk=pk).first()
    if room and room.count:
        manager.realtime_room_occupancy(room)


@shared_task
def cleanup(pk):
    pass
"""
IMPORTS = """
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import django_rq
from celery import chain, chord, current_app, group, signature
from django.dispatch import Signal, receiver
from django_q.tasks import async_task

from app import tasks
from app.tasks import announce, announce_bound, announce_first, announce_found, announce_loud
from app.tasks import announce_many, cleanup

pool = ThreadPoolExecutor()

"""


def occupying(telling: str) -> str:
    """A function that occupies a room and then tells."""
    body = indent(dedent(telling).strip("\n"), "    ")
    saving = "def occupy(room: Room):\n    room.occupied = True\n    room.save()"
    return f"{IMPORTS}\n{saving}\n{body}\n"


# --- Queues, threads, pools -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "telling",
    [
        "announce.delay(room.pk)",
        "announce_first.delay(room.pk)",
        "announce_found.delay(room.pk)",
        "announce_found(room.pk)",
        "announce_bound.delay(room.pk)",
        "announce.apply_async((room.pk,))",
        "announce.apply_async([room.id], countdown=2)",
        "announce.apply_async(args=[room.pk])",
        'announce.apply_async(kwargs={"pk": room.pk})',
        "announce_bound.apply_async(args=[room.pk])",
        "announce.delay_on_commit(room.pk)",
        "announce.s(room.pk).apply_async()",
        "announce.si(room.pk).delay()",
        "announce.si(room.pk)()",
        "announce.signature((room.pk,)).apply_async()",
        "chain(cleanup.si(room.pk), announce.si(room.pk))()",
        "chain(cleanup.si(room.pk), announce.si(room.pk)).apply_async()",
        "(cleanup.si(room.pk) | announce.si(room.pk)).delay()",
        "group(announce.s(room.pk), cleanup.s(room.pk)).delay()",
        "group([announce.s(room.pk), cleanup.s(room.pk)])()",
        "chord([cleanup.s(room.pk)])(announce.si(room.pk))",
        "chord([cleanup.s(room.pk)], announce.si(room.pk))()",
        'current_app.send_task("app.tasks.announce", args=[room.pk])',
        'current_app.send_task("app.tasks.announce", (room.pk,))',
        'current_app.send_task("rooms.announce", args=[room.pk])',
        'signature("app.tasks.announce", args=(room.pk,)).delay()',
        'async_task("app.tasks.announce", room.pk)',
        "async_task(announce, room.pk)",
        "django_rq.enqueue(tasks.announce, room.pk)",
        'django_rq.enqueue("app.tasks.announce", room.pk)',
        "django_rq.enqueue(tasks.announce, args=(room.pk,))",
        'django_rq.get_queue("low").enqueue(announce, pk=room.pk)',
        'django_rq.get_queue("low").enqueue_call(func=announce, args=(room.pk,))',
        "threading.Thread(target=announce, args=(room.pk,)).start()",
        'threading.Thread(target=announce, kwargs={"pk": room.pk}).start()',
        "threading.Timer(1, announce, [room.pk]).start()",
        "thread = threading.Thread(target=announce, args=(room.pk,))\nthread.start()",
        "pool.submit(announce, room.pk)",
        "pool.submit(partial(announce, room.pk))",
        "with ThreadPoolExecutor() as executor:\n    executor.submit(announce, room.pk)",
        "transaction.on_commit(partial(announce.delay, room.pk))",
        "transaction.on_commit(partial(announce.apply_async, args=[room.pk]))",
        "transaction.on_commit(lambda: announce.apply_async(args=[room.pk]))",
        "transaction.on_commit(announce.si(room.pk).delay)",
    ],
)
def test_a_function_that_tells_is_left_to_a_queue(telling: str) -> None:
    check_noop(occupying(telling), {"app/tasks.py": TASKS})


@pytest.mark.parametrize(
    "telling",
    [
        "cleanup.delay(room.pk)",
        "chain(cleanup.si(room.pk), cleanup.si(1))()",
        "pool.submit(cleanup, room.pk)",
        'async_task("app.tasks.cleanup", room.pk)',
    ],
)
def test_a_function_that_does_not_tell_is_left_to_a_queue(telling: str) -> None:
    (change,) = look(occupying(telling), {"app/tasks.py": TASKS}).changes
    assert change.applicability is Applicability.SAFE


@pytest.mark.parametrize(
    "telling",
    [
        "work = announce.si(room.pk)\nreturn work",
        "announce.delay(str(room.pk))",
        "announce.apply_async(*options(room))",
        "pool.map(announce, [room.pk])",
        "name = choose()\ncurrent_app.send_task(name, args=[room.pk])",
        "current_app.send_task(f'app.tasks.{name}', args=[room.pk])",
        "async_task('rooms.elsewhere', room.pk)",
        "announce.run(room.pk)",
        "run = partial(announce.delay, room.pk)\ntransaction.on_commit(run)",
        "run = partial(announce, room.pk)\nreturn run",
        "keep(partial(announce.delay, room.pk))",
        "keep(partial(announce.delay, room.pk))\n\n\ndef keep(run):\n    WAITING.append(run)",
        "registry.later(announce, room.pk)",
        "cleanup.apply_async((room.pk,), link=announce.si(room.pk))",
        "publish({'id': room.pk})",
        "rooms = []\nrooms.append(room)\nreturn rooms",
        "ids = []\nids.append(room.pk)\npublish(ids)",
        "data = {'id': room.pk}\npublish(data)",
        "publish(pk=room.id)",
        "bus.emit('rooms', [room])",
        "threading.Thread(target=lambda: announce(room.pk)).start()",
    ],
)
def test_what_may_tell_is_for_review(telling: str) -> None:
    found = look(occupying(telling), {"app/tasks.py": TASKS})
    assert found.codes and not [
        change for change in found.changes if change.applicability is Applicability.SAFE
    ], found.codes
    for change in found.changes:
        assert any("may" in reason for reason in change.review_reasons), change.review_reasons


@pytest.mark.parametrize(
    "plain",
    [
        "ids = []\nids.append(room.pk)\nif ids:\n    print(len(ids))",
        "print(room.pk)",
        "import logging\nlogging.getLogger('x').info('saved %s', room.pk)",
        "from django.shortcuts import redirect\nreturn redirect('room', room.pk)",
        "from django.http import JsonResponse\nreturn JsonResponse({'id': room.pk})",
        "names = {}\nnames[room.pk] = room\nreturn names",
        "return {'id': room.pk, 'name': str(room)}",
        "Guest.objects.filter(room=room).update(room=None)",
        "Guest.objects.create(room=room)",
        "guest = Guest(room=room)\nguest.save()",
        "room.guests.all().delete()",
        "return room",
    ],
)
def test_everyday_code_behind_a_save_is_safe(plain: str) -> None:
    (change,) = look(occupying(plain), {"app/tasks.py": TASKS}).changes
    assert change.applicability is Applicability.SAFE, change.review_reasons


@pytest.mark.parametrize(
    ("calling", "doubt"),
    [
        (
            "def later(room: Room):\n    occupy(room)\n    bus.emit(room.pk)\n",
            "bus.emit (line 31) takes it",
        ),
        (
            "def later(room: Room):\n    occupy(room, manager.realtime_room_occupancy)\n",
            "done (line 26) is what callers hand over: it may tell already",
        ),
        (
            "def later(room: Room):\n    occupy(room, lambda row: announce(room.pk))\n",
            "done (line 26) is what callers hand over: it may tell already",
        ),
    ],
)
def test_a_caller_may_tell(calling: str, doubt: str) -> None:
    hook = "done(room)" if "done" in doubt else "pass"
    views = occupying(hook).replace("room: Room)", "room: Room, done=None)")
    (change,) = look(f"{views}\n\n{calling}", {"app/tasks.py": TASKS}).changes
    assert any(doubt in reason for reason in change.review_reasons), change.review_reasons


def test_a_caller_may_tell_of_what_it_gave_to_an_object() -> None:
    views = f"""{IMPORTS}
class Desk:
    def __init__(self, room: Room):
        self.room = room

    def occupy(self):
        self.room.occupied = True
        self.room.save()


def check_in(room: Room):
    Desk(room).occupy()
    announce.delay(room.pk)
"""
    (change,) = look(views, {"app/tasks.py": TASKS}).changes
    assert change.applicability is Applicability.REVIEW


def test_a_task_that_may_tell_is_named_once() -> None:
    found = look(
        occupying("if room.count:\n    announce_loud.delay(room.pk)\nannounce_loud.delay(room.pk)"),
        {"app/tasks.py": TASKS},
    )
    assert found.reason == (
        "app.tasks.announce_loud (lines 27 and 28) may tell of it, but does not on all of "
        "its paths; see whether this row is always told of, and complete that if not."
    )


def test_a_task_may_tell_of_the_rows_of_an_update() -> None:
    views = f"""{IMPORTS}
def occupy(pks):
    Room.objects.filter(pk__in=pks).update(occupied=True)
    announce_many.delay(pks)
"""
    (deferral,) = look(views, {"app/tasks.py": TASKS}).deferrals
    assert deferral.code == "PM303"
    assert deferral.title == "app.Room.occupied may not be told of"
    assert "app.tasks.announce_many (line 25) may tell of them" in deferral.reason
    (deferral,) = look(views.replace("announce_many", "cleanup"), {"app/tasks.py": TASKS}).deferrals
    assert deferral.title == "app.Room.occupied is not told of"


# --- Signals of the project -----------------------------------------------------------------------

SIGNALS = """
from django.dispatch import Signal

room_occupied = Signal()
room_left = Signal()
"""
APPS = """
from django.apps import AppConfig


class Config(AppConfig):
    name = "app"

    def ready(self):
        from app import listeners, signals

        signals.room_left.connect(listeners.left, dispatch_uid="left")
"""
LISTENERS = """
from django.dispatch import receiver

from app import signals
from app.manager import manager
from app.models import Guest, Hotel, Room
from app.signals import room_occupied as occupied


@receiver(occupied)
def told(sender, room, **kwargs):
    manager.realtime_room_occupancy(room)


def left(sender, instance=None, **kwargs):
    manager.realtime_room_occupancy(instance)


class Desk:
    from django.dispatch import Signal

    closed = Signal()
    opened = Signal()
    moved = Signal()


@receiver([Desk.closed, Desk.moved], sender=Room)
def closed(sender, room, **kwargs):
    manager.realtime_room_occupancy(room)


@receiver(Desk.opened, sender=Hotel)
def opened(sender, room, **kwargs):
    manager.realtime_room_occupancy(room)
"""
LISTENING = {"app/signals.py": SIGNALS, "app/apps.py": APPS, "app/listeners.py": LISTENERS}


def signalling(telling: str) -> str:
    """The same, with the signals at hand."""
    imports = "from app import signals\nfrom app.listeners import Desk\n"
    return f"{imports}from app.signals import room_left, room_occupied\n{occupying(telling)}"


@pytest.mark.parametrize(
    "telling",
    [
        "room_occupied.send(sender=Room, room=room)",
        "room_occupied.send(Room, room=room)",
        "signals.room_occupied.send_robust(sender=room.__class__, room=room)",
        "room_left.send(sender=Room, instance=room)",
        "signals.room_left.send(None, instance=room)",
        "Desk.closed.send(sender=Room, room=room)",
        "Desk.moved.send(sender=Room, room=room)",
        "transaction.on_commit(lambda: room_occupied.send(sender=Room, room=room))",
        "transaction.on_commit(partial(room_occupied.send, sender=Room, room=room))",
    ],
)
def test_a_receiver_of_a_signal_of_the_project_tells(telling: str) -> None:
    check_noop(signalling(telling), LISTENING)


def test_a_coroutine_sends_the_signal() -> None:
    views = signalling("await room_occupied.asend(sender=Room, room=room)")
    check_noop(views.replace("def occupy", "async def occupy"), LISTENING)


@pytest.mark.parametrize(
    "telling",
    [
        "Desk.opened.send(sender=Room, room=room)",
        "Signal().send(sender=Room)",
    ],
)
def test_nobody_hears_the_signal(telling: str) -> None:
    (change,) = look(signalling(telling), LISTENING).changes
    assert change.applicability is Applicability.SAFE, change.review_reasons


@pytest.mark.parametrize(
    "telling",
    [
        "sent.send(sender=Room, room=room)",
        "Signal().send(sender=Room, room=room)",
        "choose().send(sender=Room, room=room)",
        "Desk.closed.send(sender=type(room), room=room)",
    ],
)
def test_somebody_may_hear_the_signal(telling: str) -> None:
    found = look(signalling(telling), LISTENING)
    assert found.codes
    assert all(change.applicability is Applicability.REVIEW for change in found.changes)


# --- Hooks of classes -----------------------------------------------------------------------------


def hooked(
    bases: str = "", body: str = "pass", rooms: str = "models.Model", more: str = ""
) -> dict[str, str]:
    """The models, with bases of the room and what the room itself defines."""
    text = MODELS.replace("class Hotel(", f"{dedent(bases)}\n\nclass Hotel(")
    text = text.replace("class Room(models.Model):", f"class Room({rooms}):")
    own = indent(dedent(body).strip("\n"), "    ")
    text = text.replace("\n\n\nclass Guest", f"\n\n{own}\n\n\nclass Guest") + dedent(more)
    return {"app/models.py": f"from app.manager import manager\n{text}"}


ANNOUNCES = """
class Announces(models.Model):
    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        self.finish()

    def finish(self):
        self.announce()

    def announce(self):
        raise NotImplementedError
"""
TELLS = """
def announce(self):
    manager.realtime_room_occupancy(self)
"""
MIXIN = """
class Announces:
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        self.announce()
"""
TWO_BASES = ANNOUNCES + """

class Telling(Announces):
    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)

    def announce(self):
        manager.realtime_room_occupancy(self)
"""


@pytest.mark.parametrize(
    "files",
    [
        hooked(ANNOUNCES, TELLS, "Announces"),
        hooked(MIXIN, TELLS, "Announces, models.Model"),
        hooked(TWO_BASES, "pass", "Telling"),
        hooked(TWO_BASES, "def label(self):\n    pass", "Telling"),
    ],
)
def test_an_inherited_save_calls_a_hook_that_tells(files: dict[str, str]) -> None:
    check_noop(occupying("return room"), files)


@pytest.mark.parametrize(
    "files",
    [
        hooked(ANNOUNCES, "def announce(self):\n    pass", "Announces"),
        hooked(TWO_BASES, "def announce(self):\n    pass", "Telling"),
        hooked(),
    ],
)
def test_an_inherited_save_calls_a_hook_that_does_not_tell(files: dict[str, str]) -> None:
    (change,) = look(occupying("return room"), files).changes
    assert change.applicability is Applicability.SAFE, change.review_reasons


SUITE = """

class Suite(Room):
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        manager.realtime_room_occupancy(self)
"""
QUIET_SUITE = """

class Suite(Room):
    def announce(self):
        manager.realtime_room_occupancy(self)
"""
QUIET = """
def save(self, *args, **kwargs):
    super().save(*args, **kwargs)
    self.announce()

def announce(self):
    pass
"""


@pytest.mark.parametrize(
    ("files", "telling"),
    [
        (hooked(more=SUITE), "return room"),
        (hooked(body=QUIET, more=QUIET_SUITE), "return room"),
        (hooked(body="def announce(self):\n    pass", more=QUIET_SUITE), "room.announce()"),
    ],
)
def test_a_subclass_may_tell(files: dict[str, str], telling: str) -> None:
    found = look(occupying(telling), files)
    assert found.codes
    assert all(change.applicability is Applicability.REVIEW for change in found.changes)


# --- Context managers -----------------------------------------------------------------------------

CONTEXTS = """
from contextlib import asynccontextmanager, contextmanager

from app.manager import manager
from app.models import Room


@contextmanager
def telling(room: Room):
    yield room
    manager.realtime_room_occupancy(room)


@contextmanager
def telling_at_last(room: Room):
    try:
        yield
    finally:
        manager.realtime_room_occupancy(room)


@contextmanager
def telling_if(room: Room, loud):
    yield
    if loud:
        manager.realtime_room_occupancy(room)


@contextmanager
def telling_by_key(kind, pk):
    yield
    room = Room.objects.get(pk=pk)
    manager.realtime_room_occupancy(room)


class Telling:
    def __init__(self, room: Room):
        self.room = room

    def __enter__(self):
        return self

    def __exit__(self, *args):
        manager.realtime_room_occupancy(self.room)


class TellingOfSuccess(Telling):
    def __exit__(self, exc_type, exc, traceback):
        if exc_type is None:
            manager.realtime_room_occupancy(self.room)


class Collecting:
    def __enter__(self):
        self.rooms = []
        return self

    def __exit__(self, *args):
        for room in self.rooms:
            manager.realtime_room_occupancy(room)
"""


def within(context: str, behind: str = "", save: str = "room.save()") -> str:
    """A function that occupies a room in a context."""
    return (
        "from app.contexts import *\nfrom app.contexts import Collecting, Telling, "
        "TellingOfSuccess, telling, telling_at_last, telling_by_key, telling_if\n"
        f"\n\ndef occupy(room: Room, loud):\n    with {context}:\n"
        f"        room.occupied = True\n        {save}\n    {behind or 'return room'}\n"
    )


@pytest.mark.parametrize(
    "context",
    [
        "telling(room)",
        "telling(room=room) as own",
        "transaction.atomic(), telling(room)",
        "telling_at_last(room)",
        "telling_by_key('room', room.pk)",
        "Telling(room)",
        "Telling(room) as own",
        "TellingOfSuccess(room)",
    ],
)
def test_a_context_manager_tells_when_it_is_left(context: str) -> None:
    files = {"app/contexts.py": CONTEXTS}
    check_noop(within(context), files)
    check_noop(within(context, "pass", "room.save()\n        return 1"), files)


def test_the_context_manager_of_a_caller_tells() -> None:
    check_noop(
        """
        from app.contexts import telling


        def occupy(room: Room):
            room.occupied = True
            room.save()


        def check_in(room: Room):
            with telling(room):
                occupy(room)
        """,
        {"app/contexts.py": CONTEXTS},
    )


def test_a_context_manager_that_does_not_tell() -> None:
    found = look(within("open('log') as log"), {"app/contexts.py": CONTEXTS})
    (change,) = found.changes
    assert change.applicability is Applicability.SAFE, change.review_reasons


@pytest.mark.parametrize(
    "context",
    ["telling_if(room, loud)", "Collecting() as own", "unknown(room)", "loud(room.pk)"],
)
def test_a_context_manager_that_may_tell(context: str) -> None:
    found = look(within(context), {"app/contexts.py": CONTEXTS})
    assert found.codes
    assert all(change.applicability is Applicability.REVIEW for change in found.changes)


# --- Decorators -----------------------------------------------------------------------------------

DECORATORS = """
from functools import wraps

from app.manager import manager
from app.models import Room


def tells(fn):
    @wraps(fn)
    def inner(room, *args, **kwargs):
        result = fn(room, *args, **kwargs)
        manager.realtime_room_occupancy(room)
        return result

    return inner


def tells_of(kind):
    def decorate(fn):
        @wraps(fn)
        def inner(room, *args, **kwargs):
            result = fn(room, *args, **kwargs)
            manager.realtime_room_occupancy(room)
            return result

        return inner

    return decorate


def tells_of_result(fn):
    @wraps(fn)
    def inner(*args, **kwargs):
        room = fn(*args, **kwargs)
        manager.realtime_room_occupancy(room)
        return room

    return inner


def tells_if(fn):
    @wraps(fn)
    def inner(room, *args, **kwargs):
        result = fn(room, *args, **kwargs)
        if kwargs:
            manager.realtime_room_occupancy(room)
        return result

    return inner


def tells_of_first(fn):
    @wraps(fn)
    def inner(*args, **kwargs):
        result = fn(*args, **kwargs)
        manager.realtime_room_occupancy(args[0])
        return result

    return inner


class Tells:
    def __init__(self, fn):
        self.fn = fn

    def __call__(self, room):
        self.fn(room)
        manager.realtime_room_occupancy(room)


def measured(fn):
    @wraps(fn)
    def inner(*args, **kwargs):
        print(args)
        return fn(*args, **kwargs)

    return inner
"""
DECORATED = {"app/decorators.py": DECORATORS}


def decorated(decorator: str, behind: str = "return room") -> str:
    names = "Tells, measured, tells, tells_if, tells_of, tells_of_first, tells_of_result"
    head = f"from app.decorators import {names}\n"
    return head + occupying(behind).replace("def occupy", f"{decorator}\ndef occupy")


@pytest.mark.parametrize("decorator", ["@tells", '@tells_of("rooms")', "@tells_of_result"])
def test_a_decorator_tells_behind_the_call(decorator: str) -> None:
    check_noop(decorated(decorator), DECORATED)
    check_noop(decorated(f"@measured\n{decorator}"), DECORATED)


@pytest.mark.parametrize("decorator", ["@tells", '@tells_of("rooms")'])
def test_the_decorator_of_what_is_called_tells(decorator: str) -> None:
    views = decorated("", "log(room)")
    check_noop(f"{views}\n\n{decorator}\ndef log(room):\n    print(room)\n", DECORATED)


@pytest.mark.parametrize("decorator", ["@measured", "@transaction.atomic"])
def test_a_decorator_does_not_tell(decorator: str) -> None:
    (change,) = look(decorated(decorator), DECORATED).changes
    assert change.applicability is Applicability.SAFE, change.review_reasons


@pytest.mark.parametrize(
    "decorator", ["@tells_if", "@tells_of_first", "@Tells", "@signals.tell", "@choose"]
)
def test_a_decorator_may_tell(decorator: str) -> None:
    views = "from app import signals\nchoose = signals.choose\n" + decorated(decorator)
    found = look(views, {**DECORATED, "app/signals.py": "choose = make()\n"})
    assert found.codes
    assert all(change.applicability is Applicability.REVIEW for change in found.changes)


def test_functions_that_all_run_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not followed to the end is said, not taken for silence."""
    source = """
from app.manager import manager
from app.models import Room


def one(room: Room, depth):
    if depth:
        two(room, depth - 1)


def two(room: Room, depth):
    if depth:
        one(room, depth - 1)


def occupy(room: Room):
    room.occupied = True
    room.save()
    one(room, 3)
"""
    (change,) = look(source).changes
    assert not any("run each other" in reason for reason in change.review_reasons)
    monkeypatch.setattr(tellings, "MAX_WORK", 0)
    (change,) = look(source).changes
    assert any("run each other" in reason for reason in change.review_reasons)
    assert change.applicability is Applicability.REVIEW
