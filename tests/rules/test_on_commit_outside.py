"""PM201: what is done to an object once the function that sends it has returned it, or was left."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pusher_migrate.model import Applicability

from .test_on_commit import plan

RETURNED = """
def open_order(store):
    with transaction.atomic():
        order = Order.objects.create(store=store)
        notifier.realtime_order_updated(order)
    return order


"""
TALLY = """
def tally(courier):
    position = {"n": 1}
    notifier.realtime_courier_moved(courier.id, position)
    return position


"""


ANNOUNCES = """
def announces(function):
    def inner(*args, **kwargs):
        order = function(*args, **kwargs)
        notifier.realtime_order_updated(order)
        return order

    return inner


@announces
def placed(store):
    return Order.objects.create(store=store)


"""


def reasons(root: Path, code: str) -> list[str]:
    """Why the one change of some code is for review; empty when it is safe."""
    made = plan(root, textwrap.dedent(code))
    (change,) = [change for change in made.changes if change.code == "PM201"]
    assert (change.applicability is Applicability.REVIEW) is bool(change.review_reasons)
    return list(change.review_reasons)


# --- What is returned -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (
            RETURNED + "@transaction.atomic\ndef caller(store):\n"
            "    order = open_order(store)\n    order.note = 'shown'\n",
            "changes what it returns afterwards (order.note)",
        ),
        (
            RETURNED + "@transaction.atomic\ndef caller(store):\n"
            "    order = open_order(store)\n    order.delete()\n",
            "(order.delete)",
        ),
        (
            ANNOUNCES + "@transaction.atomic\ndef caller(store):\n"
            "    order = placed(store)\n    order.note = 'shown'\n",
            "changes what it returns afterwards (order.note)",
        ),
        (
            RETURNED + "@transaction.atomic\ndef caller(store):\n    open_order(store).delete()\n",
            "(open_order(store).delete)",
        ),
        (
            RETURNED + "def mark(row):\n    row.note = 'x'\n\n\n"
            "def caller(store):\n    with transaction.atomic():\n        mark(open_order(store))\n",
            "(mark)",
        ),
        (
            RETURNED + "def first(store):\n    return open_order(store)\n\n\n"
            "def caller(store):\n    with transaction.atomic():\n"
            "        order = first(store)\n        order.note = 'x'\n",
            "(order.note)",
        ),
        (
            TALLY + "def caller(courier):\n    with transaction.atomic():\n"
            "        found = tally(courier)\n        found['n'] = -1\n",
            "(found['n'])",
        ),
        (
            "def pay(order):\n    notifier.realtime_order_updated(order)\n"
            "    return order, True\n\n\n@transaction.atomic\ndef caller(store):\n"
            "    order, _ = pay(Order.objects.get(pk=1))\n    order.note = 'shown'\n",
            "(order.note)",
        ),
        (
            "class Step:\n    def __init__(self, order):\n"
            "        notifier.realtime_order_updated(order)\n        self.order = order\n\n\n"
            "@transaction.atomic\ndef caller(pk):\n    step = Step(Order.objects.get(pk=pk))\n"
            "    step.order.note = 'shown'\n",
            "(step.order.note)",
        ),
        (
            "def masked(function):\n    def run(*args):\n        result = function(*args)\n"
            "        result.note = '***'\n        return result\n\n    return run\n\n\n"
            "@transaction.atomic\n@masked\ndef pay(pk):\n    order = Order.objects.get(pk=pk)\n"
            "    notifier.realtime_order_updated(order)\n    return order\n",
            "(result.note)",
        ),
        (
            "def masked(text):\n    def around(function):\n        def run(*args):\n"
            "            with transaction.atomic():\n                result = function(*args)\n"
            "                result.note = text\n            return result\n\n"
            "        return run\n\n    return around\n\n\n"
            "@masked('***')\ndef pay(pk):\n    order = Order.objects.get(pk=pk)\n"
            "    notifier.realtime_order_updated(order)\n    return order\n",
            "(result.note)",
        ),
    ],
)
def test_what_is_returned_is_followed_into_a_transaction(root: Path, code: str, line: str) -> None:
    assert any(line in reason for reason in reasons(root, code))


@pytest.mark.parametrize(
    "code",
    [
        RETURNED + "def caller(store):\n    order = open_order(store)\n    order.note = 'x'\n",
        RETURNED + "def caller(store):\n    with transaction.atomic():\n"
        "        order = open_order(store)\n    order.note = 'x'\n",
        RETURNED + "@transaction.atomic\ndef caller(store):\n    order = open_order(store)\n"
        "    return {'order': order.pk}\n",
        RETURNED + "@transaction.atomic\ndef caller(store):\n    order = open_order(store)\n"
        "    order = Order.objects.get(pk=1)\n    order.note = 'x'\n",
        TALLY + "@transaction.atomic\ndef caller(courier):\n    found = dict(tally(courier))\n"
        "    found['n'] = 2\n",
        "def masked(function):\n    def run(*args):\n        result = function(*args)\n"
        "        result.note = '***'\n        return result\n\n    return run\n\n\n"
        "@masked\ndef pay(pk):\n    order = Order.objects.get(pk=pk)\n"
        "    notifier.realtime_order_updated(order)\n    return order\n",
    ],
)
def test_what_is_returned_may_be_changed_after_the_commit(root: Path, code: str) -> None:
    assert reasons(root, code) == []


# --- Receivers ------------------------------------------------------------------------------------

RECEIVER = """
from django.db.models.signals import post_save
from django.dispatch import receiver


@receiver(post_save, sender=Order)
def saved(sender, instance, created, **kwargs):
    notifier.realtime_order_updated(instance)


"""


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("for _ in range(3):\n        order.pk = None\n        order.save()", "(order.pk)"),
        ("order.save()\n    order.delete()", "(order.delete)"),
        ("order.save()\n    order.note = 'shown only'", "(order.note)"),
        ("row = Order.objects.create()\n    row.note = 'x'", "(row.note)"),
        ("row, _ = Order.objects.get_or_create()\n    row.note = 'x'", "(row.note)"),
    ],
)
def test_who_saves_a_row_calls_its_receivers(root: Path, body: str, found: str) -> None:
    code = f"{RECEIVER}@transaction.atomic\ndef write(order: Order):\n    {body}\n"
    assert any(found in reason for reason in reasons(root, code))


@pytest.mark.parametrize(
    "code",
    [
        "def write(order: Order):\n    order.save()\n    order.note = 'x'\n",
        "@transaction.atomic\ndef write(order: Order):\n    order.note = 'x'\n    order.save()\n",
        "@transaction.atomic\ndef write(order: Courier):\n    order.save()\n    order.name = 'x'\n",
    ],
)
def test_what_is_no_change_behind_a_save_leaves_its_receivers_alone(root: Path, code: str) -> None:
    assert reasons(root, RECEIVER + code) == []


def test_a_row_is_followed_through_helpers_that_save_and_send(root: Path) -> None:
    code = (
        RECEIVER.replace("notifier.realtime_order_updated", "tell")
        + "def tell(order):\n    notifier.realtime_order_updated(order)\n\n\n"
        "def persist(row):\n    row.save()\n\n\n"
        "@transaction.atomic\ndef write(order: Order):\n    persist(order)\n    order.delete()\n"
    )
    assert any("(order.delete)" in reason for reason in reasons(root, code))


def test_a_receiver_of_all_models_is_not_followed(root: Path) -> None:
    code = RECEIVER.replace(", sender=Order)", ")")
    assert any("hears of all models" in reason for reason in reasons(root, code))
