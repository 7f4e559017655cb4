"""What a parameter is: what its function says, what Django implies, what callers pass."""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import decorator_name, default_of
from pusher_migrate.index.types import admin, calls, django, mixins, models
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import ClassType, Instance, NoneType, Type


def given(
    inference: Questions, module: Module, function: ast.AST, argument: ast.arg
) -> Type | None:
    """The type of a parameter: annotation, ``self``, default, what callers pass, its name."""
    if argument.annotation is not None:
        declared = inference.annotation(module, argument.annotation)
        if declared is not None and not mixins.is_protocol(inference, declared):
            return declared
    assert isinstance(function, FunctionNode)
    cls = module.class_around(function)
    if cls is not None and not isinstance(function, ast.Lambda):
        decorators = {decorator_name(item) for item in function.decorator_list}
        positional = [*function.args.posonlyargs, *function.args.args]
        if positional and positional[0] is argument and "staticmethod" not in decorators:
            owner = ClassType(module, cls)
            return owner if "classmethod" in decorators else Instance(owner)
    implied = django.implied_parameter(inference, module, function, argument)
    implied = implied or admin.implied_parameter(inference, module, function, argument)
    if implied is not None:
        return implied
    default = default_of(function, argument)
    if default is not None:
        found = inference.type_of(module, default)
        if found is not None and not isinstance(found, NoneType):
            return found
    passed = calls.passed(inference, module, function, argument)
    if passed is not None and not isinstance(passed, NoneType):
        return passed
    named = models.model_by_name(inference, argument.arg, module)
    if named is None and isinstance(passed, NoneType):
        return passed
    return named
