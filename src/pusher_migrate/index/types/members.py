"""What a class and its instances have: methods, fields, attributes, what Django implies."""

from __future__ import annotations

import ast

from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.syntax import decorator_name, final_bindings, returns_of
from pusher_migrate.index.types import django, managers, mixins, models
from pusher_migrate.index.types.bound import joined
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    FunctionType,
    Instance,
    NoneType,
    Type,
    join,
)


def of_class(
    inference: Questions, cls: ClassType, name: str, owner: ClassType | Instance
) -> Type | None:
    """The type of a member of a class.

    Args:
        inference: The project.
        cls: The class.
        name: The member.
        owner: What the member is read from: the class, or an instance.
    """
    on_instance = isinstance(owner, Instance)
    for base in inference.mro(cls):
        bindings = base.module.scopes[base.node].names.get(name)
        if bindings:
            final = final_bindings(base.module, bindings)
            definition = final[-1].node
            if isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
                return _method(inference, base, definition, owner)
            field = models.field_of(inference, base, name)
            if field is not None:
                return models.field_type(inference, base, field) if on_instance else None
            rows = managers.manager_of(inference, base.module, name, final[-1].value, cls)
            if rows is not None:
                return rows
            found = joined(inference, base.module, base.module.scopes[base.node], final)
            if isinstance(found, NoneType | None):
                return inference.assigned(cls, name) or found
            if isinstance(found, FunctionType):
                return FunctionType(found.module, found.node, owner)
            return found
    if on_instance:
        assigned = inference.assigned(cls, name)
        if assigned is not None:
            return assigned
    if on_instance and inference.external_bases(cls) & sdk.CONSTRUCTORS:
        return External(f"{sdk.CLIENT}().{name}")  # A subclass of Pusher.
    if on_instance and not name.startswith("__"):
        delegated = _delegated(inference, cls, name)
        if delegated is not None:
            return delegated
    implied = django.implied_member(inference, cls, name, on_instance)
    return implied or mixins.member(inference, cls, name, on_instance)


def _delegated(inference: Questions, cls: ClassType, name: str) -> Type | None:
    """A member that ``__getattr__`` takes from an attribute: ``getattr(self._client, name)``.

    Source: Python's language reference, "Customizing attribute access".
    """
    for base in inference.mro(cls):
        for binding in base.module.scopes[base.node].names.get("__getattr__", ())[-1:]:
            match binding.node:
                case ast.FunctionDef(args=ast.arguments(args=[_, ast.arg(arg=wanted)])) as method:
                    types = [
                        inference.member(inference.type_of(base.module, given), name)
                        for given in (_taken_from(each, wanted) for each in returns_of(method))
                        if given is not None
                    ]
                    whole = len(types) == len(list(returns_of(method)))
                    return join(types) if types and whole else None
    return None


def _taken_from(value: ast.expr, name: str) -> ast.expr | None:
    """Where ``getattr(..., name)`` takes an attribute from."""
    match value:
        case ast.Call(func=ast.Name(id="getattr"), args=[given, ast.Name(id=asked), *_]):
            return given if asked == name else None
    return None


def _method(
    inference: Questions,
    base: ClassType,
    definition: ast.FunctionDef | ast.AsyncFunctionDef,
    owner: ClassType | Instance,
) -> Type | None:
    decorators = {decorator_name(item) for item in definition.decorator_list}
    if decorators & {"property", "cached_property"}:
        if isinstance(owner, Instance):
            return inference.returned(FunctionType(base.module, definition, owner))
        return None
    if "staticmethod" in decorators:
        return FunctionType(base.module, definition)
    if "classmethod" in decorators:
        bound = owner.cls if isinstance(owner, Instance) else owner
        return FunctionType(base.module, definition, bound)
    return FunctionType(base.module, definition, owner if isinstance(owner, Instance) else None)
