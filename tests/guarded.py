"""A small Django project with a manager, for tests of the regression guard."""

from __future__ import annotations

from pathlib import Path

from pusher_migrate.catalogue import choose_catalogue
from pusher_migrate.config import make_settings
from pusher_migrate.model import Plan
from pusher_migrate.plan import build_plan

CATALOGUE = """\
[legacy]
transport = ["shop.manager.*"]

[manager]
object = "shop.manager.notification_manager"

[[event]]
event = "order-paid"
call = "realtime_order_paid(order)"
"""

CLIENT = """\
import pusher

pusher_client = pusher.Pusher(app_id="1", key="k", secret="s")
"""

MANAGER = """\
from shop.realtime import pusher_client


class NotificationManager:
    def realtime_order_paid(self, order):
        pusher_client.trigger("orders", "order-paid", {"id": order.id})


notification_manager = NotificationManager()
"""

MODELS = """\
from django.db import models


class Order(models.Model):
    total = models.IntegerField()
"""

HEAD = """\
from shop.models import Order
from shop.realtime import pusher_client


def pay(request, pk):
    order = Order.objects.get(pk=pk)
"""

#: A legacy call that the catalogue knows, and one that it does not.
EVENT = 'pusher_client.trigger("orders", "order-paid", {"id": order.id})'
UNKNOWN = 'pusher_client.trigger("orders", "order-lost", {"id": order.id})'
#: The line on which what is given to `files` begins.
FIRST = HEAD.count("\n") + 1


def files(body: str) -> dict[str, str]:
    """The project, with lines at the end of the function ``pay`` in ``shop/views.py``."""
    return {
        "manage.py": "",
        "pusher-migrate.toml": CATALOGUE,
        "shop/__init__.py": "",
        "shop/realtime.py": CLIENT,
        "shop/manager.py": MANAGER,
        "shop/models.py": MODELS,
        "shop/views.py": HEAD + body,
    }


def write(root: Path, contents: dict[str, str]) -> Path:
    """Write files below a directory, which is made."""
    for name, text in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root


def plan_of(root: Path, contents: dict[str, str]) -> Plan:
    """What ``migrate`` would do in a project."""
    write(root, contents)
    catalogue = choose_catalogue(root)
    assert catalogue is not None
    return build_plan(root, None, catalogue, make_settings(root))
