"""Replace, remove and insert statements: one edit each, all comments kept.

Comments above a statement are not touched. Those inside a replaced or removed statement become
lines of their own above, unless the new code carries them itself. The comment behind it stays
there; when the statement goes, it becomes a line of its own. Comments that tools read (``# noqa``)
hold for a line, so they move to the first line of the new code, and go with a statement that goes.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pusher_migrate.model import Edit
from pusher_migrate.source import SourceFile
from pusher_migrate.syntax.formatting import BlackSettings, format_statement
from pusher_migrate.syntax.layout import Layout, Place, Refusal, is_simple, layout_of
from pusher_migrate.syntax.rows import (
    comments_of,
    display_width,
    is_line_pragma,
    parsed,
    unix,
    with_pragmas,
)

_DEFAULTS = BlackSettings()
_CONTINUED = "a backslash joins the statement to the line above; put it on a line of its own"
_ELIF = "it is the elif branch of another if; change the whole if by hand"


def replace_statement(
    source: SourceFile, statement: ast.stmt, new_code: str, settings: BlackSettings = _DEFAULTS
) -> Edit | Refusal:
    """Replace a statement by one or more others, formatted at its indentation.

    On a line that it shares with others (``if ready: send()``, ``save(); send()``), one simple
    statement goes in its place; other code spreads that line over several.

    Args:
        source: The file.
        statement: A node of any parse of its text; with decorators, these are replaced too.
        new_code: Statements that start in the first column, nested by four spaces.
        settings: The target's black settings.

    Raises:
        SourceError: The file does not parse.
        ValueError: The file has no such statement.
    """
    layout = layout_of(source)
    place = layout.place(statement)
    tree = parsed(new_code)
    if tree is None or not tree.body:
        return Refusal("the new code is not valid Python")
    if place.is_elif:
        return Refusal(_ELIF)
    in_place = len(tree.body) == 1 and is_simple(tree.body[0])
    if place.continued and not (in_place and not layout.comments(place.start, place.end)):
        return Refusal(_CONTINUED)
    if in_place or not place.shares_line:
        return _in_place(layout, place, new_code, settings)
    if place.colon is not None:
        return _spread_suite(layout, place, new_code, settings)
    return _spread_line(layout, place, new_code, settings)


def remove_statement(
    source: SourceFile, statement: ast.stmt, *, keep_comments: bool = True
) -> Edit | Refusal:
    """Remove a statement, with its line when it has one of its own.

    ``pass`` takes its place where the block would be empty. Blank lines that only set it apart from
    its neighbours go too.

    Args:
        source: The file.
        statement: A node of any parse of its text.
        keep_comments: Keep comments inside and behind it as lines of their own; comment lines above
            it stay in any case.

    Raises:
        SourceError: The file does not parse.
        ValueError: The file has no such statement.
    """
    layout = layout_of(source)
    place = layout.place(statement)
    if place.is_elif:
        return Refusal(_ELIF)
    notes = _people(layout, place.start, place.end) if keep_comments else []
    if place.continued and (notes or not place.shares_line):
        return Refusal(_CONTINUED)
    if place.alone_in_block:
        return _with_notes(layout, place, place.end, "pass", notes)
    if place.following is not None:
        return _with_notes(layout, place, place.following, "", notes)
    if place.previous is not None:
        if notes:
            between = layout.text(place.line.start, place.previous)
            text = _lines([*notes, between], place.indent)
            return Edit(source.path, place.line.start, place.end, text)
        return Edit(source.path, place.previous, place.end, "")
    return _remove_lines(layout, place, keep_comments)


def insert_after(
    source: SourceFile, statement: ast.stmt, new_code: str, settings: BlackSettings = _DEFAULTS
) -> Edit | Refusal:
    """Insert statements behind another one, on lines of their own at its indentation.

    Behind a statement with a block, that is behind the block and its last comment lines.

    Args:
        source: The file.
        statement: A node of any parse of its text.
        new_code: Statements that start in the first column, nested by four spaces.
        settings: The target's black settings.

    Raises:
        SourceError: The file does not parse.
        ValueError: The file has no such statement.
    """
    inserted = _inserted(source, statement, new_code, settings)
    if isinstance(inserted, Refusal):
        return inserted
    layout, place, text = inserted
    indent = place.indent
    if place.following is not None:
        text = f"\n{indent}{text}\n{indent}"
        return Edit(source.path, place.end, place.following, text)
    row = layout.row(place.last_line.end)
    if not is_simple(place.statement):
        while layout.is_comment(row + 1) and _deeper(layout.row_text(row + 1), indent):
            row += 1
    blank = ""
    if _is_definition(new_code) or _is_definition_node(place.statement):
        blank = "\n" if indent else "\n\n"
    at = layout.row_start(row + 1)
    if layout.row_end(row) == at:
        return Edit(source.path, at, at, f"\n{blank}{indent}{text}")
    return Edit(source.path, at, at, f"{blank}{indent}{text}\n")


def insert_before(
    source: SourceFile, statement: ast.stmt, new_code: str, settings: BlackSettings = _DEFAULTS
) -> Edit | Refusal:
    """Insert statements before another one and the comment lines right above it.

    Args:
        source: The file.
        statement: A node of any parse of its text.
        new_code: Statements that start in the first column, nested by four spaces.
        settings: The target's black settings.

    Raises:
        SourceError: The file does not parse.
        ValueError: The file has no such statement.
    """
    inserted = _inserted(source, statement, new_code, settings)
    if isinstance(inserted, Refusal):
        return inserted
    layout, place, text = inserted
    indent = place.indent
    if place.previous is not None:
        text = f"\n{indent}{text}\n{indent}"
        return Edit(source.path, place.previous, place.start, text)
    row = layout.row(place.line.start)
    while layout.is_comment(row - 1) and _indent_of(layout.row_text(row - 1)) == indent:
        row -= 1
    # The comments that a file begins with speak for the file: shebang, encoding, licence.
    if row == 1 and layout.row(place.line.start) > 1:
        row = layout.row(place.line.start)
    at = layout.row_start(row)
    blank = "\n" if _is_definition(new_code) and _needs_blank(layout, place, row) else ""
    return Edit(source.path, at, at, f"{blank}{indent}{text}\n")


def insert_else(
    source: SourceFile, statement: ast.stmt, new_code: str, settings: BlackSettings = _DEFAULTS
) -> Edit | Refusal:
    """Give an ``if`` without ``else`` one; for an ``elif``, the ``if`` that it belongs to.

    Args:
        source: The file.
        statement: The ``if``, a node of any parse of its text.
        new_code: Statements that start in the first column, nested by four spaces.
        settings: The target's black settings.

    Raises:
        SourceError: The file does not parse.
        ValueError: The file has no such statement.
    """
    layout = layout_of(source)
    while layout.place(statement).is_elif:
        outer = layout.place(statement).parent
        assert isinstance(outer, ast.stmt)
        statement = outer
    edit = insert_after(source, statement, "pass", settings)
    if isinstance(edit, Refusal):
        return edit
    if edit.start != edit.end:
        return Refusal("the statement shares its line with others; put it on a line of its own")
    indent = layout.place(statement).indent
    inner = indent + layout.unit
    text = format_statement(new_code, indent=inner, settings=settings, unit=layout.unit)
    added = f"{indent}else:\n{inner}{text}"
    return replace(edit, replacement=edit.replacement.replace(f"{indent}pass", added, 1))


def _in_place(layout: Layout, place: Place, new_code: str, settings: BlackSettings) -> Edit:
    notes, pragmas = _sorted_comments(layout, place, new_code)
    end = place.end
    comment = place.last_line.comment
    suffix_width = 0
    if place.following is None:
        suffix = layout.text(end, place.last_line.end).rstrip()
        suffix_width = display_width(suffix)
    text = _formatted(layout, place, new_code, settings, suffix_width)
    if place.following is not None:
        notes, pragmas = [*notes, *pragmas], []
    elif comment and is_line_pragma(comment.text) and (pragmas or "\n" in text):
        pragmas = [*pragmas, comment.text]
        moved = with_pragmas(text, pragmas, place.indent)
        if moved is not None:
            text, pragmas, end = moved, [], comment.end
    if pragmas:
        # Before a comment may come a semicolon, which would end up inside the comment.
        semicolon = layout.text(end, place.last_line.end if comment is None else comment.start)
        moved = with_pragmas(text, pragmas, place.indent)
        if moved is None:
            notes = [*notes, *(p for p in pragmas if comment is None or p != comment.text)]
        else:
            text = moved
            if ";" in semicolon and "\n" not in text:
                end += semicolon.index(";") + 1
    if not place.shares_line and _is_definition(new_code):
        row = layout.row(place.line.start)
        if _needs_blank(layout, place, row):
            start = layout.row_start(row)
            text = "\n" + _lines([*notes, text], place.indent, first=True)
            return Edit(layout.source.path, start, end, text)
    return _with_notes(layout, place, end, text, notes)


def _spread_line(layout: Layout, place: Place, new_code: str, settings: BlackSettings) -> Edit:
    """Put the statement of a line like ``save(); send(); log()`` on lines of its own."""
    notes, pragmas = _sorted_comments(layout, place, new_code)
    text = _formatted(layout, place, new_code, settings)
    moved = with_pragmas(text, pragmas, place.indent)
    if moved is None:
        notes, moved = [*notes, *pragmas], text
    text = _lines([*notes, moved], place.indent)
    start, end = place.start, place.end
    if place.previous is not None:
        start, text = place.previous, f"\n{place.indent}{text}"
    if place.following is not None:
        end, text = place.following, f"{text}\n{place.indent}"
    return Edit(layout.source.path, start, end, text)


def _spread_suite(layout: Layout, place: Place, new_code: str, settings: BlackSettings) -> Edit:
    """Put the suite of a line like ``if ready: send()`` on lines of its own, with the new code."""
    assert place.colon is not None
    indent = place.indent + layout.unit
    end = place.end
    pieces = []
    for sibling in place.suite:
        start, end = layout.source.span(sibling)
        if sibling is not place.statement:
            pieces.append(layout.text(start, end))
            continue
        notes, pragmas = _sorted_comments(layout, place, new_code)
        text = format_statement(new_code, indent=indent, settings=settings, unit=layout.unit)
        moved = with_pragmas(text, pragmas, indent)
        pieces += [*notes, *pragmas, text] if moved is None else [*notes, moved]
    return Edit(layout.source.path, place.colon, end, "\n" + _lines(pieces, indent, first=True))


def _remove_lines(layout: Layout, place: Place, keep_comments: bool) -> Edit:
    path = layout.source.path
    first, last = layout.row(place.line.start), layout.row(place.last_line.end)
    start, end = layout.row_start(first), layout.row_start(last + 1)
    notes = _people(layout, place.start, place.last_line.end) if keep_comments else []
    if notes:
        newline = "\n" if layout.row_end(last) < end else ""
        return Edit(path, start, end, _lines(notes, place.indent, first=True) + newline)
    above = below = 0
    while layout.is_blank(first - 1 - above):
        above += 1
    while layout.is_blank(last + 1 + below):
        below += 1
    ends_block = not below and place.index + 1 == len(place.suite)
    opens_function = (
        not above
        and place.index == 0
        and isinstance(place.parent, (ast.FunctionDef, ast.AsyncFunctionDef))
        and not layout.is_comment(first - 1)
    )
    if above and (ends_block or above <= below):
        start = layout.row_start(first - above)
    elif (above and below) or opens_function or first == 1:
        end = layout.row_start(last + 1 + below)
    return Edit(path, start, end, "")


def _with_notes(layout: Layout, place: Place, end: int, text: str, notes: Sequence[str]) -> Edit:
    """An edit that puts ``text`` in the statement's place and comments above its line."""
    if not notes:
        return Edit(layout.source.path, place.start, end, text)
    before = layout.text(place.line.start, place.start)
    replacement = _lines([*notes, before + text], place.indent)
    return Edit(layout.source.path, place.line.start, end, replacement)


