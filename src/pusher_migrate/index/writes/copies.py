"""Saves that make a new row of an instance that was read: its key is taken away first.

Source: Django, "Making queries", "Copying model instances" (``pk = None`` and ``_state.adding =
True``), and "Model instance reference", ``force_insert``.
"""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.flow.graph import Graph, Node
from pusher_migrate.index.instances.handles import Handle, attribute_stores, chain_of
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.nodes import walk

_KEYS = ("pk", "id")


def makes_copy(inference: Inference, module: Module, save: ast.Call, handle: Handle) -> bool | None:
    """Whether a save makes a new row of an instance; None when it does on some paths.

    Args:
        inference: The project.
        module: The file.
        save: The call.
        handle: The instance.
    """
    forced = keyword_of(save, "force_insert")
    if isinstance(forced, ast.Constant) and forced.value is True:
        return True
    function = module.named_function_around(save)
    if function is None or not any(
        isinstance(store.ctx, ast.Store)
        for key in (*_KEYS, "adding")
        for store in module.stores.get(key, ())
    ):
        return False
    graph = inference.locals.graph(function)
    cut = {node for node in graph.nodes if _takes_key_away(node, handle)}
    ends = graph.nodes_at(save)
    if not cut or not graph.exists_path(cut, ends):
        return False
    others = _other_saves(graph, function, save, handle)
    bound = {n for n in graph.nodes if _binds(n, handle)} - cut
    if not graph.exists_path(cut, ends, avoiding=others | bound):
        return False
    spared = (graph.entry, *others, *bound)
    return None if graph.exists_path(spared, ends, avoiding=cut) else True


def _takes_key_away(node: Node, handle: Handle) -> bool:
    for store, value in attribute_stores(node.tree):
        target = chain_of(store)
        if target is None or not isinstance(value, ast.Constant):
            continue
        if value.value is None and target in [handle.extended([key]) for key in _KEYS]:
            return True
        if value.value is True and target == handle.extended(["_state", "adding"]):
            return True
    return False


def _binds(node: Node, handle: Handle) -> bool:
    """Whether a node gives the name of an instance to something else."""
    return any(
        isinstance(part, ast.Name) and part.id == handle.name and not isinstance(part.ctx, ast.Load)
        for code in node.code
        for part in walk(code)
    )


def _other_saves(graph: Graph, function: ast.AST, save: ast.Call, handle: Handle) -> set[Node]:
    """The other saves of an instance: it has a row behind one."""
    return {
        node
        for call in walk(function)
        if isinstance(call, ast.Call) and call is not save
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("save", "asave")
        if chain_of(call.func.value) == handle
        for node in graph.nodes_at(call)
    }
