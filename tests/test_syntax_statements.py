"""Statements replaced, removed and inserted in the surroundings that real files have."""

# The texts are easier to compare whole.
# ruff: noqa: E501

from __future__ import annotations

import ast
import re
from collections.abc import Callable

import black
import pytest

from pusher_migrate.edits import apply_edits, verify_untouched
from pusher_migrate.model import Edit
from pusher_migrate.source import SourceFile, decode, parse
from pusher_migrate.syntax.blocks import remove_guard, statement_text
from pusher_migrate.syntax.formatting import BlackSettings
from pusher_migrate.syntax.layout import Refusal, layout_of
from pusher_migrate.syntax.statements import (
    insert_after,
    insert_before,
    remove_statement,
    replace_statement,
)

CALL = "manager.send(room)"
LONG = f"transaction.on_commit(lambda room=room: {CALL}, robust=True, using=alias, and_more=1)"
TWO = "first(room)\nsecond(room)"
NESTED = (
    "def notify(room=room):\n    try:\n        send(room)\n    except Error:\n        pass\n"
    "on_commit(notify)"
)


def statement(source: SourceFile, starts_with: str) -> ast.stmt:
    """The first statement in the text that starts with these characters."""
    found = [
        node
        for node in ast.walk(parse(source))
        if isinstance(node, ast.stmt) and source.segment(node).startswith(starts_with)
    ]
    return min(found, key=lambda node: source.span(node))


def changed(source: SourceFile, edit: Edit | Refusal) -> str:
    """The text after an edit, which parses and is untouched outside the edit."""
    assert isinstance(edit, Edit), edit
    text = apply_edits(source, [edit])
    verify_untouched(source, text, [edit])
    ast.parse(text)
    return text


def replaced(text: str, code: str, settings: BlackSettings | None = None) -> str:
    source = decode("a.py", text.encode())
    edit = replace_statement(source, statement(source, "old"), code, settings or BlackSettings())
    return changed(source, edit)


def refusal(text: str, function: Callable[..., Edit | Refusal], *args: object) -> str:
    source = decode("a.py", text.encode())
    outcome = function(source, statement(source, "old"), *args)
    assert isinstance(outcome, Refusal), outcome
    return outcome.reason


