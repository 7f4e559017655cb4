"""Bytes to text and back, exactly as Python reads a source file, and places in that text.

Text is kept as it is in the file: line ends are not translated, a missing last newline stays
missing. Only the UTF-8 byte order mark is taken off (and put back by `encode`), because neither
``ast`` nor LibCST counts it in its offsets.

Every offset here counts the UTF-8 bytes of that text, whatever the file's own encoding is.
"""

from __future__ import annotations

import ast
import codecs
import hashlib
import re
import threading
import tokenize
import warnings
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from pusher_migrate.errors import ApplyError, SourceError
from pusher_migrate.model import Location

#: UTF-32 first: its little-endian mark begins with that of UTF-16.
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)

#: What ends a line for Python's tokenizer; `str.splitlines` also splits at form feeds and more.
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?")
_INDENTATION = re.compile(rb"[ \t\f]*")

#: Text that a superset of ASCII decodes to itself. The escapes unmask ``unicode_escape``.
_ASCII_PROBE = bytes((*range(9, 14), *range(32, 127))) + rb" \x41 \u0041 +AGEA-"

#: `warnings.catch_warnings` swaps a list that all threads share.
_WARNINGS_LOCK = threading.Lock()


@dataclass(frozen=True)
class SourceFile:
    """One decoded Python file.

    Attributes:
        path: Relative to the project root, with forward slashes.
        text: The decoded text without its byte order mark, line ends untouched.
        encoding: Canonical codec name, ``utf-8``, ``iso8859-1``.
        bom: Whether the file starts with the UTF-8 byte order mark.
        newline: The line end that most lines have; ``"\\n"`` for a file without any.
        digest: SHA-256 of the raw bytes, in hex.
    """

    path: str
    text: str
    encoding: str
    bom: bool
    newline: str
    digest: str

    @cached_property
    def utf8(self) -> bytes:
        """The text as UTF-8: what all offsets count in."""
        return self.text.encode("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; one for all who look at the file, so nobody may change it.

        Raises:
            SourceError: The file does not parse.
        """
        return parse(self)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Offset of each line's first byte, lines being what Python's tokenizer takes for lines.

        After a final line end comes one more entry, for the empty line there.
        """
        # Of bytes, unlike of text, `splitlines` takes for line ends what the tokenizer does.
        lines = self.utf8.splitlines(keepends=True)
        if lines and not lines[-1].endswith((b"\n", b"\r")):
            lines.pop()
        return tuple(accumulate(map(len, lines), initial=0))

    def offset(self, lineno: int, col_offset: int) -> int:
        """The offset of an ``ast`` position.

        Args:
            lineno: 1-based line.
            col_offset: 0-based column in UTF-8 bytes.

        Raises:
            ValueError: The file has no such place.
        """
        if not 1 <= lineno <= len(self.line_starts) or col_offset < 0:
            raise ValueError(f"{self.path} has no place {lineno}:{col_offset}")
        found = self.line_starts[lineno - 1] + col_offset
        if found > len(self.utf8):
            raise ValueError(f"{self.path} has no place {lineno}:{col_offset}")
        return found

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Offsets of a node's first byte and of the byte after its last.

        As in ``ast``, decorators are not part of a definition's span. Before Python 3.12, ``ast``
        gives wrong positions to the nodes inside an f-string: take the whole f-string there.

        Raises:
            ValueError: The node has no position (``ast.Module``, ``ast.Load``, ...).
        """
        lineno = getattr(node, "lineno", None)
        end_lineno = getattr(node, "end_lineno", None)
        if lineno is None or end_lineno is None:
            raise ValueError(f"a {type(node).__name__} node has no position")
        col_offset: int = node.col_offset  # type: ignore[attr-defined]
        end_col_offset: int = node.end_col_offset  # type: ignore[attr-defined]
        return self.offset(lineno, col_offset), self.offset(end_lineno, end_col_offset)

    def segment(self, where: ast.AST | tuple[int, int]) -> str:
        """The source text of a node or of a span, line ends as in the file.

        Raises:
            ValueError: The node has no position.
        """
        start, end = where if isinstance(where, tuple) else self.span(where)
        return self.utf8[start:end].decode("utf-8")

    def location(self, where: ast.AST | int) -> Location:
        """The place of a node's start or of an offset, as people count it (1-based, characters).

        Raises:
            ValueError: The node has no position, or the offset is outside the file.
        """
        start = where if isinstance(where, int) else self.span(where)[0]
        line = self._line_index(start)
        before = self.utf8[self.line_starts[line] : start]
        return Location(self.path, line + 1, len(before.decode("utf-8", "replace")) + 1)

    def indentation(self, where: ast.AST | int) -> str:
        """The blanks that the physical line of a node or an offset begins with.

        A form feed resets the tokenizer's column, so only what follows the last one counts.

        Raises:
            ValueError: The node has no position, or the offset is outside the file.
        """
        start = where if isinstance(where, int) else self.span(where)[0]
        found = _INDENTATION.match(self.utf8, self.line_starts[self._line_index(start)])
        return found.group().rpartition(b"\f")[2].decode("ascii") if found else ""

    def newline_at(self, offset: int) -> str:
        """The line end of the line around an offset; the previous line's where that has none.

        Raises:
            ValueError: The offset is outside the file.
        """
        line = self._line_index(offset)
        if line + 1 >= len(self.line_starts):
            line -= 1
        if line < 0:
            return self.newline
        end = self.line_starts[line + 1]
        if self.utf8[end - 2 : end] == b"\r\n":
            return "\r\n"
        return chr(self.utf8[end - 1])

    def _line_index(self, offset: int) -> int:
        """0-based index of the line that holds an offset."""
        if not 0 <= offset <= len(self.utf8):
            raise ValueError(f"{self.path} has no offset {offset}")
        return bisect_right(self.line_starts, offset) - 1


def decode(path: str, raw: bytes) -> SourceFile:
    """Decode a file as Python's import system does (PEP 263, PEP 3120).

    Args:
        path: Relative to the project root, with forward slashes.
        raw: The file's bytes.

    Raises:
        SourceError: It is UTF-16 or binary, declares an encoding that does not exist, or is not in
            the encoding that it declares.
    """
    for mark, name in _WIDE_MARKS:
        if raw.startswith(mark):
            raise SourceError(path, 1, f"is {name}, which Python does not read; save it as UTF-8")
    if b"\0" in raw:
        line, column = _place(raw, raw.index(b"\0"))
        raise SourceError(path, line, "has a NUL byte: binary, or UTF-16 without its mark", column)
    bom = raw.startswith(codecs.BOM_UTF8)
    body = raw[len(codecs.BOM_UTF8) :] if bom else raw
    encoding = _encoding(path, body, bom)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line, column = _place(body, error.start)
        message = f"is not valid {encoding}: {error.reason}"
        raise SourceError(path, line, message, column) from error
    return SourceFile(path, text, encoding, bom, _newline(body), hashlib.sha256(raw).hexdigest())


def is_wide(raw: bytes) -> bool:
    """Whether bytes start with the mark of UTF-16 or UTF-32, which hides every ASCII word."""
    return raw.startswith(tuple(mark for mark, _ in _WIDE_MARKS))


def encode(source: SourceFile, new_text: str) -> bytes:
    """The bytes to write for a file's new text: same encoding, same byte order mark.

    Raises:
        ApplyError: The file's encoding has no byte for a character of the new text.
    """
    try:
        body = new_text.encode(source.encoding)
    except UnicodeEncodeError as error:
        line = new_text.count("\n", 0, error.start) + 1
        wanted = new_text[error.start]
        raise ApplyError(
            f"{source.path}:{line}: the new text has {wanted!a}, which the file's encoding "
            f"({source.encoding}) cannot hold; save the file as UTF-8 first"
        ) from error
    return codecs.BOM_UTF8 + body if source.bom else body


def parse(source: SourceFile) -> ast.Module:
    """Parse a file, without the warnings that Python has about it (invalid escapes, ``x is 1``).

    Raises:
        SourceError: Python cannot parse it, with the line and column that Python names.
    """
    # Under -W error such a warning would come out as a SyntaxError. Python holds its global lock
    # while it parses, so our own lock takes nothing away from threads.
    try:
        with _WARNINGS_LOCK, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source.text, filename=source.path)
    except SyntaxError as error:
        message = error.msg or "invalid syntax"
        line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
        raise SourceError(source.path, line, f"does not parse: {message}", column) from error
    except ValueError as error:
        raise SourceError(source.path, 1, f"does not parse: {error}") from error
    except (RecursionError, MemoryError) as error:
        message = "is nested too deeply for Python's parser"
        raise SourceError(source.path, 1, message) from error


def _encoding(path: str, body: bytes, bom: bool) -> str:
    """Canonical name of the codec of a file's bytes (without byte order mark)."""
    first = _LINE.match(body)
    second = _LINE.match(body, first.end()) if first else None
    # tokenize reads lines that end in \n only, and gives up on a cookie in the second line when the
    # first is not UTF-8; the import system does neither. A cookie is ASCII, so nothing is lost.
    head = [
        match.group().decode("ascii", "replace").encode("ascii", "replace").rstrip(b"\r\n") + b"\n"
        for match in (first, second)
        if match and match.group()
    ]
    if bom:
        head[:1] = [codecs.BOM_UTF8 + b"".join(head[:1])]
    lines = iter(head)
    try:
        declared, _ = tokenize.detect_encoding(lambda: next(lines, b""))
    except SyntaxError as error:
        why = str(error.msg)
        if bom:
            why = "declares an encoding other than UTF-8 but starts with the mark of UTF-8"
        raise SourceError(path, 1, why) from error
    try:
        encoding = codecs.lookup(declared).name
        with _WARNINGS_LOCK, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            usable = _ASCII_PROBE.decode(encoding) == _ASCII_PROBE.decode("ascii")
    except (LookupError, ValueError, TypeError):
        usable = False
    if not usable:
        # PEP 263: the encoding of source code must be a superset of ASCII.
        raise SourceError(path, 1, f"declares {declared}, which is no encoding for source code")
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _place(raw: bytes, offset: int) -> tuple[int, int]:
    """1-based line and column (in bytes) of an offset into raw bytes."""
    line, start = 1, 0
    for match in _LINE_END.finditer(raw, 0, offset):
        line, start = line + 1, match.end()
    return line, offset - start + 1


def _newline(body: bytes) -> str:
    """The most frequent line end; on a tie the simpler one."""
    crlf = body.count(b"\r\n")
    counts = {
        "\n": body.count(b"\n") - crlf,
        "\r\n": crlf,
        "\r": body.count(b"\r") - crlf,
    }
    return max(counts, key=lambda newline: counts[newline])
