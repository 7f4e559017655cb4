"""A small project as files, and helpers around it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

SCRIPT = Path(sys.executable).with_name("pusher-migrate")

FILES = {
    "manage.py": "import django\n",
    "shop/__init__.py": "",
    "shop/realtime.py": """\
import pusher

pusher_client = pusher.Pusher(app_id="1", key="k", secret="s")
""",
    "shop/manager.py": '''\
from shop.realtime import pusher_client


class NotificationManager:
    def _send(self, channel, event, data):
        pusher_client.trigger(channel, event, data)

    def realtime_order_paid(self, order):
        """Tells the shop."""
        self._send(f"shop-{order.shop.id}", "order_paid", {"id": order.id, "total": order.total})

    def realtime_order_sent(self, order):
        self._send(f"shop-{order.shop.id}", "order_sent", {"id": order.id})


notification_manager = NotificationManager()
''',
    "shop/models.py": """\
from django.db import models


class Shop(models.Model):
    name = models.CharField(max_length=20)


class Order(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    total = models.IntegerField()
""",
    "shop/views.py": """\
from shop.models import Order
from shop.realtime import pusher_client


def pay(request, pk):
    order = Order.objects.get(pk=pk)
    order.save()
    pusher_client.trigger(
        f"shop-{order.shop.id}", "order-paid", {"id": order.id, "total": order.total}
    )


def send(request, pk):
    order = Order.objects.get(pk=pk)
    order.save()
    pusher_client.trigger(f"shop-{order.shop.id}", "order-sent", {"id": order.id, "by": "post"})


def count(request):
    pusher_client.trigger("shops", "stock-counted", {})
""",
    "pusher-migrate.toml": """\
[legacy]
clients = ["shop.realtime.pusher_client"]
transport = ["shop.manager.*"]

[manager]
object = "shop.manager.notification_manager"

[[event]]
event = "order-paid"
call = "realtime_order_paid(order)"

[[event]]
event = "order-sent"
call = "realtime_order_sent(order)"

# Deferring to the commit has tests of its own; here it would only lengthen what is expected.
[django]
on_commit = false
""",
}

# A change that is safe, one that is for review (it loses the key "by"), one call without an entry.
PAID = "PM101:shop/views.py:8:5"
SENT = "PM101:shop/views.py:16:5"

Run = Callable[..., subprocess.CompletedProcess[bytes]]


def write_files(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files, their directories too."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def git(root: Path, *arguments: str | Path) -> str:
    """Run git in a directory and give what it says."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commit(root: Path) -> None:
    """Commit everything."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "state")
