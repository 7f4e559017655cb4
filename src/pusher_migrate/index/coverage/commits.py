"""What a transaction does to what is told in it: sent at the commit, or undone before that."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.coverage.told import Telling
from pusher_migrate.index.flow.graph import Edge, Node
from pusher_migrate.index.instances.functions import View
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import External


def registered_before(
    inference: Inference,
    view: View,
    place: ast.AST,
    own: Iterable[Telling],
    starts: tuple[Node, ...],
) -> list[tuple[Telling, bool]]:
    """The emissions that are registered in front of a place and sent behind it, at the commit.

    Each with whether it is registered on all paths to the place.

    Args:
        inference: The project.
        view: The function.
        place: The write, or a call that writes.
        own: Emissions for its instance.
        starts: The nodes of the place.
    """
    found = []
    mine = _outermost_atomic(inference, view, place)
    for telling in own if mine is not None else ():
        if not telling.deferred or mine is not _outermost_atomic(inference, view, telling.call):
            continue
        nodes = telling.nodes(view.graph)
        if view.graph.exists_path(nodes, starts):
            around = view.graph.exists_path(view.graph.entry, starts, avoiding=nodes)
            found.append((telling, telling.certain and not around))
    return found


def _outermost_atomic(inference: Inference, view: View, node: ast.AST) -> ast.AST | None:
    """The statement, or the function, at whose end what a place registers is sent."""
    found: ast.AST | None = None
    for outer in view.module.ancestors(node):
        if isinstance(outer, ast.With) and any(
            is_atomic(inference, view.module, item.context_expr) for item in outer.items
        ):
            found = outer
        if outer is view.node:
            if any(is_atomic(inference, view.module, d) for d in view.node.decorator_list):
                found = outer
            break
    return found


def rolled_back(inference: Inference, view: View, node: ast.AST) -> frozenset[Edge]:
    """The edges by which an exception undoes what a place writes: out of a transaction."""
    found: set[Edge] = set()
    for outer in view.module.ancestors(node):
        if outer is view.node:
            break
        if isinstance(outer, ast.With):
            for item in outer.items:
                if is_atomic(inference, view.module, item.context_expr):
                    found |= view.graph.failing_exits(item)
    return frozenset(found)


def is_atomic(inference: Inference, module: Module, node: ast.expr) -> bool:
    """Whether a context manager or decorator is ``transaction.atomic``."""
    target = node.func if isinstance(node, ast.Call) else node
    found = inference.type_of(module, target)
    return isinstance(found, External) and found.path.endswith("transaction.atomic")
