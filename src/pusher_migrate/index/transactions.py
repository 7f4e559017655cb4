"""What Django's transactions mean for a call: deferred to the commit already, or inside a block."""

from __future__ import annotations

import ast

from pusher_migrate.index.infer import Inference
from pusher_migrate.index.modules import Module
from pusher_migrate.index.scopes import FUNCTION_NODES
from pusher_migrate.index.syntax import keyword_of
from pusher_migrate.index.types import External, FunctionType

_PARTIALS = frozenset({"functools.partial", "functools.partialmethod"})


def is_on_commit(inference: Inference, module: Module, call: ast.Call) -> bool:
    """True for ``transaction.on_commit(...)``, however imported, and ``connection.on_commit(...)``.

    An unresolvable receiver counts when the method is called ``on_commit``: nothing else in the
    field has that name, and taking it for something else would defer twice.
    """
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else ""
    name = function.id if isinstance(function, ast.Name) else name
    if "on_commit" not in name:
        found = inference.type_of(module, function) if isinstance(function, ast.Name) else None
        return isinstance(found, External) and found.path.endswith(".on_commit")
    found = inference.type_of(module, function)
    return not isinstance(found, FunctionType)


def is_partial(inference: Inference, module: Module, call: ast.Call) -> bool:
    """True for ``functools.partial(...)``, however imported."""
    found = inference.type_of(module, call.func)
    return isinstance(found, External) and found.path in _PARTIALS


def deferring_call(inference: Inference, module: Module, node: ast.AST) -> ast.Call | None:
    """The ``on_commit`` call through which ``node`` runs after the commit, or None.

    Seen are a lambda, a ``partial`` or a bound method in the call's argument, and a local function
    that is passed to it by name (or decorated by a partial of it).
    """
    child: ast.AST = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.Call) and child is not parent.func:
            later = _runs_later(inference, module, child, node)
            if later and is_on_commit(inference, module, parent):
                return parent
        if isinstance(parent, ast.FunctionDef):
            found = _passed_to_on_commit(inference, module, parent)
            if found is not None:
                return found
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


def _passed_to_on_commit(
    inference: Inference, module: Module, function: ast.FunctionDef
) -> ast.Call | None:
    """The ``on_commit`` call that a local function is passed to, when it is used nowhere else."""
    scope = module.scope_at(function)
    if not isinstance(scope.node, FUNCTION_NODES):
        return None
    uses: list[ast.Call | None] = []
    for inner in ast.walk(scope.node):
        if not (isinstance(inner, ast.Name) and inner.id == function.name):
            continue
        if not isinstance(inner.ctx, ast.Load):
            return None
        uses.append(_on_commit_use(inference, module, inner))
    return uses[0] if uses and all(uses) else None


def _on_commit_use(inference: Inference, module: Module, name: ast.Name) -> ast.Call | None:
    parent = module.parents[name]
    if isinstance(parent, ast.keyword):
        parent = module.parents[parent]
    if isinstance(parent, ast.Call) and parent.func is not name:
        if is_partial(inference, module, parent) and parent.args and parent.args[0] is name:
            outer = module.parents[parent]
            if isinstance(outer, ast.Call) and is_on_commit(inference, module, outer):
                return outer
        elif is_on_commit(inference, module, parent):
            return parent
    elif isinstance(parent, ast.Call) and parent.func is name:
        # ``on_commit(lambda: notify(room))``
        return deferring_call(inference, module, parent)
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
