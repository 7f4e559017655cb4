"""Which names may still be read once a node of a graph begins.

The classic backward analysis (Aho, Lam, Sethi, Ullman, "Compilers", 9.2.5), on names instead of
variables: what another scope binds under the same name only makes the answer larger.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from pusher_migrate.index.flow.bindings import BindingKind, node_bindings
from pusher_migrate.index.flow.graph import Graph, Node, NodeKind

# Code that may run later than the node that it stands in.
_LATER = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.GeneratorExp,
)
_KEEPING = (
    BindingKind.GLOBAL,
    BindingKind.NONLOCAL,
    BindingKind.ANNOTATION,
    BindingKind.STAR_IMPORT,
    BindingKind.WALRUS,  # it may be one that is not evaluated: ``a and (b := c)``
)


def live_names(graph: Graph) -> Mapping[Node, frozenset[str]]:
    """For each node the names that may be read from there on before they are bound anew.

    Names that a function, class or generator inside reads may be read at any time.
    """
    return graph.cached("live names", lambda: _live(graph))


def _live(graph: Graph) -> dict[Node, frozenset[str]]:
    used: dict[Node, set[str]] = {}
    bound: dict[Node, frozenset[str]] = {}
    later: set[str] = set()
    for node in graph.nodes:
        tree = node.tree
        names = used[node] = set()
        for code in (*node.code, tree) if isinstance(tree, _LATER) else node.code:
            for part in ast.walk(code):
                if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Store):
                    names.add(part.id)
                elif isinstance(part, _LATER):
                    later.update(n.id for n in ast.walk(part) if isinstance(n, ast.Name))
        if isinstance(tree, ast.AugAssign) and isinstance(tree.target, ast.Name):
            names.add(tree.target.id)
        if node.kind is NodeKind.CASE and isinstance(node.statement, ast.Match):
            # What a pattern captures is taken from the subject.
            names.update(n.id for n in ast.walk(node.statement.subject) if isinstance(n, ast.Name))
        if node.kind is NodeKind.CONTEXT_EXIT and isinstance(tree, ast.withitem):
            # What was entered is told to end.
            names.update(n.id for n in ast.walk(tree.context_expr) if isinstance(n, ast.Name))
        bindings = list(node_bindings(node))
        kept = {binding.name for binding in bindings if binding.kind in _KEEPING}
        bound[node] = frozenset(binding.name for binding in bindings) - kept
    live: dict[Node, frozenset[str]] = dict.fromkeys(graph.nodes, frozenset())
    stack = list(graph.nodes)
    waiting = set(stack)
    while stack:
        node = stack.pop()
        waiting.discard(node)
        found = used[node] | later
        for edge in graph.successors(node):
            gone = bound[node] if edge.completes and edge.binds else frozenset[str]()
            found |= live[edge.target] - gone
        if found != live[node]:
            live[node] = frozenset(found)
            for edge in graph.predecessors(node):
                if edge.source not in waiting:
                    waiting.add(edge.source)
                    stack.append(edge.source)
    return live
