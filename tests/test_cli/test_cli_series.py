"""A plan as a series of diffs that ``git apply`` takes, whatever the files look like."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop_project import git, write_files

from pusher_migrate.edits import apply_edits
from pusher_migrate.errors import EditConflict, PusherMigrateError
from pusher_migrate.model import Change, Edit, Location, Plan
from pusher_migrate.report.series import Series, plan_series, requirements_first
from pusher_migrate.source import decode, encode


def change(path: str, *edits: tuple[int, int, str], requires: tuple[str, ...] = ()) -> Change:
    """A change of one file; its place is its last edit's."""
    made = tuple(Edit(path, *edit) for edit in edits)
    return Change("PM101", Location(path, edits[-1][0] + 1), "t", "r", made, requires=requires)


def plan_of(files: dict[str, bytes], *changes: Change) -> Plan:
    digests = {path: decode(path, raw).digest for path, raw in files.items()}
    return Plan(changes, digests=digests)


def applied(files: dict[str, bytes], plan: Plan) -> dict[str, bytes]:
    """What the files have to become: all edits at once, in the plan's order."""
    result = {}
    for path, raw in files.items():
        source = decode(path, raw)
        edits = [edit for item in plan.changes for edit in item.edits if edit.path == path]
        result[path] = encode(source, apply_edits(source, edits))
    return result


def apply_with_git(root: Path, files: dict[str, bytes], plan: Plan) -> dict[str, bytes]:
    """What ``git apply`` makes of the series, with a reason above each change."""
    write_files(root, files)
    git(root, "init", "--quiet")
    steps, problems = plan_series(files.__getitem__, plan)
    assert not problems
    pieces = []
    for step in steps:
        pieces.append(f"# {step.change.key}: --- a/x, @@ -1 +1 @@\n".encode())
        pieces += [diff.patch for diff in step.diffs]
        pieces.append(b"\n")
    # Outside the tree, so that nothing but the patched files is in there.
    patch = root.with_suffix(".patch")
    patch.write_bytes(b"".join(pieces) + b"\n# Left to you: 0\n")
    git(root, "apply", "--whitespace=nowarn", patch)
    return {path: (root / path).read_bytes() for path in files}


TEXT = b"one\ntwo\nthree\nfour\nfive\n"


@pytest.mark.parametrize(
    ("raw", "edits"),
    [
        pytest.param(TEXT, [(0, 3, "1"), (4, 7, "2"), (8, 13, "3")], id="neighbours"),
        pytest.param(TEXT, [(8, 13, "3"), (0, 3, "1")], id="backwards"),
        pytest.param(TEXT, [(0, 4, ""), (4, 8, ""), (8, 14, "")], id="deletions"),
        pytest.param(b"one\ntwo", [(4, 7, "2"), (0, 0, "0\n")], id="no last newline"),
        pytest.param(b"one\r\ntwo\r\nx\n", [(5, 8, "2\n2"), (0, 3, "1")], id="mixed line ends"),
        pytest.param(b"\xef\xbb\xbfone\ntwo\n", [(0, 3, "1"), (4, 7, "2")], id="byte order mark"),
        pytest.param(
            "# coding: latin-1\né = 1\nü = 2\n".encode("latin-1"),
            [(18, 20, "e"), (25, 27, "öö")],
            id="latin-1",
        ),
        pytest.param(b"\x0cone\n\x0ctwo\n", [(1, 4, "1"), (6, 9, "2")], id="form feeds"),
    ],
)
def test_the_series_applies_and_gives_what_applying_the_plan_gives(
    tmp_path: Path, raw: bytes, edits: list[tuple[int, int, str]]
) -> None:
    files = {"a dir/ä.py": raw}
    plan = plan_of(files, *(change("a dir/ä.py", edit) for edit in edits))
    assert apply_with_git(tmp_path / "tree", files, plan) == applied(files, plan)


def test_a_shared_import_is_shown_once_and_needed_by_none_of_the_others(tmp_path: Path) -> None:
    files = {"a.py": TEXT}
    shared = (0, 0, "import x\n")
    plan = plan_of(files, change("a.py", shared, (4, 7, "2")), change("a.py", shared, (8, 13, "3")))
    first, second = plan_series(files.__getitem__, plan)[0]
    assert "+import x\n" in first.text
    assert "+import x\n" not in second.text
    assert apply_with_git(tmp_path / "tree", files, plan) == applied(files, plan)


def test_insertions_at_one_place_keep_the_plans_order_whatever_is_shown_first(
    tmp_path: Path,
) -> None:
    files = {"a.py": TEXT}
    later = change("a.py", (0, 0, "import b\n"), (14, 18, "4"))
    first = change("a.py", (0, 0, "import a\n"), (4, 7, "2"), requires=(later.key,))
    plan = plan_of(files, first, later)
    steps, _ = plan_series(files.__getitem__, plan)
    assert [step.change for step in steps] == [later, first]
    result = apply_with_git(tmp_path / "tree", files, plan)
    assert result == applied(files, plan)
    assert result["a.py"].startswith(b"import a\nimport b\n")


