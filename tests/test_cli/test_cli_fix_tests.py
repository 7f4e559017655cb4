"""``migrate --fix-tests``: a test that would not see a deferred event is edited, if asked to."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

BASE = Path(__file__).parents[2] / "golden" / "rules" / "base"
VIEWS = """
from notifications.manager import notifier
from shop.models import Order


def pay(request, pk):
    order = Order.objects.get(pk=pk)
    order.save()
    notifier.realtime_order_updated(order)
"""
TESTS = """
from unittest import mock

from django.test import TestCase

from shop.views import pay


class PayTests(TestCase):
    @mock.patch("notifications.manager.pusher_client")
    def test_pay(self, client):
        pay(None, 1)
        client.trigger.assert_called_once()
"""


def project(target: Path) -> Path:
    shutil.copytree(BASE, target)
    catalogue = target / "pusher-migrate.toml"
    catalogue.write_text(catalogue.read_text().replace("on_commit = false", "on_commit = true"))
    (target / "shop" / "views.py").write_text(VIEWS)
    (target / "shop" / "tests.py").write_text(TESTS)
    subprocess.run(["git", "init", "-q", "."], cwd=target, check=True)
    return target


def migrate(target: Path, *flags: str) -> str:
    command = [sys.executable, "-m", "pusher_migrate", "migrate", "--unsafe", "--allow-dirty"]
    done = subprocess.run([*command, *flags], cwd=target, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return (target / "shop" / "tests.py").read_text()


def test_tests_are_edited_on_request_only(tmp_path: Path) -> None:
    assert migrate(project(tmp_path / "without")) == TESTS
    edited = migrate(project(tmp_path / "with"), "--fix-tests")
    wrapped = "with self.captureOnCommitCallbacks(execute=True):\n            pay(None, 1)\n"
    assert wrapped in edited
