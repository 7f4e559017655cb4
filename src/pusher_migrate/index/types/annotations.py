"""What an annotation says about the values of a name."""

from __future__ import annotations

import ast

from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    Instance,
    Many,
    NoneType,
    Table,
    TupleOf,
    Type,
    join,
)
from pusher_migrate.nodes import walk

_ITERABLES = frozenset(
    [
        "list",
        "List",
        "set",
        "Set",
        "frozenset",
        "tuple",
        "Tuple",
        "Iterable",
        "Iterator",
        "Sequence",
        "Collection",
        "QuerySet",
        "Generator",
        "deque",
        "BaseManager",
        "Manager",
        "RelatedManager",
    ]
)


_TABLES = frozenset(["dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"])


def annotation(inference: Questions, module: Module, node: ast.expr | None) -> Type | None:
    """The type of the values that an annotation admits."""
    match node:
        case None | ast.Constant(value=None):
            return NoneType() if node is not None else None
        case ast.Constant(value=str(text)):
            return _quoted(inference, module, node, text)
        case ast.BinOp(op=ast.BitOr()):
            sides = [
                annotation(inference, module, node.left),
                annotation(inference, module, node.right),
            ]
            return join(sides)
        case ast.Subscript():
            return _generic(inference, module, node)
        case ast.Name() | ast.Attribute():
            found = inference.type_of(module, node)
            if isinstance(found, ClassType):
                return Instance(found)
            if isinstance(found, External) and found.path in sdk.CONSTRUCTORS:
                return ExternalInstance(sdk.CLIENT)
    return None


def _quoted(inference: Questions, module: Module, node: ast.expr, text: str) -> Type | None:
    try:
        parsed = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None
    for child in walk(parsed):
        for inner in ast.iter_child_nodes(child):
            module.parents.setdefault(inner, child)
    module.parents[parsed] = module.parents.get(node, module.tree)
    return annotation(inference, module, parsed)


def _generic(inference: Questions, module: Module, node: ast.Subscript) -> Type | None:
    name = node.value.attr if isinstance(node.value, ast.Attribute) else ""
    name = node.value.id if isinstance(node.value, ast.Name) else name
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name in ("Optional", "Union"):
        return join([annotation(inference, module, part) for part in inner] + [NoneType()])
    if name in ("Annotated", "Final", "ClassVar", "Awaitable", "Required", "NotRequired"):
        return annotation(inference, module, inner[0])
    if name in ("type", "Type"):
        found = annotation(inference, module, inner[0])
        return found.cls if isinstance(found, Instance) else None
    if name in ("tuple", "Tuple") and not (
        len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is ...
    ):
        return TupleOf(tuple(annotation(inference, module, part) for part in inner))
    if name in _TABLES and len(inner) == 2:
        return Table(annotation(inference, module, inner[1]))
    if name in _ITERABLES:
        element = annotation(inference, module, inner[0])
        return Many(element) if element is not None else None
    return None
