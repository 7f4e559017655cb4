"""What lies between a call and the client that it sends through, and is not there in the new call.

A legacy helper may write a log row, send only sometimes, or swallow what goes wrong; so may the
manager's method. Who moves from one to the other must be told of the difference.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.calls.on_commit import is_on_commit
from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import own_nodes
from pusher_migrate.index.sending.contracts import Contract, Direct, Emission, Send
from pusher_migrate.index.types.models import is_model
from pusher_migrate.index.types.types import ClassType, ExternalInstance, FunctionType
from pusher_migrate.scaffold.purity import only_looks


def differences(index: ProjectIndex, emission: Emission, contract: Contract) -> list[str]:
    """Why a person should look at a call that becomes one of the manager's method.

    Args:
        index: The project.
        emission: The legacy call, which sends one event.
        contract: The manager's method.
    """
    send = emission.sends[0]
    doubts = []
    if send.conditional and emission.target is not None:
        doubts.append(f"{emission.method} sends only on some of its paths")
    if contract.sends and all(each.conditional for each in contract.sends):
        doubts.append(f"{contract.name} sends only on some of its paths")
    doubts += dict.fromkeys(other_work(index, send))
    return doubts + list(_failures(index, emission, contract))


def other_work(index: ProjectIndex, send: Send) -> Iterator[str]:
    """What the functions on the way to a client do besides sending, in words."""
    for function in send.chain:
        module, ways = function.module, _ways(index, send, function)
        for node in own_nodes(function.node):
            what = _effect(index, module, node, ways)
            if what is not None:
                yield f"{function.dotted} also {what}, which is not done any more"


def _effect(
    index: ProjectIndex, module: Module, node: ast.AST, ways: Iterable[ast.Call]
) -> str | None:
    """What a node of a function on the way changes or runs, in words; None for nothing."""
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return f"changes {ast.unparse(node)}" if _outlives(module, node) else None
    if not isinstance(node, ast.Call) or node in ways:
        return None
    inference = index.inference
    if is_on_commit(inference, module, node) or only_looks(inference, module, node):
        return None
    if inference.type_of(module, node) == ExternalInstance(sdk.CLIENT):
        return None  # It makes or hands out the client.
    if isinstance(node.func, ast.Attribute):
        if node.func.attr in _READING or not _outlives(module, node.func):
            return None  # ``payload.update(more)`` of a payload that is made here.
    called = inference.type_of(module, node.func)
    if isinstance(called, FunctionType) and index.emissions.may_send(called):
        return None  # Each send of a function is told of by itself.
    return f"calls {ast.unparse(node.func)}"


def _outlives(module: Module, node: ast.Attribute | ast.Subscript) -> bool:
    """Whether what is assigned to may be seen by others than the function: no new local table."""
    root: ast.expr = node
    while isinstance(root, ast.Attribute | ast.Subscript):
        root = root.value
    if not isinstance(root, ast.Name):
        return True
    scope = module.scope_at(node).find(root.id)
    if scope is None or not isinstance(scope.node, FunctionNode):
        return True
    return not all(_is_new_table(module, binding.value) for binding in scope.names[root.id])


def _is_new_table(module: Module, value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        made = value.func.id if isinstance(value.func, ast.Name) else ""
        return made in ("dict", "list", "set") and module.scope_at(value).find(made) is None
    return isinstance(value, ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp)


def _ways(index: ProjectIndex, send: Send, function: FunctionType) -> list[ast.Call]:
    """The calls of a function through which a send goes."""
    later = {each.node for each in send.chain} - {function.node}
    return [
        callee.call
        for callee in index.emissions.sending.callees(function)
        if isinstance(callee, Direct)
        or (isinstance(callee.type, FunctionType) and callee.type.node in later)
    ]


# --- Failures -----------------------------------------------------------------------------------


def _failures(index: ProjectIndex, emission: Emission, contract: Contract) -> Iterator[str]:
    """What becomes of an exception that the client raises, when that is not what it was."""
    caught_by = next((f for s in contract.sends for f in _catching(index, s)), None)
    if caught_by is not None:
        for handler in _handlers_around(emission.module, emission.call):
            if not all(_only_reports(index, emission.module, part) for part in handler.body):
                yield (
                    f"{contract.name} catches what goes wrong in sending ({caught_by.dotted}), so "
                    f"that the except clause at line {handler.lineno} does not see it any more"
                )
    catching = next(_catching(index, emission.sends[0]), None)
    if catching is not None and caught_by is None and contract.sends:
        if not any(_handlers_around(emission.module, emission.call)):
            yield (
                f"{catching.dotted} catches what goes wrong in sending, and {contract.name} lets "
                "it through to this function"
            )


def _catching(index: ProjectIndex, send: Send) -> Iterator[FunctionType]:
    """The functions on the way to a client that catch what it raises."""
    for function in send.chain:
        for call in _ways(index, send, function):
            handlers = _handlers_around(function.module, call)
            if any(not _raises(handler) for handler in handlers):
                yield function


def _handlers_around(module: Module, node: ast.AST) -> Iterator[ast.ExceptHandler]:
    """The except clauses of the same function that see what a node raises."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, FunctionNode | ast.ClassDef):
            return
        if isinstance(parent, ast.Try | ast.TryStar) and child in parent.body:
            yield from parent.handlers
        child = parent


