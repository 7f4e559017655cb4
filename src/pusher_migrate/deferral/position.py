"""Places at which a call cannot be deferred, whatever it sends."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.deferral.values import Site
from pusher_migrate.index.code.syntax import decorator_name, own_nodes
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.index.transactions.atomic import Transactions
from pusher_migrate.nodes import walk


def position_problem(site: Site) -> str | None:
    """Why the place rules deferring out; None when it does not."""
    function = site.function
    if function is None:
        return "it runs when the module is loaded; move it into a function"
    if site.call is not None:
        problem = _use_problem(site.module.parents[site.call], site.call)
        if problem is not None:
            return problem
    if site.contract is not None and isinstance(site.contract.method.node, ast.AsyncFunctionDef):
        return "the method is a coroutine, and on_commit never awaits its callback"
    if isinstance(function, ast.AsyncFunctionDef):
        return (
            "in an async function transaction.on_commit raises SynchronousOnlyOperation; move the "
            "write and the emission into one function that sync_to_async calls"
        )
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function)):
        return (
            "the function is a generator, which may run after the transaction of its request; "
            "send before it is started"
        )
    return None


def _use_problem(parent: ast.AST, call: ast.expr) -> str | None:
    """What stands around a call that keeps it from being a statement of its own."""
    match parent:
        case ast.Expr():
            return None
        case ast.Await():
            return "it is awaited, and on_commit never awaits its callback; move it by hand"
        case ast.Lambda():
            return (
                "it is the value of a lambda that is not passed to on_commit; "
                "when that runs is not visible here"
            )
        case ast.IfExp() if call is not parent.test:
            return (
                "it is one branch of a conditional expression; write an if statement around it, "
                "and run again"
            )
        case ast.Return():
            used = "returned"
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.NamedExpr():
            used = "assigned"
        case ast.If() | ast.While() | ast.IfExp() | ast.BoolOp() | ast.UnaryOp() | ast.Compare():
            used = "tested"
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            used = "collected by a comprehension"
        case ast.Call() | ast.keyword():
            used = "passed on"
        case _:
            used = f"used in {_article(type(parent).__name__.lower())}"
    return (
        f"its value is {used}, and on_commit gives none: it would be None. Take the value out of "
        "use first"
    )


def _article(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def context_doubts(site: Site, transactions: Transactions) -> Iterator[str]:
    """The context managers around the place that may have ended when a callback runs."""
    child: ast.AST = site.statement
    for parent in site.module.ancestors(site.statement):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return
        if isinstance(parent, ast.With | ast.AsyncWith) and child in parent.body:
            for item in parent.items:
                manager = item.context_expr
                if transactions.opened_by(site.module, manager) is None and not _is_open(manager):
                    line = item.context_expr.lineno
                    yield (
                        f"the block of `with {ast.unparse(manager)}` (line {line}) may have ended "
                        "when the event is sent"
                    )
        child = parent


def _is_open(manager: ast.expr) -> bool:
    return isinstance(manager, ast.Call) and decorator_name(manager) == "open"


def contract_problem(contract: Contract | None, transactions: Transactions) -> str | None:
    """What in the manager's method itself cannot run after a commit."""
    if contract is None:
        return None
    module = contract.method.module
    for node in walk(contract.method.node):
        if isinstance(node, ast.Call) and decorator_name(node) == "select_for_update":
            if transactions.inside(module, node):
                continue
            return (
                f"{contract.name} locks rows with select_for_update, which needs a transaction: "
                "after the commit it raises TransactionManagementError. Read without a lock there"
            )
    return None
