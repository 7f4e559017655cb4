"""Edits in generated surroundings: the result parses, and nothing else is changed.

Files are put together from statements, comments, blank lines, indentation, semicolons, suites on
the header's line and line ends; then one statement is replaced, removed or gets a neighbour.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.edits import apply_edits, verify_untouched
from pusher_migrate.model import Edit
from pusher_migrate.source import SourceFile, decode, parse
from pusher_migrate.syntax.blocks import remove_guard, statement_text
from pusher_migrate.syntax.imports import ImportStyle, add_import, remove_import
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.rows import is_line_pragma
from pusher_migrate.syntax.statements import (
    insert_after,
    insert_before,
    remove_statement,
    replace_statement,
)

SIMPLE = [
    "a = 1",
    "f(b)",
    "'''text\n   more'''",
    "c = (1,\n  # inside\n 2)",
    "d = '# no comment'",
    "e = 1 + \\\n    2",
    "f(f'{x!r:>{w}} {y[\"k\"]}')",
    "ñ = 'é'",
    "pass",
    "import os",
]
TARGETS = [
    "old()",
    "old(\n1)",
    "old(  # kept one\n    'é',\n    # kept two\n)",
    "old(1,  # noqa: E1\n 2)",
    "old('''\n x''')",
    "old \\\n  (1)",
]
CODES = [
    "new(room)",
    "new(room)\nnew(other)",
    "new(alpha_argument, beta_argument, gamma_argument, delta_argument, epsilon_argument_5)",
    "if room:\n    new(room)",
    "def notify(room=room):\n    new('''\n  é''')\nnew(notify)",
]
COMMENTS = ["", "", "  # behind", "  # noqa", " # type: ignore", "#tight", "  # señal \\"]
BLANKS = ["", "", "\n", "# own\n", "\n\n# own # twice\n"]


@st.composite
def suites(draw: st.DrawFn, depth: int, unit: str, indent: str) -> tuple[str, int]:
    """Text of a block at an indentation, and how many targets it holds."""
    text, targets = "", 0
    for _ in range(draw(st.integers(1, 3))):
        for row in draw(st.sampled_from(BLANKS)).splitlines():
            text += f"{indent}{row}\n" if row else "\n"
        kind = draw(st.integers(0, 6 if depth else 3))
        if kind <= 3:
            pieces = draw(st.lists(st.sampled_from(SIMPLE), min_size=1, max_size=3))
            if draw(st.booleans()):
                pieces.insert(draw(st.integers(0, len(pieces))), draw(st.sampled_from(TARGETS)))
            elif draw(st.booleans()):
                pieces = [draw(st.sampled_from(TARGETS))]
            targets += sum(piece.startswith("old") for piece in pieces)
            end = draw(st.sampled_from(["", "", ";", " ; "]))
            head = draw(st.sampled_from(["", "", "", "if g: ", "for h in i: \\\n  "]))
            between = draw(st.sampled_from(["; ", ";", " ;  "]))
            text += (
                indent + head + between.join(pieces) + end + draw(st.sampled_from(COMMENTS)) + "\n"
            )
        else:
            header = draw(
                st.sampled_from(
                    [
                        "if g:",
                        "while g:",
                        "def f(b):",
                        "class C:",
                        "with m as n:",
                        "try:",
                        "if (g  # c\n ):",
                    ]
                )
            )
            inner, found = draw(suites(depth - 1, unit, indent + unit))
            text += f"{indent}{header}{draw(st.sampled_from(COMMENTS))}\n{inner}"
            targets += found
            if header == "try:":
                inner, found = draw(suites(depth - 1, unit, indent + unit))
                text += f"{indent}except E:\n{inner}"
                targets += found
    return text, targets


@st.composite
def files(draw: st.DrawFn) -> SourceFile:
    """A file with at least one statement that starts with ``old``."""
    unit = draw(st.sampled_from(["    ", "  ", "\t"]))
    text, targets = draw(suites(2, unit, ""))
    if not targets:
        text += draw(st.sampled_from(TARGETS)) + "\n"
    if draw(st.booleans()):
        text = text.rstrip("\n")
    newline = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    text = text.replace("\n", newline)
    encoding = draw(st.sampled_from(["utf-8", "latin-1"]))
    raw = (f"# coding: {encoding}{newline}" + text).encode(encoding)
    return decode("a.py", raw)


def statements(tree: ast.AST) -> Counter[str]:
    """The simple statements of a tree, ``pass`` aside."""
    return Counter(
        ast.dump(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        and not hasattr(node, "body")
        and not isinstance(node, ast.Pass)
    )


def comments(text: str) -> Counter[str]:
    """The comments of a text but those for tools; ``# a  # b`` counts as two."""
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))
    found = [
        t.string for t in tokenize.generate_tokens(lines.readline) if t.type == tokenize.COMMENT
    ]
    parts = ["#" + part.strip() for comment in found for part in comment.split("#")[1:]]
    return Counter(part for part in parts if not is_line_pragma(part))


