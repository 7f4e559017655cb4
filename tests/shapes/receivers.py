"""Where the client comes from."""

from __future__ import annotations

from tests.shapes.table import Shape, shape

_ONE = "room | moved | id"
_CALL = '.trigger("room", "moved", {"id": 1})'
_MAKE = 'Pusher("1", "k", "s")'


def _receiver(name: str, code: str, **options: object) -> Shape:
    """A shape in which ``SEND`` is the call of a client's method and ``MAKE`` makes a client."""
    return shape(name, code.replace("SEND", _CALL).replace("MAKE", _MAKE), _ONE, **options)


RECEIVERS = (
    _receiver(
        "imported name",
        """
        def f():
            pusher_clientSEND
        """,
    ),
    _receiver(
        "imported under another name",
        """
        from realtime.client import pusher_client as push


        def f():
            pushSEND
        """,
        own=True,
    ),
    _receiver(
        "imported in the function",
        """
        def f():
            from realtime.client import pusher_client as p

            pSEND
        """,
        own=True,
    ),
    _receiver(
        "imported under try",
        """
        try:
            from realtime.client import pusher_client as p
        except ImportError:
            p = None


        def f():
            if p:
                pSEND
        """,
        own=True,
    ),
    _receiver(
        "attribute of a module",
        """
        from realtime import client


        def f():
            client.pusher_clientSEND
        """,
        own=True,
    ),
    _receiver(
        "attribute of a module by its whole name",
        """
        import realtime.client


        def f():
            realtime.client.pusher_clientSEND
        """,
        own=True,
    ),
    _receiver(
        "re-export of a package",
        """
        from shared import live


        def f():
            liveSEND
        """,
        own=True,
        files={"shared/__init__.py": "from realtime.client import pusher_client as live\n"},
    ),
    _receiver(
        "star import",
        """
        from realtime.client import *


        def f():
            pusher_clientSEND
        """,
        own=True,
    ),
    _receiver(
        "relative import",
        """
        from . import client as realtime


        def f():
            realtime.pusher_clientSEND
        """,
        own=True,
        files={
            "__init__.py": "",
            "client.py": "import pusher\n\npusher_client = pusher.MAKE\n".replace("MAKE", _MAKE),
        },
    ),
    _receiver(
        "SDK imported under another name",
        """
        from pusher import Pusher as Sender

        p = Sender("1", "k", "s")


        def f():
            pSEND
        """,
        own=True,
    ),
    _receiver(
        "from_url and from_env",
        """
        import pusher

        p = pusher.Pusher.from_env()


        def f():
            pSEND
        """,
        own=True,
    ),
    _receiver(
        "PusherClient",
        """
        from pusher.pusher_client import PusherClient

        p = PusherClient("1", "k", "s")


        def f():
            pSEND
        """,
        own=True,
    ),
    _receiver(
        "conditional definition",
        """
        import os
        from pusher import Pusher

        if os.environ.get("PUSHER_KEY"):
            p = MAKE
        else:
            p = None


        def f():
            if p is not None:
                pSEND
        """,
        own=True,
    ),
    _receiver(
        "conditional expression",
        """
        import os
        from pusher import Pusher

        p = MAKE if os.environ.get("KEY") else None


        def f():
            pSEND
        """,
        own=True,
    ),
    _receiver(
        "made after the function that uses it",
        """
        from pusher import Pusher


        def f():
            pSEND


        p = MAKE
        """,
        own=True,
    ),
    _receiver(
        "made in the function that uses it",
        """
        import pusher


        def f():
            client = pusher.MAKE
            clientSEND
        """,
        own=True,
    ),
    _receiver(
        "made on the spot",
        """
        import pusher


        def f():
            pusher.MAKESEND
        """,
        own=True,
    ),
    _receiver(
        "assignment expression",
        """
        import pusher


        def f():
            if client := pusher.MAKE:
                clientSEND
        """,
        own=True,
    ),
    _receiver(
        "tuple assignment",
        """
        from pusher import Pusher

        main, spare = MAKE, MAKE


        def f():
            spareSEND
        """,
        own=True,
    ),
    _receiver(
        "global set in a function",
        """
        from pusher import Pusher

        _client = None


        def connect():
            global _client
            _client = MAKE


        def f():
            _clientSEND
        """,
        own=True,
    ),
    _receiver(
        "factory function",
        """
        from pusher import Pusher


        def get_pusher():
            return MAKE


        def f():
            get_pusher()SEND
        """,
        own=True,
    ),
    _receiver(
        "factory with a cache",
        """
        from functools import lru_cache
        from pusher import Pusher


        @lru_cache(maxsize=None)
        def get_pusher():
            return MAKE


        def f():
            client = get_pusher()
            clientSEND
        """,
        own=True,
    ),
    _receiver(
        "factory that fills a global",
        """
        from pusher import Pusher

        _client = None


        def get_pusher():
            global _client
            if _client is None:
                _client = MAKE
            return _client


        def f():
            get_pusher()SEND
        """,
        own=True,
    ),
    _receiver(
        "factory that may give None",
        """
        import os
        from pusher import Pusher


        def get_pusher():
            if not os.environ.get("KEY"):
                return None
            return MAKE


        def f():
            client = get_pusher()
            if client:
                clientSEND
        """,
        own=True,
    ),
    _receiver(
        "annotated factory",
        """
        from pusher import Pusher
        from vendored import build


        def get_pusher() -> Pusher:
            return build()


        def f():
            get_pusher()SEND
        """,
        own=True,
    ),
    _receiver(
        "partial of the constructor",
        """
        from functools import partial
        from pusher import Pusher

        make = partial(Pusher, "1", "k", "s")


        def f():
            make()SEND
        """,
        own=True,
    ),
    _receiver(
        "lazy object",
        """
        from django.utils.functional import SimpleLazyObject
        from pusher import Pusher

        p = SimpleLazyObject(lambda: MAKE)


        def f():
            pSEND
        """,
        own=True,
    ),
    _receiver(
        "class attribute",
        """
        from pusher import Pusher


        class Notifier:
            client = MAKE

            def f(self):
                self.clientSEND


        def g():
            pass
        """,
        own=True,
    ),
    _receiver(
        "class attribute by the class",
        """
        from pusher import Pusher


        class Realtime:
            client = MAKE


        def f():
            Realtime.clientSEND
        """,
        own=True,
    ),
    _receiver(
        "attribute of a mixin",
        """
        from pusher import Pusher


        class PusherMixin:
            push = MAKE


        class View(PusherMixin):
            def post(self, request):
                self.pushSEND
        """,
        own=True,
    ),
    _receiver(
        "instance attribute set in __init__",
        """
        from pusher import Pusher


        class Notifier:
            def __init__(self):
                self._client = MAKE

            def f(self):
                self._clientSEND
        """,
        own=True,
    ),
    _receiver(
        "instance attribute set from the constructor's argument",
        """
        class Notifier:
            def __init__(self, sender):
                self.sender = sender

            def f(self):
                self.senderSEND


        notifier = Notifier(pusher_client)
        """,
    ),
    _receiver(
        "constructor's argument with a default",
        """
        from pusher import Pusher


        class Notifier:
            def __init__(self, sender=None):
                self.sender = sender or MAKE

            def f(self):
                self.senderSEND
        """,
        own=True,
    ),
    _receiver(
        "constructor's argument passed to super().__init__",
        """
        class Base:
            def __init__(self, sender):
                self.sender = sender


        class Notifier(Base):
            def __init__(self, sender):
                super().__init__(sender)

            def f(self):
                self.senderSEND


        notifier = Notifier(pusher_client)
        """,
    ),
    _receiver(
        "field of a dataclass",
        """
        from dataclasses import dataclass
        from pusher import Pusher


        @dataclass
        class Notifier:
            sender: Pusher

            def f(self):
                self.senderSEND
        """,
        own=True,
    ),
    _receiver(
        "property",
        """
        from pusher import Pusher


        class Notifier:
            @property
            def sender(self):
                return MAKE

            def f(self):
                self.senderSEND
        """,
        own=True,
    ),
    _receiver(
        "cached property that fills an attribute",
        """
        from functools import cached_property
        from pusher import Pusher


        class Notifier:
            @cached_property
            def sender(self):
                return MAKE


        def f():
            Notifier().senderSEND
        """,
        own=True,
    ),
    _receiver(
        "class method that makes one",
        """
        from pusher import Pusher


        class Realtime:
            @classmethod
            def client(cls):
                return MAKE


        def f():
            Realtime.client()SEND
        """,
        own=True,
    ),
    _receiver(
        "singleton",
        """
        from pusher import Pusher


        class Realtime:
            _instance = None

            def __init__(self):
                self.client = MAKE

            @classmethod
            def get(cls):
                if cls._instance is None:
                    cls._instance = cls()
                return cls._instance


        def f():
            Realtime.get().clientSEND
        """,
        own=True,
    ),
    _receiver(
        "subclass of Pusher",
        """
        from pusher import Pusher


        class Sender(Pusher):
            pass


        def f():
            Sender("1", "k", "s")SEND
        """,
        own=True,
    ),
    _receiver(
        "in a subclass of Pusher",
        """
        from pusher import Pusher


        class Sender(Pusher):
            def moved(self):
                selfSEND
        """,
        own=True,
    ),
    _receiver(
        "subclass of Pusher with its own trigger",
        """
        import logging
        from pusher import Pusher


        class Sender(Pusher):
            def trigger(self, channels, event_name, data, socket_id=None):
                logging.info(event_name)
                return super().trigger(channels, event_name, data, socket_id)


        sender = Sender("1", "k", "s")


        def f():
            senderSEND
        """,
        own=True,
    ),
    _receiver(
        "the SDK copied into the tree",
        """
        from vendor.pusher import Pusher

        p = MAKE


        def f():
            pSEND
        """,
        own=True,
        files={
            "vendor/__init__.py": "",
            "vendor/pusher/__init__.py": "from .pusher import Pusher\n",
            "vendor/pusher/signature.py": "",
            "vendor/pusher/pusher_client.py": "class PusherClient:\n    pass\n",
            "vendor/pusher/pusher.py": """
            from .pusher_client import PusherClient


            class Pusher:
                def __init__(self, *args):
                    self._pusher_client = PusherClient(*args)

                def trigger(self, *args, **kwargs):
                    return self._pusher_client.trigger(*args, **kwargs)
            """,
        },
    ),
    _receiver(
        "in a file called as the SDK",
        """
        from chat.pusher import client


        def f():
            clientSEND
        """,
        own=True,
        files={"chat/pusher.py": f"import pusher\n\nclient = pusher.{_MAKE}\n"},
    ),
    _receiver(
        "Django setting",
        """
        from django.conf import settings


        def f():
            settings.PUSHER_CLIENTSEND
        """,
        own=True,
        files={
            "site/settings.py": "import pusher\n\nPUSHER_CLIENT = pusher.Pusher('1', 'k', 's')\n"
        },
    ),
    _receiver(
        "Django setting by getattr",
        """
        from django.conf import settings


        def f():
            client = getattr(settings, "PUSHER_CLIENT", None)
            if client:
                clientSEND
        """,
        own=True,
        files={
            "site/settings/__init__.py": "from .base import *\n",
            "site/settings/base.py": f"import pusher\n\nPUSHER_CLIENT = pusher.{_MAKE}\n",
        },
    ),
    _receiver(
        "settings module imported",
        """
        from site_config import settings


        def f():
            settings.LIVESEND
        """,
        own=True,
        files={
            "site_config/__init__.py": "",
            "site_config/settings.py": "import pusher\n\nLIVE = pusher.Pusher('1', 'k', 's')\n",
        },
    ),
    _receiver(
        "import_string",
        """
        from django.utils.functional import cached_property
        from django.utils.module_loading import import_string


        class Board:
            @cached_property
            def _c(self):
                return import_string("realtime.client.pusher_client")

            def f(self):
                self._cSEND
        """,
        own=True,
    ),
    _receiver(
        "__getattr__ that delegates",
        """
        from pusher import Pusher


        class Proxy:
            def __init__(self):
                self._p = MAKE

            def __getattr__(self, name):
                return getattr(self._p, name)


        proxy = Proxy()


        def f():
            proxySEND
        """,
        own=True,
    ),
    _receiver(
        "setting or client",
        """
        from django.conf import settings
        from realtime.client import pusher_client

        chosen = getattr(settings, "CHOSEN", None) or pusher_client


        def f():
            chosenSEND
        """,
        own=True,
        found_by="value",
    ),
    _receiver(
        "attribute of a Flask application",
        """
        from flask import Flask, current_app
        from pusher import Pusher

        app = Flask(__name__)
        app.live = MAKE


        def f():
            current_app.liveSEND
        """,
        own=True,
        found_by="attribute",
    ),
    _receiver(
        "Flask extension table",
        """
        from flask import Flask, current_app
        from pusher import Pusher


        def create_app():
            app = Flask(__name__)
            app.extensions["live"] = MAKE
            return app


        def f():
            current_app.extensions["live"]SEND
        """,
        own=True,
        found_by="attribute",
    ),
    _receiver(
        "Flask's g",
        """
        from flask import g
        from pusher import Pusher


        def before_request():
            g.live = MAKE


        def f():
            g.liveSEND
        """,
        own=True,
        found_by="attribute",
    ),
    _receiver(
        "state of a FastAPI application",
        """
        from fastapi import FastAPI, Request
        from pusher import Pusher

        app = FastAPI()
        app.state.live = MAKE


        async def f(request: Request):
            request.app.state.liveSEND
        """,
        own=True,
        found_by="attribute",
    ),
    _receiver(
        "FastAPI dependency",
        """
        from fastapi import Depends
        from pusher import Pusher


        def get_client():
            yield MAKE


        def f(client=Depends(get_client)):
            clientSEND
        """,
        own=True,
    ),
    _receiver(
        "annotated dependency",
        """
        from typing import Annotated

        from fastapi import Depends
        from pusher import Pusher
        from vendored import get_client


        def f(client: Annotated[Pusher, Depends(get_client)]):
            clientSEND
        """,
        own=True,
    ),
    _receiver(
        "context manager",
        """
        from contextlib import contextmanager
        from pusher import Pusher


        @contextmanager
        def client():
            yield MAKE


        def f():
            with client() as p:
                pSEND
        """,
        own=True,
    ),
    _receiver(
        "annotated parameter",
        """
        from pusher import Pusher


        def f(client: Pusher | None):
            clientSEND
        """,
        own=True,
    ),
    _receiver(
        "parameter, from what callers pass",
        """
        def f(sender):
            senderSEND


        def g():
            f(pusher_client)
        """,
    ),
    _receiver(
        "parameter with a default",
        """
        def f(sender=pusher_client):
            senderSEND
        """,
    ),
    _receiver(
        "closure",
        """
        import pusher


        def outer():
            client = pusher.MAKE

            def inner():
                clientSEND

            return inner
        """,
        own=True,
    ),
    _receiver(
        "dictionary of clients",
        """
        from pusher import Pusher

        CLIENTS = {"eu": MAKE, "us": MAKE}


        def f(region):
            CLIENTS[region]SEND
        """,
        own=True,
    ),
    _receiver(
        "dictionary of clients, by get",
        """
        from pusher import Pusher

        CLIENTS = {region: MAKE for region in ("eu", "us")}


        def f(region):
            client = CLIENTS.get(region)
            clientSEND
        """,
        own=True,
    ),
    _receiver(
        "dictionary of clients, filled later",
        """
        from pusher import Pusher

        _clients = {}


        def client_for(region):
            if region not in _clients:
                _clients[region] = MAKE
            return _clients[region]


        def f(region):
            client_for(region)SEND
        """,
        own=True,
    ),
    _receiver(
        "loop over clients",
        """
        from pusher import Pusher

        CLIENTS = [MAKE, MAKE]


        def f():
            for client in CLIENTS:
                clientSEND
        """,
        own=True,
    ),
    _receiver(
        "values of a dictionary of clients",
        """
        from pusher import Pusher

        CLIENTS: dict[str, Pusher] = {}


        def f():
            for name, client in CLIENTS.items():
                clientSEND
        """,
        own=True,
    ),
    _receiver(
        "cast",
        """
        from typing import cast

        from pusher import Pusher
        from vendored import thing


        def f():
            cast(Pusher, thing)SEND
        """,
        own=True,
    ),
    _receiver(
        "by its name, when its import cannot be seen",
        """
        from vendored.realtime import pusher_client


        def f():
            pusher_clientSEND
        """,
        own=True,
        found_by="name",
    ),
    _receiver(
        "by its name, as an attribute of something unknown",
        """
        class View:
            def post(self, request):
                request.services.pusherSEND
        """,
        own=True,
        found_by="name",
    ),
    shape(
        "SDK before 1.0",
        """
        def f(room):
            pusher_client["room"].trigger("moved", {"id": room.id})
        """,
        _ONE,
    ),
    _receiver(
        "bound method in a variable",
        """
        send = pusher_client.trigger


        def f():
            send("room", "moved", {"id": 1})
        """,
    ),
    _receiver(
        "bound method in an attribute",
        """
        class Notifier:
            def __init__(self):
                self.emit = pusher_client.trigger

            def f(self):
                self.emit("room", "moved", {"id": 1})
        """,
    ),
    _receiver(
        "bound method by getattr",
        """
        def f():
            getattr(pusher_client, "trigger")("room", "moved", {"id": 1})
        """,
    ),
    _receiver(
        "instance of an inner class",
        """
        import pusher


        def f():
            class Local:
                def __init__(self):
                    self.c = pusher.MAKE

                def go(self):
                    self.cSEND

            Local().go()
        """,
        own=True,
    ),
)
