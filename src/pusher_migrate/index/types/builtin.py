"""What Python's own functions give, by what they are given.

Source of the rules: Python's library reference, "Built-in Functions".
"""

from __future__ import annotations

import ast

from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    Instance,
    Table,
    Type,
    iterated,
    join,
)

# Each gives the elements of its argument, in another order or container.
_SAME_ELEMENTS = frozenset({"list", "sorted", "set", "frozenset", "reversed", "tuple", "iter"})
_ONE_OF = frozenset({"max", "min"})


def value(inference: Questions, module: Module, node: ast.Call, name: str) -> Type | None:
    """The type of the value of a call of a built-in function."""
    if name in _SAME_ELEMENTS and node.args:
        return inference.type_of(module, node.args[0])
    if name == "next" and node.args:
        found = iterated(inference.type_of(module, node.args[0]))
        return join([found, *(inference.type_of(module, each) for each in node.args[1:])])
    if name in _ONE_OF and node.args:
        return _one_of(inference, module, node)
    if name == "filter" and len(node.args) == 2:
        return inference.type_of(module, node.args[1])
    if name == "dict" and not node.args and not node.keywords:
        return Table(None)
    if name == "getattr" and len(node.args) >= 2:
        return _getattr(inference, module, node)
    if name == "super":
        return _super(inference, module, node)
    return None


def _one_of(inference: Questions, module: Module, node: ast.Call) -> Type | None:
    """``max(rows, key=..., default=None)`` and ``max(one, other)``."""
    if len(node.args) > 1:
        return join([inference.type_of(module, each) for each in node.args])
    types = [iterated(inference.type_of(module, node.args[0]))]
    default = keyword_of(node, "default")
    return join(types if default is None else [*types, inference.type_of(module, default)])


def _getattr(inference: Questions, module: Module, node: ast.Call) -> Type | None:
    attribute = node.args[1]
    if not (isinstance(attribute, ast.Constant) and isinstance(attribute.value, str)):
        return None
    base = inference.type_of(module, node.args[0])
    found = inference.member(base, attribute.value) if base is not None else None
    if len(node.args) == 2 or found is None:
        return found
    return join([found, inference.type_of(module, node.args[2])])


def _super(inference: Questions, module: Module, node: ast.Call) -> Type | None:
    """``super()`` as an instance of the base that comes first, where that is all there is."""
    function = module.named_function_around(node)
    cls = module.class_around(function) if function is not None else None
    if cls is None or len(cls.bases) != 1:
        return None
    base = inference.type_of(module, cls.bases[0])
    if isinstance(base, ClassType):
        return Instance(base)
    if isinstance(base, External) and base.path in sdk.CONSTRUCTORS:
        return ExternalInstance(sdk.CLIENT)
    return None
