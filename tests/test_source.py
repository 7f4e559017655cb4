"""Decoding as Python does it, offsets that agree with ``ast``, bytes that come back unchanged."""

from __future__ import annotations

import ast
import codecs
import hashlib
import importlib.util
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.errors import ApplyError, SourceError
from pusher_migrate.model import Location
from pusher_migrate.source import SourceFile, decode, encode, parse


def source_of(text: str) -> SourceFile:
    return decode("app/views.py", text.encode())


@pytest.mark.parametrize(
    ("raw", "encoding", "text"),
    [
        (b"", "utf-8", ""),
        (b"x = 1", "utf-8", "x = 1"),
        ("n = 'é'\n".encode(), "utf-8", "n = 'é'\n"),
        (b"# coding: latin-1\nn = '\xe9'\n", "iso8859-1", "# coding: latin-1\nn = 'é'\n"),
        (b"#!/bin/x\n# vim: set fileencoding=cp1252 :\n'\x80'\n", "cp1252", None),
        (b"# coding: koi8-r\n'\xc1'\n", "koi8-r", "# coding: koi8-r\n'\u0430'\n"),
        # The cookie counts only in the first two lines, and only after a comment or a blank line.
        (b"\n\n# coding: latin-1\n", "utf-8", None),
        (b"x = 1\n# coding: latin-1\n", "utf-8", None),
        (b"# coding: utf8\n", "utf-8", None),
        (b"# coding: utf-8-sig\n", "utf-8", None),
        # The import system sees carriage returns as line ends and a bad first line as a comment.
        (b"#!/bin/x\r# coding: latin-1\r'\xe9'\r", "iso8859-1", None),
        (b"# caf\xe9\n# coding: latin-1\n'\xe9'\n", "iso8859-1", None),
    ],
)
def test_decodes_as_python_does(raw: bytes, encoding: str, text: str | None) -> None:
    source = decode("a.py", raw)
    assert source.encoding == encoding
    if text is not None:
        assert source.text == text
    assert encode(source, source.text) == raw
    assert source.digest == hashlib.sha256(raw).hexdigest()
    # Python compiles the same bytes to the same tree: the constants show the decoding.
    assert ast.dump(ast.parse(raw)) == ast.dump(parse(source))


def test_byte_order_mark_is_taken_off_and_put_back() -> None:
    raw = codecs.BOM_UTF8 + b"# coding: utf-8\r\nx = 1\r\n"
    source = decode("a.py", raw)
    assert source.bom
    assert source.text.startswith("#")
    assert encode(source, source.text + "y = 2\r\n") == raw + b"y = 2\r\n"
    assert encode(decode("a.py", codecs.BOM_UTF8), "") == codecs.BOM_UTF8


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        ("x = 1\n".encode("utf-16"), 1, "UTF-16"),
        (codecs.BOM_UTF16_BE + "x = 1\n".encode("utf-16-be"), 1, "UTF-16"),
        ("x = 1\n".encode("utf-32"), 1, "UTF-32"),
        ("x = 1\n".encode("utf-16-le"), 1, "NUL"),
        (b"x = 1\r\ny = '\0'\n", 2, "NUL"),
        (b"x = 1\ry = '\xe9'\n", 2, "not valid utf-8"),
        (b"# coding: ascii\n\n'\xe9'\n", 3, "not valid ascii"),
        (b"# coding: klingon\n", 1, "klingon"),
        (b"# coding: rot13\n", 1, "rot13"),
        (b"# coding: utf-16\nx=1\n", 1, "utf-16"),
        (b"# coding: utf-7\nx='+AGEA'\n", 1, "utf-7"),
        (b"# coding: undefined\nx=1\n", 1, "undefined"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", 1, "UTF-8"),
    ],
)
def test_what_python_cannot_read_is_an_error_with_its_line(
    raw: bytes, line: int, words: str
) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        decode("app/bad.py", raw)
    assert (caught.value.path, caught.value.line) == ("app/bad.py", line)
    with pytest.raises((SyntaxError, ValueError)):
        ast.parse(raw)


@given(st.binary(max_size=60), st.sampled_from([b"", b"# coding: latin-1\n", codecs.BOM_UTF8]))
def test_any_bytes_decode_and_come_back_or_are_a_source_error(tail: bytes, head: bytes) -> None:
    raw = head + tail
    try:
        source = decode("a.py", raw)
    except SourceError:
        # `ast.parse` alone lets bad bytes in a comment pass, which running the file does not.
        with pytest.raises((SyntaxError, ValueError)):
            ast.parse(importlib.util.decode_source(raw))
    else:
        assert encode(source, source.text) == raw


@pytest.mark.parametrize(
    ("raw", "newline"),
    [
        (b"", "\n"),
        (b"a\r\nb\r\nc\n", "\r\n"),
        (b"a\nb\nc\r\n", "\n"),
        (b"a\rb\rc\n", "\r"),
        (b"a\r\nb\n", "\n"),
    ],
)
def test_newline_is_the_one_that_most_lines_have(raw: bytes, newline: str) -> None:
    assert decode("a.py", raw).newline == newline


