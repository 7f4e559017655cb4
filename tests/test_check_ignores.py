"""Comments that hide findings: where they count, what they hide, and what is said of idle ones."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pusher_migrate.config import CODES
from pusher_migrate.ignores import Ignores, ignores_in
from pusher_migrate.index.code.project import Project
from pusher_migrate.index.code.statements import own_lines, statement_at
from pusher_migrate.model import Change, Deferral, Location
from pusher_migrate.source import decode
from tests.guarded import EVENT, files, plan_of


def project(text: str) -> Project:
    return Project(["a.py"], lambda path: text.encode())


def hidden_lines(text: str, code: str = "PM101") -> list[int]:
    """The lines on which a finding of a code would be hidden."""
    ignores = Ignores(project(text))
    lines = text.splitlines()
    return [
        number
        for number, line in enumerate(lines, 1)
        if line.strip()
        and ignores.hiding(code, Location("a.py", number, len(line) - len(line.lstrip()) + 1))
    ]


MARK = "# pusher-migrate: ignore[PM101] why"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"a()\nb()  {MARK}\nc()\n", [2]),
        (f"a()\n{MARK}\nb()\nc()\n", [3]),
        (f"a()\n{MARK}\n# another remark\n\nb()\nc()\n", [5]),
        (f"b(\n    1,  {MARK}\n    2,\n)\nc()\n", [1, 2, 3, 4]),
        (f"b(\n    {MARK}\n    1,\n)\nc()\n", [1, 2, 3, 4]),
        (f"b(\n    1,\n)  {MARK}\nc()\n", [1, 2, 3]),
        # Of a compound statement only the header: what is in it has lines of its own.
        (f"if a():  {MARK}\n    b()\nc()\n", [1]),
        (f"{MARK}\nif a():\n    b()\nc()\n", [2]),
        (f"if a():\n    {MARK}\n    b()\n    c()\n", [3]),
        (f"if a():\n    b()\n{MARK}\nelse:\n    c()\n", []),
        (f"with a(\n    1\n) as b:  {MARK}\n    c()\n", [1, 2, 3]),
        (f"def f(x=a()):  {MARK}\n    b()\n", [1]),
        (f"@dec(a())  {MARK}\ndef f():\n    b()\n", [1, 2]),
        (f"try:\n    a()\nexcept E:\n    b()  {MARK}\nfinally:\n    c()\n", [4]),
        (f"match a():\n    case 1:\n        b()  {MARK}\n        c()\n", [3]),
        (f"a(); b()  {MARK}\n", [1]),
        (f"x = 1  # noqa: E501  {MARK}\n", [1]),
        # In a string it is no comment.
        (f'x = "{MARK}"\n', []),
        (f'x = """\n{MARK}\n"""\ny()\n', []),
        # At the end of the file there is no statement below.
        (f"a()\n{MARK}", []),
    ],
)
def test_a_comment_counts_for_its_statement(text: str, lines: list[int]) -> None:
    assert hidden_lines(text) == lines


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# pusher-migrate: ignore[PM101]", {"PM101"}),
        ("#pusher-migrate:ignore[PM101]", {"PM101"}),
        ("# pusher-migrate: ignore[PM101, PM201] for now", {"PM101", "PM201"}),
        ("# pusher-migrate: ignore[PM2]", {"PM201", "PM202"}),
        ("# pusher-migrate: ignore", set(CODES)),
        ("# pusher-migrate: ignore until the app is gone", set(CODES)),
        # What is not understood hides nothing.
        ("# pusher-migrate: ignore PM101", set()),
        ("# pusher-migrate: ignore: PM101", set()),
        ("# pusher-migrate: ignore[PM101", set()),
        ("# pusher-migrate: ignore[]", set()),
        ("# pusher-migrate: ignore[PM999]", set()),
        ("# pusher-migrate: ignore[PM101, PN201]", set()),
        ("# pusher-migrate: ignore[PM901]", set()),
        ("# pusher-migrate: ignored[PM101]", set()),
        ("# pusher-migrate: skip", set()),
        ("# pusher-migrate:", set()),
        ("# pusher-migrate", set()),
        ("# nothing about pusher-migrate: ignore[PM101]", set()),
    ],
)
def test_what_a_comment_hides(comment: str, codes: set[str]) -> None:
    text = f"a()  {comment}\n"
    assert {code for code in CODES if hidden_lines(text, code)} == codes


def test_the_reason_is_kept() -> None:
    source = decode("a.py", b"a()  # pusher-migrate: ignore[PM101]: the app goes in May\n")
    (found,) = ignores_in(source)
    assert (found.reason, found.location) == ("the app goes in May", Location("a.py", 1, 6))


def test_what_hides_nothing_is_told() -> None:
    ignores = Ignores(
        project(
            "a()  # pusher-migrate: ignore[PM101]\n"
            "b()  # pusher-migrate: ignore[PM102, PM103]\n"
            "c()  # pusher-migrate: ignore\n"
            "d()  # pusher-migrate: ignore[PM10x]\n"
            "e()  # pusher-migrate: ignore[PM301]\n"
        )
    )
    ignores.heed(Deferral("PM102", Location("a.py", 2), "t", "r"))
    told = [(item.location.line, item.title) for item in ignores.unused(lambda _: True)]
    assert [line for line, _ in told] == [1, 2, 3, 4, 5]
    assert "remove it" in told[0][1]
    assert "PM103" in told[1][1] and "take that out" in told[1][1]
    assert "unknown code" in told[3][1]
    # Of what was not looked for nothing can be said; the misspelt one is wrong in any case.
    judged = [item.location.line for item in ignores.unused(lambda code: code.startswith("PM1"))]
    assert judged == [1, 2, 4]


def test_a_file_without_a_comment_is_not_parsed() -> None:
    tree = project("a()\n")
    assert Ignores(tree).hiding("PM101", Location("a.py", 1)) is None
    assert tree.parsed() == []


def test_the_innermost_statement_is_found_by_characters_not_bytes() -> None:
    text = 'x = "äöü"; y = 2\nclass A:\n    @d\n    def f(self):\n        return 1\n'
    source = decode("a.py", text.encode())
    tree = ast.parse(text)

    def kind(line: int, column: int) -> str:
        found = statement_at(tree, source, Location("a.py", line, column))
        return "" if found is None else ast.unparse(found).partition("\n")[0]

    assert [kind(1, 1), kind(1, 12), kind(3, 5), kind(5, 16)] == [
        "x = 'äöü'",
        "y = 2",
        "@d",
        "return 1",
    ]
    assert [kind(0, 1), kind(6, 1), kind(99, 1)] == ["", "", ""]


def test_a_header_ends_with_its_last_expression() -> None:
    (loop,) = ast.parse("for x in (\n    a\n):\n    # remark\n    b()\nelse:\n    c()\n").body
    assert own_lines(loop) == (1, 2)


def test_migrate_leaves_it_alone_and_says_so(tmp_path: Path) -> None:
    plain = plan_of(tmp_path / "plain", files(f"    {EVENT}\n"))
    (change,) = [item for item in plain.changes if item.code == "PM101"]
    plan = plan_of(tmp_path / "marked", files(f"    {EVENT}  {MARK}\n"))
    # The client's import is still needed, so the change that removed it is gone as well.
    assert plan.changes == ()
    (hidden,) = [item for item in plan.deferrals if item.suppressed]
    assert (hidden.code, hidden.location) == (change.code, change.location)
    assert not hidden.actionable
    assert hidden.reason == f"Suppressed by the comment on line {change.location.line}: why."


def test_half_of_a_change_is_not_made() -> None:
    place = Location("a.py", 1)
    change = Change("PM101", place, "title", "reason", (), also=("PM201",))
    found = Ignores(project("a()  # pusher-migrate: ignore[PM201] sync on purpose\n")).heed(change)
    assert isinstance(found, Deferral)
    assert (found.code, found.suppressed, found.actionable) == ("PM101", False, True)
    assert "PM201" in found.reason and "sync on purpose" in found.reason
