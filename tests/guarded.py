"""A small Django project with a manager, for tests of the regression guard."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def run(
    root: Path, *arguments: str | Path, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program in a directory, to its end.

    Args:
        root: The working directory.
        arguments: Of the program.
        text: Standard input.
    """
    command = [sys.executable, "-m", "pusher_migrate", *map(str, arguments)]
    return subprocess.run(
        command, cwd=root, input=text or "", capture_output=True, text=True, encoding="utf-8"
    )


def check(root: Path, *arguments: str | Path) -> tuple[int, list[str]]:
    """Exit code of a check, and the lines of its report without their messages."""
    done = run(root, "check", *arguments)
    assert "Traceback" not in done.stderr
    return done.returncode, [" ".join(line.split()[:2]) for line in done.stdout.splitlines()]


def document(root: Path, *arguments: str | Path) -> dict[str, Any]:
    """What a check says as JSON."""
    done = run(root, "check", "--format", "json", *arguments)
    value: dict[str, Any] = json.loads(done.stdout)
    assert value["exit_code"] == done.returncode
    return value


def git(root: Path, *arguments: str) -> str:
    """Run git in a directory; its output."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
