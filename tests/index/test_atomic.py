"""Which transaction is around a place, and what runs after a commit only."""

from __future__ import annotations

import ast

import pytest

from pusher_migrate.index.calls import callers
from pusher_migrate.index.calls.on_commit import deferring_call
from pusher_migrate.index.calls.tasks import task_calls
from pusher_migrate.index.transactions.after_commit import AfterCommit
from pusher_migrate.index.transactions.atomic import Block, Transactions
from pusher_migrate.index.types.frameworks import runs_in_django
from pusher_migrate.index.types.testing import is_test_module

from ..trees import index_of, marked, module_of

HEAD = """
    import functools
    from functools import partial

    from django.db import transaction
    from django.db.transaction import atomic, on_commit
    from django.utils.decorators import method_decorator
    from django.views import View
    from django.contrib.admin import ModelAdmin
"""


def code(body: str) -> str:
    return HEAD + "\n" + "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))


def inside(body: str, **files: str) -> list[Block]:
    index = index_of({"app/views.py": code(body), **files})
    module = module_of(index, "app/views.py")
    return list(Transactions(index.inference).inside(module, marked(module)))


def around(body: str, files: dict[str, str] | None = None) -> list[tuple[str, str]]:
    index = index_of({"app/views.py": code(body), "app/__init__.py": "", **(files or {})})
    module = module_of(index, "app/views.py")
    blocks = Transactions(index.inference).around(module, marked(module))
    return [(block.kind, block.detail) for block in blocks]


@pytest.mark.parametrize(
    "body",
    [
        "def f(x):\n    with transaction.atomic():\n        HERE(x)",
        "def f(x):\n    with atomic():\n        HERE(x)",
        "def f(x):\n    with open('x'), transaction.atomic() as block:\n        HERE(x)",
        "def f(x):\n    with transaction.atomic():\n        for y in x:\n            HERE(y)",
        "def f(x):\n    block = transaction.atomic()\n    with block:\n        HERE(x)",
        "@transaction.atomic\ndef f(x):\n    HERE(x)",
        "@atomic()\ndef f(x):\n    HERE(x)",
        "class V(View):\n    @method_decorator(transaction.atomic)\n    def get(self, x):\n"
        "        HERE(x)",
        "@method_decorator(atomic, name='dispatch')\nclass V(View):\n    def get(self, x):\n"
        "        HERE(x)",
        "import contextlib\n@contextlib.contextmanager\ndef unit():\n    with atomic():\n"
        "        yield\n"
        "def f(x):\n    with unit():\n        HERE(x)",
        "def in_unit(function):\n    @functools.wraps(function)\n    def inner(*args):\n"
        "        with atomic():\n            return function(*args)\n    return inner\n"
        "@in_unit\ndef f(x):\n    HERE(x)",
    ],
)
def test_one_block_is_seen(body: str) -> None:
    assert len(inside(body)) == 1


@pytest.mark.parametrize(
    "body",
    [
        "def f(x):\n    with transaction.atomic():\n        pass\n    HERE(x)",
        "def f(x):\n    with transaction.atomic():\n        def g():\n            HERE(x)",
        "def f(x):\n    with transaction.something():\n        HERE(x)",
        "def f(x):\n    with atomic(HERE(x)):\n        pass",
        "@method_decorator(atomic, name='post')\nclass V(View):\n    def get(self, x):\n"
        "        HERE(x)",
        "def wrap(function):\n    def inner(*args):\n        return function(*args)\n"
        "    return inner\n"
        "@wrap\ndef f(x):\n    HERE(x)",
        "def atomic_free():\n    pass\ndef f(x):\n    with atomic_free():\n        HERE(x)",
    ],
)
def test_no_block_is_invented(body: str) -> None:
    assert inside(body) == []


def test_the_nearest_comes_first_with_its_database() -> None:
    blocks = inside(
        "@transaction.atomic(using='a', durable=True)\ndef f(x):\n"
        "    with transaction.atomic(), atomic('b'):\n        HERE(x)"
    )
    names = [ast.unparse(block.using) if block.using else None for block in blocks]
    assert names == ["'b'", None, "'a'"]
    assert [block.durable for block in blocks] == [False, False, True]


def test_the_default_database_is_not_named() -> None:
    assert [block.using for block in inside("@atomic('default')\ndef f(x):\n    HERE(x)")] == [None]


