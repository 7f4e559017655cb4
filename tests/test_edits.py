"""Edits are applied as given or not at all, and git takes the difference."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pusher_migrate.edits import apply_edits, quoted_path, unified_diff, verify_untouched
from pusher_migrate.errors import EditConflict
from pusher_migrate.model import Edit
from pusher_migrate.source import SourceFile, decode

PATH = "app/a.py"


def source_of(text: str) -> SourceFile:
    return decode(PATH, text.encode())


def edit(start: int, end: int, replacement: str) -> Edit:
    return Edit(PATH, start, end, replacement)


def test_spans_count_utf8_bytes() -> None:
    source = source_of("é = old(ü)\n")
    start = source.utf8.index(b"old")
    assert apply_edits(source, [edit(start, start + 3, "nëw")]) == "é = nëw(ü)\n"


def test_offsets_stay_those_of_the_old_text() -> None:
    source = source_of("abcdef")
    edits = [edit(4, 5, ""), edit(0, 1, "AAAA"), edit(2, 2, "-")]
    assert apply_edits(source, edits) == "AAAAb-cdf"
    assert apply_edits(source, reversed(edits)) == "AAAAb-cdf"


def test_equal_edits_are_applied_once() -> None:
    source = source_of("x\n")
    assert apply_edits(source, [edit(0, 0, "import a\n")] * 2) == "import a\nx\n"


def test_insertions_at_one_offset_keep_the_order_given() -> None:
    source = source_of("x\n")
    assert apply_edits(source, [edit(0, 0, "b\n"), edit(0, 0, "a\n")]) == "b\na\nx\n"


def test_insertions_at_the_ends_of_a_replaced_span() -> None:
    source = source_of("abcd")
    replaced = edit(1, 3, "X")
    for edits in ([edit(1, 1, "<"), replaced, edit(3, 3, ">")], [replaced, edit(1, 1, "<")]):
        assert apply_edits(source, edits).startswith("a<X")
    assert apply_edits(source, [edit(3, 3, ">"), replaced]) == "aX>d"
    assert apply_edits(source, [edit(1, 3, ""), edit(3, 4, "D")]) == "aD"


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([edit(0, 2, "x"), edit(1, 3, "y")], "overlap"),
        ([edit(0, 3, "x"), edit(1, 1, "y")], "overlap"),
        ([edit(0, 2, "x"), edit(0, 2, "y")], "overlap"),
        ([edit(0, 3, "x"), edit(1, 2, "y")], "overlap"),
        ([edit(0, 99, "x")], "outside"),
        ([edit(-1, 0, "x")], "outside"),
        ([edit(3, 2, "x")], "outside"),
        ([edit(5, 6, "x")], "splits a character"),
        ([edit(8, 8, "x")], "splits a character"),
        ([Edit("app/b.py", 0, 1, "x")], r"meant for app/b\.py"),
    ],
)
def test_what_does_not_fit_is_a_conflict(edits: list[Edit], words: str) -> None:
    source = source_of("abcdé \r\nef\n")
    with pytest.raises(EditConflict, match=words):
        apply_edits(source, edits)
    with pytest.raises(EditConflict, match=words):
        verify_untouched(source, source.text, edits)


def test_replacements_take_the_line_ends_of_their_place() -> None:
    source = source_of("a\r\nb\nc\rd")
    edits = [edit(0, 1, "1\n2"), edit(3, 4, "3\r\n4"), edit(5, 6, "5\n6"), edit(8, 8, "\n7\n")]
    assert apply_edits(source, edits) == "1\r\n2\r\n3\n4\n5\r6\rd\r7\r"


@pytest.mark.parametrize(
    "after",
    ["Abcd XX\nef\n", "abcd XX\nef\n\n", "abcd XX\nef", "abcd XX\r\nef\n", "abcd XY\nef\n", ""],
)
def test_a_byte_that_no_edit_covers_may_not_change(after: str) -> None:
    source = source_of("abcd x\nef\n")
    edits = [edit(5, 6, "XX")]
    verify_untouched(source, "abcd XX\nef\n", edits)
    with pytest.raises(EditConflict):
        verify_untouched(source, after, edits)


TEXT = st.text("ab é\n\r\x0c\t\u2028", max_size=40)


@st.composite
def edited(draw: st.DrawFn) -> tuple[SourceFile, list[Edit], str]:
    """A file, edits that do not overlap, and the text that they have to give."""
    kept = draw(st.lists(TEXT, min_size=1, max_size=5))
    edits, before, after = [], kept[0], kept[0]
    for piece in kept[1:]:
        gone, new = draw(TEXT), draw(st.text("xyü(", max_size=9))
        start = len(before.encode())
        edits.append(edit(start, start + len(gone.encode()), new))
        before, after = before + gone + piece, after + new + piece
    return source_of(before), edits, after


@given(edited())
def test_random_edits_give_the_text_that_their_pieces_give(
    case: tuple[SourceFile, list[Edit], str],
) -> None:
    source, edits, wanted = case
    try:
        got = apply_edits(source, edits)
    except EditConflict as error:
        # A boundary drawn between the halves of a CRLF is refused.
        assert "splits a character" in str(error)
        return
    assert got == wanted
    verify_untouched(source, got, edits)


def git(cwd: Path, *args: str, stdin: bytes = b"") -> bytes:
    command = ["git", "-c", "core.autocrlf=false", "-c", "user.name=t", "-c", "user.email=t@t"]
    done = subprocess.run([*command, *args], cwd=cwd, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\nb", "a\nB"),
        ("a\nb", "a\nb\n"),
        ("a\nb\n", "a\nb"),
        ("a", "b\na"),
        ("a\r\nb\r\n", "a\r\nB\r\nc\r\n"),
        ("a\r\nb\nc", "a\r\nB\nc\r\n"),
        ("a\rb\rc\n", "a\rB\rc\n"),
        ("a\x0cb\n\x0c\nc\u2028d\x85\n", "a\x0cb\n\x0c\nC\u2028d\x85\n"),
        ("", "a\n"),
        ("a\n", ""),
        ("\ufeffa\nb\n", "\ufeffA\nb\n"),
        ("".join(f"{n % 7}\n" for n in range(60)), "".join(f"{n % 5}\n" for n in range(60))),
        ("\n" * 30 + "x\n" + "\n" * 30, "\n" * 31 + "x\n" + "\n" * 28),
        ("--- a\n+++ b\n", "--- a\n"),
    ],
)
def test_git_apply_takes_it(tmp_path: Path, before: str, after: str) -> None:
    target = tmp_path / "app" / "a.py"
    target.parent.mkdir()
    target.write_bytes(before.encode())
    git(tmp_path, "init", "-q")
    git(tmp_path, "apply", "-", stdin=unified_diff(PATH, before, after).encode())
    assert target.read_bytes() == after.encode()


@given(TEXT, TEXT, st.lists(st.sampled_from("ab\n\r"), max_size=40).map("".join))
@settings(max_examples=25, deadline=None)
def test_git_apply_takes_any_difference(
    tmp_path_factory: pytest.TempPathFactory, head: str, tail: str, middle: str
) -> None:
    before, after = head + middle + tail, head + middle[::-1] + tail
    folder = tmp_path_factory.mktemp("diff")
    (folder / "a.py").write_bytes(before.encode())
    diff = unified_diff("a.py", before, after)
    assert (diff == "") == (before == after)
    if diff:
        git(folder, "apply", "-", stdin=diff.encode())
        assert (folder / "a.py").read_bytes() == after.encode()


@pytest.mark.parametrize(
    "name", ["a.py", "my app.py", "é.py", "é ü.py", 'q"q.py', "b\\b.py", "t\tt.py", "n\nn.py"]
)
def test_paths_are_written_as_git_writes_them(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "x")
    (tmp_path / name).write_text("b\n")
    theirs = git(tmp_path, "-c", "core.quotePath=true", "diff", "--no-color").decode()
    ours = unified_diff(name, "a\n", "b\n")
    assert ours.split("\n") == [
        line for line in theirs.split("\n") if not line.startswith("index ")
    ]
    git(tmp_path, "checkout", "-q", "--", name)
    git(tmp_path, "apply", "-", stdin=ours.encode())
    assert (tmp_path / name).read_text() == "b\n"
    assert quoted_path("a.py") == "a.py"


def test_hunks_are_those_that_git_shows(tmp_path: Path) -> None:
    before = "".join(f"line {n}\n" for n in range(200))
    after = before.replace("line 5\n", "LINE 5\nand more\n").replace("line 150\n", "")
    (tmp_path / "a.py").write_text(before)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    (tmp_path / "a.py").write_text(after)
    theirs = git(tmp_path, "diff", "--no-color").decode().split("\n")
    ranges = [line.split(" @@")[0] for line in theirs if line.startswith("@@")]
    ours = unified_diff("a.py", before, after).split("\n")
    assert [line.removesuffix(" @@") for line in ours if line.startswith("@@")] == ranges
    assert len(ranges) == 2