def _sorted_comments(layout: Layout, place: Place, new_code: str) -> tuple[list[str], list[str]]:
    """Comments inside the statement that the new code lacks: for people, and for tools."""
    kept = comments_of(unix(new_code))
    lost = []
    for comment in layout.comments(place.start, place.end):
        if kept[comment.text]:
            kept -= Counter([comment.text])
        else:
            lost.append(comment.text)
    return (
        [text for text in lost if not is_line_pragma(text)],
        [text for text in lost if is_line_pragma(text)],
    )


def _people(layout: Layout, start: int, end: int) -> list[str]:
    """The comments in a span that are not for tools."""
    texts = [comment.text for comment in layout.comments(start, end)]
    return [text for text in texts if not is_line_pragma(text)]


def _formatted(
    layout: Layout, place: Place, new_code: str, settings: BlackSettings, suffix_width: int = 0
) -> str:
    return format_statement(
        unix(new_code),
        indent=place.indent,
        settings=settings,
        unit=layout.unit,
        suffix_width=suffix_width,
    )


def _inserted(
    source: SourceFile, statement: ast.stmt, new_code: str, settings: BlackSettings
) -> tuple[Layout, Place, str] | Refusal:
    """The statement's place, and the code as it has to look next to it."""
    layout = layout_of(source)
    place = layout.place(statement)
    tree = parsed(new_code)
    if tree is None or not tree.body:
        return Refusal("the new code is not valid Python")
    if place.is_elif:
        return Refusal(_ELIF)
    if place.continued:
        return Refusal(_CONTINUED)
    if place.colon is not None:
        return Refusal(
            "the statement is on the line of the block's header; put the block on its own lines"
        )
    return layout, place, _formatted(layout, place, new_code, settings)


def _lines(rows: Sequence[str], indent: str, *, first: bool = False) -> str:
    return (indent if first else "") + f"\n{indent}".join(rows)


def _is_definition(code: str) -> bool:
    tree = parsed(code)
    return bool(tree and tree.body and _is_definition_node(tree.body[0]))


def _is_definition_node(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


def _needs_blank(layout: Layout, place: Place, row: int) -> bool:
    """Whether a function that comes to start in a row needs a blank line above, as black has it."""
    no_gap = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if place.index == 0 and isinstance(place.parent, no_gap):
        return False
    return bool(layout.row_text(row - 1).strip()) and not layout.is_comment(row - 1)


def _indent_of(row: str) -> str:
    return row[: len(row) - len(row.lstrip())].rpartition("\f")[2]


def _deeper(row: str, indent: str) -> bool:
    found = _indent_of(row)
    return found.startswith(indent) and len(found) > len(indent)