SETTINGS = "DATABASES = {'default': {'ENGINE': 'x', 'ATOMIC_REQUESTS': %s}}"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (SETTINGS % "True", True),
        (SETTINGS % "env.bool('ATOMIC')", True),
        (SETTINGS % "False", False),
        ("DATABASES = {'default': {}}\nDATABASES['default']['ATOMIC_REQUESTS'] = True", True),
        ("DATABASES = {'other': {'ATOMIC_REQUESTS': True}, 'default': {}}", False),
        ("# ATOMIC_REQUESTS", False),
    ],
)
def test_atomic_requests(settings: str, expected: bool) -> None:
    found = around("def f(request):\n    HERE(request)", {"app/settings.py": settings})
    assert found == ([("requests", "")] if expected else [])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("def f(request, x):\n    HERE(x)", True),
        ("class V(View):\n    def helper(self, x):\n        HERE(x)", True),
        ("def f(x):\n    HERE(x)", False),
        ("@transaction.non_atomic_requests\ndef f(request, x):\n    HERE(x)", False),
        (
            "@method_decorator(transaction.non_atomic_requests, name='dispatch')\n"
            "class V(View):\n    def get(self, request):\n        HERE(request)",
            False,
        ),
    ],
)
def test_only_views_are_requests(body: str, expected: bool) -> None:
    found = around(body, {"app/settings.py": SETTINGS % "True"})
    assert bool(found) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("def f(x):\n    HERE(x)\n@atomic\ndef g(x):\n    f(x)", [("caller", "decorator")]),
        (
            "def f(x):\n    HERE(x)\ndef g(x):\n    f(x)\ndef h(x):\n    with atomic():\n"
            "        g(x)",
            [("caller", "with")],
        ),
        ("def f(x):\n    HERE(x)\ndef g(x):\n    f(x)", []),
        ("def f(x):\n    HERE(x)\n    f(x)", []),
        (
            "def f(x):\n    HERE(x)\n@atomic\ndef g(x):\n    transaction.on_commit(lambda: f(x))",
            [],
        ),
        (
            "class A(ModelAdmin):\n    def save_model(self, request, obj, form, change):\n"
            "        HERE(obj)",
            [("admin", "save_model")],
        ),
    ],
)
def test_around_the_function(body: str, expected: list[tuple[str, str]]) -> None:
    assert around(body) == expected


def test_a_name_that_is_everywhere_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "def f(x):\n    HERE(x)\n@atomic\ndef g(x):\n    f(x)"
    assert around(body)
    monkeypatch.setattr(callers, "MAX_FILES", 0)
    assert around(body) == []


def test_tests_are_no_callers() -> None:
    tests = "from app.views import f\nfrom django.db.transaction import atomic\n"
    files = {"tests/test_f.py": tests + "@atomic\ndef test_f():\n    f(1)\n"}
    assert around("def f(x):\n    HERE(x)", files) == []


@pytest.mark.parametrize(
    ("body", "off"),
    [
        ("def f(x):\n    transaction.set_autocommit(False)\n    HERE(x)", True),
        ("def f(x):\n    transaction.set_autocommit(autocommit=x)\n    HERE(x)", True),
        (
            "def f(x):\n    HERE(x)\ndef g(x):\n    transaction.set_autocommit(False)\n    f(x)",
            True,
        ),
        ("def f(x):\n    transaction.set_autocommit(True)\n    HERE(x)", False),
        ("def f(x):\n    HERE(x)\ndef g(x):\n    transaction.set_autocommit(False)", False),
    ],
)
def test_autocommit(body: str, off: bool) -> None:
    index = index_of({"app/views.py": code(body)})
    module = module_of(index, "app/views.py")
    found = Transactions(index.inference).autocommit_off(module, marked(module))
    assert (found is not None) is off


@pytest.mark.parametrize(
    "body",
    [
        "def f(x):\n    transaction.on_commit(lambda: HERE(x))",
        "def f(x):\n    on_commit(func=lambda x=x: HERE(x))",
        "def f(x):\n    def g():\n        HERE(x)\n    transaction.on_commit(partial(g))",
        "def f(x):\n    @transaction.on_commit\n    def g():\n        HERE(x)",
        "def f(x):\n    @partial(transaction.on_commit, robust=True)\n    def g():\n"
        "        HERE(x)",
        "def f(x):\n    def g():\n        HERE(x)\n    on_commit(lambda: g())",
        "def later(callback, *args):\n    transaction.on_commit(lambda: callback(*args))\n"
        "def f(x):\n    later(lambda: HERE(x))",
        "def later(callback):\n    on_commit(callback)\ndef f(x):\n"
        "    later(callback=lambda: HERE(x))",
        "def later(callback):\n    even_later(callback)\ndef even_later(callback):\n"
        "    on_commit(callback)\ndef f(x):\n    later(lambda: HERE(x))",
        "def after(function):\n    @functools.wraps(function)\n    def inner(*args):\n"
        "        on_commit(lambda: function(*args))\n    return inner\n"
        "@after\ndef f(x):\n    HERE(x)",
    ],
)
def test_it_waits(body: str) -> None:
    assert _deferring(body) is not None