@pytest.mark.parametrize(
    ("before", "code", "after"),
    [
        ("old()", CALL, "manager.send(room)"),
        ("old()\n", TWO, "first(room)\nsecond(room)\n"),
        # Comments: above stays, between the arguments goes above, behind stays behind.
        (
            "def f():\n    # above\n    old(\n        1,  # one\n        # two\n    )  # behind\n",
            CALL,
            "def f():\n    # above\n    # one\n    # two\n    manager.send(room)  # behind\n",
        ),
        # A comment that the new code carries itself is not written twice.
        (
            "old(\n    {'a': 1},  # one\n)\n",
            "manager.send(\n    {'a': 1},  # one\n)",
            "manager.send(\n    {'a': 1},  # one\n)\n",
        ),
        # Comments for tools hold for the first line.
        ("old(  # noqa: X\n    1\n)\n", CALL, "manager.send(room)  # noqa: X\n"),
        ("old()  # noqa\n", CALL, "manager.send(room)  # noqa\n"),
        ("old()  # noqa\n", TWO, "first(room)  # noqa\nsecond(room)\n"),
        (
            "old(  # noqa\n    1\n)  # type: ignore\n",
            CALL,
            "manager.send(room)  # type: ignore  # noqa\n",
        ),
        ("old(  # noqa\n    1\n);  # why\n", CALL, "manager.send(room)  # noqa  # why\n"),
        # A first line that ends inside a string holds no comment.
        ("old()  # noqa\n", "send('''a\nb''')", "send('''a\nb''')  # noqa\n"),
        ("old(  # noqa\n    1\n)\n", "send('''a\nb''')", "# noqa\nsend('''a\nb''')\n"),
        # Shared lines.
        ("a(); old(); b()  # c\n", CALL, "a(); manager.send(room); b()  # c\n"),
        ("a(); old(); b()  # c\n", TWO, "a()\nfirst(room)\nsecond(room)\nb()  # c\n"),
        ("a(); old(  # c\n); b()\n", CALL, "# c\na(); manager.send(room); b()\n"),
        ("a(); old(  # noqa\n); b()\n", CALL, "# noqa\na(); manager.send(room); b()\n"),
        ("a(); old();\n", TWO, "a()\nfirst(room)\nsecond(room);\n"),
        ("x = '''\n '''; old()\n", TWO, "x = '''\n '''\nfirst(room)\nsecond(room)\n"),
        # Suites on the header's line.
        ("if x: old()  # c\nelse: b()\n", CALL, "if x: manager.send(room)  # c\nelse: b()\n"),
        (
            "if x: b()\nelse: old()  # c\n",
            TWO,
            "if x: b()\nelse:\n    first(room)\n    second(room)  # c\n",
        ),
        (
            "if x: a(); old(); b()\n",
            TWO,
            "if x:\n    a()\n    first(room)\n    second(room)\n    b()\n",
        ),
        ("if x: old(  # c\n    1)\n", CALL, "# c\nif x: manager.send(room)\n"),
        (
            "match x:\n  case 1: old()\n",
            TWO,
            "match x:\n  case 1:\n    first(room)\n    second(room)\n",
        ),
        ("try: old()\nfinally: pass\n", CALL, "try: manager.send(room)\nfinally: pass\n"),
        ("class A: old()\n", TWO, "class A:\n    first(room)\n    second(room)\n"),
        # Backslashes.
        ("if x: \\\n  old()\n", CALL, "if x: \\\n  manager.send(room)\n"),
        ("if x: \\\n  old()\n", TWO, "if x:\n    first(room)\n    second(room)\n"),
        ("old \\\n  (1)\n", CALL, "manager.send(room)\n"),
        ("  \\\n".lstrip() + "old()\n", CALL, "\\\nmanager.send(room)\n"),
        # Indentation characters.
        (
            "class A:\n\told(1)\n\tb = 1\n",
            TWO,
            "class A:\n\tfirst(room)\n\tsecond(room)\n\tb = 1\n",
        ),
        ("\x0cif x:\n\x0c    old()\n", TWO, "\x0cif x:\n\x0c    first(room)\n    second(room)\n"),
        (
            "if x:\n  old()\n",
            NESTED,
            "if x:\n\n  def notify(room=room):\n    try:\n      send(room)\n"
            "    except Error:\n      pass\n\n  on_commit(notify)\n",
        ),
        (
            "if x:\n\ta()\n\told()\n",
            NESTED,
            "if x:\n\ta()\n\n\tdef notify(room=room):\n\t\ttry:\n\t\t\tsend(room)\n"
            "\t\texcept Error:\n\t\t\tpass\n\n\ton_commit(notify)\n",
        ),
        # Line ends.
        ("if x:\r\n    old()\r\n", TWO, "if x:\r\n    first(room)\r\n    second(room)\r\n"),
        ("old(\r\n  1)  # c", TWO, "first(room)\r\nsecond(room)  # c"),
        ("old()\ra()\r", TWO, "first(room)\rsecond(room)\ra()\r"),
        # A decorated function and an f-string with quotes.
        ("@dec\ndef old(): pass\n", CALL, "@dec\ndef old(): pass\n"),
        ("a(f'{x!r}'); old(f\"{y['k']}\"); b()\n", CALL, "a(f'{x!r}'); manager.send(room); b()\n"),
    ],
)
def test_replace(before: str, code: str, after: str) -> None:
    if before.startswith("@"):
        source = decode("a.py", before.encode())
        edit = replace_statement(source, statement(source, "def old"), code)
        assert changed(source, edit) == "manager.send(room)\n"
        return
    assert replaced(before, code) == after


def test_replacement_is_formatted_at_its_indentation() -> None:
    before = "class A:\n    def f(self):\n        old()\n        b()\n"
    assert replaced(before, LONG) == (
        "class A:\n    def f(self):\n"
        "        transaction.on_commit(\n"
        "            lambda room=room: manager.send(room), robust=True, using=alias, and_more=1\n"
        "        )\n        b()\n"
    )
    assert replaced(before, LONG, BlackSettings(line_length=120)).count("\n") == 4
    # The comment behind counts as part of the line, as it does for black.
    fits = "manager.send(rooms, 'x' * 30)"
    assert "\n    rooms" not in replaced("old()\n", fits, BlackSettings(line_length=40))
    assert "\n    rooms" in replaced("old()  # a remark\n", fits, BlackSettings(line_length=40))


def test_comment_for_tools_moves_to_the_first_line() -> None:
    after = replaced("if x:\n    old()  # type: ignore[a]\n", LONG)
    assert after.startswith("if x:\n    transaction.on_commit(  # type: ignore[a]\n        lambda")


