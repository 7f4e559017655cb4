"""What runs through ``on_commit``: calls that wait for the commit of Django's transaction.

A callback can reach ``on_commit`` on many ways: as a lambda, a ``partial``, a bound method, a local
function by name or by decorator, or through a function of the project that passes it on. Source of
the rules: Django's documentation, "Database transactions", "Performing actions after commit".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.calls.callees import parameter_of
from pusher_migrate.index.calls.runners import TASK_METHODS
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FUNCTION_NODES
from pusher_migrate.index.code.syntax import decorator_name, keyword_of
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import External, FunctionType
from pusher_migrate.nodes import walk

_PARTIALS = frozenset({"functools.partial", "functools.partialmethod"})
# Helpers that pass a callback on to helpers that pass it on: nobody nests them deeper.
_MAX_DEPTH = 4


def is_on_commit(inference: Inference, module: Module, call: ast.Call) -> bool:
    """True for ``transaction.on_commit(...)``, however imported, and ``connection.on_commit(...)``.

    An unresolvable receiver counts when the method is called ``on_commit``: nothing else in the
    field has that name, and taking it for something else would defer twice.
    """
    return _names_on_commit(inference, module, call.func)


def _names_on_commit(inference: Inference, module: Module, function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else ""
    name = function.id if isinstance(function, ast.Name) else name
    if "on_commit" not in name:
        found = inference.type_of(module, function) if isinstance(function, ast.Name) else None
        return isinstance(found, External) and found.path.endswith(".on_commit")
    if name in TASK_METHODS:
        return False  # ``task.delay_on_commit(...)`` takes the task's arguments.
    found = inference.type_of(module, function)
    return not isinstance(found, FunctionType)


def is_partial(inference: Inference, module: Module, call: ast.Call) -> bool:
    """True for ``functools.partial(...)``, however imported."""
    found = inference.type_of(module, call.func)
    return isinstance(found, External) and found.path in _PARTIALS


def deferring_call(inference: Inference, module: Module, node: ast.AST) -> ast.expr | None:
    """The expression through which ``node`` runs after the commit, or None.

    That is the ``on_commit`` call, the call of a function that passes its callback on to one, or
    the decorator that does. Seen are a lambda, a ``partial`` or a bound method in the call's
    argument, and a local function that is passed to it by name or decorated with it.
    """
    return _deferring(inference, module, node, _MAX_DEPTH)


def _deferring(inference: Inference, module: Module, node: ast.AST, depth: int) -> ast.expr | None:
    child: ast.AST = node
    below: ast.AST = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.Call) and child is not parent.func:
            value = child.value if isinstance(child, ast.keyword) else child
            # Defaults of a lambda are evaluated where it stands.
            in_body = not isinstance(value, ast.Lambda) or below is value.body
            later = in_body and _runs_later(inference, module, value, node)
            if later and _defers(inference, module, parent, value, depth):
                return parent
        if isinstance(parent, ast.FunctionDef) and child in parent.body:
            found = _passed_to_on_commit(inference, module, parent, depth)
            if found is not None:
                return found
        if not isinstance(parent, ast.keyword):
            below = child
        child = parent
    return None


def _runs_later(inference: Inference, module: Module, argument: ast.AST, node: ast.AST) -> bool:
    """True when an argument is a callable around ``node``, not a call that runs at once."""
    if isinstance(argument, ast.Lambda):
        return True
    if isinstance(argument, ast.Call):
        callables = (argument, *argument.args[:1])
        return node in callables and is_partial(inference, module, argument)
    return argument is node


def _defers(
    inference: Inference, module: Module, call: ast.Call, argument: ast.AST, depth: int
) -> bool:
    """Whether a call runs the callable that is one of its arguments after the commit only."""
    if is_on_commit(inference, module, call):
        return True
    function = inference.type_of(module, call.func) if depth else None
    if not isinstance(function, FunctionType) or isinstance(function.node, ast.Lambda):
        return False
    name = parameter_of(function, call, argument)
    return name is not None and _defers_parameter(inference, function, name, depth - 1)


def _defers_parameter(inference: Inference, function: FunctionType, name: str, depth: int) -> bool:
    """Whether a function runs its callable parameter through ``on_commit`` and in no other way."""
    uses = list(_uses(function.node, name))
    return (
        bool(uses)
        and all(
            _is_wraps(function.module, use)
            or _deferring(inference, function.module, _called(function.module, use), depth)
            is not None
            for use in uses
        )
        and not all(_is_wraps(function.module, use) for use in uses)
    )


def _uses(function: ast.AST, name: str) -> Iterator[ast.Name]:
    for node in walk(function):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            yield node


def _called(module: Module, use: ast.Name) -> ast.AST:
    """The call of a name where it is called, else the name."""
    parent = module.parents[use]
    return parent if isinstance(parent, ast.Call) and parent.func is use else use


def _is_wraps(module: Module, use: ast.Name) -> bool:
    """``@wraps(function)`` takes names over and calls nothing."""
    parent = module.parents[use]
    return isinstance(parent, ast.Call) and decorator_name(parent) == "wraps"


def _passed_to_on_commit(
    inference: Inference, module: Module, function: ast.FunctionDef, depth: int
) -> ast.expr | None:
    """What passes a function on to ``on_commit``, when it is used for nothing else."""
    for decorator in function.decorator_list:
        if _is_deferring_decorator(inference, module, decorator, depth):
            return decorator
    scope = module.scope_at(function)
    if not isinstance(scope.node, FUNCTION_NODES):
        return None
    found: list[ast.expr | None] = []
    for inner in walk(scope.node):
        if not (isinstance(inner, ast.Name) and inner.id == function.name):
            continue
        if module.scope_at(inner).find(inner.id) is not scope:
            continue  # Another function of this name.
        if any(parent is function for parent in module.ancestors(inner)):
            continue  # It calls itself.
        if not isinstance(inner.ctx, ast.Load):
            return None
        found.append(_on_commit_use(inference, module, inner, depth))
    return found[0] if found and all(found) else None


def _is_deferring_decorator(
    inference: Inference, module: Module, decorator: ast.expr, depth: int
) -> bool:
    """``@transaction.on_commit``, a partial of it, or a decorator of the project that defers."""
    if isinstance(decorator, ast.Call):
        partial = is_partial(inference, module, decorator) and bool(decorator.args)
        return partial and _names_on_commit(inference, module, decorator.args[0])
    if _names_on_commit(inference, module, decorator):
        return True
    found = inference.type_of(module, decorator) if depth else None
    if not isinstance(found, FunctionType) or isinstance(found.node, ast.Lambda):
        return False
    parameters = [*found.node.args.posonlyargs, *found.node.args.args]
    return len(parameters) == 1 and _defers_parameter(
        inference, found, parameters[0].arg, depth - 1
    )


def _on_commit_use(
    inference: Inference, module: Module, name: ast.Name, depth: int
) -> ast.expr | None:
    parent = module.parents[name]
    if isinstance(parent, ast.keyword):
        parent = module.parents[parent]
    if isinstance(parent, ast.Call) and parent.func is not name:
        if is_partial(inference, module, parent) and parent.args and parent.args[0] is name:
            outer = module.parents[parent]
            if isinstance(outer, ast.Call) and _defers(inference, module, outer, parent, depth):
                return outer
        elif _defers(inference, module, parent, name, depth):
            return parent
    elif isinstance(parent, ast.Call) and parent.func is name:
        # ``on_commit(lambda: notify(room))``
        return _deferring(inference, module, parent, depth - 1) if depth > 0 else None
    return None


def using_of(call: ast.Call) -> ast.expr | None:
    """The ``using`` argument of an ``atomic`` or ``on_commit`` call, positional or by keyword."""
    named = keyword_of(call, "using")
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name = call.func.id if isinstance(call.func, ast.Name) else name
    position = 1 if "on_commit" in name else 0
    if named is None and len(call.args) > position:
        return call.args[position]
    return named
