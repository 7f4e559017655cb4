"""Types of a new method's parameters, as annotations."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ExternalInstance, Instance
from pusher_migrate.scaffold.moving import marked

#: Django's model fields and what they give (Django docs, "Model field reference").
_FIELDS = {
    "AutoField": "int",
    "BigAutoField": "int",
    "BigIntegerField": "int",
    "BooleanField": "bool",
    "CharField": "str",
    "EmailField": "str",
    "FloatField": "float",
    "IntegerField": "int",
    "PositiveBigIntegerField": "int",
    "PositiveIntegerField": "int",
    "PositiveSmallIntegerField": "int",
    "SlugField": "str",
    "SmallIntegerField": "int",
    "TextField": "str",
    "URLField": "str",
}
_BUILTINS = frozenset({"bool", "float", "int", "str"})


def annotation_of(
    inference: Inference, found: Iterable[tuple[Module, ast.expr]]
) -> ast.expr | None:
    """The annotation for a parameter that gets these arguments; None when it is not known.

    Args:
        inference: The project.
        found: File and expression of the argument at each call.
    """
    kinds = {_kind(inference, module, node) for module, node in found}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None:
        return None
    module, _, name = kind.rpartition(":")
    return marked(module, name) if module else ast.Name(name, ast.Load())


def may_be_none(inference: Inference, module: Module, node: ast.expr) -> bool:
    """Whether an argument may be None, as far as can be seen."""
    match node:
        case ast.Constant(value=value):
            return value is None
        case ast.JoinedStr() | ast.Compare() | ast.Dict() | ast.List() | ast.Tuple():
            return False
        case ast.UnaryOp(op=ast.Not()):
            return False
        case ast.BoolOp(op=ast.Or(), values=values):
            return may_be_none(inference, module, values[-1])
        case ast.IfExp(body=body, orelse=orelse):
            return any(may_be_none(inference, module, part) for part in (body, orelse))
        case ast.Call(func=ast.Name(id=name)):
            return name not in (*_BUILTINS, "len", "list", "dict", "sorted")
        case ast.Name():
            _, bindings = inference.bindings_at(module, node, module.statement_around(node))
            given = [binding.value for binding in bindings if binding.kind == "assign"]
            known = len(given) == len(bindings) and bool(given)
            return not known or any(
                value is None
                or isinstance(value, ast.Name)
                or may_be_none(inference, module, value)
                for value in given
            )
    return True


def _kind(inference: Inference, module: Module, node: ast.expr) -> str | None:
    found = inference.type_of(module, node)
    if isinstance(found, Instance):
        return None if found.by_name else f"{found.cls.module.name}:{found.cls.name}"
    if isinstance(found, ExternalInstance):
        return _FIELDS.get(found.path.removesuffix("()").rpartition(".")[2])
    match node:
        case ast.Name():
            _, bindings = inference.bindings_at(module, node, module.statement_around(node))
            value = bindings[0].value if len(bindings) == 1 else None
            plain = value is not None and bindings[0].kind == "assign"
            if value is not None and plain and not isinstance(value, ast.Name):
                return _kind(inference, module, value)
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return type(value).__name__
        case ast.JoinedStr():
            return "str"
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return "bool"
        case ast.Call(func=ast.Name(id=name)) if name in _BUILTINS:
            return name
    return None