@pytest.mark.parametrize("code", [CALL, TWO, LONG, NESTED])
@pytest.mark.parametrize(
    "before",
    [
        "def f(room):\n    old()\n    return 1\n",
        "def f(room):\n    a()\n    old()  # remark\n    return 1\n",
        "def f(room):\n    a()\n\n    old(1)  # noqa\n\n    return 1\n",
        "def f(room):\n    if a:\n        # why\n        a()\n        old(\n            1,\n        )\n",
        "if x:\n    old()\nelse:\n    b()\n",
    ],
)
def test_black_leaves_the_result_alone(before: str, code: str) -> None:
    """What was formatted with black is formatted with black afterwards."""
    mode = black.Mode(string_normalization=False)
    assert black.format_str(before, mode=mode) == before
    after = replaced(before, code)
    assert black.format_str(after, mode=mode) == after


def test_replacement_keeps_latin_1_text() -> None:
    raw = "# -*- coding: latin-1 -*-\nif café:\n    straße('ü'); old('ä')  # señal\n".encode(
        "latin-1"
    )
    source = decode("a.py", raw)
    after = changed(source, replace_statement(source, statement(source, "old"), CALL))
    assert after.endswith("    straße('ü'); manager.send(room)  # señal\n")


def test_replacement_refuses() -> None:
    assert "not valid Python" in refusal("old()\n", replace_statement, "manager.(")
    assert "not valid Python" in refusal("old()\n", replace_statement, "# nothing")
    assert "backslash" in refusal("\\\nold()\n", replace_statement, TWO)
    source = decode("a.py", b"if a:\n    pass\nelif b:\n    pass\n")
    elif_branch = statement(source, "elif")
    for outcome in (
        replace_statement(source, elif_branch, CALL),
        remove_statement(source, elif_branch),
        insert_after(source, elif_branch, CALL),
        insert_before(source, elif_branch, CALL),
    ):
        assert isinstance(outcome, Refusal) and "elif" in outcome.reason


def test_statement_of_another_file_is_an_error() -> None:
    source = decode("a.py", b"old()\nx = 1\n")
    for other in ("longer()", "pass"):
        with pytest.raises(ValueError, match=r"a\.py has no "):
            replace_statement(source, ast.parse(other).body[0], CALL)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("old()", ""),
        ("a()\nold()", "a()\n"),
        ("a()\nold()\nb()\n", "a()\nb()\n"),
        # Comments stay, those for tools go with their statement.
        (
            "# above\nold(\n    1,  # one\n)  # behind\nb()\n",
            "# above\n# one\n# behind\nb()\n",
        ),
        ("if x:\r\n\ta()\r\n\told()  # c\r\n", "if x:\r\n\ta()\r\n\t# c\r\n"),
        ("a()\nold()  # noqa\n", "a()\n"),
        ("a()\nold()  # c", "a()\n# c"),
        # Empty blocks.
        ("if x:\n    old()  # c\n", "if x:\n    pass  # c\n"),
        ("if x:\n    old(  # c\n    )\n", "if x:\n    # c\n    pass\n"),
        ("if x: old()\nelse: old2()\n", "if x: pass\nelse: old2()\n"),
        ("try:\n    a()\nfinally:\n    old()\n", "try:\n    a()\nfinally:\n    pass\n"),
        ("class A:\n    old()\n", "class A:\n    pass\n"),
        # Shared lines.
        ("a(); old(); b()\n", "a(); b()\n"),
        ("old(); b()  # c\n", "b()  # c\n"),
        ("a(); old();\n", "a();\n"),
        ("a(); old()  # c\n", "a()  # c\n"),
        ("if x: a(); old(  # c\n)\n", "# c\nif x: a()\n"),
        ("a(); old(  # c\n); b()\n", "# c\na(); b()\n"),
        # Blank lines that only set it apart.
        ("def f():\n    a()\n\n    old()\n\n    b()\n", "def f():\n    a()\n\n    b()\n"),
        ("a()\n\nold()\n\n\ndef f(): pass\n", "a()\n\n\ndef f(): pass\n"),
        ("a()\n\n\nold()\n\nb()\n", "a()\n\n\nb()\n"),
        ("def f():\n    old()\n\n    b()\n", "def f():\n    b()\n"),
        ("if x:\n    a()\n\n    old()\nelse:\n    b()\n", "if x:\n    a()\nelse:\n    b()\n"),
        ("a()\n\nold()\nb()\n", "a()\n\nb()\n"),
        ("a()\nold()\n\nb()\n", "a()\n\nb()\n"),
        # A blank line inside a string is none.
        ("x = '''\n\n'''\nold()\n\nb()\n", "x = '''\n\n'''\n\nb()\n"),
    ],
)
def test_remove(before: str, after: str) -> None:
    source = decode("a.py", before.encode())
    assert changed(source, remove_statement(source, statement(source, "old"))) == after


