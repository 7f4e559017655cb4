"""PM201: a decorator that answers to a failing emission hears nothing of a deferred one."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_on_commit_frameworks import said

TELL = "def pay(order):\n    order.save()\n    notifier.realtime_order_updated(order)\n"
RETRIED = """
import functools
import logging
import time

logger = logging.getLogger(__name__)


def retried(times):
    def around(function):
        @functools.wraps(function)
        def run(*args, **kwargs):
            for number in range(times):
                try:
                    return function(*args, **kwargs)
                except {what}:
                    {answer}

        return run

    return around


"""


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "from celery import shared_task\n\n\n"
            "@shared_task(autoretry_for=(RuntimeError,), max_retries=3)\n" + TELL,
            "runs the function again when it fails",
        ),
        (
            "from celery import shared_task\n\n\n" + TELL + "\n\n"
            "@shared_task(autoretry_for=[Exception])\ndef later(pk):\n"
            "    pay(Order.objects.get(pk=pk))\n",
            "(shop/views.py:22) runs the function again",
        ),
        (
            "from tenacity import retry\n\n\n@retry\n" + TELL,
            "the decorator retry (shop/views.py:17) runs the function again",
        ),
        (
            RETRIED.format(what="RuntimeError", answer="logger.warning('again')")
            + "@retried(3)\n"
            + TELL,
            "the decorator retried(3) (shop/views.py:37) runs the function again",
        ),
        (
            RETRIED.format(what="Exception", answer="time.sleep(1)") + "@retried(3)\n" + TELL,
            "does something else (it calls time.sleep)",
        ),
        (
            "def safe(function):\n    def run(order):\n        try:\n"
            "            return function(order)\n        except Exception:\n"
            "            return None\n\n    return run\n\n\n@safe\n" + TELL,
            "does something else (it returns)",
        ),
    ],
)
def test_a_decorator_answers_to_the_failure(root: Path, code: str, reason: str) -> None:
    assert reason in said(root, code)


@pytest.mark.parametrize(
    "code",
    [
        "from celery import shared_task\n\n\n@shared_task(max_retries=3)\n" + TELL,
        "from celery import shared_task\nfrom django.db import OperationalError\n\n\n"
        "@shared_task(autoretry_for=(OperationalError,))\n" + TELL,
        RETRIED.format(what="Order.DoesNotExist", answer="pass") + "@retried(3)\n" + TELL,
        "def timed(function):\n    def run(order):\n        return function(order)\n\n"
        "    return run\n\n\n@timed\n" + TELL,
        "import logging\n\nlogger = logging.getLogger(__name__)\n\n\n"
        "def logged(function):\n    def run(order):\n        try:\n"
        "            return function(order)\n        except Exception:\n"
        "            logger.exception('x')\n\n    return run\n\n\n@logged\n" + TELL,
    ],
)
def test_a_decorator_does_not_answer_to_it(root: Path, code: str) -> None:
    assert said(root, code) == ""
