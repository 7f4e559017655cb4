"""Walk syntax trees: as `ast.walk` and `ast.iter_child_nodes` do, in a third of the time.

Nodes that only say which operator or context it is (``ast.Add``, ``ast.Load``) are left out: all
trees share them, and they hold nothing.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

#: Fields that hold no nodes, or only those that say which operator it is.
_PLAIN = frozenset(
    [
        *("arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs"),
        *(
            "level",
            "module",
            "n",
            "name",
            "op",
            "ops",
            "rest",
            "s",
            "simple",
            "str",
            "tag",
            "type_comment",
        ),
    ]
)
_WITHOUT = (ast.Constant, ast.Global, ast.Nonlocal, ast.MatchSingleton)


@cache
def child_fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a kind of node that hold other nodes, in the order of the grammar."""
    if issubclass(kind, _WITHOUT):
        return ()
    # The name of `type X = ...` is an expression, in all other nodes it is text.
    plain = _PLAIN - {"name"} if kind.__name__ == "TypeAlias" else _PLAIN
    return tuple(field for field in kind._fields if field not in plain)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly inside a node, in the order of the grammar."""
    found: list[ast.AST] = []
    for field in child_fields(node.__class__):  # type: ignore[arg-type]
        value: Any = getattr(node, field, None)
        if value.__class__ is list:
            found += value if None not in value else [item for item in value if item is not None]
        elif value is not None:
            found.append(value)
    return found


def walk(node: ast.AST) -> list[ast.AST]:
    """A node and all nodes inside it, level by level."""
    found: list[ast.AST] = [node]
    fields_of = child_fields
    for each in found:
        for field in fields_of(each.__class__):  # type: ignore[arg-type]
            value: Any = getattr(each, field, None)
            if value.__class__ is list:
                found += value if None not in value else [item for item in value if item]
            elif value is not None:
                found.append(value)
    return found


def parts_of(node: ast.AST) -> list[Any]:
    """The statements, handlers and cases directly inside a statement, handler or case."""
    return [part for field in _SUITES for part in getattr(node, field, ())]


#: Fields of statements with statements in them, in the order of the grammar.
_SUITES = ("body", "handlers", "orelse", "finalbody", "cases")