def test_remove_with_its_comments() -> None:
    source = decode("a.py", b"a()\nold(  # in\n)  # behind\n")
    edit = remove_statement(source, statement(source, "old"), keep_comments=False)
    assert changed(source, edit) == "a()\n"


@pytest.mark.parametrize(
    ("before", "after_it", "before_it"),
    [
        ("old()", "old()\nnew()", "new()\nold()"),
        ("old()  # c", "old()  # c\nnew()", "new()\nold()  # c"),
        (
            "if x:\r\n\told()\r\n\tb()\r\n",
            "if x:\r\n\told()\r\n\tnew()\r\n\tb()\r\n",
            "if x:\r\n\tnew()\r\n\told()\r\n\tb()\r\n",
        ),
        ("a(); old(); b()\n", "a(); old()\nnew()\nb()\n", "a()\nnew()\nold(); b()\n"),
        ("a(); old()  # c\n", "a(); old()  # c\nnew()\n", "a()\nnew()\nold()  # c\n"),
        ("old(); b()\n", "old()\nnew()\nb()\n", "new()\nold(); b()\n"),
        # Above the comment that speaks for the statement, below the one that speaks for the file.
        (
            "a()\n# why\n# and how\nold(\n)\n",
            "a()\n# why\n# and how\nold(\n)\nnew()\n",
            "a()\nnew()\n# why\n# and how\nold(\n)\n",
        ),
        ("#!/x\n# c\nold()\n", "#!/x\n# c\nold()\nnew()\n", "#!/x\n# c\nnew()\nold()\n"),
        # Statements with blocks.
        (
            "with old:\n    a()\n    # in\n# out\nb()\n",
            "with old:\n    a()\n    # in\nnew()\n# out\nb()\n",
            "new()\nwith old:\n    a()\n    # in\n# out\nb()\n",
        ),
        (
            "if old: a()\nelse: b()  # c\nd()\n",
            "if old: a()\nelse: b()  # c\nnew()\nd()\n",
            "new()\nif old: a()\nelse: b()  # c\nd()\n",
        ),
        (
            "if x:\n    @dec\n    def old(): pass\n",
            "if x:\n    @dec\n    def old(): pass\n\n    new()\n",
            "if x:\n    new()\n    @dec\n    def old(): pass\n",
        ),
        (
            "\x0cif x:\n    old()\n\x0c    b()\n",
            "\x0cif x:\n    old()\n    new()\n\x0c    b()\n",
            "\x0cif x:\n    new()\n    old()\n\x0c    b()\n",
        ),
    ],
)
def test_insert(before: str, after_it: str, before_it: str) -> None:
    source = decode("a.py", before.encode())
    pattern = re.compile(r"(?:with |if |def )?old")
    node = next(
        node
        for node in ast.walk(parse(source))
        if isinstance(node, ast.stmt) and pattern.match(source.segment(node))
    )
    assert changed(source, insert_after(source, node, "new()")) == after_it
    assert changed(source, insert_before(source, node, "new()")) == before_it


def test_insert_formats_and_sets_functions_apart() -> None:
    source = decode("a.py", b"def f():\n    a()\n    old()\n    b()\n")
    node = statement(source, "old")
    body = "    def notify(room=room):\n        try:\n            send(room)\n"
    assert f"    old()\n\n{body}" in changed(source, insert_after(source, node, NESTED))
    assert f"    a()\n\n{body}" in changed(source, insert_before(source, node, NESTED))
    first = statement(source, "a()")
    assert f"def f():\n{body}" in changed(source, insert_before(source, first, NESTED))
    narrow = BlackSettings(line_length=40)
    after = changed(source, insert_after(source, node, LONG, narrow))
    assert max(map(len, after.splitlines())) <= 40


