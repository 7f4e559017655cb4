"""Parameters that take a plain value: what a payload has can be passed for them as it is."""

from __future__ import annotations

import ast

from pusher_migrate.index.calls.invocations import invocation_at
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.nodes import walk

_BUILTINS = frozenset({"str", "int", "float", "bool", "list", "tuple", "set", "len", "sorted"})
_MAX_DEPTH = 4


def takes_plain_value(
    inference: Inference, function: FunctionType, name: str, depth: int = 0
) -> bool:
    """Whether a function only passes a parameter on to the wire, and reads nothing from it.

    A parameter of which an attribute is read, or that goes into code that is not seen, takes an
    object; a payload's value of the same name may be another thing (``"room": room.number``).
    """
    module = function.module
    uses = [
        node
        for node in walk(function.node)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
    return all(_is_plain(inference, module, use, depth) for use in uses)


def _is_plain(inference: Inference, module: Module, use: ast.Name, depth: int) -> bool:
    parent = module.parents[use]
    if isinstance(parent, ast.keyword):
        parent = module.parents[parent]
    if isinstance(parent, ast.Attribute | ast.Subscript | ast.Starred):
        return False
    if not isinstance(parent, ast.Call):
        return True
    if parent.func is use:
        return False
    if isinstance(parent.func, ast.Name) and parent.func.id in _BUILTINS:
        return True
    invocation = invocation_at(inference, module, parent)
    called = invocation.type if invocation is not None else None
    if not isinstance(called, FunctionType) or depth >= _MAX_DEPTH:
        return False
    parameter = _parameter(called, parent, use)
    return parameter is not None and takes_plain_value(inference, called, parameter, depth + 1)


def _parameter(called: FunctionType, call: ast.Call, use: ast.Name) -> str | None:
    """The parameter that gets an argument of a plain call."""
    for keyword in call.keywords:
        if keyword.value is use:
            return keyword.arg
    declared = called.node.args
    names = [item.arg for item in (*declared.posonlyargs, *declared.args)]
    names = names[1:] if called.bound is not None else names
    return next((n for n, value in zip(names, call.args, strict=False) if value is use), None)
