"""Events that are never sent once they wait for the commit: their transaction surely rolls back.

Source: Django's documentation, "Database transactions": a block that an exception leaves is rolled
back, and one in which ``set_rollback(True)`` is called; the REST framework does so for an exception
in a view.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from pusher_migrate.deferral.transaction_around import TransactionAround
from pusher_migrate.deferral.values import Site
from pusher_migrate.index.calls import callees
from pusher_migrate.index.calls.callers import callers_by_bases
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import own_nodes
from pusher_migrate.index.flow.graph import Graph, Node
from pusher_migrate.index.transactions.atomic import Transactions
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.nodes import walk

# Those that the function's own exception ends; in a caller's it may be caught.
_OWN = frozenset({"decorator", "requests", "admin"})
_With = ast.With | ast.AsyncWith


def never_sent(site: Site, around: TransactionAround, transactions: Transactions) -> Iterator[str]:
    """Why a deferred event is never sent, if no path commits what it waits for."""
    if site.function is None or not around.in_transaction:
        return
    kinds = {block.kind for block in around.blocks}
    found = _rolled_back(site.module, site.function, site.anchor, kinds, transactions)
    if found is not None:
        yield found
        return
    for module, call, _ in callers_by_bases(transactions.inference, site.module, site.function):
        outer = module.named_function_around(call)
        if outer is None or is_test_module(transactions.inference, module):
            continue
        blocks = (*transactions.inside(module, call), *transactions.around(module, call))
        kinds = {block.kind for block in blocks}
        found = _rolled_back(module, outer, call, kinds, transactions) if blocks else None
        if found is not None:
            yield f"where {module.path}:{call.lineno} calls it, {found}"


def _rolled_back(
    module: Module,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    place: ast.AST,
    kinds: Collection[str],
    transactions: Transactions,
) -> str | None:
    """What is said of a place behind which a transaction of its function is surely rolled back."""
    graph = transactions.inference.locals.graph(function)
    here = graph.nodes_at(place)
    if not here:
        return None
    raising = list(_raising(transactions.inference, module, graph))
    undoing = [
        (node, next(_blocks(module, call, transactions), None)) for node, call in _undoing(graph)
    ]
    for block in _blocks(module, place, transactions):
        own = [node for node, undone in undoing if undone is block]
        ends = [n for n in graph.context_exits(block) if not n.ways[-1].exceptional]
        if not graph.exists_path(here, ends, [*own, *raising]):
            return _said(graph, here, [*own, *raising])
    outer = [node for node, undone in undoing if undone is None]
    if not _OWN.isdisjoint(kinds):
        found = not graph.exists_path(here, graph.exit, [*outer, *raising])
    else:
        left = [graph.exit, *(n for n in graph.nodes if isinstance(n.tree, ast.Raise))]
        found = bool(outer) and not graph.exists_path(here, left, outer)
    return _said(graph, here, [*outer, *raising]) if found else None


def _said(graph: Graph, here: Collection[Node], ends: Collection[Node]) -> str:
    behind = graph.reachable(here, ends)
    lines = [node.line for node in behind if node in ends or isinstance(node.tree, ast.Raise)]
    where = f" (line {min(lines)})" if lines else ""
    return (
        f"the transaction is rolled back behind it on every path{where}, so that it is never sent "
        "any more: send it outside of the transaction if anybody is to hear of it"
    )


# --- The transactions -----------------------------------------------------------------------------


def _blocks(module: Module, node: ast.AST, transactions: Transactions) -> Iterator[_With]:
    """The ``with`` statements around a place that open a transaction, the innermost first."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return
        if isinstance(parent, _With) and child in parent.body:
            if any(transactions.opened_by(module, item.context_expr) for item in parent.items):
                yield parent
        child = parent


# --- What ends them -------------------------------------------------------------------------------


def _undoing(graph: Graph) -> Iterator[tuple[Node, ast.Call]]:
    """``transaction.set_rollback(True)``, which leaves a block to be rolled back at its end."""
    for node, call in _calls(graph):
        if callees.last_name(call) == "set_rollback" and call.args:
            value = call.args[0]
            if isinstance(value, ast.Constant) and value.value is True:
                yield node, call


def _raising(inference: Inference, module: Module, graph: Graph) -> Iterator[Node]:
    """Nodes that call a function of the project that always raises."""
    for node, call in _calls(graph):
        functions = callees.may_run(inference, module, call)
        if functions and all(
            isinstance(each.node, ast.FunctionDef) and _always_raises(inference, each.node)
            for each in functions
        ):
            yield node


def _always_raises(inference: Inference, function: ast.FunctionDef) -> bool:
    raises = [node for node in own_nodes(function) if isinstance(node, ast.Raise)]
    if not raises or any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(function)):
        return False
    # What is left to subclasses may do anything there.
    if any("NotImplemented" in ast.unparse(each.exc) for each in raises if each.exc is not None):
        return False
    graph = inference.locals.graph(function)
    return graph.exit not in graph.live


def _calls(graph: Graph) -> Iterable[tuple[Node, ast.Call]]:
    for node in graph.nodes:
        for code in node.code:
            for part in walk(code):
                if isinstance(part, ast.Call):
                    yield node, part
