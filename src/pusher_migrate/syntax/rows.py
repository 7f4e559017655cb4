"""Physical lines ("rows") of a piece of code, shifted without touching what is inside strings."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence

from pusher_migrate.errors import SourceError
from pusher_migrate.source import SourceFile, parse

_LINE_END = re.compile(r"\r\n|\r")

#: Width of a tab for line lengths: what black takes for one level, ruff's default ``indent-width``.
TAB_WIDTH = 4

# Python 3.12 splits an f-string, Python 3.14 a t-string, into several tokens.
_STRING_STARTS = frozenset(
    getattr(tokenize, name)
    for name in ("FSTRING_START", "TSTRING_START")
    if hasattr(tokenize, name)
)
_STRING_ENDS = frozenset(
    getattr(tokenize, name) for name in ("FSTRING_END", "TSTRING_END") if hasattr(tokenize, name)
)

#: Comments that tools read and that hold for the physical line they stand on: flake8 and ruff,
#: mypy, coverage.py, bandit, pylint, pyright, SonarQube, codespell, and this tool's own.
_LINE_PRAGMA = re.compile(
    r"#\s*(?:noqa\b|type:\s*ignore|pragma:|nosec\b|pylint:|pyright:|mypy:|NOSONAR\b"
    r"|codespell:|pyre-|pytype:|pusher-migrate:)",
    re.IGNORECASE,
)


def is_line_pragma(comment: str) -> bool:
    """Whether a comment speaks to a tool about its own line (``# noqa``, ``# type: ignore``)."""
    return _LINE_PRAGMA.search(comment) is not None


def unix(text: str) -> str:
    """The text with ``"\\n"`` for every line end, as replacements have it."""
    return _LINE_END.sub("\n", text)


def display_width(text: str) -> int:
    """Columns that a text takes, a tab counting as `TAB_WIDTH`."""
    return len(text.expandtabs(TAB_WIDTH))


def parsed(code: str) -> ast.Module | None:
    """A piece of code as a tree, without warnings about it; None when it does not parse."""
    try:
        return parse(SourceFile("", code, "utf-8", False, "\n", ""))
    except SourceError:
        return None


def tokens_of(code: str) -> Iterator[tokenize.TokenInfo]:
    """Tokens of a piece of code with ``"\\n"`` line ends.

    Raises:
        tokenize.TokenError, SyntaxError: It is no complete Python code.
    """
    return tokenize.generate_tokens(io.StringIO(code, newline="\n").readline)


def comments_of(code: str) -> Counter[str]:
    """The comments in a piece of code; none when it cannot be tokenized."""
    return Counter(comment_list(code))


def comment_list(code: str) -> list[str]:
    """The comments in a piece of code in order; none when it cannot be tokenized."""
    try:
        return [token.string for token in tokens_of(code) if token.type == tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError):
        return []


def rows_inside_strings(tokens: Iterator[tokenize.TokenInfo]) -> frozenset[int]:
    """0-based numbers of the rows that begin inside a string literal.

    Raises:
        tokenize.TokenError, SyntaxError: The tokens end early.
    """
    rows: set[int] = set()
    depth = first = 0
    for token in tokens:
        if token.type in _STRING_STARTS:
            if not depth:
                first = token.start[0]
            depth += 1
        elif token.type in _STRING_ENDS:
            depth -= 1
            if not depth:
                rows.update(range(first, token.end[0]))
        elif token.type == tokenize.STRING and not depth:
            rows.update(range(token.start[0], token.end[0]))
    return frozenset(rows)


def _inside(code: str) -> frozenset[int]:
    """As `rows_inside_strings`; all rows when there are no tokens, so that none is moved."""
    try:
        return rows_inside_strings(tokens_of(code))
    except (tokenize.TokenError, SyntaxError):
        return frozenset(range(code.count("\n") + 1))


def indented(code: str, indent: str, *, first: bool = True) -> str:
    """The code with ``indent`` before each row that is neither blank nor inside a string.

    Args:
        code: Code with ``"\\n"`` line ends.
        indent: What to put before the rows.
        first: Whether the first row gets it too.
    """
    if not indent or ("\n" not in code and not first):
        return code
    inside = _inside(code)
    return "\n".join(
        indent + row if row.strip() and number not in inside and (first or number) else row
        for number, row in enumerate(code.split("\n"))
    )


def dedented(code: str, indent: str, replacement: str = "") -> str:
    """The code with ``replacement`` for ``indent`` at the start of each row outside strings.

    Rows that do not begin with ``indent`` (the first of a slice, comments further left) stay.
    """
    if not indent:
        return code
    inside = _inside(code)
    return "\n".join(
        replacement + row[len(indent) :] if row.startswith(indent) and number not in inside else row
        for number, row in enumerate(code.split("\n"))
    )


def with_unit(code: str, unit: str) -> str:
    """The code with ``unit`` for every four leading spaces of the rows outside strings."""
    if unit == " " * 4 or "\n" not in code:
        return code
    inside = _inside(code)
    rows = []
    for number, row in enumerate(code.split("\n")):
        bare = row.lstrip(" ")
        levels, rest = divmod(len(row) - len(bare), 4)
        rows.append(row if number in inside else unit * levels + " " * rest + bare)
    return "\n".join(rows)


def with_pragmas(code: str, pragmas: Sequence[str], indent: str) -> str | None:
    """The code with comments for tools at the end of its first row.

    ``# type: ignore`` goes first, as mypy wants it.

    Args:
        code: Code as `format_statement` returns it: only the first row is without ``indent``.
        pragmas: The comments.
        indent: The code's indentation.

    Returns:
        None when the first row cannot hold a comment: it ends inside a string or in a backslash.
    """
    if not pragmas:
        return code
    first, newline, rest = code.partition("\n")
    if first.endswith("\\") or (newline and 1 in _inside(indent + code)):
        return None
    known = comment_list(first + "\n") if newline else comment_list(code)
    bare = first
    for comment in known:
        bare = bare[: bare.rindex(comment)].rstrip()
    ordered = sorted(
        dict.fromkeys((*pragmas, *known)),
        key=lambda comment: (not re.match(r"#\s*type:", comment), comment in known),
    )
    return "  ".join((bare, *ordered)) + newline + rest
