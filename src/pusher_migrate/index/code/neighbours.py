"""The statements right in front of another one and behind it, in its block."""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module


def next_statement(module: Module, statement: ast.stmt) -> ast.stmt | None:
    """The statement behind another one in its block."""
    return _neighbour(module, statement, 1)


def previous_statement(module: Module, statement: ast.stmt) -> ast.stmt | None:
    """The statement in front of another one in its block."""
    return _neighbour(module, statement, -1)


def _neighbour(module: Module, statement: ast.stmt, step: int) -> ast.stmt | None:
    parent = module.parents[statement]
    for name in ("body", "orelse", "finalbody"):
        suite = getattr(parent, name, None)
        if isinstance(suite, list) and statement in suite:
            index = suite.index(statement) + step
            found = suite[index] if 0 <= index < len(suite) else None
            return found if isinstance(found, ast.stmt) else None
    return None
