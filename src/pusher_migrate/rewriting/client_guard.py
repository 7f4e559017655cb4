"""The check for a client around a legacy call: ``if pusher_client:``."""

from __future__ import annotations

import ast

from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.sending.alternatives import assigned_values
from pusher_migrate.index.sending.contracts import Emission
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ExternalInstance


def guard_of(inference: Inference, emission: Emission, statement: ast.stmt) -> ast.If | None:
    """The ``if`` that checks for a client, around nothing but the call.

    Args:
        inference: The project.
        emission: The legacy call.
        statement: The statement that it is.
    """
    module, call = emission.module, emission.call
    parent = module.parents[statement]
    if not isinstance(parent, ast.If) or parent.orelse or len(parent.body) != 1:
        return None
    test = _tested(parent)
    if test is None:
        return None  # A call may do more than check, ``(client := make())`` binds a name.
    found = inference.type_of(module, test)
    receiver = call.func.value if _is_method(call) else None  # type: ignore[attr-defined]
    same = receiver is not None and ast.dump(test) == ast.dump(receiver)
    is_client = found == ExternalInstance(sdk.CLIENT) or (same and emission.by_name)
    outer = module.parents[parent]
    elif_branch = isinstance(outer, ast.If) and parent in outer.orelse
    return parent if is_client and not elif_branch else None


def may_be_missing(inference: Inference, module: Module, guard: ast.If) -> bool:
    """Whether the client that a guard checks for is None in some set-ups of the project."""
    test = _tested(guard)
    return test is not None and any(
        _is_none(value) for _, value in assigned_values(inference, module, test)
    )


def _is_method(call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)


def _tested(guard: ast.If) -> ast.Name | ast.Attribute | None:
    test = guard.test
    if (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.IsNot)
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value is None
    ):
        test = test.left
    return test if isinstance(test, ast.Name | ast.Attribute) else None


def _is_none(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=None):
            return True
        case ast.IfExp(body=body, orelse=orelse):
            return _is_none(body) or _is_none(orelse)
        case ast.BoolOp(values=values):
            return any(map(_is_none, values))
    return False