@pytest.mark.parametrize("insert", [insert_after, insert_before])
def test_insert_refuses(insert: Callable[..., Edit | Refusal]) -> None:
    assert "header" in refusal("if x: old()\n", insert, "new()")
    assert "backslash" in refusal("\\\nold()\n", insert, "new()")
    assert "not valid Python" in refusal("old()\n", insert, "new(")


GUARD = (
    "def f():\n    a()\n    if client:  # guard\n\n        # first\n        b('''\n        z''')\n"
    "        old(\n            1,  # one\n        )  # behind\n        # last\n    # out\n    c()\n"
)


def test_remove_guard() -> None:
    source = decode("a.py", GUARD.encode())
    guard = statement(source, "if client")
    assert isinstance(guard, ast.If)
    assert changed(source, remove_guard(source, guard)) == (
        "def f():\n    a()\n    # guard\n    # first\n    b('''\n        z''')\n"
        "    old(\n        1,  # one\n    )  # behind\n    # last\n    # out\n    c()\n"
    )
    edit = remove_guard(source, guard, [(guard.body[1], CALL)])
    assert changed(source, edit) == (
        "def f():\n    a()\n    # guard\n    # first\n    b('''\n        z''')\n"
        "    # one\n    manager.send(room)  # behind\n    # last\n    # out\n    c()\n"
    )


@pytest.mark.parametrize(
    ("before", "code", "after"),
    [
        ("if c: old(); b()  # c\n", CALL, "manager.send(room); b()  # c\n"),
        ("if c: old(); b()  # c\n", TWO, "first(room)\nsecond(room)\nb()  # c\n"),
        ("if c: old()  # noqa\n", TWO, "first(room)  # noqa\nsecond(room)\n"),
        ("if c: old();  # d\n", CALL, "manager.send(room);  # d\n"),
        ("if c:\r\n\told()\r\n", CALL, "manager.send(room)\r\n"),
        ("if x:\n  a()\n  if c:\n    old()", TWO, "if x:\n  a()\n  first(room)\n  second(room)"),
        (
            "if x:\n  a()\n  if c:\n    old()",
            NESTED,
            "if x:\n  a()\n\n  def notify(room=room):\n    try:\n      send(room)\n"
            "    except Error:\n      pass\n\n  on_commit(notify)",
        ),
        ("if (c  # why\n    ):\n    old()\n", CALL, "# why\nmanager.send(room)\n"),
        ("for x in y:\n    if c: old()\n", CALL, "for x in y:\n    manager.send(room)\n"),
    ],
)
def test_remove_guard_around_a_replaced_call(before: str, code: str, after: str) -> None:
    source = decode("a.py", before.encode())
    guard = next(
        node
        for node in ast.walk(parse(source))
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "c"
    )
    edit = remove_guard(source, guard, [(guard.body[0], code)])
    assert changed(source, edit) == after


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("if c:\n    old()\nelse:\n    b()\n", "else"),
        ("if x:\n    a()\nelif c:\n    old()\n", "elif"),
        ("if (c := d):\n    old()\n", "binds a name"),
        ("\\\nif c:\n    old()\n", "backslash"),
    ],
)
def test_remove_guard_refuses(before: str, reason: str) -> None:
    source = decode("a.py", before.encode())
    guard = [node for node in ast.walk(parse(source)) if isinstance(node, ast.If)][-1]
    outcome = remove_guard(source, guard)
    assert isinstance(outcome, Refusal) and reason in outcome.reason


def test_statement_text() -> None:
    text = (
        "def f():\n\ttry:\n\t\told(\n\t\t\t1,  # one\n\t\t)\n\texcept E:\n"
        "\t\tlog('''\n\t\tx''')  # end\n"
    )
    source = decode("a.py", text.encode())
    found = statement_text(
        source, statement(source, "try"), [(statement(source, "old"), "send(room)")]
    )
    assert found == "try:\n\t# one\n\tsend(room)\nexcept E:\n\tlog('''\n\t\tx''')"


def test_layout_is_of_the_text_and_not_of_one_tree() -> None:
    """The index and the rules have trees of their own."""
    source = decode("a.py", b"if x:\n    a(); b()\n")
    node = ast.parse(source.text).body[0]
    assert isinstance(node, ast.If)
    place = layout_of(source).place(node.body[1])
    assert (place.index, place.previous, place.following, place.indent) == (1, 13, None, "    ")
    assert not place.alone_in_block and place.shares_line
