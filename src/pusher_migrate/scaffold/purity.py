"""Which calls only compute: those may run in the manager's method as well as at the old call."""

from __future__ import annotations

import ast

from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import keyword_of, single_return
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, External, FunctionType, Many
from pusher_migrate.nodes import walk

_DEPTH = 4

_BUILTINS = frozenset(
    {
        *("abs", "all", "any", "bool", "dict", "divmod", "enumerate", "float", "format"),
        *("frozenset", "getattr", "hasattr", "int", "isinstance", "len", "list", "max", "min"),
        *("range", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "zip"),
    }
)

#: Dotted names from outside the tree, and what lies below them.
_OUTSIDE = (
    *("datetime", "decimal", "json.dumps", "math", "uuid.UUID", "zoneinfo"),
    *("django.utils.timezone", "django.utils.dateformat", "django.utils.dateparse"),
    *("django.utils.text", "django.utils.html", "django.urls.reverse"),
)

#: Methods that read, whatever they are called on: of strings, dates and numbers, and those that
#: Django gives to users. Names that querysets have too (``get``, ``count``) are not among them.
_READING = frozenset(
    {
        *("astimezone", "capitalize", "casefold", "date", "endswith", "format", "get_full_name"),
        *("get_short_name", "get_username", "hex", "isoformat", "join", "lower", "lstrip"),
        *("quantize", "removeprefix", "removesuffix", "replace", "rstrip", "split", "splitlines"),
        *("startswith", "strftime", "strip", "time", "timestamp", "title", "total_seconds"),
        *("upper", "zfill"),
    }
)

#: Last names of functions that give something else each time.
_CLOCKS = frozenset(
    {"now", "today", "utcnow", "localtime", "localdate", "time", "uuid1", "uuid4", "token_hex"}
)
_LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})


def only_computes(inference: Inference, module: Module, call: ast.Call, depth: int = 0) -> bool:
    """Whether a call surely does nothing but give a value.

    A query counts as doing more: what it finds depends on when it runs. The calls in its arguments
    are not looked at.

    Args:
        inference: The project.
        module: File of the call.
        call: The call.
        depth: How many functions of the project were looked into so far.
    """
    target = call.func
    if isinstance(target, ast.Name) and module.scope_at(call).find(target.id) is None:
        return target.id in _BUILTINS
    found = inference.type_of(module, target)
    match found:
        case External(path):
            known = any(path == name or path.startswith(f"{name}.") for name in _OUTSIDE)
            return known or ("()." in path and path.rpartition(".")[2] in _READING)
        case ClassType():
            return _is_serializer(inference, found) and keyword_of(call, "data") is None
        case FunctionType():
            return depth < _DEPTH and _function_computes(inference, found, depth + 1)
        case None:
            return isinstance(target, ast.Attribute) and _reads(inference, module, target)
    return False


def _reads(inference: Inference, module: Module, target: ast.Attribute) -> bool:
    if isinstance(inference.type_of(module, target.value), Many):
        return False
    # ``get_status_display``: Django makes one for each field with choices.
    made = target.attr.startswith("get_") and target.attr.endswith("_display")
    return made or target.attr in _READING


def _function_computes(inference: Inference, function: FunctionType, depth: int) -> bool:
    node = function.node
    if isinstance(node, ast.AsyncFunctionDef):
        return False
    if isinstance(node, ast.FunctionDef) and single_return(node) is None:
        return False
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    return all(
        only_computes(inference, function.module, part, depth)
        for statement in body
        for part in walk(statement)
        if isinstance(part, ast.Call)
    )


def _is_serializer(inference: Inference, cls: ClassType) -> bool:
    """Whether a class is one of Django REST framework's serializers."""
    return any(
        name.startswith("rest_framework.") and "serializer" in name.lower()
        for name in inference.external_bases(cls)
    )


def reads_clock(inference: Inference, module: Module, node: ast.AST, depth: int = 0) -> bool:
    """Whether an expression gives another value each time, as far as can be seen."""
    for part in walk(node):
        if not isinstance(part, ast.Call):
            continue
        found = inference.type_of(module, part.func)
        last = part.func.attr if isinstance(part.func, ast.Attribute) else ""
        path = found.path if isinstance(found, External) else last
        if path.rpartition(".")[2] in _CLOCKS:
            return True
        if isinstance(found, FunctionType) and depth < _DEPTH:
            if reads_clock(inference, found.module, found.node, depth + 1):
                return True
    return False


def only_looks(inference: Inference, module: Module, call: ast.Call) -> bool:
    """Whether a call changes nothing that it is given: it computes, prints or logs."""
    if only_computes(inference, module, call):
        return True
    target = call.func
    if isinstance(target, ast.Name):
        return target.id == "print" and module.scope_at(call).find("print") is None
    found = inference.type_of(module, target)
    if isinstance(found, External):
        return found.path.startswith(("logging.", f"{sdk.CLIENT}()."))
    return found is None and isinstance(target, ast.Attribute) and target.attr in _LOGGING
