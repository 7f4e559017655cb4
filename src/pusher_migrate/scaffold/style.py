"""How a manager writes its methods, so that a new one looks like its neighbours."""

from __future__ import annotations

import ast
import tokenize
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.index.types.types import ClassType
from pusher_migrate.nodes import walk
from pusher_migrate.scaffold.transport import helper_calls
from pusher_migrate.syntax.layout import layout_of

_T = TypeVar("_T")
_LEVELS = frozenset({"debug", "info"})


@dataclass(frozen=True, slots=True)
class Style:
    """What most of the sending methods of a class do.

    Attributes:
        receiver: Name of the first parameter.
        decorators: Source of the decorators that all of them have.
        returns: Whether they return what the helper returns.
        returned: Source of the return annotation; empty without one.
        by_keyword: Whether they pass channel, event and payload by keyword.
        channel_name: Local variable that holds the channel; empty where it is written in the call.
        payload_name: Likewise for the payload.
        exploded: Whether dictionaries have each key on a line of its own, however short.
        annotated: Whether their parameters are annotated.
        docstring: ``""`` for none, ``"line"`` for one line, ``"block"`` for quotes on lines of
            their own.
        log: Source of what they call to log, ``logger.info``; empty where they do not log.
        log_first: Whether they log before they send.
        log_formatted: Whether the message is an f-string, not one with ``%s``.
        double_quotes: Whether strings of the file are in double quotes.
    """

    receiver: str = "self"
    decorators: tuple[str, ...] = ()
    returns: bool = False
    returned: str = ""
    by_keyword: bool = False
    channel_name: str = ""
    payload_name: str = "payload"
    exploded: bool = False
    annotated: bool = False
    docstring: str = ""
    log: str = ""
    log_first: bool = False
    log_formatted: bool = False
    double_quotes: bool = True


def style_of(index: ProjectIndex, owner: ClassType, neighbours: Iterable[Contract]) -> Style:
    """Read the style of a class's sending methods.

    Args:
        index: The project.
        owner: The class.
        neighbours: Its sending methods.
    """
    found = list(neighbours)
    nodes = [c.method.node for c in found if isinstance(c.method.node, ast.FunctionDef)]
    quotes = _double_quotes(owner)
    if not nodes:
        return Style(double_quotes=quotes)
    own = set(nodes)
    calls = [used for used in helper_calls(index, owner) if used.function in own]
    parents = {used.call: owner.module.parents[used.call] for used in calls}
    passed = [_passed(used.call) for used in calls]
    parameters = [p for contract in found for p in contract.parameters]
    annotated = [p.node.annotation is not None for p in parameters]
    logs = [_log(node, {used.call.lineno for used in calls}) for node in nodes]
    log, first, formatted = _most(logs, ("", False, False))
    decorators = {tuple(ast.unparse(item) for item in node.decorator_list) for node in nodes}
    return Style(
        receiver=_most([_receiver(node) for node in nodes], "self"),
        decorators=decorators.pop() if len(decorators) == 1 else (),
        returns=_most([isinstance(parent, ast.Return) for parent in parents.values()], False),
        returned=_most([ast.unparse(n.returns) if n.returns else "" for n in nodes], ""),
        by_keyword=_most([bool(call.call.keywords) for call in calls], False),
        channel_name=_most([channel for channel, _ in passed], ""),
        payload_name=_most([payload for _, payload in passed], "payload"),
        exploded=_most(_exploded(nodes), False),
        annotated=_most(annotated, False),
        docstring=_most([_docstring(owner, node) for node in nodes], ""),
        log=log,
        log_first=first,
        log_formatted=formatted,
        double_quotes=quotes,
    )


def _most(values: Iterable[_T], default: _T) -> _T:
    """The most frequent value, the first of those that are equally frequent."""
    counted = Counter(values).most_common(1)
    return counted[0][0] if counted else default


def _receiver(node: ast.FunctionDef) -> str:
    positional = [*node.args.posonlyargs, *node.args.args]
    static = any(ast.unparse(item) == "staticmethod" for item in node.decorator_list)
    return "" if static or not positional else positional[0].arg


def _passed(call: ast.Call) -> tuple[str, str]:
    """Names of the local variables that hold the first and the last argument."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    first = values[0] if values else None
    last = values[-1] if values else None
    return (
        first.id if isinstance(first, ast.Name) else "",
        last.id if isinstance(last, ast.Name) else "",
    )


def _exploded(nodes: Iterable[ast.FunctionDef]) -> list[bool]:
    """Of each dictionary with two or three keys whether it spans lines: longer ones have to."""
    return [
        part.end_lineno != part.lineno
        for node in nodes
        for part in walk(node)
        if isinstance(part, ast.Dict) and 2 <= len(part.keys) <= 3
    ]


def _docstring(owner: ClassType, node: ast.FunctionDef) -> str:
    if ast.get_docstring(node, clean=False) is None:
        return ""
    text = owner.module.source.segment(node.body[0])
    opened = text.lstrip("rRuU")[3:]
    return "block" if opened[:1] in ("\n", "\r") else "line"


def _log(node: ast.FunctionDef, sending: set[int]) -> tuple[str, bool, bool]:
    """What a method's own statements log with, whether before it sends, and how."""
    lines = [n.lineno for n in walk(node) if isinstance(n, ast.Call) and n.lineno in sending]
    for statement in node.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            if call.func.attr in _LEVELS and call.args:
                first = not lines or call.lineno < min(lines)
                return ast.unparse(call.func), first, isinstance(call.args[0], ast.JoinedStr)
    return "", False, False


def _double_quotes(owner: ClassType) -> bool:
    """Whether most strings of the file, docstrings aside, are in double quotes."""
    double = single = 0
    for token in layout_of(owner.module.source).tokens:
        if token.kind == tokenize.STRING and not token.text.endswith(('"""', "'''")):
            double += token.text.endswith('"')
            single += token.text.endswith("'")
    return double >= single
