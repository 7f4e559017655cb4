"""Where statements, tokens and comments stand in a file.

`ast` has no comments and tokens have no statements: a layout has both, in the same offsets (UTF-8
bytes of the decoded text, as `SourceFile` counts them).
"""

from __future__ import annotations

import ast
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pusher_migrate.source import SourceFile
from pusher_migrate.syntax.parts import LogicalLine, Parts, Token
from pusher_migrate.syntax.rows import unix

_BLANKS_AND_BACKSLASH = re.compile(r"[ \t\f]*\\[ \t\f]*")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What could not be done: the reason is a clause without a full stop, for people to act on."""

    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """A statement with its surroundings.

    Attributes:
        statement: The node, from the layout's own tree.
        suite: The statements of the block that it is in.
        index: Its number there.
        parent: The node that the block belongs to.
        start: Offset of its first byte, decorators included.
        end: Offset after its last byte.
        line: Logical line that it starts in.
        last_line: Logical line that it ends in.
        indent: Indentation of ``line``.
        colon: For a suite on its header's line (``if x: f()``), the offset after the colon.
        previous: End of the statement before it on the same line (``f(); g()``).
        following: Start of the statement after it on the same line.
        continued: A backslash joins its line to an empty one above, so its indentation is unknown.
        is_elif: It is the ``elif`` of another ``if``.
    """

    statement: ast.stmt
    suite: Sequence[ast.stmt]
    index: int
    parent: ast.AST
    start: int
    end: int
    line: LogicalLine
    last_line: LogicalLine
    indent: str
    colon: int | None
    previous: int | None
    following: int | None
    continued: bool
    is_elif: bool

    @property
    def shares_line(self) -> bool:
        """Whether other statements of its suite, or the header of the suite, are on its line."""
        return self.colon is not None or self.previous is not None or self.following is not None

    @property
    def alone_in_block(self) -> bool:
        """Whether the block would be empty, and the code invalid, without it."""
        return len(self.suite) == 1 and not isinstance(self.parent, ast.Module)


class Layout:
    """Tokens, logical lines and statements of one file. Built once per file, see `layout_of`.

    Args:
        source: A file that parses.

    Raises:
        SourceError: It does not parse; or, when that is asked for, it cannot be tokenized.
    """

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.tree = source.tree
        self._parts = Parts(source, self.tree)

    @property
    def tokens(self) -> list[Token]:
        """All tokens, but for the marks at the end of blocks and of the file."""
        return self._parts.tokens()

    def _suite_of(self, statement: ast.stmt) -> tuple[list[ast.stmt], ast.AST] | None:
        """The block that a statement stands in, and the node that the block belongs to."""
        line, wanted = statement.lineno, _position(statement)
        stack: list[ast.AST] = [self.tree]
        while stack:
            parent = stack.pop()
            for suite in suites_of(parent):
                for each in suite:
                    if each.lineno == line and type(each) is type(statement):
                        if _position(each) == wanted:
                            return suite, parent
                    if each.lineno <= line <= (each.end_lineno or line):
                        stack.append(each)
            stack += getattr(parent, "handlers", ())
            stack += getattr(parent, "cases", ())
        return None

    @cached_property
    def unit(self) -> str:
        """The file's own indentation of one level: its first, or four spaces."""
        return (self._parts.indentation() or "").rpartition("\f")[2] or "    "

    def text(self, start: int, end: int) -> str:
        """The text of a span with ``"\\n"`` line ends."""
        return unix(self.source.segment((start, end)))

    def row(self, offset: int) -> int:
        """1-based number of the row around an offset."""
        return bisect_right(self.source.line_starts, offset)

    def row_start(self, row: int) -> int:
        """Offset of a row's first byte; the end of the file for the row after the last."""
        starts = self.source.line_starts
        return starts[row - 1] if row <= len(starts) else len(self.source.utf8)

    def row_end(self, row: int) -> int:
        """Offset of a row's line end."""
        return self.row_start(row) + len(self.row_text(row).encode())

    def row_text(self, row: int) -> str:
        """A row without its line end; empty for rows that the file does not have."""
        if not 1 <= row <= len(self.source.line_starts):
            return ""
        return self.source.segment((self.row_start(row), self.row_start(row + 1))).rstrip("\r\n")

    def is_blank(self, row: int) -> bool:
        """Whether the file has this row and it is empty but for blanks, and not inside a string."""
        return (
            1 <= row <= len(self.source.line_starts)
            and not self.row_text(row).strip()
            and not self.begins_in_string(row)
            # After a final line end comes one more entry, which is no row of the file.
            and self.row_start(row) < len(self.source.utf8)
        )

    def is_comment(self, row: int) -> bool:
        """Whether the row holds a comment and nothing else."""
        return self.row_text(row).lstrip().startswith("#") and any(
            self.row(comment.start) == row
            for comment in self.comments(self.row_start(row), self.row_end(row))
        )

    def begins_in_string(self, row: int) -> bool:
        """Whether the row begins inside a string literal."""
        return self._parts.begins_in_string(row)

    def comments(self, start: int, end: int) -> list[Token]:
        """The comments that start in a span."""
        return [t for t in self._parts.between(start, end) if t.kind == tokenize.COMMENT]

    def significant(self, start: int, end: int) -> list[Token]:
        """The tokens that start in a span, but comments, line ends and indentation."""
        return self._parts.significant(start, end)

    def line_at(self, offset: int) -> LogicalLine:
        """The logical line around an offset, or else the next one before it."""
        return self._parts.line_at(offset)

    def place(self, statement: ast.stmt) -> Place:
        """Where a statement stands.

        Args:
            statement: A node of any parse of this text.

        Raises:
            ValueError: The file has no such statement.
        """
        span = self.source.span(statement)
        found = self._suite_of(statement)
        if found is None:
            raise ValueError(f"{self.source.path} has no {type(statement).__name__} at {span}")
        suite, parent = found
        index = next(i for i, node in enumerate(suite) if self.source.span(node) == span)
        start, line = self._start(suite[index])
        last_line = self.line_at(span[1])
        first, first_line = self._start(suite[0])
        colon = None
        if first != first_line.start:
            colon = max(token.end for token in self.significant(first_line.start, first))
        previous = following = None
        if index and self.line_at(self.source.span(suite[index - 1])[1]) is line:
            previous = self.source.span(suite[index - 1])[1]
        if index + 1 < len(suite) and self._start(suite[index + 1])[1] is last_line:
            following = self._start(suite[index + 1])[0]
        row = self.row(line.start)
        before = self.source.segment((self.row_start(row), line.start))
        above = self.row_text(row - 1) if not self.begins_in_string(row - 1) else ""
        return Place(
            statement=suite[index],
            suite=suite,
            index=index,
            parent=parent,
            start=start,
            end=span[1],
            line=line,
            last_line=last_line,
            # A form feed resets the tokenizer's column.
            indent=before.rpartition("\f")[2],
            colon=colon,
            previous=previous,
            following=following,
            continued=_BLANKS_AND_BACKSLASH.fullmatch(above) is not None,
            is_elif=isinstance(statement, ast.If) and self.text(start, start + 4) == "elif",
        )

    def _start(self, statement: ast.stmt) -> tuple[int, LogicalLine]:
        """Offset of a statement's first byte, decorators included, and its logical line."""
        decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
        if decorators:
            line = self.line_at(self.source.span(decorators[0])[0])
            return line.start, line
        start = self.source.span(statement)[0]
        return start, self.line_at(start)


@lru_cache(maxsize=64)
def layout_of(source: SourceFile) -> Layout:
    """The layout of a file, kept for the last few files because several edits need the same one.

    Raises:
        SourceError: The file does not parse, or cannot be tokenized.
    """
    return Layout(source)


def _position(statement: ast.stmt) -> tuple[int | None, ...]:
    return (
        statement.lineno,
        statement.col_offset,
        statement.end_lineno,
        statement.end_col_offset,
    )


def suites_of(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of statements that belong to a node itself."""
    for name in ("body", "orelse", "finalbody"):
        suite = getattr(node, name, None)
        if isinstance(suite, list) and suite and isinstance(suite[0], ast.stmt):
            yield suite


def is_simple(statement: ast.stmt) -> bool:
    """Whether a statement may share its line with others (it has no block of its own)."""
    return not isinstance(statement, ast.Match) and not any(suites_of(statement))
