"""Calls that hand a function to a worker: Celery's ``task.delay(...)``.

Source of the names: Celery's documentation, "Calling Tasks"; ``delay_on_commit`` since Celery 5.4
("First steps with Django").
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import decorator_name, keyword_of
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import FunctionType

_STARTING = ("delay", "apply_async")
_DECORATORS = frozenset({"shared_task", "task"})


def task_calls(inference: Inference) -> Iterator[tuple[Module, ast.Call, FunctionType]]:
    """All calls that start a task of the project, with the task."""
    for module in inference.project.modules_holding(*(f".{name}(" for name in _STARTING)):
        for call in module.calls:
            function = call.func
            if isinstance(function, ast.Attribute) and function.attr in _STARTING:
                found = inference.type_of(module, function.value)
                if isinstance(found, FunctionType) and is_task(found):
                    yield module, call, found


def named_task(inference: Inference, name: ast.expr) -> FunctionType | None:
    """The function that a text names: by its path, or by the name that its decorator gives it.

    Celery names a task after its module and function ("Tasks", "Names"), Django Q and RQ take the
    path of the function, APScheduler one with a colon.
    """
    if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
        return None
    text = name.value.replace(":", ".")
    found = inference.resolve(text) if "." in text else None
    if isinstance(found, FunctionType):
        return found
    for module in inference.project.giving("name", name.value):
        for node in module.functions:
            if isinstance(node, ast.Lambda):
                continue
            for decorator in node.decorator_list:
                given = keyword_of(decorator, "name") if isinstance(decorator, ast.Call) else None
                if isinstance(given, ast.Constant) and given.value == name.value:
                    return FunctionType(module, node)
    return None


def is_task(function: FunctionType) -> bool:
    """Whether a function is decorated as a task."""
    node = function.node
    if isinstance(node, ast.Lambda):
        return False
    return any(decorator_name(decorator) in _DECORATORS for decorator in node.decorator_list)
