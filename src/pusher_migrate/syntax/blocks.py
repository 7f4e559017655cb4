"""Take the body out of a guard, and a statement's text out of its file, with changes inside."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Sequence

from pusher_migrate.edits import apply_edits
from pusher_migrate.errors import EditConflict
from pusher_migrate.model import Edit
from pusher_migrate.nodes import walk
from pusher_migrate.source import SourceFile
from pusher_migrate.syntax.formatting import BlackSettings
from pusher_migrate.syntax.layout import Layout, Place, Refusal, layout_of
from pusher_migrate.syntax.rows import dedented, is_line_pragma, parsed, unix
from pusher_migrate.syntax.statements import replace_statement

_DEFAULTS = BlackSettings()

#: Statements inside another one, and for each the code that takes its place.
Replacements = Sequence[tuple[ast.stmt, str]]


def remove_guard(
    source: SourceFile,
    guard: ast.If,
    replaced: Replacements = (),
    settings: BlackSettings = _DEFAULTS,
) -> Edit | Refusal:
    """Replace an ``if`` without ``else`` by its body, one level to the left.

    Comments in the header become lines above. The condition is no longer evaluated: whether that
    has a side effect is for the caller to know.

    Args:
        source: The file.
        guard: A node of any parse of its text.
        replaced: Statements of the body itself, so that guard and calls become one edit.
        settings: The target's black settings, for the new code.

    Raises:
        SourceError: The file does not parse.
        ValueError: The file has no such ``if``, or a statement of ``replaced`` is not in its body.
    """
    layout = layout_of(source)
    place = layout.place(guard)
    if place.is_elif:
        return Refusal("it is the elif branch of another if; change the whole if by hand")
    if guard.orelse:
        return Refusal("the if has an else, which would have to go too")
    if place.continued:
        return Refusal("a backslash joins the if to the line above; put it on a line of its own")
    if any(isinstance(node, ast.NamedExpr) for node in walk(guard.test)):
        return Refusal("the condition binds a name that the body may use")
    body = _body(layout, place, guard)
    if isinstance(body, Refusal):
        return body
    end, text = body
    bare = _spliced(source, place.start, end, text)
    start = place.start
    if replaced:
        done = _replace_in_body(layout, place, guard, bare, replaced, settings)
        if isinstance(done, Refusal):
            return done
        bare = done
        row_start = layout.row_start(layout.row(place.line.start))
        if bare.utf8[:start] != source.utf8[:start]:
            start = row_start
    if parsed(bare.text) is None:
        return Refusal("without the if the code around it is not valid Python")
    tail = len(source.utf8) - end
    replacement = unix(bare.segment((start, len(bare.utf8) - tail)))
    behind = layout.text(place.end, end)
    if replacement.endswith(behind):
        end, replacement = place.end, replacement[: len(replacement) - len(behind)]
    return Edit(source.path, start, end, replacement)


def statement_text(
    source: SourceFile,
    statement: ast.stmt,
    replaced: Replacements = (),
    settings: BlackSettings = _DEFAULTS,
) -> str | Refusal:
    """A statement's text, moved to the first column, with statements inside it replaced.

    Args:
        source: The file.
        statement: A node of any parse of its text.
        replaced: Statements inside it, at any depth.
        settings: The target's black settings, for the new code.

    Returns:
        Code with ``"\\n"`` line ends, without the comment behind its last line.

    Raises:
        SourceError: The file does not parse.
        ValueError: The file has no such statement.
    """
    layout = layout_of(source)
    place = layout.place(statement)
    edits = []
    for inner, code in replaced:
        edit = replace_statement(source, inner, code, settings)
        if isinstance(edit, Refusal):
            return edit
        edits.append(edit)
    try:
        text = apply_edits(source, edits)
    except EditConflict:
        return Refusal("two statements to replace are on one line; put each on its own")
    after = dataclasses.replace(source, text=text)
    tail = len(source.utf8) - place.end
    piece = unix(after.segment((place.start, len(after.utf8) - tail)))
    moved = dedented(place.indent + piece, place.indent)
    if parsed(moved) is None:
        return Refusal("the statement cannot be moved to another indentation")
    return moved


def _body(layout: Layout, place: Place, guard: ast.If) -> tuple[int, str] | Refusal:
    """Where the guard ends, with the comments that belong to its block, and what remains of it."""
    first = layout.place(guard.body[0])
    last = layout.place(guard.body[-1])
    header_end = first.start if first.colon is not None else place.line.end
    comments = [comment.text for comment in layout.comments(place.start, header_end)]
    rows = [place.indent + text for text in comments if not is_line_pragma(text)]
    if first.colon is not None:
        # To the end of the row: a replaced statement may move the comment there.
        end = layout.row_end(layout.row(last.last_line.end))
        rows.append(place.indent + layout.text(first.start, end))
        return end, "\n".join(rows)[len(place.indent) :]
    if not first.indent.startswith(place.indent):
        return Refusal("the block is indented with other characters than the if")
    row, last_row = layout.row(place.line.end) + 1, layout.row(last.last_line.end)
    while layout.is_comment(last_row + 1) and layout.row_text(last_row + 1).startswith(
        first.indent
    ):
        last_row += 1
    while layout.is_blank(row):
        row += 1
    for number in range(row, last_row + 1):
        text = layout.row_text(number)
        if not layout.begins_in_string(number) and text.startswith(first.indent):
            text = place.indent + text[len(first.indent) :]
        rows.append(text)
    return layout.row_end(last_row), "\n".join(rows)[len(place.indent) :]


def _replace_in_body(
    layout: Layout,
    place: Place,
    guard: ast.If,
    bare: SourceFile,
    replaced: Replacements,
    settings: BlackSettings,
) -> SourceFile | Refusal:
    """The file without the guard, with statements of its former body replaced."""
    span = layout.source.span
    body = [span(statement) for statement in guard.body]
    if parsed(bare.text) is None:
        return Refusal("without the if the code around it is not valid Python")
    suite = _suite_like(layout.tree, layout_of(bare).tree, place)
    edits = []
    for statement, code in replaced:
        moved = suite[place.index + body.index(span(statement))]
        edit = replace_statement(bare, moved, code, settings)
        if isinstance(edit, Refusal):
            return edit
        edits.append(edit)
    try:
        return dataclasses.replace(bare, text=apply_edits(bare, edits))
    except EditConflict:
        return Refusal("two statements to replace are on one line; put each on its own")


def _suite_like(old: ast.AST, new: ast.AST, place: Place) -> list[ast.stmt]:
    """The block of the new tree that stands where the place's block stands in the old one.

    Both trees are equal but for what follows in that block, so they are walked in step.
    """
    stack: list[tuple[object, object]] = [(old, new)]
    while stack:
        before, after = stack.pop()
        if before is place.suite and isinstance(after, list):
            return after
        if isinstance(before, list) and isinstance(after, list):
            stack.extend(zip(before, after, strict=False))
        elif isinstance(before, ast.AST) and isinstance(after, ast.AST):
            for name in before._fields:
                stack.append((getattr(before, name, None), getattr(after, name, None)))
    raise ValueError("the trees are not of the same file")


def _spliced(source: SourceFile, start: int, end: int, text: str) -> SourceFile:
    edit = Edit(source.path, start, end, text)
    return dataclasses.replace(source, text=apply_edits(source, [edit]))