def _raises(handler: ast.ExceptHandler) -> bool:
    return bool(handler.body) and isinstance(handler.body[-1], ast.Raise)


def _only_reports(index: ProjectIndex, module: Module, statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    value = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(value, ast.Call):
        return only_looks(index.inference, module, value)
    return isinstance(value, ast.Constant)


# --- Arguments that are computed no more ----------------------------------------------------------

#: Methods that read, of tables, querysets, requests and models of data.
_READING = frozenset(
    {
        *("aggregate", "all", "copy", "count", "dict", "exclude", "exists", "filter", "first"),
        *("get", "index", "items", "keys", "last", "model_dump", "order_by", "to_dict"),
        *("to_representation", "values", "values_list"),
    }
)
#: Modules outside the tree whose functions only compute.
_COMPUTING = ("base64.", "copy.", "dataclasses.", "hashlib.", "json.", "operator.", "uuid.")
_DEPTH = 3


def only_reads(index: ProjectIndex, module: Module, call: ast.Call, depth: int = 0) -> bool:
    """Whether a call can be left out without anything but its value missing.

    Args:
        index: The project.
        module: File of the call.
        call: The call; the calls in its arguments are not looked at.
        depth: How many functions of the project were looked into so far.
    """
    if only_looks(index.inference, module, call):
        return True
    target = call.func
    called = index.inference.type_of(module, target)
    if isinstance(called, FunctionType):
        if isinstance(called.node, ast.AsyncFunctionDef) or depth >= _DEPTH:
            return False
        inner = list(own_nodes(called.node))
        stored = (ast.Attribute, ast.Subscript, ast.Global, ast.Nonlocal)
        return not any(
            isinstance(part, stored)
            and not isinstance(getattr(part, "ctx", None), ast.Load)
            and not (isinstance(part, ast.Subscript) and not _outlives(called.module, part))
            for part in inner
        ) and all(
            only_reads(index, called.module, part, depth + 1)
            for part in inner
            if isinstance(part, ast.Call)
        )
    if isinstance(called, ClassType):
        # A class of data: what it is made of is kept, and nothing runs.
        makers = ("__init__", "__new__", "__post_init__")
        family = index.inference.mro(called)
        names = {name for base in family for name in base.module.scopes[base.node].names}
        return not names & {*makers} and not is_model(index.inference, called)
    path = getattr(called, "path", "")
    if path.startswith(_COMPUTING):
        return True
    if not isinstance(target, ast.Attribute):
        return False
    return target.attr in _READING or not _outlives(module, target)