def test_lines_are_those_of_the_tokenizer() -> None:
    source = source_of("a\x0cb\u2028c\x85d\r\ne\rf\ng")
    lines = [
        source.utf8[start:end].decode()
        for start, end in zip(
            source.line_starts, (*source.line_starts[1:], len(source.utf8)), strict=True
        )
    ]
    assert lines == ["a\x0cb\u2028c\x85d\r\n", "e\r", "f\n", "g"]


def test_location_counts_characters_and_offset_counts_bytes() -> None:
    source = source_of("é = 'ü'; call(x)\n")
    call = parse(source).body[1]
    assert source.location(call) == Location("app/views.py", 1, 10)
    assert source.span(call)[0] == len("é = 'ü'; ".encode())
    assert source.segment(call) == "call(x)"
    assert source.location(len(source.utf8)) == Location("app/views.py", 2, 1)


@pytest.mark.parametrize(("line", "column"), [(0, 0), (3, 0), (1, -1), (2, 1)])
def test_places_outside_the_file_are_refused(line: int, column: int) -> None:
    with pytest.raises(ValueError, match="no place"):
        source_of("x\n").offset(line, column)


def test_nodes_without_a_position_are_refused() -> None:
    source = source_of("x\n")
    with pytest.raises(ValueError, match="Module"):
        source.span(parse(source))
    with pytest.raises(ValueError, match="offset"):
        source.location(3)


def test_indentation_is_that_of_the_physical_line() -> None:
    source = source_of("class A:\r\n\tdef f(self):\r\n  \x0c\t  return g(\r\n  1)\r\n")
    offsets = {word: source.utf8.index(word.encode()) for word in ("class", "def", "return", "1)")}
    assert [source.indentation(offset) for offset in offsets.values()] == ["", "\t", "\t  ", "  "]


def test_newline_at_is_that_of_the_line_or_of_the_one_before() -> None:
    source = source_of("a\r\nb\nc\rd")
    assert [source.newline_at(offset) for offset in (0, 3, 5, 7, 8)] == [
        "\r\n",
        "\n",
        "\r",
        "\r",
        "\r",
    ]
    assert source_of("d").newline_at(0) == "\n"
    assert source_of("a\r\n").newline_at(3) == "\r\n"


SHAPES = st.lists(
    st.sampled_from(
        [
            "x = call(a, 'é')",
            "if x:\n    call(\n        'ü',\n    )",
            "s = '''one\n\x0c two\u2028\n'''",
            "\x0cdef f(a):\n\treturn a.b['ключ']",
            "y = [é for é in z] ; w = lambda: (1,\n 2)",
            "# comment \x85 é",
            "t = a \\\n  + b",
            "",
        ]
    ),
    max_size=6,
)


@given(SHAPES, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_every_node_is_found_in_the_text(shapes: list[str], newline: str, last: bool) -> None:
    text = "\n".join(shapes) + "\n" * last
    source = source_of(text.replace("\n", newline))
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.expr):
            segment = source.segment(node).replace("\r\n", "\n").replace("\r", "\n")
            # In brackets a segment of several lines is an expression of its own again.
            again = ast.parse(f"({segment})", mode="eval").body
            assert ast.dump(again).replace("Store()", "Load()") == ast.dump(node).replace(
                "Store()", "Load()"
            )


def test_offsets_agree_with_ast_on_the_standard_library() -> None:
    for module in (ast, codecs, subprocess):
        raw = Path(module.__file__).read_bytes()
        source = decode(module.__name__, raw)
        for node in ast.walk(parse(source)):
            if isinstance(node, ast.Name):
                assert source.segment(node) == node.id
                assert source.location(node).line == node.lineno


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("x = 1\ny = (\n", 2, 5, "never closed"),
        ("def f():\nreturn\n", 2, 1, "indented block"),
        ("print 'é'\n", 1, 1, "Missing parentheses"),
        ("\n" + "-" * 200_000 + "1\n", 1, 1, "nested too deeply"),
        ("x" + ".y" * 200_000 + "\n", 1, 1, "nested too deeply"),
    ],
)
def test_what_does_not_parse_is_an_error_with_its_place(
    text: str, line: int, column: int, words: str
) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        parse(source_of(text))
    assert (caught.value.line, caught.value.column) == (line, column)


def test_warnings_about_the_users_code_are_no_concern() -> None:
    source = source_of("x = '\\d'\nassert (x, 1)\ny = x is 1\n")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        assert len(parse(source).body) == 3
    assert caught == []


def test_a_character_that_the_encoding_lacks_is_named() -> None:
    source = decode("app/a.py", b"# coding: latin-1\nx = 1\n")
    with pytest.raises(ApplyError, match=r"app/a\.py:2: .*'\\u20ac'.*iso8859-1"):
        encode(source, "# coding: latin-1\nx = '€'\n")


def test_importing_it_stays_cheap() -> None:
    code = (
        "import sys, pusher_migrate.source\n"
        "print([name for name in ('libcst', 'black', 'click') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
