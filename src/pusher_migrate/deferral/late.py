"""Callbacks that wait for the commit already and will see another object by then.

``on_commit(lambda: manager.realtime_room_updated(room))`` in a loop reads ``room`` when it runs, so
that the last room is told of once for each.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.flow.bindings import BindingKind, node_bindings
from pusher_migrate.index.sending.contracts import Emission
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.nodes import walk

_NOT_BOUND = (BindingKind.GLOBAL, BindingKind.NONLOCAL, BindingKind.ANNOTATION)


def rebound_names(inference: Inference, emission: Emission) -> Iterator[tuple[str, int]]:
    """Local names that a waiting callback reads and that are bound anew before it may run.

    Args:
        inference: Type inference over the project.
        emission: A call that waits for the commit.

    Yields:
        Name and 1-based line of the new binding.
    """
    module = emission.module
    callback = _callback(module, emission.call)
    if callback is None:
        return
    function = module.function_around(callback)
    if function is None or isinstance(function, ast.Lambda):
        return
    scope = module.scopes[function]
    graph = inference.locals.graph(function)
    here = graph.nodes_at(callback) or graph.nodes_of(callback)
    later = graph.reachable(here)
    for name in _free_names(module, callback):
        if module.scope_at(callback).find(name) is not scope:
            continue
        for node in sorted(later, key=lambda node: node.index):
            for binding in node_bindings(node):
                if binding.name == name and binding.kind not in _NOT_BOUND:
                    if binding.tree is not callback:
                        yield name, int(getattr(binding.tree, "lineno", node.line))
                        break
            else:
                continue
            break


def _callback(module: Module, call: ast.expr) -> ast.Lambda | ast.FunctionDef | None:
    """The lambda or local function in which a call stands."""
    function = module.function_around(call)
    if isinstance(function, ast.Lambda | ast.FunctionDef):
        return function
    return None


def _free_names(module: Module, callback: ast.Lambda | ast.FunctionDef) -> list[str]:
    """The names that a callback reads from around it, in order; defaults are bound already."""
    body = [callback.body] if isinstance(callback, ast.Lambda) else callback.body
    found: dict[str, None] = {}
    for part in body:
        for node in walk(part):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                scope = module.scope_at(node).find(node.id)
                if scope is not None and scope is not module.scopes[callback]:
                    found[node.id] = None
    return list(found)
