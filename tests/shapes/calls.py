"""Where and how the call stands."""

from __future__ import annotations

from tests.shapes.table import Shape, shape

_ONE = "room | moved | id"
_CALL = 'pusher_client.trigger("room", "moved", {"id": 1})'
_ARGS = '"room", "moved", {"id": 1}'


def _call(name: str, code: str, *more: str, **options: object) -> Shape:
    return shape(
        name, code.replace("CALL", _CALL).replace("ARGS", _ARGS), *(more or (_ONE,)), **options
    )


CALLS = (
    _call(
        "keywords",
        """
        def f():
            pusher_client.trigger(channels="room", event_name="moved", data={"id": 1})
        """,
    ),
    _call(
        "keywords in another order, and mixed",
        """
        def f():
            pusher_client.trigger("room", data={"id": 1}, event_name="moved")
        """,
    ),
    _call(
        "socket_id",
        """
        def f(request):
            pusher_client.trigger("room", "moved", {"id": 1}, request.socket)
        """,
    ),
    _call(
        "starred arguments",
        """
        def f():
            arguments = ("room", "moved", {"id": 1})
            pusher_client.trigger(*arguments)
        """,
    ),
    _call(
        "starred keywords",
        """
        def f():
            arguments = {"channels": "room", "event_name": "moved"}
            pusher_client.trigger(**arguments, data={"id": 1})
        """,
    ),
    _call(
        "starred arguments that are not known",
        """
        def f(arguments):
            pusher_client.trigger(*arguments.all)
        """,
        "{*arguments.all} | {*arguments.all} | ?",
    ),
    _call(
        "awaited",
        """
        async def f():
            await CALL
        """,
    ),
    _call(
        "value",
        """
        def f():
            answer = CALL
            return bool(answer)
        """,
    ),
    _call(
        "returned",
        """
        def f():
            return CALL
        """,
    ),
    _call(
        "in a condition",
        """
        def f():
            if CALL:
                pass
        """,
    ),
    _call(
        "in a lambda",
        """
        def f(hooks):
            hooks.append(lambda: CALL)
        """,
    ),
    _call(
        "in a comprehension",
        """
        def f(rooms):
            return [pusher_client.trigger(f"room-{r.id}", "moved", {"id": r.id}) for r in rooms]
        """,
        "room-{r.id} | moved | id",
    ),
    _call(
        "short circuit",
        """
        def f(room):
            room.live and CALL
        """,
    ),
    _call(
        "conditional expression",
        """
        def f(room):
            CALL if room.live else None
        """,
    ),
    _call(
        "in a loop",
        """
        def f(rooms):
            for room in rooms:
                pusher_client.trigger(f"room-{room.id}", "moved", {"id": room.id})
        """,
        "room-{room.id} | moved | id",
    ),
    _call(
        "in try",
        """
        def f():
            try:
                CALL
            except Exception as error:
                print(error)
        """,
    ),
    _call(
        "in except, else and finally",
        """
        def f(room):
            try:
                room.save()
            except ValueError:
                CALL
            else:
                CALL
            finally:
                CALL
        """,
        _ONE,
        _ONE,
        _ONE,
    ),
    _call(
        "in with",
        """
        def f(lock):
            with lock:
                CALL
        """,
    ),
    _call(
        "in match",
        """
        def f(room):
            match room.status:
                case "moved":
                    CALL
        """,
    ),
    _call(
        "in while",
        """
        def f(queue):
            while queue.pop():
                CALL
        """,
    ),
    _call(
        "in a nested function",
        """
        def f():
            def tell():
                CALL

            tell()
        """,
    ),
    _call(
        "in a class in a function",
        """
        def f():
            class Local:
                def tell(self):
                    CALL

            return Local
        """,
    ),
    _call("at module level", "CALL"),
    _call(
        "under a decorator",
        """
        from functools import wraps


        def told(function):
            @wraps(function)
            def wrapper(*args, **kwargs):
                result = function(*args, **kwargs)
                CALL
                return result

            return wrapper
        """,
    ),
    _call(
        "in an async function, generator and class method",
        """
        class Desk:
            @classmethod
            async def tell(cls):
                CALL

            def stream(self):
                yield 1
                CALL
        """,
        _ONE,
        _ONE,
    ),
    _call(
        "in a signal receiver",
        """
        from django.db.models.signals import post_save
        from django.dispatch import receiver

        from models import Room


        @receiver(post_save, sender=Room)
        def told(sender, instance, **kwargs):
            pusher_client.trigger(f"hotel-{instance.hotel_id}", "moved", {"id": instance.id})
        """,
        "hotel-{instance.hotel_id} | moved | id",
    ),
    _call(
        "in save()",
        """
        from django.db import models


        class Desk(models.Model):
            def save(self, *args, **kwargs):
                super().save(*args, **kwargs)
                pusher_client.trigger(f"desk-{self.pk}", "saved", {"id": self.pk})
        """,
        "desk-{self.pk} | saved | id",
    ),
    _call(
        "in on_commit",
        """
        from django.db import transaction


        def f():
            transaction.on_commit(lambda: CALL)
        """,
    ),
    _call(
        "batch",
        """
        def f():
            pusher_client.trigger_batch(
                [
                    {"channel": "room", "name": "moved", "data": {"id": 1}},
                    {"channel": "desk", "name": "gone", "data": {"no": 1}, "socket_id": "1.2"},
                ]
            )
        """,
        _ONE,
        "desk | gone | no",
    ),
    _call(
        "batch from a comprehension",
        """
        def f(rooms):
            pusher_client.trigger_batch(
                [{"channel": f"r-{r.id}", "name": "moved", "data": {"id": r.id}} for r in rooms]
            )
        """,
        "each of r-{r.id} | moved | id",
    ),
    _call(
        "batch built in a loop",
        """
        def f(rooms):
            batch = []
            for room in rooms:
                batch.append({"channel": f"r-{room.id}", "name": "moved", "data": {"id": room.id}})
            pusher_client.trigger_batch(batch)
        """,
        "each of r-{room.id} | moved | id",
    ),
    _call(
        "batch in slices of ten",
        """
        def f(rooms):
            batch = [dict(channel="rooms", name="moved", data={"id": r.id}) for r in rooms]
            for start in range(0, len(batch), 10):
                pusher_client.trigger_batch(batch[start : start + 10])
        """,
        "each of rooms | moved | id",
    ),
    _call(
        "batch of a function",
        """
        def event_of(room):
            return {"channel": "rooms", "name": "moved", "data": {"id": room.id}}


        def f(rooms):
            pusher_client.trigger_batch(batch=[event_of(room) for room in rooms])
        """,
        "each of rooms | moved | id",
    ),
    _call(
        "batch that is not known",
        """
        def f(batch):
            pusher_client.trigger_batch(batch.events)
        """,
        "{batch.events} | {batch.events} | ?",
    ),
    _call(
        "thread",
        """
        from threading import Thread


        def f():
            Thread(target=pusher_client.trigger, args=(ARGS)).start()
        """,
    ),
    _call(
        "thread with keywords",
        """
        import threading


        def f():
            thread = threading.Thread(
                target=pusher_client.trigger,
                args=["room"],
                kwargs={"event_name": "moved", "data": {"id": 1}},
                daemon=True,
            )
            thread.start()
        """,
    ),
    _call(
        "thread with a lambda",
        """
        from threading import Thread


        def f():
            Thread(target=lambda: CALL).start()
        """,
    ),
    _call(
        "timer",
        """
        from threading import Timer


        def f():
            Timer(5.0, pusher_client.trigger, [ARGS]).start()
        """,
    ),
    _call(
        "executor",
        """
        from concurrent.futures import ThreadPoolExecutor

        executor = ThreadPoolExecutor()


        def f():
            executor.submit(pusher_client.trigger, ARGS)
        """,
    ),
    _call(
        "executor's map",
        """
        from concurrent.futures import ThreadPoolExecutor

        executor = ThreadPoolExecutor()


        def f(channels, events, payloads):
            executor.map(pusher_client.trigger, channels, events, payloads)
        """,
        "{?} | {?} | ?",
    ),
    _call(
        "sync_to_async",
        """
        from asgiref.sync import sync_to_async


        async def f():
            await sync_to_async(pusher_client.trigger)(ARGS)
        """,
    ),
    _call(
        "sync_to_async with options",
        """
        from asgiref.sync import sync_to_async

        send = sync_to_async(pusher_client.trigger, thread_sensitive=False)


        async def f():
            await send(ARGS)
        """,
    ),
    _call(
        "run_in_executor",
        """
        import asyncio


        async def f():
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, pusher_client.trigger, ARGS)
        """,
    ),
    _call(
        "asyncio.to_thread",
        """
        import asyncio


        async def f():
            asyncio.create_task(asyncio.to_thread(pusher_client.trigger, ARGS))
        """,
    ),
    _call(
        "run_in_threadpool and anyio",
        """
        import anyio
        from fastapi.concurrency import run_in_threadpool


        async def f():
            await run_in_threadpool(pusher_client.trigger, ARGS)
            await anyio.to_thread.run_sync(pusher_client.trigger, ARGS)
        """,
        _ONE,
        _ONE,
    ),
    _call(
        "background task",
        """
        from fastapi import BackgroundTasks


        def f(tasks: BackgroundTasks):
            tasks.add_task(pusher_client.trigger, "room", "moved", data={"id": 1})
        """,
    ),
    _call(
        "call_soon and call_later",
        """
        import asyncio


        def f():
            loop = asyncio.get_event_loop()
            loop.call_soon_threadsafe(pusher_client.trigger, ARGS)
            loop.call_later(2, pusher_client.trigger, ARGS)
        """,
        _ONE,
        _ONE,
    ),
    _call(
        "partial passed on",
        """
        from functools import partial

        from django.db import transaction


        def f():
            transaction.on_commit(partial(pusher_client.trigger, ARGS))
        """,
    ),
    _call(
        "partial in a variable",
        """
        from functools import partial

        tell_room = partial(pusher_client.trigger, "room")


        def f():
            tell_room("moved", {"id": 1})
        """,
    ),
    _call(
        "partial in a variable, passed on",
        """
        from functools import partial

        from django.db import transaction


        def f():
            tell = partial(pusher_client.trigger, ARGS)
            transaction.on_commit(tell)
        """,
    ),
    _call(
        "bound method passed to something unknown",
        """
        from elsewhere import retry


        def f():
            retry(pusher_client.trigger, 3)
        """,
        "{?} | {?} | ?",
    ),
)

