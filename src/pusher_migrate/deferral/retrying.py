"""Decorators that run a function again when it fails, and hear nothing of a deferred failure.

Sources: the documentation of Celery ("Automatic retry for known exceptions"), Dramatiq ("Message
Retries"), Huey, tenacity, backoff and retry.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.deferral.handlers import catching, is_unrelated
from pusher_migrate.deferral.values import Site
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.calls.callers import callers_by_bases
from pusher_migrate.index.calls.decorated import wrappers_of
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.index.types.types import External

# Callers of callers of callers are far from the emission.
_MAX_DEPTH = 2
_PACKAGES = ("tenacity.", "backoff.", "retry.", "retrying.", "retry_decorator.", "stamina.")
_ALWAYS_AGAIN = frozenset({"dramatiq.actor"})
# Keywords that name what is tried again for, and those that count how often.
_FOR = "autoretry_for"
_COUNTS = frozenset({"retries", "max_retries"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def retry_doubts(site: Site, index: ProjectIndex) -> Iterator[str]:
    """The decorators of the function around an emission, and of its callers, that try again."""
    waiting: list[tuple[Module, _Function | None, int]]
    waiting = [(site.module, site.function, _MAX_DEPTH)]
    seen: set[_Function] = set()
    while waiting:
        module, function, depth = waiting.pop()
        if function is None or function in seen or is_test_module(index.inference, module):
            continue
        seen.add(function)
        for decorator, how in _answering(site, index, module, function):
            yield (
                f"the decorator {ast.unparse(decorator)} ({module.path}:{decorator.lineno}) "
                f"{how} when it fails, and would not hear of that any more"
            )
        for caller, call, _ in callers_by_bases(index.inference, module, function) if depth else ():
            waiting.append((caller, caller.named_function_around(call), depth - 1))


def _answering(
    site: Site, index: ProjectIndex, module: Module, function: _Function
) -> Iterator[tuple[ast.expr, str]]:
    for decorator in function.decorator_list:
        if _is_retry(site, index, module, decorator):
            yield decorator, "runs the function again"
    for wrapper in wrappers_of(index.inference, module, function):
        for call in wrapper.calls:
            for _, acts in catching(site, index, wrapper.module, call):
                if acts is not None:
                    yield wrapper.decorator, f"does something else ({acts})"
                elif _is_in_loop(wrapper.module, call):
                    yield wrapper.decorator, "runs the function again"


def _is_retry(site: Site, index: ProjectIndex, module: Module, decorator: ast.expr) -> bool:
    """Whether a decorator that is not of the project tries again."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    found = index.inference.type_of(module, target)
    path = found.path if isinstance(found, External) else ""
    if path.startswith(_PACKAGES):
        return True
    call = decorator if isinstance(decorator, ast.Call) else None
    if path in _ALWAYS_AGAIN:
        count = keyword_of(call, "max_retries") if call is not None else None
        return not (isinstance(count, ast.Constant) and count.value == 0)
    if call is None:
        return False
    if path.startswith("huey."):
        return any(keyword.arg in _COUNTS for keyword in call.keywords)
    caught = keyword_of(call, _FOR)
    if caught is None or (isinstance(caught, ast.Tuple | ast.List) and not caught.elts):
        return False
    if isinstance(caught, ast.List):
        caught = ast.Tuple(caught.elts, ast.Load())
    return not is_unrelated(site, index, ast.ExceptHandler(caught, None, []), module)


def _is_in_loop(module: Module, call: ast.Call) -> bool:
    for parent in module.ancestors(call):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
        if isinstance(parent, ast.For | ast.While | ast.AsyncFor):
            return True
    return False
