"""Names that may have another value than where they are defined: overridden, rebound, patched."""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode, Scope
from pusher_migrate.index.code.syntax import decorator_name, self_assignments
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import ClassType, Instance, ModuleType, Type

#: Decorators under which a function still gives what its body says.
_TRANSPARENT = frozenset(
    [
        "abstractmethod",
        "cache",
        "cached_property",
        "classmethod",
        "final",
        "lru_cache",
        "override",
        "property",
        "staticmethod",
    ]
)


def is_rebound(inference: Questions, cls: ClassType, name: str) -> bool:
    """Whether an instance may have another value under a name than its class says.

    A method or other code assigns the attribute, or a subclass in the tree has its own.
    """
    if any(list(self_assignments(base.module, base.node, name)) for base in inference.mro(cls)):
        return True
    return is_overridden(inference, cls, name) or is_class_patched(inference, cls, name)


def subclasses(inference: Questions, cls: ClassType) -> list[ClassType]:
    """The classes of the tree that derive from a class, at any distance."""
    candidates = (
        ClassType(module, node)
        for module in inference.project.heirs(cls.name)
        for node in module.classes
        if node.bases and node is not cls.node
    )
    return [candidate for candidate in candidates if cls in inference.mro(candidate)]


def is_overridden(inference: Questions, cls: ClassType, name: str) -> bool:
    """Whether a subclass in the tree has its own definition of a name."""
    return any(name in heir.module.scopes[heir.node].names for heir in inference.subclasses(cls))


def is_class_patched(inference: Questions, cls: ClassType, name: str) -> bool:
    """Whether code assigns the attribute of a class, or of one of its instances, from outside."""

    def belongs(found: Type | None) -> bool:
        owner = found.cls if isinstance(found, Instance) else found
        if not isinstance(owner, ClassType):
            return False
        return owner in inference.mro(cls) or cls in inference.mro(owner)

    # Its own `self` a class can only meet where the class, a base or an heir is defined.
    family = [*inference.mro(cls), *inference.subclasses(cls)]
    modules = dict.fromkeys([*inference.project.storing(name), *(each.module for each in family)])
    return any(
        belongs(inference.type_of(module, target.value))
        for module in modules
        for target in module.stores.get(name, ())
    )


def is_patched(inference: Questions, owner: Module, name: str) -> bool:
    """Whether other code assigns a name of a module: ``constants.EVENT = ...``."""
    return any(
        inference.type_of(module, target.value) == ModuleType(owner)
        for module in inference.project.storing(name)
        for target in module.stores.get(name, ())
    )


def is_decorated(function: FunctionNode) -> bool:
    """Whether a decorator may make a function give something else than its body says."""
    if isinstance(function, ast.Lambda):
        return False
    return any(decorator_name(item) not in _TRANSPARENT for item in function.decorator_list)


def is_bound_inside(module: Module, scope: Scope, name: str) -> bool:
    """Whether an inner function binds a local name of an outer one (``nonlocal``)."""
    return isinstance(scope.node, FunctionNode) and any(
        binding.kind != "parameter" and module.function_around(binding.node) is not scope.node
        for binding in scope.names[name]
    )
