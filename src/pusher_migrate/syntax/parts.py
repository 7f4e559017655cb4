"""The tokens of a file, a part at a time: splitting all of it costs more than all edits together.

A part is a statement of the module and what follows it up to the next one. Each can be split into
tokens on its own, because indentation and brackets are closed at its end.
"""

from __future__ import annotations

import ast
import re
import tokenize
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

from pusher_migrate.errors import SourceError
from pusher_migrate.source import SourceFile
from pusher_migrate.syntax.rows import rows_inside_strings

_LINE_END = re.compile(r"\r\n|\r|\n")
_MARKS = frozenset({tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING})
_SILENT = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, *_MARKS})

_Answer = TypeVar("_Answer")


class Token(NamedTuple):
    """A token with byte offsets.

    Attributes:
        kind: A number from `token`.
        text: Its text.
        start: Offset of its first byte.
        end: Offset after its last byte.
    """

    kind: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """One logical line: one or more simple statements, or a header, possibly with its suite.

    Attributes:
        start: Offset of its first token.
        end: Offset of its line end, behind a trailing comment.
        comment: The trailing comment.
    """

    start: int
    end: int
    comment: Token | None


class Part:
    """Some whole rows of a file.

    Args:
        source: The file.
        first: 1-based number of the first row.
        rows: The rows, without their line ends.

    Attributes:
        start: Offset of the first row.
    """

    def __init__(self, source: SourceFile, first: int, rows: Sequence[str]) -> None:
        self.start = source.line_starts[first - 1]
        self._source = source
        self._first = first
        self._rows = rows

    def split(self) -> Iterator[tokenize.TokenInfo]:
        """Python's own tokens, one at a time; errors as for `tokens`."""
        # Rows end where the parser ends them, and as the tokenizer knows it: not with a lone "\r".
        rows = iter([row + "\n" for row in self._rows])
        return tokenize.generate_tokens(lambda: next(rows, ""))

    @cached_property
    def _raw(self) -> list[tokenize.TokenInfo]:
        return list(self.split())

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens; the marks at the end, which stand for no text, are left out.

        Raises:
            tokenize.TokenError, SyntaxError: The rows are no whole statements.
        """
        starts, size = self._source.line_starts, len(self._source.utf8)
        ascii_only = self._source.text.isascii()
        rows, first = self._rows, self._first - 1

        def offset(position: tuple[int, int]) -> int:
            number, column = position
            if first + number > len(starts):
                return size
            if not ascii_only:
                column = len(rows[number - 1][:column].encode()) if number <= len(rows) else 0
            return min(starts[first + number - 1] + column, size)

        return tuple(
            Token(kind, text, offset(start), offset(end))
            for kind, text, start, end, _ in self._raw
            if kind not in (tokenize.ENDMARKER, tokenize.DEDENT)
        )

    @cached_property
    def starts(self) -> list[int]:
        """The tokens' offsets."""
        return [token.start for token in self.tokens]

    @cached_property
    def lines(self) -> tuple[LogicalLine, ...]:
        """The logical lines."""
        return _logical_lines(self.tokens)

    @cached_property
    def string_rows(self) -> frozenset[int]:
        """1-based numbers, in the file, of the rows that begin inside a string literal."""
        return frozenset(row + self._first for row in rows_inside_strings(iter(self._raw)))

    def between(self, start: int, end: int) -> tuple[Token, ...]:
        """The tokens that start in a span."""
        return self.tokens[bisect_left(self.starts, start) : bisect_left(self.starts, end)]


class Parts:
    """All parts of a file, each split into tokens when it is asked for.

    Args:
        source: A file that parses.
        tree: Its syntax tree.
    """

    def __init__(self, source: SourceFile, tree: ast.Module) -> None:
        self._source = source
        self._rows = _LINE_END.split(source.text)
        firsts = _first_rows(tree)
        lasts = [*(first - 1 for first in firsts[1:]), len(self._rows)]
        self._use(
            [
                Part(source, first, self._rows[first - 1 : last])
                for first, last in zip(firsts, lasts, strict=True)
            ]
        )

    def tokens(self) -> list[Token]:
        """All tokens, but for the marks at the end of blocks and of the file.

        Raises:
            SourceError: The file cannot be split into tokens; so for all other questions.
        """
        return self._ask(lambda: [token for part in self._parts for token in part.tokens])

    def between(self, start: int, end: int) -> list[Token]:
        """The tokens that start in a span."""

        def answer() -> list[Token]:
            low = self._index(start)
            parts = self._parts[low : bisect_left(self._starts, end, low)]
            return [token for part in parts for token in part.between(start, end)]

        return self._ask(answer)

    def significant(self, start: int, end: int) -> list[Token]:
        """The tokens that start in a span, but comments, line ends and indentation."""
        return [token for token in self.between(start, end) if token.kind not in _SILENT]

    def indentation(self) -> str | None:
        """The blanks before the first row that is indented; None when there is none."""

        def answer() -> str | None:
            tokens = (token for part in self._parts for token in part.split())
            return next((token.string for token in tokens if token.type == tokenize.INDENT), None)

        return self._ask(answer)

    def line_at(self, offset: int) -> LogicalLine:
        """The logical line around an offset, or else the next one before it, or else the first."""

        def answer() -> LogicalLine:
            for part in reversed(self._parts[: self._index(offset) + 1]):
                before = bisect_right(part.lines, offset, key=lambda line: line.start)
                if before:
                    return part.lines[before - 1]
            return next(part.lines[0] for part in self._parts if part.lines)

        return self._ask(answer)

    def begins_in_string(self, row: int) -> bool:
        """Whether a row, by its 1-based number, begins inside a string literal."""
        if not 1 <= row <= len(self._rows):
            return False
        start = self._source.line_starts[row - 1]
        return self._ask(lambda: row in self._parts[self._index(start)].string_rows)

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        try:
            return question()
        except (tokenize.TokenError, SyntaxError) as error:
            if len(self._parts) == 1:
                message = f"cannot be split into tokens: {error}"
                raise SourceError(self._source.path, 1, message) from error
            # A backslash before the first row of a statement belongs to no statement in the tree.
            self._use([Part(self._source, 1, self._rows)])
            return self._ask(question)

    def _use(self, parts: list[Part]) -> None:
        self._parts = parts
        self._starts = [part.start for part in parts]

    def _index(self, offset: int) -> int:
        return max(bisect_right(self._starts, offset) - 1, 0)


def _first_rows(tree: ast.Module) -> list[int]:
    """1-based number of the first row of each part, the first row of the file among them."""
    firsts, last = [1], 0
    for statement in tree.body:
        decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(item.lineno for item in decorators)])
        # Statements on one row are one part.
        if first > max(last, 1):
            firsts.append(first)
        last = max(last, statement.end_lineno or first)
    return firsts


def _logical_lines(tokens: Sequence[Token]) -> tuple[LogicalLine, ...]:
    lines = []
    start: int | None = None
    comment: Token | None = None
    for token in tokens:
        if token.kind == tokenize.NEWLINE:
            if start is not None:
                lines.append(LogicalLine(start, token.start, comment))
            start = comment = None
        elif token.kind == tokenize.COMMENT:
            comment = token
        elif token.kind not in _SILENT:
            comment = None
            start = token.start if start is None else start
    return tuple(lines)
