"""PM201 and PM202: what is said of a deferral, what selects it, what the user gets.

What becomes of code is held by the cases in ``golden/rules/on_commit``, and that no event changes
by `test_on_commit_programs`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pusher_migrate import catalogue as catalogues
from pusher_migrate import edits as edit_tools
from pusher_migrate import source as sources
from pusher_migrate.config import CodeOptions, make_settings
from pusher_migrate.model import Applicability, Change, Deferral, Plan
from pusher_migrate.plan import build_plan

BASE = Path(__file__).parents[2] / "golden" / "rules" / "base"
HEAD = """\
from django.db import transaction

from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Courier, Order, Shelf


"""
DJANGO = "[django]\non_commit = false"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The small project around the golden cases, with deferring switched on."""
    root = tmp_path / "project"
    shutil.copytree(BASE, root, ignore=shutil.ignore_patterns("__pycache__"))
    configure(root, "on_commit = true")
    return root


def configure(root: Path, django: str) -> None:
    path = root / "pusher-migrate.toml"
    text = path.read_text(encoding="utf-8")
    start = text.index("[django]")
    end = text.index("\n\n", start)
    path.write_text(f"{text[:start]}[django]\n{django}{text[end:]}", encoding="utf-8")


def plan(root: Path, code: str, *, select: str = "PM1,PM2", fix_tests: bool = False) -> Plan:
    (root / "shop" / "views.py").write_text(HEAD + code, encoding="utf-8")
    flags = CodeOptions(tuple(select.split(",")))
    settings = make_settings(root, flags=flags, fix_tests=fix_tests)
    return build_plan(root, None, catalogues.load(root / "pusher-migrate.toml"), settings)


def after(root: Path, made: Plan, path: str = "shop/views.py") -> str:
    source = sources.decode(path, (root / path).read_bytes())
    edits = [e for change in made.changes for e in change.edits if e.path == path]
    return edit_tools.apply_edits(source, edits)


def only_change(made: Plan) -> Change:
    (change,) = [change for change in made.changes if change.code != "PM105"]
    return change


def only_deferral(made: Plan) -> Deferral:
    (deferral,) = made.deferrals
    return deferral


PLAIN = "def pay(order: Order):\n    order.save()\n    notifier.realtime_order_updated(order)\n"


# --- What is said ---------------------------------------------------------------------------------


def test_a_change_tells_where_it_matters_and_what_is_sent(project: Path) -> None:
    change = only_change(plan(project, "@transaction.atomic\n" + PLAIN))
    assert change.code == "PM201"
    assert change.title == "Send realtime_order_updated after the commit"
    assert change.reason.startswith("The function runs in transaction.atomic (line 8): subscribers")
    assert (change.symbol, change.location.line) == ("pay", 11)
    assert change.applicability is Applicability.SAFE
    assert [wire.event for wire in change.effect.after] == ["order_updated"]
    assert change.effect.before == change.effect.after
    assert change.notes == ()


def test_what_a_bulk_write_leaves_out_is_noted(project: Path) -> None:
    code = (
        "def close(order: Order):\n"
        "    Order.objects.filter(pk=order.pk).update(status='x')\n"
        "    notifier.realtime_order_updated(order)\n"
    )
    (note,) = only_change(plan(project, code)).notes
    assert "changes rows, not order" in note and "(line 9)" in note


def test_what_cannot_be_dumped_is_noted(project: Path) -> None:
    code = (
        "import uuid\n\n\n"
        "def move(courier: Courier):\n"
        "    notifier.realtime_courier_moved(courier.id, position=uuid.uuid4())\n"
    )
    (note,) = only_change(plan(project, code)).notes
    assert "uuid.uuid4() goes into the payload as it is" in note and "after the commit" in note


def test_a_dropped_handler_is_noted(project: Path) -> None:
    configure(project, 'on_commit = true\nhandlers = "drop"')
    code = (
        "import logging\n\n\n"
        "def pay(order: Order):\n"
        "    try:\n"
        "        notifier.realtime_order_updated(order)\n"
        "    except Exception:\n"
        "        logging.exception('x')\n"
    )
    made = plan(project, code)
    assert only_change(made).notes == (
        "Its except clause only logged: Django does, with robust=True.",
    )
    assert "except" not in after(project, made)


@pytest.mark.parametrize(
    ("django", "robust", "note"),
    [
        ("django>=5.2", True, ""),
        ("django==3.2", False, "The project allows Django 3.2 (requirements.txt)"),
        ("django", False, "could not be read"),
    ],
)
def test_robust_follows_the_projects_django(
    project: Path, django: str, robust: bool, note: str
) -> None:
    (project / "requirements.txt").write_text(django + "\n", encoding="utf-8")
    made = plan(project, PLAIN)
    assert ("robust=True" in after(project, made)) is robust
    assert any(note in said for said in made.notes) if note else made.notes == ()
    assert bool(only_change(made).notes) is not robust


