"""What a decorator of the project puts around a function, and where it calls the function there.

Source of the shapes: Python's language reference, "Function definitions"; ``functools.wraps``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.index.calls.callees import special_of
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance
from pusher_migrate.nodes import walk

Def = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False, slots=True)
class Wrapper:
    """A function that runs instead of a decorated one.

    Attributes:
        module: Its file.
        node: It.
        calls: Where it calls the decorated function; none when that cannot be seen.
        decorator: The decorator, where the function is defined.
    """

    module: Module
    node: Def
    calls: tuple[ast.Call, ...]
    decorator: ast.expr


def wrappers_of(inference: Inference, module: Module, function: Def) -> Iterator[Wrapper]:
    """The functions of the project that run instead of a decorated one, the innermost first."""
    for decorator in reversed(function.decorator_list):
        made = isinstance(decorator, ast.Call)
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        found = inference.type_of(module, target)
        if isinstance(found, ClassType):
            method = special_of(inference, Instance(found), "__call__")
            if method is not None and isinstance(method.node, Def):
                yield Wrapper(method.module, method.node, (), decorator)
        elif isinstance(found, FunctionType) and isinstance(found.node, Def):
            for node, calls in _inside(found.module, found.node, made):
                yield Wrapper(found.module, node, calls, decorator)


def replaced_by(inference: Inference, module: Module, wrapper: Def) -> Iterator[tuple[Module, Def]]:
    """The functions in whose place decorators of the project put a wrapper."""
    outer = module.named_function_around(wrapper)
    while outer is not None and (further := module.named_function_around(outer)) is not None:
        outer = further
    if outer is None:
        return
    for user in inference.project.modules_naming(outer.name):
        for function in user.scopes:
            if isinstance(function, Def) and function.decorator_list:
                if any(each.node is wrapper for each in wrappers_of(inference, user, function)):
                    yield user, function


def _inside(
    module: Module, decorator: Def, made: bool
) -> Iterator[tuple[Def, tuple[ast.Call, ...]]]:
    """The functions inside a decorator, less what makes one: ``@tells("rooms")``."""
    inner = [n for n in walk(decorator) if isinstance(n, Def) and n is not decorator]
    takers = [decorator]
    if made:
        # ``def tells(name): def decorate(fn): ...``; and ``def tells(fn=None): ...``.
        takers += [n for n in inner if module.named_function_around(n) is decorator]
    names = {
        (taker, argument.arg)
        for taker in takers
        for argument in [*taker.args.posonlyargs, *taker.args.args][:1]
    }
    for node in inner:
        around = module.named_function_around(node)
        calls = tuple(
            part
            for part in walk(node)
            if isinstance(part, ast.Call)
            and isinstance(part.func, ast.Name)
            and (around, part.func.id) in names
            and module.named_function_around(part) is node
        )
        if calls or node not in takers:
            yield node, calls
