"""The cache as such, and the form in which values are kept in it."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pusher_migrate import cache as cache_module
from pusher_migrate.cache import Cache, key_of
from pusher_migrate.check.finding import Finding
from pusher_migrate.codec import Misfit, from_json, to_json
from pusher_migrate.errors import UsageError
from pusher_migrate.inventory.values import Inventory
from pusher_migrate.model import Applicability, Change, Deferral, Edit, Location, Plan

SOURCE = Path(__file__).parent.parent / "src"
KEY = key_of(("anything",))
PLACE = Location("a.py", 3, 5)
FINDING = Finding("PM101", PLACE, "Send it")


def kept_file(directory: Path, kind: str = "plan") -> Path:
    (found,) = directory.glob(f"{kind}-*.json")
    return found


def recall(root: Path, made: Finding = FINDING) -> Finding:
    """The answer of a cache, which makes ``made`` when it has none."""
    return Cache(root).remember("plan", Finding, lambda: made, lambda: KEY)


OTHER = Finding("PM102", PLACE, "Made anew")


# --- What is kept, and what is not ----------------------------------------------------------------


def test_an_answer_is_made_once(tmp_path: Path) -> None:
    assert recall(tmp_path) == FINDING
    assert recall(tmp_path, OTHER) == FINDING
    assert Cache(tmp_path, enabled=False).remember("plan", Finding, lambda: OTHER, str) == OTHER


def test_nothing_is_asked_or_written_without_a_cache(tmp_path: Path) -> None:
    def key() -> str:
        raise AssertionError("the tree was read for nothing")

    Cache(tmp_path, enabled=False).remember("plan", Finding, lambda: FINDING, key)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("then", ["other", "gone"])
def test_an_answer_about_a_tree_that_changed_meanwhile_is_not_kept(
    tmp_path: Path, then: str
) -> None:
    keys = iter([KEY, key_of(("changed",))])

    def key() -> str:
        found = next(keys)
        if found != KEY and then == "gone":
            raise UsageError("no such directory")
        return found

    assert Cache(tmp_path).remember("plan", Finding, lambda: FINDING, key) == FINDING
    assert list(tmp_path.glob("**/*.json")) == []
    # Nor is it what a second way to look at the tree does not confirm.
    Cache(tmp_path).remember("plan", Finding, lambda: FINDING, lambda: KEY, again=lambda: "?")
    assert list(tmp_path.glob("**/*.json")) == []


def test_an_interrupted_run_keeps_nothing(tmp_path: Path) -> None:
    def make() -> Finding:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Cache(tmp_path).remember("plan", Finding, make, lambda: KEY)
    assert list(tmp_path.iterdir()) == []


def sealed(value: object) -> bytes:
    """A value as the cache writes it, with a digest that is right."""
    content = json.dumps(value).encode()
    return cache_module._digest(content) + b"\n" + content


GOOD = to_json(FINDING)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\0" * 100,
        b"{}",
        bytes(range(256)),
        json.dumps(GOOD).encode(),
        sealed(GOOD)[:-1],
        sealed(GOOD).replace(b"PM101", b"PM102"),
        sealed(None),
        sealed([]),
        sealed({}),
        sealed({**GOOD, "more": 1}),  # type: ignore[dict-item]
        sealed({**GOOD, "code": 101}),  # type: ignore[dict-item]
        sealed({**GOOD, "location": None}),  # type: ignore[dict-item]
        sealed({**GOOD, "location": {"path": "a.py", "line": True, "column": 1}}),  # type: ignore[dict-item]
        sealed([["a"] * 3] * 3),
        cache_module._digest(b"[" * 100_000) + b"\n" + b"[" * 100_000,
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_what_is_damaged_or_foreign_is_made_anew(tmp_path: Path, content: bytes) -> None:
    recall(tmp_path)
    kept = kept_file(tmp_path / cache_module.DIRECTORY)
    whole = kept.read_bytes()
    kept.write_bytes(content)
    assert recall(tmp_path, OTHER) == OTHER
    assert recall(tmp_path, FINDING) == OTHER
    assert kept.read_bytes() != whole


# --- A disk that does not do what it should -------------------------------------------------------


@pytest.mark.parametrize("obstacle", ["file", "link", "link to nothing", "directory", "pipe"])
def test_what_stands_in_the_way_is_left_alone(tmp_path: Path, obstacle: str) -> None:
    root, directory = tmp_path / "root", tmp_path / "root" / cache_module.DIRECTORY
    root.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    match obstacle:
        case "file":
            directory.write_text("mine")
        case "link":
            directory.symlink_to(elsewhere, target_is_directory=True)
        case "link to nothing":
            directory.symlink_to(tmp_path / "nothing")
        case "directory" | "pipe":
            recall(root)
            kept = kept_file(directory)
            kept.unlink()
            kept.mkdir() if obstacle == "directory" else os.mkfifo(kept)
    assert recall(root) == FINDING
    assert recall(root, OTHER) == (FINDING if obstacle == "pipe" else OTHER)
    assert list(elsewhere.iterdir()) == [] and not (tmp_path / "nothing").exists()
    if obstacle == "file":
        assert directory.read_text() == "mine"


@pytest.mark.parametrize("step", ["mkdir", "open", "write", "replace"])
@pytest.mark.parametrize("why", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_what_cannot_be_written_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, why: int
) -> None:
    """A full disk, a read-only tree: root may write to the latter, so the system is replaced."""

    def fail(*_: object, **__: object) -> Any:
        raise OSError(why, os.strerror(why))

    real = open

    def opened(path: Any, mode: str = "r", **options: Any) -> Any:
        if "x" not in mode:
            return real(path, mode, **options)
        if step == "open":
            fail()
        file = real(path, mode, **options)
        if step == "write":
            return Full(file)
        return file

    class Full:
        """A file on a disk without space: what was written goes out when it is closed."""

        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Full:
            return self

        def write(self, content: bytes) -> None:
            self.file.write(content[:3])

        def __exit__(self, *_: object) -> None:
            self.file.close()
            fail()

    with monkeypatch.context() as patch:
        if step == "mkdir":
            patch.setattr(Path, "mkdir", fail)
        if step == "replace":
            patch.setattr(os, "replace", fail)
        patch.setattr(cache_module, "open", opened, raising=False)
        assert recall(tmp_path) == FINDING
    assert list(tmp_path.glob("**/*.json")) == []
    assert recall(tmp_path, OTHER) == OTHER
    assert (tmp_path / cache_module.DIRECTORY / ".gitignore").read_text().endswith("*\n")


def test_a_huge_file_is_not_read_and_a_huge_answer_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall(tmp_path)
    kept = kept_file(tmp_path / cache_module.DIRECTORY)
    os.truncate(kept, 1 << 40)  # A sparse file of a terabyte.
    assert recall(tmp_path, OTHER) == OTHER
    assert recall(tmp_path) == OTHER
    kept.unlink()
    monkeypatch.setattr(cache_module, "_LARGEST", 100)
    assert recall(tmp_path) == FINDING
    assert not kept.exists()


def test_many_at_once_see_whole_answers_only(tmp_path: Path) -> None:
    large = Finding("PM101", PLACE, "x" * 100_000)
    wrong: list[object] = []

    def work(number: int) -> None:
        for round_ in range(30):
            key = key_of((str((number + round_) % 12),))
            found = Cache(tmp_path).remember("plan", Finding, lambda: large, lambda key=key: key)
            if found != large:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    names = [path.name for path in (tmp_path / cache_module.DIRECTORY).iterdir()]
    assert not [name for name in names if name.startswith("new-")]


def test_old_answers_and_what_a_killed_run_left_are_dropped(tmp_path: Path) -> None:
    directory = tmp_path / cache_module.DIRECTORY
    for number in range(20):
        key = key_of((str(number),))
        for kind in ("plan", "plans"):
            Cache(tmp_path).remember(kind, Finding, lambda: FINDING, lambda key=key: key)
    (directory / "new-1-dead").write_text("")
    os.utime(directory / "new-1-dead", (0, 0))
    (directory / "new-2-alive").write_text("")
    recall(tmp_path)
    assert len(list(directory.glob("plan-*"))) == len(list(directory.glob("plans-*"))) == 8
    assert (directory / f"plan-{KEY}.json").exists()
    assert not (directory / "new-1-dead").exists() and (directory / "new-2-alive").exists()


# --- Keys -----------------------------------------------------------------------------------------


def test_no_two_lists_of_parts_have_one_key() -> None:
    lists = [(), ("",), ("", ""), ("a",), ("a", ""), ("", "a"), ("ab",), ("a", "b"), ("1:a",)]
    assert len({key_of(parts) for parts in lists}) == len(lists)
    assert key_of(("a",)) == key_of((b"a",))


def key_in(path: Path) -> str:
    """The key that a program in a directory has for nothing at all."""
    environment = {**os.environ, "PYTHONPATH": str(path)}
    line = "from pusher_migrate.cache import key_of; print(key_of(()))"
    done = subprocess.run(
        [sys.executable, "-c", line], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_another_program_has_other_keys(tmp_path: Path) -> None:
    """Of the same version: a checkout is worked on, and a library comes in another version."""
    package = shutil.copytree(
        SOURCE / "pusher_migrate",
        tmp_path / "pusher_migrate",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    seen = [key_in(tmp_path)]
    assert key_in(tmp_path) == seen[0], "compiled files are no part of the program"
    rule = package / "rules" / "on_commit.py"
    rule.write_text(rule.read_text() + "# more\n")
    seen.append(key_in(tmp_path))
    os.utime(rule, ns=(1, 1))
    seen.append(key_in(tmp_path))
    (package / "rules" / "more.py").write_text("")
    seen.append(key_in(tmp_path))
    for version in ("1.0", "1.1"):
        library = tmp_path / "black"
        library.mkdir(exist_ok=True)
        (library / "__init__.py").write_text("")
        os.utime(library / "__init__.py", ns=(1, 1))
        for old in tmp_path.glob("black-*"):
            old.rmdir()
        (tmp_path / f"black-{version}.dist-info").mkdir()
        seen.append(key_in(tmp_path))
    assert len(set(seen)) == len(seen)


# --- Values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [Plan, Inventory, tuple[tuple[Finding, ...], tuple[str, ...]]])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_values_come_back_as_they_were(shape: Any, data: st.DataObject) -> None:
    value = data.draw(st.from_type(shape))
    assert from_json(shape, json.loads(json.dumps(to_json(value)))) == value


def test_a_plan_comes_back_with_all_that_it_has() -> None:
    edit = Edit("a.py", 0, 3, "\udc80 \u2028 é\n")
    change = Change("PM101", PLACE, "t", "r", (edit,), Applicability.REVIEW, ("why",))
    plan = Plan((change,), (Deferral("PM104", PLACE, "t", "r"),), 2, {"a.py": "d"}, ("note",))
    back = from_json(Plan, json.loads(json.dumps(to_json(plan))))
    assert back == plan
    assert back.changes[0].applicability is Applicability.REVIEW


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        (int, True),
        (int, 1.0),
        (bool, 1),
        (str, None),
        (str, 1),
        (tuple[str, ...], "ab"),
        (tuple[str, ...], {"a": "b"}),
        (tuple[str, ...], ["a", 1]),
        (tuple[str, int], ["a"]),
        (tuple[str, int], ["a", 1, 2]),
        (dict[str, str], [["a", "b"]]),
        (dict[str, str], {"a": 1}),
        (Applicability, "sure"),
        (Applicability, None),
        (Location, ["a.py", 1, 1]),
        (Location, {"path": "a.py", "line": 1}),
        (Location, {"path": "a.py", "line": 1, "column": 1, "more": 1}),
        (Location | None, "a.py"),
    ],
)
def test_what_does_not_fit_is_refused(shape: Any, data: object) -> None:
    with pytest.raises(Misfit):
        from_json(shape, data)


@pytest.mark.parametrize("value", [b"raw", 1.5, {1: "a"}, {"a"}, object()])
def test_only_what_comes_back_is_kept(value: object) -> None:
    with pytest.raises(TypeError):
        to_json((value,))


@pytest.mark.parametrize("shape", [bytes, list[str], str | int, object])
def test_only_what_was_kept_is_asked_for(shape: Any) -> None:
    with pytest.raises(TypeError):
        from_json(shape, "a")