def test_a_plan_that_defers_nothing_says_nothing_of_robust(project: Path) -> None:
    (project / "requirements.txt").write_text("django\n", encoding="utf-8")
    assert plan(project, "def pay(order):\n    order.save()\n").notes == ()


def test_without_robust_the_handler_moves_even_if_it_was_to_be_dropped(project: Path) -> None:
    configure(project, 'on_commit = true\nhandlers = "drop"')
    (project / "requirements.txt").write_text("django==3.2\n", encoding="utf-8")
    code = (
        "def pay(order: Order):\n"
        "    try:\n"
        "        notifier.realtime_order_updated(order)\n"
        "    except Exception:\n"
        "        print('x')\n"
    )
    text = after(project, plan(project, code))
    assert "except Exception:" in text and "robust" not in text


@pytest.mark.parametrize(
    ("decorator", "actionable"), [("@transaction.atomic\n", True), ("", False)]
)
def test_a_refusal_asks_for_work_only_in_a_transaction(
    project: Path, decorator: str, actionable: bool
) -> None:
    code = f"{decorator}def pay(order: Order):\n    return notifier.realtime_order_updated(order)\n"
    deferral = only_deferral(plan(project, code))
    assert (deferral.code, deferral.actionable) == ("PM202", actionable)
    assert deferral.reason.startswith("Its value is returned, and on_commit gives none")
    assert ("No transaction is visible" in deferral.reason) is not actionable


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("notifier.realtime_order_updated(None)\n", "when the module is loaded"),
        ("def f(xs):\n    return [notifier.realtime_order_updated(x) for x in xs]\n", "collected"),
        ("def f(x):\n    print(notifier.realtime_order_updated(x))\n", "passed on"),
        ("def f(x):\n    return lambda: notifier.realtime_order_updated(x)\n", "of a lambda"),
        ("def f(xs):\n    return map(notifier.realtime_order_updated, xs)\n", "passed on uncalled"),
        (
            "@transaction.atomic\ndef f(x):\n    tell = notifier.realtime_order_updated\n"
            "    tell(x)\n",
            "kept or passed on in a transaction",
        ),
        ("async def f(x):\n    await notifier.realtime_order_updated(x)\n", "is awaited"),
        (
            "def f(x):\n    notifier.realtime_courier_moved(1, (y for y in x))\n",
            "is an iterator, which gives its items once",
        ),
        (
            "def f(x):\n    try:\n        notifier.realtime_order_updated(x)\n"
            "    except* OSError:\n        print(x)\n",
            "the except* at line",
        ),
        (
            "from functools import partial\n\n\ndef f(x: Order):\n    get = partial(max, x)\n"
            "    notifier.realtime_order_updated(get())\n    x.note = 'later'\n",
            "changes get afterwards (x.note)",
        ),
    ],
)
def test_places_that_are_refused(project: Path, code: str, reason: str) -> None:
    deferral = only_deferral(plan(project, code))
    assert deferral.code == "PM202"
    assert reason.lower() in deferral.reason.lower()


@pytest.mark.parametrize(
    ("code", "doubt"),
    [
        (
            "def f(x):\n    notifier.realtime_order_updated(x)\n\n\n"
            "def g(x):\n    f(x)\n    x.status = 1\n",
            "the caller at shop/views.py:14 changes x afterwards (x.status)",
        ),
        (
            "def f(x):\n    notifier.realtime_order_updated(x)\n\n\n"
            "def h(x):\n    f(x)\n\n\ndef g(y):\n    h(y)\n    y.status = 1\n",
            "the caller at shop/views.py:18 changes y afterwards",
        ),
        (
            "def f(x):\n    def g():\n        notifier.realtime_order_updated(x)\n\n"
            "    g()\n    x.status = 1\n",
            "line 13 changes x once g has run (x.status)",
        ),
        (
            "def f(x):\n    notifier.realtime_order_updated(x)\n\n\n"
            "def g(x):\n    try:\n        f(x)\n    except Exception:\n        return 1\n",
            "the except clause at shop/views.py:15 answers to its failure (it returns)",
        ),
        (
            "def f(x):\n    notifier.realtime_order_updated(x)\n    unknown(x)\n",
            "what unknown (line 10) does to x before the commit is not visible",
        ),
        (
            "def f(x: Order):\n    try:\n"
            "        notifier.realtime_order_updated(x.shelf.orders.get())\n"
            "    except Exception:\n        print(x)\n",
            "is evaluated outside of the try now",
        ),
        (
            "def f(x):\n    notifier.realtime_order_updated(x)\n    g(x)\n\n\n"
            "def g(x):\n    return notifier.realtime_order_updated(x)\n",
            "the emission at line 14 may stay as it is",
        ),
        (
            "def f(x, y):\n    while y:\n        g(x)\n\n\n"
            "def g(x):\n    value = notifier.realtime_order_updated(x)\n"
            "    notifier.realtime_order_cancelled(x, 'y')\n    return value\n",
            "the emission at line 14 may stay as it is",
        ),
    ],
)
def test_doubts_make_a_change_one_for_review(project: Path, code: str, doubt: str) -> None:
    change = plan(project, code).changes[0]
    assert change.applicability is Applicability.REVIEW
    assert any(doubt in reason for reason in change.review_reasons), change.review_reasons


