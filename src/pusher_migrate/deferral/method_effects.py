"""What the manager's method does besides sending: deferred, that happens after the commit too."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import argument_for, node_arguments, own_nodes
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.index.types.models import is_model
from pusher_migrate.index.types.types import ExternalInstance, FunctionType, Instance, Many

_DEPTH = 4

# Methods that write rows: of a row, and of a manager or queryset.
# Source: Django docs, "Model instance reference" and "QuerySet API reference".
_OF_A_ROW = frozenset({"save", "asave", "delete", "adelete"})
_OF_ROWS = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "a")
    for name in (
        *("bulk_create", "bulk_update", "create", "delete"),
        *("get_or_create", "update", "update_or_create"),
    )
)


def other_effects(index: ProjectIndex, contract: Contract) -> tuple[str, ...]:
    """What others may miss until the commit, or find outside of the transaction, in words.

    Args:
        index: The project.
        contract: The manager's method.
    """
    found = _effects(index, contract.method, _parameters(contract.method.node), set(), 0)
    return tuple(
        f"{contract.name} also {effect}, which then comes after the commit as well"
        for effect in dict.fromkeys(found)
    )


def _effects(
    index: ProjectIndex,
    function: FunctionType,
    given: frozenset[str],
    seen: set[FunctionNode],
    depth: int,
) -> Iterator[str]:
    """What a function does to what outlives it.

    Args:
        index: The project.
        function: The function.
        given: Those of its parameters that the caller of the manager's method may know.
        seen: The functions that were looked at, to be filled.
        depth: How many calls deep it is.
    """
    if function.node in seen or depth > _DEPTH or isinstance(function.node, ast.Lambda):
        return
    seen.add(function.node)
    module, inference = function.module, index.inference
    for node in own_nodes(function.node):
        where = f"({module.path}:{getattr(node, 'lineno', 0)})"
        if isinstance(node, ast.Attribute | ast.Subscript):
            if not isinstance(node.ctx, ast.Load) and _is_seen(index, function, given, node):
                yield f"changes {ast.unparse(node)} {where}"
        elif isinstance(node, ast.Call):
            if _writes_rows(index, module, node):
                yield f"writes rows, {ast.unparse(node.func)} {where}"
                continue
            called = inference.type_of(module, node.func)
            if isinstance(called, FunctionType):
                inner = _handed_on(module, function, given, called, node)
                yield from _effects(index, called, inner, seen, depth + 1)


def _parameters(function: FunctionNode) -> frozenset[str]:
    return frozenset(argument.arg for argument in node_arguments(function))


def _handed_on(
    module: Module,
    function: FunctionType,
    given: frozenset[str],
    called: FunctionType,
    call: ast.Call,
) -> frozenset[str]:
    """The parameters of a called function that get what outlives the calling one."""
    if isinstance(called.node, ast.Lambda):
        return frozenset()
    names = module.scopes[function.node].names
    found = set()
    for argument in node_arguments(called.node):
        value = argument_for(called.node, call, argument.arg, called.bound is not None)
        root = value
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        # What is made for the call, a table with the payload, is nobody else's.
        if value is None or (
            isinstance(root, ast.Name) and (root.id in given or root.id not in names)
        ):
            found.add(argument.arg)
    return frozenset(found)


def _writes_rows(index: ProjectIndex, module: Module, call: ast.Call) -> bool:
    target = call.func
    if not isinstance(target, ast.Attribute) or target.attr not in _OF_A_ROW | _OF_ROWS:
        return False
    owner = index.inference.type_of(module, target.value)
    if isinstance(owner, Instance):
        return target.attr in _OF_A_ROW and is_model(index.inference, owner.cls)
    if not isinstance(owner, Many) or target.attr not in _OF_ROWS:
        return False
    element = owner.element
    return isinstance(element, Instance) and is_model(index.inference, element.cls)


def _is_seen(
    index: ProjectIndex, function: FunctionType, given: frozenset[str], node: ast.expr
) -> bool:
    """Whether others than the method and what it calls may read what is assigned to."""
    module, target, root = function.module, node, node
    while isinstance(root, ast.Attribute | ast.Subscript):
        target, root = root, root.value
    if not isinstance(root, ast.Name):
        return False
    bindings = module.scopes[function.node].names.get(root.id, [])
    if any(binding.kind != "parameter" for binding in bindings):
        return False  # A table that is made here.
    if not bindings:
        return module.scope.names.get(root.id) is not None
    cls = module.class_around(function.node)
    if cls is None or bindings[0].node is not _first(function.node):
        return root.id in given
    # The manager's own state: a client that is made when it is first needed is nobody's concern.
    statement = module.parents.get(node)
    value = statement.value if isinstance(statement, ast.Assign) else None
    if value is not None:
        made = index.inference.type_of(module, value)
        if made == ExternalInstance(sdk.CLIENT):
            return False
    name = target.attr if isinstance(target, ast.Attribute) else ""
    readers = [load for load in module.loads.get(name, ()) if _outside(module, load, function)]
    return bool(readers) or len(index.project.naming(name)) > 1


def _outside(module: Module, node: ast.AST, function: FunctionType) -> bool:
    return module.named_function_around(node) is not function.node


def _first(function: ast.AST) -> ast.arg | None:
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    positional = [*function.args.posonlyargs, *function.args.args]
    return positional[0] if positional else None
