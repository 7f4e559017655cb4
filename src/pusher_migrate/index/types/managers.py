"""Managers and querysets that a project writes itself.

Sources: Django, "Managers": ``QuerySet.as_manager()``, ``Manager.from_queryset(QuerySet)``, a
subclass of ``Manager``. Their own methods count as querysets of the same model when all that they
return is built from ``self`` by methods that give one.
"""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import returns_of
from pusher_migrate.index.types.django import queryset_method
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import ClassType, External, Instance, Many, Returning, Type

_MAX_DEPTH = 6


def manager_of(
    inference: Questions, module: Module, name: str, value: ast.expr | None, model: ClassType
) -> Many | None:
    """The rows behind a class attribute of a model that is a manager, or None for anything else.

    Args:
        inference: Type inference over the project.
        module: The file of the class.
        name: The attribute.
        value: What it is set to.
        model: The class that it is read from.
    """
    if not isinstance(value, ast.Call):
        return None
    function = value.func
    if isinstance(function, ast.Call):  # ``RoomManager.from_queryset(RoomQuerySet)()``
        inner = function.func
        if isinstance(inner, ast.Attribute) and inner.attr == "from_queryset" and function.args:
            found = inference.type_of(module, function.args[0])
            return Many(Instance(model), found if isinstance(found, ClassType) else None)
        return None
    if isinstance(function, ast.Attribute) and function.attr == "as_manager":
        found = inference.type_of(module, function.value)
        return Many(Instance(model), found) if isinstance(found, ClassType) else None
    found = inference.type_of(module, function)
    if isinstance(found, External) and (
        _is_manager(found.path) or (name.endswith("objects") and found.path.endswith("Manager"))
    ):
        return Many(Instance(model))  # Also one of another package: ``ScopedManager(...)``.
    if isinstance(found, ClassType) and any(
        _is_manager(base) for base in inference.external_bases(found)
    ):
        return Many(Instance(model), found)
    return None


def _is_manager(path: str) -> bool:
    return path.startswith("django.") and path.endswith("Manager")


def member(inference: Questions, rows: Many, name: str) -> Type | None:
    """What a manager's or queryset's method is; that of the project's own class counts first."""
    if rows.queryset is not None:
        for base in inference.mro(rows.queryset):
            for binding in base.module.scopes[base.node].names.get(name, ()):
                if isinstance(binding.node, ast.FunctionDef | ast.AsyncFunctionDef):
                    if name == "get_queryset":
                        return Returning(rows)
                    return _of_method(inference, rows, binding.node, 0)
    found = queryset_method(rows.element, name)
    if isinstance(found, Returning) and isinstance(found.result, Many):
        return Returning(Many(found.result.element, rows.queryset))
    return found


def _of_method(
    inference: Questions, rows: Many, node: ast.FunctionDef | ast.AsyncFunctionDef, depth: int
) -> Type | None:
    """What a method of a queryset returns, in terms of its rows."""
    parameters = [*node.args.posonlyargs, *node.args.args]
    values = list(returns_of(node))
    if not parameters or not values or depth > _MAX_DEPTH:
        return None
    types = [_built_from(inference, rows, value, parameters[0].arg, depth) for value in values]
    first = types[0]
    return Returning(first) if first is not None and all(t == first for t in types) else None


def _built_from(
    inference: Questions, rows: Many, node: ast.expr, receiver: str, depth: int
) -> Type | None:
    """The type of ``self.filter(...).order_by(...)``; None when not all of its steps are known."""
    if isinstance(node, ast.Name) and node.id == receiver:
        return rows
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    base = _built_from(inference, rows, node.func.value, receiver, depth)
    if not isinstance(base, Many):
        return None
    found: Type | None = None
    if base.queryset is not None:
        for owner in inference.mro(base.queryset):
            for binding in owner.module.scopes[owner.node].names.get(node.func.attr, ()):
                if isinstance(binding.node, ast.FunctionDef | ast.AsyncFunctionDef):
                    found = _of_method(inference, base, binding.node, depth + 1)
                    return found.result if isinstance(found, Returning) else None
    found = queryset_method(base.element, node.func.attr)
    if isinstance(found, Returning):
        if isinstance(found.result, Many):
            return Many(found.result.element, base.queryset)
        return found.result
    return None
