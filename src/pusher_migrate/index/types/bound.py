"""What a name is, by what binds it: assignments, loops, ``with``, imports, parameters."""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding, Scope
from pusher_migrate.index.types import calls, collected, importing, parameters, vendored
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import (
    ClassType,
    FunctionType,
    Instance,
    Many,
    NoneType,
    TupleOf,
    Type,
    iterated,
    join,
)


def joined(
    inference: Questions, module: Module, scope: Scope, bindings: list[Binding]
) -> Type | None:
    """The type that a name has when any of some bindings may hold; None unless they agree."""
    types = [
        _binding(inference, module, scope, binding)
        for binding in bindings
        if binding.kind not in ("delete", "augmented")
    ]
    return join(types)


def _binding(inference: Questions, module: Module, scope: Scope, binding: Binding) -> Type | None:
    value = binding.value
    match binding.kind:
        case "assign":
            declared = declared_type(inference, module, binding.node)
            if declared is not None:
                return declared
            if value is None:
                return NoneType()
            found = inference.type_of(module, value)
            return found or collected.elements(inference, module, scope, binding)
        case "unpack" if value is not None:
            base = inference.type_of(module, value)
            position = binding.position  # None where a starred name takes any number before it.
            if isinstance(base, TupleOf) and position is not None and position < len(base.elements):
                return base.elements[position]
            return base.element if isinstance(base, Many) else None
        case "unpack-rest" if value is not None:
            base = inference.type_of(module, value)
            return Many(base.element) if isinstance(base, Many) else None
        case "for" if value is not None:
            return iterated(inference.type_of(module, value))
        case "for-unpack" if value is not None:
            return _enumerated(inference, module, value, binding.position)
        case "with" if value is not None:
            return _entered(inference, module, value)
        case "function":
            assert isinstance(binding.node, ast.FunctionDef | ast.AsyncFunctionDef)
            return FunctionType(module, binding.node)
        case "class":
            assert isinstance(binding.node, ast.ClassDef)
            copied = vendored.sdk_class(inference.project, module, binding.node)
            return copied or ClassType(module, binding.node)
        case "import":
            return importing.imported(inference, module, binding)
        case "parameter":
            assert isinstance(binding.node, ast.arg)
            return parameters.given(inference, module, scope.node, binding.node)
    return None


def declared_type(inference: Questions, module: Module, node: ast.AST) -> Type | None:
    """The type that an annotated assignment declares; None for other statements."""
    if isinstance(node, ast.AnnAssign):
        return inference.annotation(module, node.annotation)
    return None


def _enumerated(
    inference: Questions, module: Module, value: ast.expr, position: int | None
) -> Type | None:
    """``for index, room in enumerate(rooms)`` and ``for a, b in zip(x, y)``."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and position is not None:
        if value.func.id == "enumerate" and position == 1 and value.args:
            return iterated(inference.type_of(module, value.args[0]))
        if value.func.id == "zip" and position < len(value.args):
            return iterated(inference.type_of(module, value.args[position]))
    element = iterated(inference.type_of(module, value))
    if isinstance(element, TupleOf) and position is not None and position < len(element.elements):
        return element.elements[position]
    return None


def _entered(inference: Questions, module: Module, value: ast.expr) -> Type | None:
    base = inference.type_of(module, value)
    if isinstance(base, Many) and isinstance(value, ast.Call):
        return base.element if calls.is_context_manager(inference, module, value) else None
    if isinstance(base, Instance):
        enter = inference.member(base, "__enter__")
        if isinstance(enter, FunctionType):
            return inference.returned(enter)
    return None