WRAPPERS = (
    _call(
        "function",
        """
        def send(channel, event, data):
            pusher_client.trigger(channel, event, data)


        def f():
            send(ARGS)
        """,
    ),
    _call(
        "function with a fixed part",
        """
        def send(event, **data):
            pusher_client.trigger("room", event, data)


        def f():
            send("moved", id=1)
        """,
    ),
    _call(
        "function that composes the channel",
        """
        def send(room, event, data):
            pusher_client.trigger(f"room-{room.id}", event, data)


        def f(booking):
            send(booking.room, "moved", {"id": 1})
        """,
        "room-{booking.room.id} | moved | id",
    ),
    _call(
        "function that adds to the payload",
        """
        def send(channel, event, data):
            data = {**data, "at": 1}
            pusher_client.trigger(channel, event, data)


        def f():
            send(ARGS)
        """,
        "room | moved | id, at",
    ),
    _call(
        "function that adds to what it is given",
        """
        def send(channel, event, data):
            data["at"] = 1
            pusher_client.trigger(channel, event, data)


        def f():
            send(ARGS)
        """,
        "room | moved | id, at",
    ),
    _call(
        "function with a default",
        """
        def send(data, channel="room", event="moved"):
            pusher_client.trigger(channel, event, data)


        def f():
            send({"id": 1})
        """,
    ),
    _call(
        "function with *args and **kwargs",
        """
        def send(*args, **kwargs):
            try:
                pusher_client.trigger(*args, **kwargs)
            except Exception:
                pass


        def f():
            send("room", "moved", data={"id": 1})
        """,
    ),
    _call(
        "three deep",
        """
        def low(channel, event, data):
            pusher_client.trigger(channel, event, data)


        def middle(channel, event, **data):
            low(channel, event, data)


        def high(event, number):
            middle("room", event, id=number)


        def f():
            high("moved", 1)
        """,
    ),
    _call(
        "thirty deep",
        "def w0(channel, event, data):\n    pusher_client.trigger(channel, event, data)\n\n\n"
        + "".join(
            f"def w{i}(channel, event, data):\n    w{i - 1}(channel, event, data)\n\n\n"
            for i in range(1, 31)
        )
        + "def f():\n    w30(ARGS)\n",
    ),
    _call(
        "recursion",
        """
        def send(channel, event, data, tries=3):
            try:
                pusher_client.trigger(channel, event, data)
            except OSError:
                if tries:
                    send(channel, event, data, tries - 1)


        def f():
            send(ARGS)
        """,
    ),
    _call(
        "mutual recursion",
        """
        def send(channel, event, data):
            pusher_client.trigger(channel, event, data)
            again(channel, event, data)


        def again(channel, event, data):
            if data:
                send(channel, event, data)


        def f():
            send(ARGS)
        """,
    ),
    _call(
        "method",
        """
        class Notifier:
            def send(self, channel, event, data):
                pusher_client.trigger(channel, event, data)


        notifier = Notifier()


        def f():
            notifier.send(ARGS)
        """,
    ),
    _call(
        "method of a base class",
        """
        class Base:
            def _send(self, event, data):
                pusher_client.trigger("room", event, data)


        class View(Base):
            def post(self, request):
                self._send("moved", {"id": 1})
        """,
    ),
    _call(
        "method with the channel in a class attribute",
        """
        class Base:
            channel = None

            def tell(self, event, data):
                pusher_client.trigger(self.channel, event, data)


        class RoomDesk(Base):
            channel = "room"


        def f():
            RoomDesk().tell("moved", {"id": 1})
        """,
    ),
    _call(
        "method with the channel in the constructor",
        """
        class Notifier:
            def __init__(self, channel):
                self.channel = channel

            def tell(self, event, data):
                pusher_client.trigger(self.channel, event, data)


        def f():
            notifier = Notifier("room")
            notifier.tell("moved", {"id": 1})
        """,
    ),
    _call(
        "static method and class method",
        """
        class Notifier:
            @staticmethod
            def low(channel, event, data):
                pusher_client.trigger(channel, event, data)

            @classmethod
            def send(cls, event, data):
                cls.low("room", event, data)


        def f():
            Notifier.send("moved", {"id": 1})
        """,
    ),
    _call(
        "overridden method",
        """
        class Notifier:
            def send(self, channel, event, data):
                pusher_client.trigger(channel, event, data)


        class Loud(Notifier):
            def send(self, channel, event, data):
                print(event)
                super().send(channel, event, data)


        def f():
            Loud().send(ARGS)
        """,
    ),
    _call(
        "lambda",
        """
        send = lambda event, data: pusher_client.trigger("room", event, data)


        def f():
            send("moved", {"id": 1})
        """,
    ),
    _call(
        "closure",
        """
        def teller(channel):
            def tell(event, data):
                pusher_client.trigger(channel, event, data)

            return tell


        def f():
            teller("room")("moved", {"id": 1})
        """,
        "{channel} | moved | id",
        note="the outer function's argument is not followed",
    ),
    _call(
        "under a decorator",
        """
        from elsewhere import retry


        @retry(times=3)
        def send(channel, event, data):
            pusher_client.trigger(channel, event, data)


        def f():
            send(ARGS)
        """,
    ),
    _call(
        "imported under another name",
        """
        from realtime.low import send as tell


        def f():
            tell(ARGS)
        """,
        own=True,
        files={"realtime/low.py": """
            from realtime.client import pusher_client


            def send(channel, event, data):
                pusher_client.trigger(channel, event, data)
            """},
    ),
    _call(
        "in another variable",
        """
        def send(channel, event, data):
            pusher_client.trigger(channel, event, data)


        tell = send


        def f():
            tell(ARGS)
        """,
    ),
    _call(
        "in a thread",
        """
        from threading import Thread


        def send(channel, event, data):
            Thread(target=pusher_client.trigger, args=(channel, event, data)).start()


        def f():
            Thread(target=send, args=(ARGS)).start()
        """,
    ),
    _call(
        "Celery task",
        """
        from celery import shared_task


        @shared_task
        def send(channel, event, data):
            pusher_client.trigger(channel, event, data)


        def f():
            send.delay(ARGS)
            send.apply_async(args=("room", "moved"), kwargs={"data": {"id": 1}}, countdown=3)
            send.s("room", "moved", {"id": 1}).apply_async()
        """,
        _ONE,
        _ONE,
        _ONE,
    ),
    _call(
        "bound Celery task",
        """
        from celery import shared_task


        @shared_task(bind=True, max_retries=3)
        def send(self, channel, event, data):
            try:
                pusher_client.trigger(channel, event, data)
            except Exception as error:
                raise self.retry(exc=error)


        def f():
            send.delay(ARGS)
        """,
    ),
    _call(
        "task of RQ, Dramatiq, Huey and Django Q",
        """
        from django_q.tasks import async_task
        from vendored import actor, queue


        def send(channel, event, data):
            pusher_client.trigger(channel, event, data)


        @actor
        def act(channel, event, data):
            pusher_client.trigger(channel, event, data)


        def f():
            queue.enqueue(send, ARGS)
            async_task(send, ARGS)
            act.send(ARGS)
        """,
        _ONE,
        _ONE,
        _ONE,
    ),
    _call(
        "on_commit of a partial",
        """
        from functools import partial

        from django.db import transaction


        def send(channel, event, data):
            pusher_client.trigger(channel, event, data)


        def f():
            transaction.on_commit(partial(send, "room", "moved", data={"id": 1}))
        """,
    ),
    _call(
        "sync_to_async",
        """
        from asgiref.sync import sync_to_async


        def send(channel, event, data):
            pusher_client.trigger(channel, event, data)


        async def f():
            await sync_to_async(send)(ARGS)
        """,
    ),
    _call(
        "async",
        """
        async def send(channel, event, data):
            await pusher_client.trigger(channel, event, data)


        async def f():
            await send(ARGS)
        """,
    ),
    _call(
        "batch of a parameter",
        """
        def send(events):
            pusher_client.trigger_batch(events)


        def f():
            send([{"channel": "room", "name": "moved", "data": {"id": 1}}])
        """,
    ),
    _call(
        "several events",
        """
        def send(channel, data):
            pusher_client.trigger(channel, "moved", data)
            pusher_client.trigger("log", "moved", data)


        def f():
            send("room", {"id": 1})
        """,
        _ONE,
        "log | moved | id",
    ),
)
