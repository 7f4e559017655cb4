"""Whether the object behind a name may be changed between two points of a function."""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.flow.graph import Graph, Nodes
from pusher_migrate.index.flow.mutations import Mutation, MutationKind, mutations
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ExternalInstance
from pusher_migrate.scaffold.purity import only_looks

_PASSED = (MutationKind.ARGUMENT, MutationKind.PART, MutationKind.CALL)


def first_change(
    inference: Inference, module: Module, graph: Graph, name: str, start: Nodes, end: Nodes
) -> int | None:
    """The first line between two points that may change what a name stands for, or None.

    Args:
        inference: The project.
        module: File of the function.
        graph: The function's graph.
        name: A name of the function.
        start: Where paths begin.
        end: Where they end.
    """
    for mutation in mutations(graph, name, start, end):
        call: ast.AST | None = mutation.tree
        while call is not None and not isinstance(call, ast.Call | ast.stmt):
            call = module.parents.get(call)
        looks = isinstance(call, ast.Call) and only_looks(inference, module, call)
        if mutation.kind in _PASSED and looks:
            continue
        if not _is_immutable_part(inference, module, mutation):
            return mutation.line
    return None


def _is_immutable_part(inference: Inference, module: Module, mutation: Mutation) -> bool:
    """Whether only a number or text of an instance is handed on, which nobody can change."""
    part: ast.AST = mutation.tree
    while isinstance(outer := module.parents.get(part), ast.Attribute):
        part = outer
    if mutation.kind is not MutationKind.PART or not isinstance(part, ast.Attribute):
        return False
    found = inference.type_of(module, part)
    if isinstance(found, ExternalInstance) and found.path.startswith("django.db.models."):
        return not found.path.endswith(("JSONField()", "ArrayField()"))
    return part.attr in ("id", "pk")