def test_a_change_that_spans_files_is_shown_as_one(tmp_path: Path) -> None:
    files = {"a.py": TEXT, "b.py": TEXT}
    both = Change(
        "PM107",
        Location("b.py", 1),
        "t",
        "r",
        (Edit("b.py", 0, 3, "1"), Edit("a.py", 4, 7, "2")),
    )
    plan = plan_of(files, both)
    steps, _ = plan_series(files.__getitem__, plan)
    assert [diff.path for diff in steps[0].diffs] == ["a.py", "b.py"]
    assert apply_with_git(tmp_path / "tree", files, plan) == applied(files, plan)


@given(st.randoms(use_true_random=False))
def test_any_plan_gives_the_same_by_git_and_by_itself(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    """Random files of distinct lines, spans, shared insertions and requirements."""
    text = "".join(
        f"{chance.choice(['a', 'bb', 'é', '  c'])}{number}" + chance.choice(["\n", "\r\n"])
        for number in range(chance.randint(1, 30))
    )
    source = decode("a.py", text.encode())
    # Spans between line starts never split a character or a line end.
    places = [place for place in source.line_starts if place <= len(source.utf8)]
    changes: list[Change] = []
    position = 0
    while position < len(places):
        size = chance.randint(0, 2)
        end = places[min(position + size, len(places) - 1)]
        edits = [(places[position], end, chance.choice(["new\n", "x = 1\ny = 2\n", "z"]))]
        if chance.random() < 0.4:
            edits.insert(0, (0, 0, "import x\n"))
        requires = tuple(
            other.key for other in changes if chance.random() < 0.2 and other.key not in changes
        )
        made = change("a.py", *edits, requires=requires)
        if made.key not in {other.key for other in changes}:
            changes.append(made)
        position += size + chance.randint(1, 4)
    # An insertion of the import clashes with nothing, but a span that starts at 0 may.
    files = {"a.py": text.encode()}
    plan = plan_of(files, *changes)
    try:
        expected = applied(files, plan)
    except EditConflict:
        return
    root = tmp_path_factory.mktemp("tree")
    steps, problems = plan_series(files.__getitem__, plan)
    assert not problems
    assert {step.change.key for step in steps} == {item.key for item in changes}
    if any(step.diffs for step in steps):
        assert apply_with_git(root / "tree", files, plan) == expected
    else:
        assert expected == files


def test_repeated_lines_do_not_confuse_git(tmp_path: Path) -> None:
    files = {"a.py": b"x\n\nbb\n\nbb\n\nbb\nbb\na\n"}
    plan = plan_of(files, change("a.py", (0, 3, "z")))
    assert apply_with_git(tmp_path / "tree", files, plan) == applied(files, plan)


def test_requirements_come_first_and_circles_do_not_hang() -> None:
    a = change("a.py", (1, 2, ""), requires=("PM101:a.py:4:1",))
    b = change("a.py", (2, 3, ""), requires=("PM101:a.py:2:1",))
    c = change("a.py", (3, 4, ""), requires=("PM101:a.py:3:1", "PM101:elsewhere.py:1:1"))
    d = change("a.py", (9, 9, ""))
    assert {item.key for item in (a, b, c)} == {f"PM101:a.py:{n}:1" for n in (2, 3, 4)}
    assert requirements_first([a, b, c, d]) == (b, c, a, d)
    assert requirements_first([d, c]) == (d, c)


def test_a_file_that_changed_is_a_problem_of_its_changes_and_of_what_requires_them() -> None:
    files = {"a.py": TEXT, "b.py": TEXT}
    broken = change("a.py", (0, 3, "1"))
    needing = change("b.py", (0, 3, "1"), requires=(broken.key,))
    fine = change("b.py", (4, 7, "2"))
    plan = plan_of(files, broken, needing, fine)
    files["a.py"] += b"# edited meanwhile\n"
    steps, problems = plan_series(files.__getitem__, plan)
    assert [step.change for step in steps] == [fine]
    assert [item for item, _ in problems] == [broken, needing]
    assert "changed since the plan was made" in str(problems[0][1])
    assert broken.key in str(problems[1][1])


def test_a_text_that_the_files_encoding_cannot_hold_is_a_problem() -> None:
    files = {"a.py": b"# coding: latin-1\nx = 1\n"}
    plan = plan_of(files, change("a.py", (18, 19, "日")))
    steps, problems = plan_series(files.__getitem__, plan)
    assert not steps
    assert "latin-1" in str(problems[0][1]) or "iso8859-1" in str(problems[0][1])


def test_asking_shows_on_top_of_what_was_accepted_only() -> None:
    files = {"a.py": TEXT}
    one, two, three = (change("a.py", edit) for edit in [(0, 3, "1"), (4, 7, "2"), (8, 13, "3")])
    series = Series(files.__getitem__, plan_of(files, one, two, three))
    series.step(one)
    assert "\n one\n" in series.step(two).text, "showing accepts nothing"
    series.accept(one)
    assert "\n 1\n" in series.step(two).text
    assert "\n two\n" in series.step(three).text
    assert isinstance(EditConflict("x"), PusherMigrateError)