def targets(source: SourceFile) -> list[ast.stmt]:
    return [
        node
        for node in ast.walk(parse(source))
        if isinstance(node, ast.Expr) and source.segment(node).startswith("old")
    ]


def check(source: SourceFile, edit: Edit | Refusal, gone: str, come: str) -> str | None:
    """The text after the edit: what came and went in it, and all else is there as it was."""
    if isinstance(edit, Refusal):
        return None
    after = apply_edits(source, [edit])
    verify_untouched(source, after, [edit])
    tree = ast.parse(after)
    before = statements(parse(source))
    assert statements(tree) == before - statements(ast.parse(gone)) + statements(ast.parse(come))
    assert comments(after) == comments(source.text)
    return after


@given(files(), st.sampled_from(CODES), st.data())
def test_replace(source: SourceFile, code: str, data: st.DataObject) -> None:
    statement = data.draw(st.sampled_from(targets(source)))
    edit = replace_statement(source, statement, code)
    assert isinstance(edit, Edit)
    after = check(source, edit, source.segment(statement), code)
    assert after is not None
    if "\r\n" in source.text:
        assert "\n" not in after.replace("\r\n", "")


@given(files(), st.data())
def test_remove(source: SourceFile, data: st.DataObject) -> None:
    statement = data.draw(st.sampled_from(targets(source)))
    edit = remove_statement(source, statement)
    assert isinstance(edit, Edit)
    check(source, edit, source.segment(statement), "")


@given(files(), st.sampled_from([insert_after, insert_before]), st.sampled_from(CODES), st.data())
def test_insert(
    source: SourceFile,
    insert: Callable[[SourceFile, ast.stmt, str], Edit | Refusal],
    code: str,
    data: st.DataObject,
) -> None:
    everything = [node for node in ast.walk(parse(source)) if isinstance(node, ast.stmt)]
    statement = data.draw(st.sampled_from(everything))
    edit = insert(source, statement, code)
    after = check(source, edit, "", code)
    if after is None:
        assert isinstance(edit, Refusal) and "header" in edit.reason
        return
    # In the same block, right before or behind the statement.
    count = len(ast.parse(code).body)
    for node in ast.walk(ast.parse(after)):
        for suite in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            dumps = [ast.dump(found) for found in suite] if isinstance(suite, list) else []
            for index, dump in enumerate(dumps):
                near = index + 1 if insert is insert_after else index - count
                new = dumps[max(near, 0) : max(near, 0) + count]
                if dump == ast.dump(statement) and new == [
                    ast.dump(found) for found in ast.parse(code).body
                ]:
                    return
    raise AssertionError("not next to the statement")


@given(files(), st.sampled_from(CODES), st.data())
def test_remove_guard(source: SourceFile, code: str, data: st.DataObject) -> None:
    guards = [node for node in ast.walk(parse(source)) if isinstance(node, ast.If)]
    if not guards:
        return
    guard = data.draw(st.sampled_from(guards))
    after = check(source, remove_guard(source, guard), "", "")
    assert after is not None
    calls = [node for node in guard.body if source.segment(node).startswith("old")]
    if calls:
        edit = remove_guard(source, guard, [(calls[0], code)])
        check(source, edit, source.segment(calls[0]), code)


