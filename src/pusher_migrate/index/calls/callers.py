"""The callers of a function, where looking for them is worth it.

A name like ``post`` or ``save`` is in most files of a large tree, and all of them would have to be
parsed to learn who calls one method of that name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.calls.decorated import replaced_by
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, FunctionType

#: A name in more files than this is a name of the framework, not of the project.
MAX_FILES = 300
#: Of more callers than this the first ones stand for all.
MAX_CALLERS = 60


def callers_of(
    inference: Inference, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> list[tuple[Module, ast.Call, bool]]:
    """The known calls of a function, as `Inference.callers`; the first ones if there are many."""
    if len(inference.project.naming(function.name)) > MAX_FILES:
        return []
    found = inference.callers(FunctionType(module, function))
    if module.named_function_around(function) is not None:
        # Who calls a decorated function runs what its decorator puts in its place.
        for user, decorated in replaced_by(inference, module, function):
            found = [*found, *inference.callers(FunctionType(user, decorated))]
    if len(module.scope_at(function).names.get(function.name, ())) > 1:
        found = [*found, *_may_call(inference, module, function)]
    return found[:MAX_CALLERS]


def _may_call(
    inference: Inference, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> Iterator[tuple[Module, ast.Call, bool]]:
    """The calls of a name in the same file that has this function for one of several meanings."""
    for caller, call in inference.calls_named(function.name):
        if caller is not module or not isinstance(call.func, ast.Name):
            continue
        if isinstance(inference.type_of(module, call.func), FunctionType):
            continue
        _, bindings = inference.bindings_at(module, call.func, module.statement_around(call))
        if any(binding.node is function for binding in bindings):
            yield module, call, False


def callers_by_bases(
    inference: Inference, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> list[tuple[Module, ast.Call, bool]]:
    """As `callers_of`, with the calls of the methods of base classes that a method overrides."""
    found = callers_of(inference, module, function)
    cls = module.class_around(function)
    if cls is None or function.name.startswith("__"):
        return found
    for base in inference.mro(ClassType(module, cls))[1:]:
        for binding in base.module.scopes[base.node].names.get(function.name, ()):
            if isinstance(binding.node, ast.FunctionDef | ast.AsyncFunctionDef):
                found += callers_of(inference, base.module, binding.node)
    return found[:MAX_CALLERS]
