"""The statement at a place, and the lines that are its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.model import Location
from pusher_migrate.nodes import walk
from pusher_migrate.source import SourceFile


def statement_at(tree: ast.Module, source: SourceFile, location: Location) -> ast.stmt | None:
    """The innermost statement that holds a place, decorators of a definition included.

    Args:
        tree: The file's syntax tree.
        source: The file.
        location: A place in it.

    Returns:
        None where no statement stands.
    """
    starts = source.line_starts
    if not 1 <= location.line <= len(starts):
        return None
    end = starts[location.line] if location.line < len(starts) else len(source.utf8)
    text = source.utf8[starts[location.line - 1] : end].decode("utf-8", "replace")
    place = (location.line, len(text[: location.column - 1].encode("utf-8")))
    found: ast.stmt | None = None
    inside: list[ast.AST] = [tree]
    while inside:
        statements = [child for node in inside for child in _inner_statements(node)]
        found_here = next((child for child in statements if _holds(child, place)), None)
        if found_here is None:
            break
        found, inside = found_here, [found_here]
    return found


def own_lines(statement: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement; of a compound one, of its header only.

    The header begins at the first decorator and ends where its last expression does.
    """
    first = _first_line(statement)
    blocks = [child for child in ast.iter_child_nodes(statement) if _is_block(child)]
    if not blocks:
        return first, statement.end_lineno or statement.lineno
    last = statement.lineno
    for child in ast.iter_child_nodes(statement):
        if child not in blocks:
            last = max(last, *(getattr(part, "end_lineno", 0) or 0 for part in walk(child)))
    return first, last


def _is_block(node: ast.AST) -> bool:
    return isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case)


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(item.lineno for item in decorators)])


def _inner_statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements directly in the blocks of a statement or module."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif _is_block(child):
            yield from _inner_statements(child)


def _holds(statement: ast.stmt, place: tuple[int, int]) -> bool:
    first = _first_line(statement)
    start = (first, statement.col_offset if first == statement.lineno else 0)
    return start <= place < (statement.end_lineno or 0, statement.end_col_offset or 0)
