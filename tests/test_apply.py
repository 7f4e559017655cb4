"""Applying and undoing on real files: whole or not at all, and every file accounted for."""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.apply import ApplyInterrupted, ApplyResult, apply_plan, dirty_files, undo
from pusher_migrate.apply.groups import group_files
from pusher_migrate.apply.writer import Replacement, WriteError, replace_together
from pusher_migrate.edits import apply_edits
from pusher_migrate.errors import ApplyError
from pusher_migrate.model import Change, Edit, Location, Plan
from pusher_migrate.source import SourceFile

UNDO = ".pusher-migrate-undo"


def put(root: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def replaced(root: Path, path: str, old: str, new: str) -> Edit:
    """The edit that replaces the first ``old`` of a UTF-8 file."""
    raw = (root / path).read_bytes().removeprefix(codecs.BOM_UTF8)
    start = raw.index(old.encode())
    return Edit(path, start, start + len(old.encode()), new)


def change(name: str, *edits: Edit, requires: tuple[str, ...] = ()) -> Change:
    """A change whose key is ``PM101:<name>:1:1``."""
    needed = tuple(f"PM101:{other}:1:1" for other in requires)
    return Change("PM101", Location(name, 1), "do it", "it is right", edits, requires=needed)


def plan_of(root: Path, *changes: Change) -> Plan:
    paths = {path for change in changes for path in change.paths}
    digests = {
        path: hashlib.sha256((root / path).read_bytes()).hexdigest()
        for path in paths
        if (root / path).exists()
    }
    return Plan(changes, digests=digests)


def simple(root: Path, *names: str) -> Plan:
    """A plan with one change a file: ``old`` becomes ``new``."""
    return plan_of(root, *(change(name, replaced(root, name, "old", "new")) for name in names))


def texts(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted(root.rglob("*.py"))
        if UNDO not in path.parts
    }


def reasons(result: ApplyResult) -> dict[str, str]:
    return {outcome.what: outcome.reason for outcome in (*result.skipped, *result.failed)}


def assert_no_leftovers(root: Path) -> None:
    assert [path for path in root.rglob(".pusher-migrate-*") if path.name != UNDO] == []


def git(cwd: Path, *args: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", *identity, *args], cwd=cwd, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


PRELUDE = """
import json, os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_apply import *
root = Path({root!r})

def report(call):
    try:
        result, how = call(), "returned"
    except ApplyInterrupted as error:
        result, how = error.result, "interrupted"
    except ApplyError as error:
        print(json.dumps(["error", str(error)]))
        return
    print(json.dumps([how, list(result.written), reasons(result), list(result.applied)]))
"""


def in_child(root: Path, code: str, *, code_expected: int = 0) -> list[object]:
    """Run code in another process; it may call ``report`` on what it does."""
    prelude = PRELUDE.format(tests=str(Path(__file__).parent), root=str(root))
    done = subprocess.run(
        [sys.executable, "-c", prelude + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == code_expected, done.stderr
    return json.loads(done.stdout) if done.stdout else []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "project"
    path.mkdir()
    return path


@pytest.fixture
def public_root() -> Iterator[Path]:
    """A directory that other users can reach, which those that pytest makes are not."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name).resolve()
        path.chmod(0o755)
        if not all(parent.stat().st_mode & 0o001 for parent in path.parents):
            pytest.skip("the directory for temporary files is private")
        yield path


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A directory on a file system of 64 KiB."""
    path = tmp_path / "tiny"
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", path], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a file system is not allowed here")
    yield path
    subprocess.run(["umount", path], check=True)


# --- what is written


def test_only_the_edited_bytes_change(root: Path) -> None:
    files = {
        "crlf.py": b"if a:\r\n\tb = old  , '\\x0c\x0c'\n\r\nc = 1",
        "bom.py": codecs.BOM_UTF8 + b"a = old\n",
        "latin.py": b"# coding: latin-1\na = old # \xe9\n",
    }
    put(root, files)
    plan = simple(root, "bom.py", "crlf.py")
    start = files["latin.py"].index(b"old")
    latin = change("latin.py", Edit("latin.py", start, start + 3, "'ü'"))
    plan = plan_of(root, *plan.changes, latin)
    result = apply_plan(root, plan)
    assert result.written == ("bom.py", "crlf.py", "latin.py")
    assert result.applied == tuple(change.key for change in plan.changes)
    assert result.complete
    for name, new in (("crlf.py", b"new"), ("bom.py", b"new"), ("latin.py", b"'\xfc'")):
        assert (root / name).read_bytes() == files[name].replace(b"old", new)
    assert_no_leftovers(root)


def test_mode_and_attributes_stay(root: Path) -> None:
    put(root, {"a.py": "old\n", "b.py": "old\n"})
    (root / "a.py").chmod(0o751)
    (root / "b.py").chmod(0o600)
    try:
        os.setxattr(root / "a.py", "user.note", b"kept")
        attributes = True
    except OSError:
        attributes = False
    if os.getuid() == 0:
        os.chown(root / "b.py", 1234, 2345)
    apply_plan(root, simple(root, "a.py", "b.py"))
    a, b = (root / "a.py").stat(), (root / "b.py").stat()
    assert [stat.S_IMODE(a.st_mode), stat.S_IMODE(b.st_mode)] == [0o751, 0o600]
    if attributes:
        assert os.getxattr(root / "a.py", "user.note") == b"kept"
    if os.getuid() == 0:
        assert (b.st_uid, b.st_gid) == (1234, 2345)


def test_a_link_is_written_through_to_its_target(root: Path) -> None:
    put(root, {"real/a.py": "old\n"})
    (root / "link.py").symlink_to("real/a.py")
    result = apply_plan(root, simple(root, "link.py"))
    assert result.written == ("link.py",)
    assert (root / "link.py").is_symlink()
    assert (root / "real" / "a.py").read_text() == "new\n"
    assert undo(root).written == ("link.py",)
    assert (root / "real" / "a.py").read_text() == "old\n"
    assert (root / "link.py").is_symlink()


def test_nothing_outside_the_root_is_written(root: Path) -> None:
    put(root.parent, {"outside.py": "old\n"})
    (root / "link.py").symlink_to("../outside.py")
    for path in ("link.py", "../outside.py"):
        result = apply_plan(root, simple(root, path))
        assert reasons(result) == {path: "is outside the project"}
    assert (root.parent / "outside.py").read_text() == "old\n"
    assert list(root.iterdir()) == [root / "link.py"]


def test_two_names_of_one_file_are_not_written_twice(root: Path) -> None:
    put(root, {"a.py": "old\n"})
    (root / "b.py").symlink_to("a.py")
    result = apply_plan(root, simple(root, "a.py", "b.py"))
    assert result.written == ("a.py",)
    assert reasons(result) == {"b.py": "is the same file as a.py"}
    assert (root / "a.py").read_text() == "new\n"


def test_other_hard_links_are_mentioned(root: Path) -> None:
    put(root, {"a.py": "old\n"})
    os.link(root / "a.py", root / "b.txt")
    result = apply_plan(root, simple(root, "a.py"))
    assert result.notes == ("a.py: had other hard links, which keep the old content",)
    assert (root / "b.txt").read_text() == "old\n"


def test_edits_that_change_nothing_write_nothing(root: Path) -> None:
    put(root, {"a.py": "old\n"})
    before = (root / "a.py").stat().st_mtime_ns
    plan = plan_of(root, change("a.py", replaced(root, "a.py", "old", "old")))
    result = apply_plan(root, plan)
    assert result.applied == ("PM101:a.py:1:1",)
    assert reasons(result) == {"a.py": "already is as planned"}
    assert (root / "a.py").stat().st_mtime_ns == before
    assert not (root / UNDO).exists()


def test_an_empty_plan_is_fine(root: Path) -> None:
    assert apply_plan(root, Plan()) == ApplyResult()
    no_edits = apply_plan(root, Plan((change("a.py"),)))
    assert [str(outcome) for outcome in no_edits.dropped] == ["PM101:a.py:1:1: has no edits"]


def test_it_works_outside_the_main_thread(root: Path) -> None:
    put(root, {"a.py": "old\n"})
    plan = simple(root, "a.py")
    results: list[ApplyResult] = []
    thread = threading.Thread(target=lambda: results.append(apply_plan(root, plan)))
    thread.start()
    thread.join()
    assert results[0].written == ("a.py",)


# --- what is refused


def test_a_file_that_changed_since_the_plan_is_left_alone(root: Path) -> None:
    put(root, {"a.py": "old\n", "b.py": "old\n"})
    plan = simple(root, "a.py", "b.py")
    put(root, {"a.py": "old  # edited\n"})
    result = apply_plan(root, plan)
    assert texts(root) == {"a.py": "old  # edited\n", "b.py": "new\n"}
    assert reasons(result) == {"a.py": "changed since the plan was made: run it again"}
    assert [str(outcome) for outcome in result.dropped] == [
        "PM101:a.py:1:1: a.py changed since the plan was made: run it again"
    ]
    assert not result.complete
    assert result.summary() == "1 file written, 1 file left alone"


def test_a_file_without_a_digest_or_that_is_gone_is_left_alone(root: Path) -> None:
    put(root, {"a.py": "old\n", "b.py": "old\n", "c.py/x": ""})
    plan = simple(root, "a.py", "b.py")
    edits = Edit("c.py", 0, 0, "x\n")
    plan = Plan((*plan.changes, change("c.py", edits)), digests={"b.py": plan.digests["b.py"]})
    (root / "b.py").unlink()
    result = apply_plan(root, plan)
    assert set(reasons(result)) == {"a.py", "b.py", "c.py"}
    assert result.written == ()
    assert (root / "a.py").read_text() == "old\n"


@pytest.mark.parametrize(
    ("content", "edits", "words"),
    [
        ("old\n", [("old", "def (")], "would not be Python afterwards: line 1"),
        ("old\n", [("old", "a"), ("old", "b")], "two edits overlap"),
        ("old\n", [("old", "new"), ("ld", "b")], "two edits overlap"),
        ("# coding: latin-1\nold\n", [("old", "'€'")], r"'\\u20ac'"),
        ("# coding: ascii\nold\n", [("ascii", "latin-1")], "would change its encoding"),
        ("x = 'old'\n", [("old", "a\0b")], "would not be Python afterwards"),
        (b"# coding: iso2022_jp\nold = '\x1b$B$\"\x1b(B\x1b(B'\n", [("old", "new")], "give back"),
    ],
)
def test_a_result_that_is_not_right_is_not_written(
    root: Path, content: str | bytes, edits: list[tuple[str, str]], words: str
) -> None:
    put(root, {"a.py": content})
    before = (root / "a.py").read_bytes()
    plan = plan_of(root, *(change("a.py", replaced(root, "a.py", *edit)) for edit in edits))
    result = apply_plan(root, plan)
    assert result.written == ()
    assert result.applied == ()
    (failed,) = result.failed
    assert re.search(words, failed.reason)
    assert (root / "a.py").read_bytes() == before


def test_a_mistake_of_our_own_is_not_written_either(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, {"a.py": "old\n"})
    plan = simple(root, "a.py")

    def careless(source: SourceFile, edits: Iterable[Edit]) -> str:
        return apply_edits(source, edits) + "more\n"

    monkeypatch.setattr("pusher_migrate.apply.run.apply_edits", careless)
    result = apply_plan(root, plan)
    assert "goes on after the end" in reasons(result)["a.py"]
    assert texts(root) == {"a.py": "old\n"}


def test_a_read_only_file_is_left_alone_whoever_asks(root: Path) -> None:
    put(root, {"a.py": "old\n"})
    (root / "a.py").chmod(0o444)
    result = apply_plan(root, simple(root, "a.py"))
    assert reasons(result) == {"a.py": "is read-only"}
    assert result.failed
    assert texts(root) == {"a.py": "old\n"}


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become nobody")
def test_a_directory_without_write_permission(public_root: Path) -> None:
    root = public_root
    put(root, {"closed/a.py": "old\n", "open/b.py": "old\n"})
    for path in (root, root / "open", root / "open" / "b.py", root / "closed" / "a.py"):
        os.chown(path, 65534, 65534)
    become = "plan = simple(root, 'closed/a.py', 'open/b.py'); os.setuid(65534)\n"
    how, written, why, _ = in_child(root, become + "report(lambda: apply_plan(root, plan))")
    assert (how, written) == ("returned", ["open/b.py"])
    assert why == {"closed/a.py": "is in a directory that cannot be written to"}
    # Without a place for the originals nothing is written at all.
    shutil.rmtree(root / UNDO)
    os.chown(root, 0, 0)
    put(root, {"open/b.py": "old\n"})
    _, written, why, _ = in_child(root, become + "report(lambda: apply_plan(root, plan))")
    assert written == []
    assert "cannot be saved for undo: Permission denied" in why["open/b.py"]
    assert (root / "open" / "b.py").read_text() == "old\n"


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to set the flag")
def test_an_immutable_file_is_left_alone_even_by_root(root: Path) -> None:
    put(root, {"a.py": "old\n", "b.py": "old\n"})
    plan = simple(root, "a.py", "b.py")
    flagged = subprocess.run(["chattr", "+i", root / "a.py"], capture_output=True, check=False)
    if flagged.returncode != 0:
        pytest.skip("the file system has no immutable flag")
    try:
        result = apply_plan(root, plan)
    finally:
        subprocess.run(["chattr", "-i", root / "a.py"], check=True)
    assert result.written == ("b.py",)
    assert reasons(result) == {"a.py": "is read-only"}


# --- uncommitted changes


@pytest.fixture
def repo(root: Path) -> Path:
    put(root, {"app/clean.py": "old\n", "app/modified.py": "old\n", "app/staged.py": "old\n"})
    put(root, {".gitignore": "gen/\n"})
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x")
    put(root, {"app/modified.py": "old  # mine\n", "app/staged.py": "old  # mine\n"})
    git(root, "add", "app/staged.py")
    put(root, {"app/untracked.py": "old\n", "gen/ignored.py": "old\n"})
    return root


NAMES = ["clean.py", "modified.py", "staged.py", "untracked.py"]


def test_files_with_uncommitted_changes_are_left_alone(repo: Path) -> None:
    plan = simple(repo, *(f"app/{name}" for name in NAMES), "gen/ignored.py")
    result = apply_plan(repo, plan)
    assert result.written == ("app/clean.py",)
    assert set(reasons(result).values()) == {"has uncommitted changes"}
    assert len(reasons(result)) == 4
    assert apply_plan(repo / "app", simple(repo / "app", "modified.py")).written == ()
    again = simple(repo, "app/modified.py", "gen/ignored.py")
    assert len(apply_plan(repo, again, allow_dirty=True).written) == 2


def test_dirty_files_in_subdirectories_worktrees_and_submodules(repo: Path) -> None:
    assert dirty_files(repo / "app", NAMES) == NAMES[1:]
    (repo / "app" / "link.py").symlink_to("clean.py")
    # A link counts as the file that would be written.
    assert dirty_files(repo, ["app/link.py", "app/clean.py"]) == []
    other = repo.parent / "other"
    git(repo, "worktree", "add", "-q", str(other))
    git(other, "submodule", "--quiet", "add", str(repo), "sub")
    put(other, {"sub/app/clean.py": "old  # mine\n", "app/staged.py": "old  # mine\n"})
    paths = ["sub/app/clean.py", "sub/app/modified.py", "app/staged.py", "app/clean.py"]
    assert dirty_files(other, paths) == ["app/staged.py", "sub/app/clean.py"]


def test_odd_names_and_unborn_branches(root: Path) -> None:
    git(root, "init", "-q")
    names = ["é ü.py", "[a]*.py", "a.py", ":x.py", 'q"\n.py']
    put(root, dict.fromkeys(names, "old\n"))
    git(root, "add", "a.py")
    assert dirty_files(root, names) == sorted(names)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x")
    put(root, {"[a]*.py": "old  # mine\n"})
    assert dirty_files(root, names) == ["[a]*.py"]
    assert dirty_files(root, []) == []


def test_outside_git_nothing_is_dirty(root: Path) -> None:
    put(root, {"a.py": "old\n"})
    assert dirty_files(root, ["a.py"]) == []


def test_when_git_cannot_tell_nothing_is_written(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = simple(repo, "app/clean.py")
    monkeypatch.setenv("PATH", str(repo))
    with pytest.raises(ApplyError, match="git cannot be run"):
        apply_plan(repo, plan)
    monkeypatch.undo()
    (repo / ".git" / "config").write_text("[core\n")
    with pytest.raises(ApplyError, match="bad config line"):
        apply_plan(repo, plan)
    assert (repo / "app" / "clean.py").read_text() == "old\n"
    assert apply_plan(repo, plan, allow_dirty=True).written == ("app/clean.py",)


# --- changes that belong together


def test_a_change_that_spans_files_is_made_in_all_or_none(root: Path) -> None:
    put(root, {"a.py": "old; one\n", "b.py": "old\n", "c.py": "old\n"})
    both = change(
        "both", replaced(root, "a.py", "old", "new"), replaced(root, "b.py", "old", "new")
    )
    alone = change("alone", replaced(root, "a.py", "one", "two"))
    plan = plan_of(root, both, alone)
    put(root, {"b.py": "old  # edited\n"})
    result = apply_plan(root, plan)
    assert texts(root) == {"a.py": "old; two\n", "b.py": "old  # edited\n", "c.py": "old\n"}
    assert result.applied == ("PM101:alone:1:1",)
    assert [outcome.what for outcome in result.dropped] == ["PM101:both:1:1"]


def test_what_requires_a_refused_change_is_not_made(root: Path) -> None:
    put(root, {"manager.py": "old\n", "a.py": "old\n", "b.py": "old\n", "c.py": "old\n"})
    plan = plan_of(
        root,
        change("m", replaced(root, "manager.py", "old", "new")),
        change("a", replaced(root, "a.py", "old", "new"), requires=("m",)),
        change("b", replaced(root, "b.py", "old", "new"), requires=("a",)),
        change("c", replaced(root, "c.py", "old", "new")),
    )
    (root / "manager.py").chmod(0o444)
    result = apply_plan(root, plan)
    assert result.written == ("c.py",)
    assert {o.what: o.reason for o in result.dropped} == {
        "PM101:m:1:1": "manager.py is read-only",
        "PM101:a:1:1": "requires PM101:m:1:1",
        "PM101:b:1:1": "requires PM101:a:1:1",
    }
    assert reasons(result)["a.py"] == "its changes belong with others that cannot be made"


def fail_on(monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException) -> None:
    """Make the first rename onto a file fail, as a network or a mount can."""
    replace = os.replace
    errors = [error]

    def failing(source: str, target: str) -> None:
        if os.path.basename(target) == name and errors:
            raise errors.pop()
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)


def chain(root: Path) -> Plan:
    """a+b are one change; c requires it; d stands alone."""
    put(root, {f"{name}.py": "old\n" for name in "abcd"})
    edits = {name: replaced(root, f"{name}.py", "old", "new") for name in "abcd"}
    return plan_of(
        root,
        change("ab", edits["a"], edits["b"]),
        change("c", edits["c"], requires=("ab",)),
        change("d", edits["d"]),
    )


@pytest.mark.parametrize("links", [True, False])
def test_a_rename_that_fails_takes_back_those_before(
    root: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    plan = chain(root)
    inode = (root / "a.py").stat().st_ino
    fail_on(monkeypatch, "b.py", PermissionError(1, "Operation not permitted"))
    if not links:

        def refuse(*_: object, **__: object) -> None:
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(os, "link", refuse)
    result = apply_plan(root, plan)
    monkeypatch.undo()
    assert texts(root) == {"a.py": "old\n", "b.py": "old\n", "c.py": "old\n", "d.py": "new\n"}
    assert ((root / "a.py").stat().st_ino == inode) == links
    assert result.written == ("d.py",)
    assert [str(o) for o in result.failed] == [
        "b.py: could not be written: Operation not permitted"
    ]
    assert {o.what: o.reason for o in result.skipped} == {
        "a.py": "belongs with b.py, which failed",
        "c.py": "depends on b.py, which is left as it is",
    }
    assert result.applied == ("PM101:d:1:1",)
    assert_no_leftovers(root)
    assert undo(root).written == ("d.py",)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to mount")
def test_a_file_that_is_a_mount_point_cannot_be_renamed_over(root: Path) -> None:
    plan = chain(root)
    target = root / "b.py"
    if subprocess.run(["mount", "--bind", target, target], capture_output=True).returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        result = apply_plan(root, plan)
    finally:
        subprocess.run(["umount", target], check=True)
    assert [str(o) for o in result.failed] == [
        "b.py: could not be written: Device or resource busy"
    ]
    assert texts(root) == {"a.py": "old\n", "b.py": "old\n", "c.py": "old\n", "d.py": "new\n"}
    assert_no_leftovers(root)


def test_a_file_that_cannot_be_put_back_is_named_and_undo_restores_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = chain(root)
    replace = os.replace
    count = {"a.py": 0}

    def failing(source: str, target: str) -> None:
        name = os.path.basename(target)
        if name == "b.py":
            raise OSError(5, "Input/output error")
        if name == "a.py":
            count["a.py"] += 1
            if count["a.py"] == 2:
                raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    result = apply_plan(root, plan)
    monkeypatch.undo()
    assert set(reasons(result)) == {"a.py", "b.py", "c.py", "d.py"} - set(result.written)
    assert "was written, and could not be put back when b.py failed" in reasons(result)["a.py"]
    assert result.applied == () or result.applied == ("PM101:d:1:1",)
    assert (root / "a.py").read_text() == "new\n"
    assert "a.py" in undo(root).written
    assert set(texts(root).values()) == {"old\n"}


def test_another_programs_write_in_the_last_moment_is_not_lost(root: Path) -> None:
    put(root, {"a.py": "theirs\n", "b.py": "old\n"})
    files = [Replacement(name, str(root / name), b"old\n", b"new\n") for name in ("b.py", "a.py")]
    with pytest.raises(WriteError, match=r"a\.py: was changed by another program"):
        replace_together(files)
    assert texts(root) == {"a.py": "theirs\n", "b.py": "old\n"}
    assert_no_leftovers(root)


NAMED = st.integers(0, 5).map(lambda number: f"f{number}")


@given(
    st.lists(
        st.tuples(st.sets(NAMED, min_size=1, max_size=3), st.sets(st.integers(0, 9), max_size=2)),
        max_size=10,
    )
)
def test_groups_partition_the_files_and_come_after_what_they_need(
    shapes: list[tuple[set[str], set[int]]],
) -> None:
    changes = [
        change(
            str(index),
            *(Edit(path, 0, 0, "x") for path in paths),
            requires=tuple(map(str, sorted(required))),
        )
        for index, (paths, required) in enumerate(shapes)
    ]
    groups = group_files(changes)
    place = {path: index for index, group in enumerate(groups) for path in group.paths}
    assert sorted(path for group in groups for path in group.paths) == sorted(place)
    assert set(place) == {path for paths, _ in shapes for path in paths}
    for paths, required in shapes:
        (here,) = {place[path] for path in paths}
        for index in required:
            if index < len(shapes):
                there = place[min(shapes[index][0])]
                assert there == here or there in groups[here].needs
    assert all(need < index for index, group in enumerate(groups) for need in group.needs)


def test_files_that_nothing_binds_are_groups_of_their_own() -> None:
    changes = [change(name, Edit(name, 0, 0, "x")) for name in ("c", "a", "b")]
    assert [group.paths for group in group_files(changes)] == [("a",), ("b",), ("c",)]


# --- the disk is full


def test_a_full_disk_leaves_everything_as_it_was(tiny_disk: Path) -> None:
    big = "old\n" + "#" * 8_000 + "\n"
    put(tiny_disk, {"a.py": "old\n", "b.py": big, "c.py": "old\n", "z.py": "old\n"})
    before = texts(tiny_disk)
    plan = plan_of(
        tiny_disk,
        change("a", replaced(tiny_disk, "a.py", "old", "new")),
        change(
            "bc",
            replaced(tiny_disk, "b.py", "old", "'" + "n" * 40_000 + "'"),
            replaced(tiny_disk, "c.py", "old", "new"),
        ),
        change("z", replaced(tiny_disk, "z.py", "old", "new"), requires=("bc",)),
    )
    result = apply_plan(tiny_disk, plan)
    assert [str(o) for o in result.failed] == [
        "b.py: could not be written: No space left on device"
    ]
    assert result.written == ("a.py",)
    assert texts(tiny_disk) == {**before, "a.py": "new\n"}
    assert_no_leftovers(tiny_disk)
    assert undo(tiny_disk).written == ("a.py",)
    assert texts(tiny_disk) == before


def test_after_a_full_disk_nothing_more_is_tried(tiny_disk: Path) -> None:
    put(tiny_disk, {"a.py": "old\n" + "#" * 15_000 + "\n", "b.py": "old\n"})
    a = change("a", replaced(tiny_disk, "a.py", "old", "'" + "n" * 40_000 + "'"))
    plan = plan_of(tiny_disk, a, *simple(tiny_disk, "b.py").changes)
    result = apply_plan(tiny_disk, plan)
    assert result.written == ()
    assert reasons(result)["b.py"] == (
        "was not tried, because a.py could not be written: No space left on device"
    )
    assert not (tiny_disk / UNDO).exists()


def test_no_space_for_the_originals_means_that_nothing_is_written(tiny_disk: Path) -> None:
    put(tiny_disk, {"a.py": "old\n" + "#" * 36_000 + "\n", "b.py": "old\n"})
    before = texts(tiny_disk)
    result = apply_plan(tiny_disk, simple(tiny_disk, "a.py", "b.py"))
    assert "cannot be saved for undo: No space left on device" in reasons(result)["a.py"]
    assert set(reasons(result)) == {"a.py", "b.py"}
    assert texts(tiny_disk) == before
    assert sorted(path.name for path in tiny_disk.iterdir()) == ["a.py", "b.py"]


def test_a_write_that_is_cut_off_leaves_nothing_half_written(root: Path) -> None:
    """With a limit on file sizes the system itself fails in the middle of a write."""
    put(root, {"a.py": "old\n", "b.py": "old\n"})
    code = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
edit = replaced(root, "a.py", "old", "'" + "n" * 50_000 + "'")
both = change("both", edit, replaced(root, "b.py", "old", "new"))
report(lambda: apply_plan(root, plan_of(root, both)))
"""
    how, written, why, applied = in_child(root, code)
    assert (how, written, applied) == ("returned", [], [])
    assert why == {
        "a.py": "could not be written: File too large",
        "b.py": "belongs with a.py, which failed",
    }
    assert texts(root) == {"a.py": "old\n", "b.py": "old\n"}
    assert_no_leftovers(root)
    assert not (root / UNDO).exists()


# --- Ctrl-C

AFTER_FIRST_RENAME = """
replace = os.replace
def replace_and_signal(source, target):
    replace(source, target)
    if target.endswith("a.py"):
        {action}
os.replace = replace_and_signal
report(lambda: apply_plan(root, chain(root)))
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_between_two_renames(root: Path, name: str) -> None:
    action = f"os.kill(os.getpid(), signal.{name})"
    # Whoever runs the tests may ignore it, as `nohup` does, and that is inherited.
    usual = "default_int_handler" if name == "SIGINT" else "SIG_DFL"
    heard = f"signal.signal(signal.{name}, signal.{usual})\n"
    how, written, why, applied = in_child(root, heard + AFTER_FIRST_RENAME.format(action=action))
    assert how == "interrupted"
    # The change that spans two files is whole; what comes after it was not begun.
    assert (written, applied) == (["a.py", "b.py"], ["PM101:ab:1:1"])
    assert why == dict.fromkeys(("c.py", "d.py"), "was not reached: interrupted")
    assert texts(root) == {"a.py": "new\n", "b.py": "new\n", "c.py": "old\n", "d.py": "old\n"}
    assert_no_leftovers(root)
    assert undo(root).written == ("a.py", "b.py")
    assert set(texts(root).values()) == {"old\n"}


def test_a_signal_that_the_process_ignores_stays_ignored(root: Path) -> None:
    action = "os.kill(os.getpid(), signal.SIGHUP)"
    code = "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + AFTER_FIRST_RENAME
    how, written, _, _ = in_child(root, code.format(action=action))
    assert (how, len(written)) == ("returned", 4)


def test_signals_work_as_before_afterwards(root: Path) -> None:
    put(root, {"a.py": "old\n"})
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    apply_plan(root, simple(root, "a.py"))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_ctrl_c_while_preparing_says_that_nothing_was_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = chain(root)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pusher_migrate.apply.run.parse", interrupt)
    with pytest.raises(ApplyInterrupted) as caught:
        apply_plan(root, plan)
    assert str(caught.value) == "interrupted: 0 files written, 4 files left alone"
    assert len(caught.value.result.dropped) == 3
    assert set(texts(root).values()) == {"old\n"}
    assert not (root / UNDO).exists()


def test_an_exception_out_of_nowhere_between_two_renames_takes_back_the_first(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = chain(root)
    fail_on(monkeypatch, "b.py", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        apply_plan(root, plan)
    monkeypatch.undo()
    assert set(texts(root).values()) == {"old\n"}
    assert_no_leftovers(root)


def test_undo_recovers_from_a_process_that_was_killed(root: Path) -> None:
    in_child(root, AFTER_FIRST_RENAME.format(action="os._exit(9)"), code_expected=9)
    assert texts(root)["a.py"] == "new\n"
    assert texts(root)["b.py"] == "old\n"
    result = undo(root)
    assert result.written == ("a.py",)
    assert reasons(result) == dict.fromkeys(("b.py", "c.py", "d.py"), "already is as it was before")
    assert set(texts(root).values()) == {"old\n"}


# --- undo


def test_undo_restores_bytes_and_mode_and_leaves_no_trace(root: Path) -> None:
    raw = codecs.BOM_UTF8 + b"old\r\n\x0c# x\n"
    put(root, {"app/a.py": raw, "b.py": b"# coding: latin-1\nold # \xe9"})
    (root / "b.py").chmod(0o750)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x")
    b = change("b.py", Edit("b.py", 18, 21, "new"))
    assert len(apply_plan(root, plan_of(root, *simple(root, "app/a.py").changes, b)).written) == 2
    status = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True)
    assert status.stdout == b" M app/a.py\n M b.py\n"
    result = undo(root)
    assert result.written == ("app/a.py", "b.py")
    assert result.complete
    assert (root / "app" / "a.py").read_bytes() == raw
    assert stat.S_IMODE((root / "b.py").stat().st_mode) == 0o750
    assert not (root / UNDO).exists()
    with pytest.raises(ApplyError, match="nothing to undo"):
        undo(root)


def test_undo_takes_back_one_apply_after_the_other(root: Path) -> None:
    put(root, {"a.py": "old\n"})
    for step in range(13):
        old = "old" if step == 0 else f"new{step - 1}"
        plan = plan_of(root, change("a.py", replaced(root, "a.py", old, f"new{step}")))
        assert apply_plan(root, plan).written == ("a.py",)
    assert apply_plan(root, Plan()).written == ()
    for step in reversed(range(2, 12)):
        assert undo(root).written == ("a.py",)
        assert texts(root) == {"a.py": f"new{step}\n"}
    with pytest.raises(ApplyError, match="nothing to undo"):
        undo(root)


def test_undo_leaves_alone_what_was_changed_since(root: Path) -> None:
    plan = chain(root)
    apply_plan(root, plan)
    put(root, {"c.py": "new  # edited\n"})
    result = undo(root)
    # c needs what a and b have; d can go back.
    assert result.written == ("d.py",)
    assert [str(o) for o in result.failed] == ["c.py: was changed since it was written"]
    assert {o.what: o.reason for o in result.skipped} == dict.fromkeys(
        ("a.py", "b.py"), "depends on c.py, which is left as it is"
    )
    assert not result.complete
    # Once the edit is gone the rest can be undone.
    put(root, {"c.py": "new\n"})
    assert undo(root).written == ("a.py", "b.py", "c.py")
    assert set(texts(root).values()) == {"old\n"}


def test_undo_does_not_take_back_half_a_change(root: Path) -> None:
    apply_plan(root, chain(root))
    put(root, {"a.py": "new  # edited\n"})
    result = undo(root)
    assert result.written == ("c.py", "d.py")
    assert reasons(result)["b.py"] == "belongs with a.py, which is left as it is"
    (root / "a.py").unlink()
    assert reasons(undo(root))["a.py"].startswith("cannot be read: No such file")


def test_undo_refuses_a_damaged_original(root: Path) -> None:
    apply_plan(root, chain(root))
    for saved in (root / UNDO).rglob("*.orig"):
        saved.write_text("something else\n")
    result = undo(root)
    assert result.written == ()
    assert {o.reason for o in result.failed} == {"its saved original is damaged"}
    assert set(texts(root).values()) == {"new\n"}


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "{}",
        "\ufffe",
        '{"version": 2}',
        '{"version": 1, "files": 1, "groups": []}',
        '{"version": 1, "files": [{"path": "a.py"}], "groups": []}',
        '{"version": 1, "files": [{"path": "a.py", "before": "", "after": "", "original": '
        '"../../x"}], "groups": [{"paths": ["a.py"], "needs": []}]}',
        '{"version": 1, "files": [], "groups": [{"paths": ["a.py"], "needs": [7]}]}',
    ],
)
def test_undo_refuses_a_damaged_record(root: Path, manifest: str) -> None:
    put(root, {"a.py": "old\n"})
    apply_plan(root, simple(root, "a.py"))
    (path,) = (root / UNDO).rglob("manifest.json")
    path.write_text(manifest)
    with pytest.raises(ApplyError, match=r"manifest\.json"):
        undo(root)
    assert texts(root) == {"a.py": "new\n"}


def test_undo_writes_nothing_outside_the_root(root: Path) -> None:
    put(root.parent, {"outside.py": "new\n"})
    put(root, {"a.py": "old\n"})
    apply_plan(root, simple(root, "a.py"))
    (path,) = (root / UNDO).rglob("manifest.json")
    path.write_text(path.read_text().replace('"a.py"', '"../outside.py"'))
    result = undo(root)
    assert reasons(result) == {"../outside.py": "is outside the project"}
    assert (root.parent / "outside.py").read_text() == "new\n"


def test_a_link_in_place_of_the_record_is_refused(root: Path) -> None:
    put(root, {"a.py": "old\n"})
    (root.parent / "elsewhere").mkdir()
    (root / UNDO).symlink_to("../elsewhere")
    result = apply_plan(root, simple(root, "a.py"))
    assert "is a link" in reasons(result)["a.py"]
    assert list((root.parent / "elsewhere").iterdir()) == []
