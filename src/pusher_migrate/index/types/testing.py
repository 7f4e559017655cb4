"""Which files and functions are tests: they look at what a program does and are no part of it."""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType

# As Django's and pytest's runners find them.
_DIRECTORIES = frozenset({"tests", "test"})
# What a Django app has and a folder of tests has not: a laboratory's app may well be called tests.
_APP_FILES = ("apps.py", "models.py", "views.py", "admin.py")
_FILES = frozenset({"tests.py", "test.py", "conftest.py"})

#: Test cases of Django that roll each test back, so that nothing is ever committed in them.
ROLLED_BACK = frozenset({"TestCase", "APITestCase"})
#: Test cases in which a commit is a commit.
COMMITTED = frozenset(
    {
        "TransactionTestCase",
        "LiveServerTestCase",
        "StaticLiveServerTestCase",
        "ChannelsLiveServerTestCase",
        "APITransactionTestCase",
        "APILiveServerTestCase",
    }
)


def is_test_module(inference: Inference, module: Module) -> bool:
    """Whether a file holds tests or what only tests use, by its place, its name or its classes."""
    if module.holds_tests is None:
        module.holds_tests = _holds_tests(inference, module)
    return module.holds_tests


def _holds_tests(inference: Inference, module: Module) -> bool:
    *directories, name = module.path.split("/")
    if name in _FILES or name.startswith("test_") or name.endswith("_test.py"):
        return True
    for depth, directory in enumerate(directories, 1):
        if directory in _DIRECTORIES:
            folder = "/".join(directories[:depth])
            if not any(inference.project.has(f"{folder}/{name}") for name in _APP_FILES):
                return True
    return any(case_bases(inference, ClassType(module, cls)) for cls in module.classes)


def case_bases(inference: Inference, cls: ClassType) -> frozenset[str]:
    """Names of the test case classes outside the tree that a class derives from."""
    found = set()
    for dotted in inference.external_bases(cls):
        name = dotted.rpartition(".")[2]
        package = dotted.partition(".")[0]
        if name.endswith("TestCase") and package in ("django", "rest_framework", "unittest"):
            found.add(name)
    return frozenset(found)


def test_around(module: Module, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The test around a node: a ``test...`` function or method; None when there is none."""
    function = module.named_function_around(node)
    while function is not None:
        if function.name.startswith("test"):
            return function
        function = module.named_function_around(function)
    return None
