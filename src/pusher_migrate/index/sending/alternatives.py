"""What a receiver may be, value by value, where type inference gives one answer for all of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import absolute_name, self_assignments
from pusher_migrate.index.types.importing import dotted_module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ExternalInstance, Instance, ModuleType

_DEPTH = 4
# Re-exports followed one after another.
_EXPORTS = 8


def may_be_client(inference: Inference, module: Module, receiver: ast.expr) -> bool:
    """Whether a client is one of the values that a receiver can have.

    ``client = getattr(settings, "CLIENT", None) or pusher_client``: that the other one is none, or
    what it is, is not known.
    """
    return any(
        inference.type_of(owner, value) == ExternalInstance(sdk.CLIENT)
        for owner, value in _leaves(inference, module, receiver, 0)
    )


def _leaves(
    inference: Inference, module: Module, node: ast.expr, depth: int
) -> Iterator[tuple[Module, ast.expr]]:
    """The single values that an expression chooses from, names looked through."""
    if depth > _DEPTH:
        return
    match node:
        case ast.BoolOp(op=ast.Or(), values=choices):
            inner = list(choices)
        case ast.IfExp(body=body, orelse=orelse):
            inner = [body, orelse]
        case ast.NamedExpr(value=value):
            inner = [value]
        case ast.Call(func=ast.Name(id="getattr"), args=[_, _, default]):
            inner = [default]
        case ast.Name() | ast.Attribute():
            yield module, node
            for owner, value in assigned_values(inference, module, node):
                yield from _leaves(inference, owner, value, depth + 1)
            return
        case _:
            yield module, node
            return
    for each in inner:
        yield from _leaves(inference, module, each, depth + 1)


def assigned_values(
    inference: Inference, module: Module, node: ast.Name | ast.Attribute
) -> Iterator[tuple[Module, ast.expr]]:
    """All that a name or attribute is assigned anywhere, with the files."""
    if isinstance(node, ast.Name):
        scope = module.scope_at(node).find(node.id)
        if scope is not None and scope.is_module:
            yield from _of_module(inference, module, node.id)
        elif scope is not None:
            for binding in scope.names[node.id]:
                if binding.value is not None:
                    yield module, binding.value
        return
    owner = inference.type_of(module, node.value)
    if isinstance(owner, ModuleType):
        yield from _of_module(inference, owner.module, node.attr)
    elif isinstance(owner, Instance):
        for base in inference.mro(owner.cls):
            for binding in base.module.scopes[base.node].names.get(node.attr, ()):
                if binding.value is not None:
                    yield base.module, binding.value
            for _, value in self_assignments(base.module, base.node, node.attr):
                if value is not None:
                    yield base.module, value


def _of_module(
    inference: Inference, module: Module, name: str, depth: int = 0
) -> Iterator[tuple[Module, ast.expr]]:
    for binding in module.scope.names.get(name, ()):
        if binding.value is not None:
            yield module, binding.value
        statement = module.parents.get(binding.node)
        if isinstance(statement, ast.ImportFrom) and depth < _EXPORTS:
            assert isinstance(binding.node, ast.alias)
            origin = absolute_name(module, statement)
            source = dotted_module(inference, origin, module) if origin else None
            if isinstance(source, ModuleType):
                yield from _of_module(inference, source.module, binding.node.name, depth + 1)
