"""What the project's own decorators do around a function: where their wrappers call it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.nodes import walk

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False, slots=True)
class Wrapping:
    """A call of the decorated function in the wrapper that a decorator puts in its place.

    Attributes:
        decorator: The decorator, where the function is defined.
        module: The file of the wrapper.
        wrapper: The inner function that runs instead.
        call: The call of the decorated function in it.
    """

    decorator: ast.expr
    module: Module
    wrapper: Function
    call: ast.Call


def wrappings(inference: Inference, module: Module, function: Function) -> Iterator[Wrapping]:
    """The calls of a function in the wrappers of its decorators that the project writes."""
    for decorator in function.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        found = inference.type_of(module, target)
        if not isinstance(found, FunctionType) or isinstance(found.node, ast.Lambda):
            continue
        for node in walk(found.node):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                wrapper = found.module.named_function_around(node)
                if wrapper is None or wrapper is found.node:
                    continue
                if _is_given(found, node.func, wrapper):
                    yield Wrapping(decorator, found.module, wrapper, node)


def replaced_by(
    inference: Inference, module: Module, wrapper: Function
) -> Iterator[tuple[Module, Function]]:
    """The functions in whose place decorators of the project put a wrapper."""
    outer = module.named_function_around(wrapper)
    while outer is not None and (further := module.named_function_around(outer)) is not None:
        outer = further
    if outer is None:
        return
    for user in inference.project.modules_naming(outer.name):
        for function in user.scopes:
            if isinstance(function, Function) and function.decorator_list:
                if any(each.wrapper is wrapper for each in wrappings(inference, user, function)):
                    yield user, function


def _is_given(decorator: FunctionType, name: ast.Name, wrapper: Function) -> bool:
    """Whether a name is what a function around the wrapper, within the decorator, was given."""
    scope = decorator.module.scope_at(name).find(name.id)
    if scope is None or scope.node is wrapper or not isinstance(scope.node, Function):
        return False
    first = [*scope.node.args.posonlyargs, *scope.node.args.args][:1]
    return bool(first) and first[0].arg == name.id
