"""The calls that save a row of a model, and so make Django call the receivers of its signals."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.index.calls.callers import MAX_CALLERS, MAX_FILES
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import decorator_name
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, Instance, Many

_CREATE = frozenset({"create", "acreate"})
_PAIRS = frozenset({"get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create"})


@dataclass(frozen=True, eq=False, slots=True)
class Saving:
    """A call that saves a row.

    Attributes:
        module: The file.
        call: The call.
        row: The expression that is the row; None when the call returns it.
        in_pair: Whether it returns the row as the first of a pair.
    """

    module: Module
    call: ast.Call
    row: ast.expr | None
    in_pair: bool = False


def savings(inference: Inference, model: ClassType) -> list[Saving]:
    """The calls that are known to save a row of a model; the first ones if there are many."""
    names = ("save", *sorted(_CREATE), *sorted(_PAIRS))
    found: list[Saving] = []
    for name in names:
        if len(inference.project.naming(name)) > MAX_FILES:
            continue
        for module, call in inference.calls_named(name):
            found += _saving(inference, module, call, model)
            if len(found) >= MAX_CALLERS:
                return found
    return found


def _saving(
    inference: Inference, module: Module, call: ast.Call, model: ClassType
) -> Iterator[Saving]:
    if not isinstance(call.func, ast.Attribute):
        return
    name, owner = call.func.attr, call.func.value
    if name in _CREATE | _PAIRS:
        rows = inference.type_of(module, owner)
        if isinstance(rows, Many) and rows.element == Instance(model):
            yield Saving(module, call, None, name in _PAIRS)
        return
    if isinstance(owner, ast.Call) and decorator_name(owner) == "super":
        function = module.named_function_around(call)
        cls = module.class_around(function) if function is not None else None
        if cls is not None and model.node is cls:
            yield Saving(module, call, ast.Name("self", ast.Load()))
    elif inference.type_of(module, owner) == Instance(model):
        yield Saving(module, call, owner)
    elif inference.type_of(module, call) == Instance(model):
        yield Saving(module, call, None)  # A form or a serializer gives the row that it saved.