# --- What selects it ------------------------------------------------------------------------------

LEGACY = (
    "def pay(order: Order):\n"
    '    pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})\n'
)


@pytest.mark.parametrize(
    ("select", "codes", "waits"),
    [
        ("PM1,PM2", {"PM101", "PM201", "PM105"}, True),
        ("PM1", {"PM101", "PM105"}, False),
        ("PM2", set(), False),
    ],
)
def test_a_rewrite_is_deferred_when_deferring_is_selected(
    project: Path, select: str, codes: set[str], waits: bool
) -> None:
    made = plan(project, LEGACY, select=select)
    assert {code for change in made.changes for code in change.codes} == codes
    assert ("on_commit(" in after(project, made)) is waits


def test_a_rewrite_that_cannot_wait_stays_where_it_is_and_says_so(project: Path) -> None:
    code = LEGACY + "    order.status = 'x'\n"
    made = plan(project, code)
    change = only_change(made)
    assert change.codes == ("PM101",)
    assert "    notifier.realtime_order_updated(order)\n    order.status" in after(project, made)
    deferral = only_deferral(made)
    assert (deferral.code, deferral.location) == ("PM202", change.location)
    assert not plan(project, code, select="PM1").deferrals


def test_an_ignore_comment_keeps_a_call(project: Path) -> None:
    code = PLAIN.rstrip("\n") + "  # pusher-migrate: ignore[PM201]\n"
    assert not plan(project, code).changes


def test_a_manager_known_by_its_name_is_for_review(project: Path) -> None:
    code = "def pay(order, notifier):\n    notifier.realtime_order_updated(order)\n"
    change = only_change(plan(project, code))
    assert "only its name says that the receiver is the manager" in change.review_reasons


# --- The target's tests ---------------------------------------------------------------------------

TESTS = """\
from unittest import mock

from django.test import TestCase

from shop.models import Order
from shop.views import pay


class PayTests(TestCase):
    @mock.patch("shop.views.notifier")
    def test_paid(case, told):
        order = Order.objects.create()
        result = pay(order)  # paid
        told.realtime_order_updated.assert_called_once_with(order)

    @mock.patch("shop.views.notifier")
    def test_in_a_condition(self, told):
        if pay(Order.objects.create()):
            told.realtime_order_updated.assert_called_once()
"""


def test_tests_are_listed_and_the_simple_ones_edited_when_asked(project: Path) -> None:
    (project / "shop" / "tests.py").write_text(TESTS, encoding="utf-8")
    listed = plan(project, PLAIN)
    assert [(d.location.path, d.location.line) for d in listed.deferrals] == [
        ("shop/tests.py", 13),
        ("shop/tests.py", 18),
    ]
    assert {path for change in listed.changes for path in change.paths} == {"shop/views.py"}

    fixed = plan(project, PLAIN, fix_tests=True)
    assert [d.location.line for d in fixed.deferrals] == [18]
    deferring, test = sorted(fixed.changes, key=lambda c: c.location.path != "shop/views.py")
    assert test.applicability is Applicability.REVIEW
    assert test.requires == (deferring.key,)
    assert fixed.only([test.key]).changes == ()
    assert after(project, fixed, "shop/tests.py") == TESTS.replace(
        "        result = pay(order)  # paid\n",
        "        with case.captureOnCommitCallbacks(execute=True):\n"
        "            result = pay(order)  # paid\n",
    )
    (project / "shop" / "tests.py").write_text(
        after(project, fixed, "shop/tests.py"), encoding="utf-8"
    )
    assert [d.location.line for d in plan(project, PLAIN).deferrals] == [19]


# --- What the user gets ---------------------------------------------------------------------------


def test_the_command_line_defers_and_a_second_run_is_empty(project: Path) -> None:
    (project / "shop" / "views.py").write_text(HEAD + PLAIN, encoding="utf-8")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "before"]):
        subprocess.run(["git", *command], cwd=project, check=True)

    def migrate() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pusher_migrate", "migrate", "--yes", "--select", "PM2"]
        return subprocess.run(command, cwd=project, capture_output=True, text=True)

    first = migrate()
    assert first.returncode == 0, first.stderr
    text = (project / "shop" / "views.py").read_text(encoding="utf-8")
    assert "transaction.on_commit(\n        lambda order=order: notifier." in text
    subprocess.run(["git", "commit", "-qam", "after"], cwd=project, check=True)
    second = migrate()
    assert second.returncode == 0, second.stderr
    assert (project / "shop" / "views.py").read_text(encoding="utf-8") == text