@pytest.mark.parametrize(
    "body",
    [
        "def f(x):\n    HERE(x)",
        "def f(x):\n    transaction.on_commit(print(HERE(x)))",
        "def f(x):\n    callbacks.append(lambda: HERE(x))",
        "def f(x):\n    def g():\n        HERE(x)\n    on_commit(g)\n    g()",
        "def f(x):\n    def g():\n        HERE(x)\n        g()\n    g()",
        "def f(x):\n    def g():\n        def g():\n            HERE(x)\n        g()\n    g()",
        "def later(callback):\n    on_commit(callback)\n    callback()\n"
        "def f(x):\n    later(lambda: HERE(x))",
        "def at_once(callback):\n    callback()\ndef f(x):\n    at_once(lambda: HERE(x))",
        "def wrap(function):\n    @functools.wraps(function)\n    def inner(*args):\n"
        "        return 1\n    return inner\n@wrap\ndef f(x):\n    HERE(x)",
        "def f(x):\n    transaction.on_commit(lambda y=HERE(x): y)",
    ],
)
def test_it_does_not_wait(body: str) -> None:
    assert _deferring(body) is None


def _deferring(body: str) -> ast.expr | None:
    index = index_of({"app/views.py": code(body)})
    module = module_of(index, "app/views.py")
    return deferring_call(index.inference, module, module.parents[marked(module)])


@pytest.mark.parametrize(
    ("body", "always"),
    [
        ("def f(x):\n    HERE(x)\ndef g(x):\n    on_commit(lambda: f(x))", True),
        ("def f(x):\n    HERE(x)\ndef g(x):\n    on_commit(partial(f, x))", True),
        (
            "def f(x):\n    HERE(x)\ndef g(x):\n    f(x)\ndef h(x):\n    on_commit(lambda: g(x))",
            True,
        ),
        (
            "class V(View):\n    def _f(self, x):\n        HERE(x)\n"
            "    def get(self, x):\n        on_commit(lambda: self._f(x))",
            True,
        ),
        ("def f(x):\n    HERE(x)", False),
        ("def f(x):\n    HERE(x)\ndef g(x):\n    on_commit(lambda: f(x))\n    f(x)", False),
        ("def f(x):\n    HERE(x)\ndef g(x):\n    on_commit(lambda: f(x))\nhook = f", False),
        ("def f(x):\n    HERE(x)\ndef g(x):\n    on_commit(lambda: f(x))\nhook('f')", False),
        ("def f(x):\n    HERE(x)\n    f(x)", False),
        ("@hook\ndef f(x):\n    HERE(x)\ndef g(x):\n    on_commit(lambda: f(x))", False),
        (
            "class V(View):\n    def put(self, x):\n        HERE(x)\n"
            "    def get(self, x):\n        on_commit(lambda: self.put(x))",
            False,
        ),
    ],
)
def test_reached_after_a_commit_only(body: str, always: bool) -> None:
    index = index_of({"app/views.py": code(body)})
    module = module_of(index, "app/views.py")
    function = module.named_function_around(marked(module))
    assert function is not None
    assert AfterCommit(index.inference).always(module, function) is always


def test_a_use_in_another_file_counts() -> None:
    other = "from app.views import f as announce\ndef g(x):\n    announce(x)\n"
    body = "def f(x):\n    HERE(x)\ndef g(x):\n    on_commit(lambda: f(x))"
    index = index_of({"app/__init__.py": "", "app/views.py": code(body), "app/other.py": other})
    module = module_of(index, "app/views.py")
    function = module.named_function_around(marked(module))
    assert function is not None
    assert AfterCommit(index.inference).always(module, function) is False


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.py": "import django\n"}, True),
        ({"a.py": "def f():\n    from rest_framework import views\n"}, True),
        ({"a.py": "import b\n", "b.py": "import c\n", "c.py": "from django import db\n"}, True),
        ({"a.py": "x = 1\n", "b.py": "import a\nimport django\n"}, True),
        ({"a.py": "import b\n", "b.py": "import a\n"}, False),
        ({"a.py": "x = 1\n", "b.py": "import django\n"}, False),
        ({"a.py": "import django\n", "django.py": "x = 1\n"}, False),
    ],
)
def test_in_django(files: dict[str, str], expected: bool) -> None:
    index = index_of(files)
    assert runs_in_django(index.project, module_of(index, "a.py")) is expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("app/tests.py", "", True),
        ("app/test_views.py", "", True),
        ("app/views_test.py", "", True),
        ("tests/helpers.py", "", True),
        ("conftest.py", "", True),
        ("app/checks.py", "from django.test import TestCase\nclass A(TestCase): pass\n", True),
        ("app/views.py", "", False),
        ("app/contest.py", "", False),
        ("lab/tests/views.py", "", False),
    ],
)
def test_what_is_a_test(path: str, text: str, expected: bool) -> None:
    index = index_of({path: text, "lab/tests/apps.py": "", "lab/tests/models.py": ""})
    assert is_test_module(index.inference, module_of(index, path)) is expected


def test_tasks_are_found_by_what_is_called() -> None:
    index = index_of(
        {
            "app/tasks.py": "@app.task(bind=True)\ndef tell(self): pass\ndef plain(): pass\n",
            "app/__init__.py": "",
            "app/views.py": "from app.tasks import plain, tell\n"
            "tell.delay(1)\ntell.apply_async(args=[1])\nplain.delay()\ntell()\nother.delay()\n",
        }
    )
    assert [call.lineno for _, call, _ in task_calls(index.inference)] == [2, 3]
