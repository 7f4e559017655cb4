"""What Django's admin passes to the code that a project writes for it.

Source of the rules: Django docs, "The Django admin site" (``ModelAdmin`` methods, the register
decorator) and "Admin actions".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import decorator_name, keyword_of
from pusher_migrate.index.types.models import is_model
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    FunctionType,
    Instance,
    Many,
    Type,
)

# Methods of a ModelAdmin that get one row of its model, as a parameter of this name.
_OF_ONE = frozenset({"save_model", "delete_model", "response_add", "response_change"})
_ACTION = ("django.contrib.admin.action", "django.contrib.admin.decorators.action")
# An action is called with the admin, the request and the rows that are ticked.
_ROWS_OF_ACTION = 2
_LISTS_ACTIONS = re.compile(rb"\bactions\s*[:=]")


def implied_parameter(
    inference: Questions, module: Module, function: FunctionNode, argument: ast.arg
) -> Type | None:
    """The rows, or the row, that the admin passes to an action or a method of a ModelAdmin."""
    if isinstance(function, ast.Lambda):
        return None
    cls = module.class_around(function)
    if cls is not None and function.name in _OF_ONE and argument.arg == "obj":
        model = _model_of([ClassType(module, cls)], inference)
        return Instance(model) if model is not None else None
    positional = [*function.args.posonlyargs, *function.args.args]
    if len(positional) <= _ROWS_OF_ACTION or positional[_ROWS_OF_ACTION] is not argument:
        return None
    if cls is None:
        owners: Iterable[ClassType] = _admins_listing(inference, module, function)
    elif function.name == "delete_queryset" or _is_action(inference, module, cls, function):
        owners = [ClassType(module, cls)]
    else:
        return None
    model = _model_of(owners, inference)
    return Many(Instance(model)) if model is not None else None


def _is_action(
    inference: Questions,
    module: Module,
    cls: ast.ClassDef,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
) -> bool:
    """Whether a method is an action: by its decorator, or as ``actions`` names it."""
    if any(_is_action_decorator(inference, module, each) for each in function.decorator_list):
        return True
    if not inference.project.matching(function.name, _LISTS_ACTIONS):
        return False
    owner = ClassType(module, cls)
    listed = [each for heir in [owner, *inference.subclasses(owner)] for each in _listed(heir)]
    return any(_names(each, function.name) for each in listed)


def _names(node: ast.expr, name: str) -> bool:
    """Whether an entry of ``actions`` is a method's name, as a text or plainly."""
    if isinstance(node, ast.Constant):
        return bool(node.value == name)
    return isinstance(node, ast.Name) and node.id == name


def _is_action_decorator(inference: Questions, module: Module, decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    if decorator_name(target) != "action":
        return False
    found = inference.type_of(module, target)
    return isinstance(found, External) and found.path in _ACTION


def _admins_listing(
    inference: Questions, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> Iterator[ClassType]:
    """The classes whose ``actions`` name a function of a module."""
    if module.function_around(function) is not None:
        return
    for path in inference.project.matching(function.name, _LISTS_ACTIONS):
        other = inference.project.module(path)
        owners = [ClassType(other, node) for node in other.classes] if other is not None else []
        for owner in owners:
            found = (inference.type_of(owner.module, each) for each in _listed(owner))
            if any(isinstance(each, FunctionType) and each.node is function for each in found):
                yield owner


def _listed(cls: ClassType) -> list[ast.expr]:
    """What the ``actions`` of a class's body lists."""
    return [
        each
        for binding in cls.module.scopes[cls.node].names.get("actions", ())
        if isinstance(binding.value, ast.List | ast.Tuple)
        for each in binding.value.elts
    ]


def _model_of(owners: Iterable[ClassType], inference: Questions) -> ClassType | None:
    """The one model that some admin classes are registered for, themselves or by their heirs."""
    found: set[Type | None] = set()
    for owner in owners:
        for each in [owner, *inference.subclasses(owner)]:
            found.update(_registered(inference, each))
    model = found.pop() if len(found) == 1 else None
    return model if isinstance(model, ClassType) and is_model(inference, model) else None


def _registered(inference: Questions, cls: ClassType) -> Iterator[Type | None]:
    """What an admin class is registered for: ``@register(Model)``, ``site.register(Model, cls)``.

    None stands for what is not seen.
    """
    for decorator in cls.node.decorator_list:
        if isinstance(decorator, ast.Call) and decorator_name(decorator) == "register":
            yield from (inference.type_of(cls.module, argument) for argument in decorator.args)
    for module, call in inference.calls_named("register"):
        admin = call.args[1] if len(call.args) == 2 else keyword_of(call, "admin_class")
        if call.args and admin is not None and inference.type_of(module, admin) == cls:
            first = call.args[0]
            models = first.elts if isinstance(first, ast.List | ast.Tuple) else [first]
            yield from (inference.type_of(module, model) for model in models)
