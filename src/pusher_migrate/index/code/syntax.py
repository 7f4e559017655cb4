"""Plain questions about syntax: no types, no project, only one file's tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding, FunctionNode
from pusher_migrate.nodes import children


def final_bindings(module: Module, bindings: list[Binding]) -> list[Binding]:
    """The bindings of a module- or class-level name that can still hold when the body has run.

    Later bindings replace earlier ones, but one that stands under ``if``, ``try``, a loop or in a
    function (``global``) may not have run, so those before it stay possible.
    """
    result: list[Binding] = []
    for binding in reversed(bindings):
        result.append(binding)
        statement = module.statement_around(binding.node)
        certain = isinstance(module.parents.get(statement), ast.Module | ast.ClassDef)
        if certain and binding.kind not in ("augmented", "for"):
            break
    return result[::-1]


def absolute_name(module: Module, statement: ast.ImportFrom) -> str | None:
    """The absolute dotted name of the module that a ``from`` import names; None above the top."""
    if not statement.level:
        return statement.module or ""
    parts = module.package.split(".") if module.package else []
    up = statement.level - 1
    if up and up >= len(parts):
        return None  # Python: "attempted relative import beyond top-level package"
    base = parts[: len(parts) - up]
    return ".".join([*base, *([statement.module] if statement.module else [])])


def decorator_name(node: ast.expr) -> str:
    """Last name of a decorator, its call looked through."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def imported_as(module: Module, name: ast.Name) -> str:
    """The original name behind ``from x import original as name``; the name itself otherwise."""
    scope = module.scope_at(name).find(name.id)
    for binding in scope.names[name.id] if scope is not None else ():
        if isinstance(binding.node, ast.alias) and binding.node.asname == name.id:
            return binding.node.name
    return name.id


def node_arguments(node: FunctionNode) -> list[ast.arg]:
    """The parameters of a function that have a name of their own in calls."""
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def default_of(function: FunctionNode, argument: ast.arg) -> ast.expr | None:
    """The default of a parameter, or None when it has none."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    offset = len(positional) - len(arguments.defaults)
    for index, candidate in enumerate(positional):
        if candidate is argument:
            return arguments.defaults[index - offset] if index >= offset else None
    for candidate, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if candidate is argument:
            return default
    return None


def argument_for(function: FunctionNode, call: ast.Call, name: str, bound: bool) -> ast.expr | None:
    """What a call passes for a parameter; None when it passes none (or ``*args``)."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    positional = [item.arg for item in (*function.args.posonlyargs, *function.args.args)]
    if bound and positional:
        positional = positional[1:]
    if name not in positional:
        return None
    index = positional.index(name)
    if any(isinstance(item, ast.Starred) for item in call.args[: index + 1]):
        return None
    return call.args[index] if index < len(call.args) else None


def returns_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """The values of a function's own ``return`` statements."""
    for node in own_nodes(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's body, nested definitions named but not entered, in source order."""
    body = function.body if isinstance(function, ast.Lambda) else None
    stack: list[ast.AST] = [body] if body is not None else list(reversed(function.body))  # type: ignore[attr-defined]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, FunctionNode | ast.ClassDef):
            stack += reversed(children(node))


def self_assignments(
    module: Module, cls: ast.ClassDef, name: str
) -> Iterator[tuple[ast.stmt, ast.expr | None]]:
    """The statements in a class's methods that assign ``self.name``, with the value."""
    for function in cls.body if name in module.stores else ():
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        positional = [*function.args.posonlyargs, *function.args.args]
        if not positional:
            continue
        receiver = positional[0].arg
        for node in own_nodes(function):
            targets: list[ast.expr] = []
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, ast.AnnAssign):
                targets = [node.target]
            for target in targets:
                if (
                    isinstance(target, ast.Attribute)
                    and target.attr == name
                    and isinstance(target.value, ast.Name)
                    and target.value.id == receiver
                ):
                    assert isinstance(node, ast.Assign | ast.AnnAssign)
                    yield node, node.value


def single_return(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.Return | None:
    """The only ``return`` of a function that does nothing but compute its value; else None.

    Assignments to local names are fine; loops, branches, ``yield`` and calls for effect are not.
    """
    found: ast.Return | None = None
    for statement in function.body:
        if found is not None:
            return None
        if isinstance(statement, ast.Return) and statement.value is not None:
            found = statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if not all(isinstance(target, ast.Name) for target in targets):
                return None
        elif not (
            (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
            or isinstance(statement, ast.Import | ast.ImportFrom)
        ):
            return None
    if found is not None and any(
        isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(function)
    ):
        return None
    return found


def only_return(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.Return | None:
    """The last statement of a function when it is its only ``return``: it gives the value."""
    last = function.body[-1]
    if not isinstance(last, ast.Return):
        return None
    for node in own_nodes(function):
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return None
        if isinstance(node, ast.Return) and node is not last:
            return None
    return last


def keyword_of(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument, or None."""
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def calls_named(module: Module, name: str) -> list[ast.Call]:
    """The calls of a file whose function ends in a name, or is imported from it as another."""
    aliases = {
        alias.asname
        for statement in module.imports
        for alias in statement.names
        if alias.name == name and alias.asname not in (None, name)
    }
    if not aliases:
        return module.calls_by_name.get(name, [])
    return [
        call
        for call in module.calls
        if (isinstance(call.func, ast.Attribute) and call.func.attr == name)
        or (
            isinstance(call.func, ast.Name)
            and name in (call.func.id, imported_as(module, call.func))
        )
    ]