@given(files(), st.data())
def test_statement_text(source: SourceFile, data: st.DataObject) -> None:
    everything = [node for node in ast.walk(parse(source)) if isinstance(node, ast.stmt)]
    statement = data.draw(st.sampled_from(everything))
    text = statement_text(source, statement)
    assert isinstance(text, str)
    (moved,) = ast.parse(text).body
    assert ast.dump(moved) == ast.dump(statement)


NAMES = ["x", "b", "Zebra", "MAX", "café as c"]


@st.composite
def import_files(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    if draw(st.booleans()):
        names.sort()
    form = draw(st.integers(0, 4))
    if form == 0:
        line = "from m import " + ", ".join(names)
    elif form == 1:
        line = "from m import (" + ", ".join(names) + draw(st.sampled_from(["", ",", " , "])) + ")"
    elif form == 2:
        rows = [f"    {name},{draw(st.sampled_from(COMMENTS[:4]))}\n" for name in names]
        line = "from m import (\n" + "".join(rows) + ")"
    elif form == 3:
        gaps = [draw(st.sampled_from([" ", "\n  ", "  # gap\n  "])) for _ in names]
        line = "from m import (" + ",".join(g + n for g, n in zip(gaps, names, strict=True)) + "\n)"
    else:
        line = "from m import " + ", \\\n  ".join(names)
    heads = [
        "",
        "#!/bin/x\n",
        "'''doc'''\n",
        "# c\n\n",
        "import os\n",
        "from .r import s\n",
        "import os; ",
    ]
    tails = [
        "",
        "\n\n\ndef g(): pass\n",
        "\nimport q; k = 1\n",
        "\nif T:\n    import t\n",
        "\n# end",
    ]
    text = draw(st.sampled_from(heads)) + line + draw(st.sampled_from(COMMENTS)) + "\n"
    text += draw(st.sampled_from(tails)).lstrip("\n" * draw(st.integers(0, 1)))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(
    import_files(), st.sampled_from(["m", "os", "m.n", "django.db"]), st.sampled_from(["x", "new"])
)
def test_add_import(text: str, module: str, name: str) -> None:
    source = decode("a.py", text.encode())
    tree = parse(source)
    style = ImportStyle(first_party=frozenset({"m"}))
    result = add_import(source, tree, module, name, at=tree, style=style)
    if result.edit is None:
        return
    after = apply_edits(source, [result.edit])
    verify_untouched(source, after, [result.edit])
    scope = ast.parse(after)
    assert comments(after) == comments(text)
    bound = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in scope.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert bound[result.local_name] == (module, name)
    old = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert old == {local: bound[local] for local in old} and len(bound) == len(old) + 1
    assert ast.get_docstring(scope) == ast.get_docstring(tree)
    assert not text.startswith("#!") or after.startswith("#!")


@given(import_files(), st.data())
def test_remove_import(text: str, data: st.DataObject) -> None:
    source = decode("a.py", text.encode())
    tree = parse(source)
    statement = next(n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "m")
    gone = data.draw(st.lists(st.sampled_from(statement.names), min_size=1, unique=True))
    edit = remove_import(source, tree, gone)
    assert isinstance(edit, Edit)
    after = apply_edits(source, [edit])
    verify_untouched(source, after, [edit])
    left = [
        alias.name
        for node in ast.parse(after).body
        if isinstance(node, ast.ImportFrom) and node.module == "m"
        for alias in node.names
    ]
    assert left == [alias.name for alias in statement.names if alias not in gone]
    others = [node for node in tree.body if node is not statement]
    assert [ast.dump(n) for n in ast.parse(after).body if getattr(n, "module", "") != "m"] == [
        ast.dump(n) for n in others
    ]
