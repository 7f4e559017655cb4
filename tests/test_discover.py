"""Which files are found, in real directories and real git repositories."""

from __future__ import annotations

import codecs
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pusher_migrate.discover import (
    Discovery,
    contains_any,
    discover,
    find_project_root,
    read,
    sources,
)
from pusher_migrate.errors import SourceError, UsageError
from pusher_migrate.source import SourceFile


def make(root: Path, *names: str, text: str = "x = 1\n") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def git(cwd: Path, *args: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always"]
    done = subprocess.run(
        ["git", *identity, *args], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q")
    return root


def found(root: Path, *paths: Path) -> list[str]:
    return list(discover(paths, root).files)


def without_git(root: Path, home: Path) -> Discovery:
    """Discover in a process that has no git on its path."""
    code = (
        "import sys; from pusher_migrate.discover import discover\n"
        "d = discover([], sys.argv[1]); print(d.files); print(d.notes)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, root],
        env={**os.environ, "PATH": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    files, notes = map(eval, done.stdout.splitlines())
    return Discovery(files, notes=notes)


@pytest.fixture
def public_root() -> Iterator[Path]:
    """A directory that other users can reach, which those that pytest makes are not."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name).resolve()
        path.chmod(0o755)
        if not all(parent.stat().st_mode & 0o001 for parent in path.parents):
            pytest.skip("the directory for temporary files is private")
        yield path


# --- inside git


def test_tracked_and_untracked_files_but_no_ignored_ones(repo: Path) -> None:
    make(repo, "a.py", "app/b.py", "app/new.py", "gen/out.py", "app/note.txt", "app/stub.pyi")
    (repo / ".gitignore").write_text("gen/\n")
    git(repo, "add", "a.py", "app/b.py")
    assert found(repo) == ["a.py", "app/b.py", "app/new.py"]
    assert found(repo, repo / "app") == ["app/b.py", "app/new.py"]
    assert found(repo, repo / "app", repo / "app" / "b.py") == ["app/b.py", "app/new.py"]


def test_deleted_and_unmerged_files(repo: Path) -> None:
    make(repo, "gone.py", "both.py")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "x")
    git(repo, "checkout", "-q", "-b", "other")
    make(repo, "both.py", text="x = 2\n")
    git(repo, "commit", "-q", "-a", "-m", "y")
    git(repo, "checkout", "-q", "-")
    make(repo, "both.py", text="x = 3\n")
    git(repo, "commit", "-q", "-a", "-m", "z")
    subprocess.run(["git", "merge", "-q", "other"], cwd=repo, capture_output=True, check=False)
    (repo / "gone.py").unlink()
    assert git(repo, "ls-files", "-u").count("both.py") == 3
    assert found(repo) == ["both.py"]


def test_names_with_blanks_quotes_newlines_and_letters(repo: Path) -> None:
    names = ['q"uote.py', "b lank.py", "é.py", "new\nline.py"]
    make(repo, *names)
    git(repo, "add", "b lank.py", "é.py")
    assert found(repo) == sorted(names)


def test_worktrees_and_submodules(repo: Path, tmp_path: Path) -> None:
    make(repo, "a.py")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "x")
    other = tmp_path / "other"
    git(repo, "worktree", "add", "-q", str(other))
    make(other, "new.py")
    assert found(other) == ["a.py", "new.py"]
    git(other, "submodule", "--quiet", "add", str(repo), "lib.py")
    assert (other / "lib.py" / "a.py").exists()
    assert found(other) == ["a.py", "new.py"]
    assert found(other, other / "lib.py") == ["lib.py/a.py"]


def test_committed_virtual_environments_are_nobodys_code(repo: Path) -> None:
    make(repo, "env/lib/x.py", "vendor/site-packages/y.py", "build/z.py", "venv/app.py")
    make(repo, "env/pyvenv.cfg", text="home = /usr\n")
    git(repo, "add", "-A", "-f")
    result = discover([repo], repo)
    # A tracked directory with a telling name is still code, as long as nothing else tells on it.
    assert result.files == ("build/z.py", "venv/app.py")
    assert dict(result.skipped) == {
        "env": "a virtual environment",
        "vendor/site-packages": "installed packages",
    }


def test_untracked_build_output_is_left_out(repo: Path) -> None:
    make(repo, "a.py", "build/z.py", "node_modules/p/setup.py", "dist/w.py")
    result = discover([repo], repo)
    assert result.files == ("a.py",)
    assert [path for path, _ in result.skipped] == ["build", "dist", "node_modules"]


def test_a_directory_that_git_ignores_is_taken_when_named(repo: Path) -> None:
    make(repo, "a.py", "gen/out.py", "empty/note.txt")
    (repo / ".gitignore").write_text("gen/\n")
    assert found(repo, repo / "gen") == ["gen/out.py"]
    assert found(repo, repo / "gen" / "out.py") == ["gen/out.py"]
    assert found(repo, repo / "empty") == []


def test_a_project_inside_an_ignored_directory_of_another_repository(repo: Path) -> None:
    (repo / ".gitignore").write_text("*\n")
    make(repo, "work/project/a.py")
    assert found(repo / "work" / "project") == ["a.py"]


def test_the_variables_that_git_sets_for_its_hooks_do_no_harm(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(repo, "a.py", "app/b.py", "app/generated.py")
    (repo / ".gitignore").write_text("generated.py\n")
    git(repo, "add", "-A")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    git(elsewhere, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(elsewhere / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(elsewhere / "index"))
    assert found(repo, repo / "app") == ["app/b.py"]


def test_no_program_that_the_repository_names_is_run(repo: Path, tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch '{witness}'\n")
    hook.chmod(0o755)
    make(repo, "a.py")
    git(repo, "config", "core.fsmonitor", str(hook))
    assert found(repo) == ["a.py"]
    assert not witness.exists()


def test_without_git_the_repository_is_walked_and_the_run_says_so(
    repo: Path, tmp_path: Path
) -> None:
    make(repo, "a.py", "gen/out.py", "build/z.py")
    (repo / ".gitignore").write_text("gen/\n")
    result = without_git(repo, tmp_path)
    assert result.files == ("a.py", "gen/out.py")
    assert "because git cannot be run: No such file" in result.notes[0]


def test_a_repository_that_git_refuses_is_walked_and_the_run_says_so(repo: Path) -> None:
    make(repo, "a.py")
    (repo / ".git" / "config").write_text("[core\n")
    result = discover([repo], repo)
    assert result.files == ("a.py",)
    assert "because fatal: bad config line 1" in result.notes[0]


# --- outside git


def test_a_walk_skips_what_is_not_source(tmp_path: Path) -> None:
    make(
        tmp_path,
        "manage.py",
        "app/views.py",
        "app/migrations/0001_initial.py",
        "app/__pycache__/c.py",
        ".venv/lib/d.py",
        "python/lib/e.py",
        "node_modules/f.py",
        "build/g.py",
        "dist/h.py",
        ".pusher-migrate-undo/i.py",
    )
    make(tmp_path, "python/pyvenv.cfg", text="home = /usr\n")
    result = discover([tmp_path], tmp_path)
    assert result.files == ("app/migrations/0001_initial.py", "app/views.py", "manage.py")
    assert dict(result.skipped)["python"] == "a virtual environment"
    assert len(result.skipped) == 7
    assert result.notes == ()
    # What is named is taken: the skipped names count only below it.
    assert found(tmp_path, tmp_path / "build") == ["build/g.py"]


def test_links_are_taken_once_and_never_out_of_the_tree(tmp_path: Path) -> None:
    root = tmp_path / "project"
    make(root, "app/a.py", "data/shared")
    make(tmp_path, "outside.py", "other/b.py")
    links = {
        "app/again.py": "a.py",
        "app/shared.py": "../data/shared",
        "app/shared2.py": "../data/shared",
        "app/out.py": "../../outside.py",
        "app/.#a.py": "somebody@host.123",
        "app/loop": "..",
        "app/other": "../../other",
        "app/self.py": "self.py",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    for git_too in (False, True):
        if git_too:
            git(root, "init", "-q")
            git(root, "add", "app/a.py")
        result = discover([root], root)
        assert set(result.files) in (
            {"app/a.py", "app/shared.py"},
            {"app/a.py", "app/shared2.py"},
        )
        skipped = dict(result.skipped)
        assert skipped["app/out.py"] == "a link that leaves the project"
        assert skipped["app/.#a.py"] == "a link to nothing"
        assert skipped["app/self.py"] == "a link to nothing"
        assert result.problems == ()


def test_a_linked_path_on_the_command_line_is_its_target(tmp_path: Path) -> None:
    root = tmp_path / "project"
    make(root, "app/a.py")
    make(tmp_path, "outside.py")
    (root / "link").symlink_to("app")
    (root / "link.py").symlink_to("app/a.py")
    (root / "out.py").symlink_to("../outside.py")
    (tmp_path / "alias").symlink_to(root)
    assert found(root, root / "link", root / "link.py") == ["app/a.py"]
    assert found(tmp_path / "alias", root / "app") == ["app/a.py"]
    with pytest.raises(UsageError, match="outside the project"):
        discover([root / "out.py"], root)


def test_pipes_and_directories_with_such_names_are_not_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    make(tmp_path, "dir.py/a.py")
    assert found(tmp_path) == ["dir.py/a.py"]
    with pytest.raises(UsageError, match="neither a file nor a directory"):
        discover([tmp_path / "pipe.py"], tmp_path)
    with pytest.raises(SourceError, match="not a regular file"):
        read(tmp_path, "pipe.py")


def test_what_cannot_be_listed_or_read_is_reported(public_root: Path) -> None:
    """In a child that is nobody: root may read everything."""
    make(public_root, "a.py", "locked/b.py", "tracked/c.py", "secret.py")
    git(public_root, "init", "-q")
    git(public_root, "add", "tracked/c.py")
    for name in ("locked", "tracked", "secret.py"):
        (public_root / name).chmod(0)
    code = (
        "import os, sys\n"
        "from pusher_migrate.discover import discover, sources\n"
        "os.getuid() or os.setuid(65534)\n"
        "os.environ.update(GIT_CONFIG_COUNT='1', GIT_CONFIG_KEY_0='safe.directory',"
        " GIT_CONFIG_VALUE_0='*', HOME='/')\n"
        "found = discover([], sys.argv[1])\n"
        "print(found.files, *found.problems, *sources(sys.argv[1], ['secret.py']), sep='\\n')\n"
        "print(found.notes)\n"
    )

    def run() -> list[str]:
        command = [sys.executable, "-c", code, public_root]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    try:
        assert run() == [
            "('a.py', 'secret.py')",
            "locked:1:1: cannot be listed: Permission denied",
            "tracked:1:1: cannot be listed: Permission denied",
            "tracked/c.py:1:1: cannot be read: Permission denied",
            "secret.py:1:1: cannot be read: Permission denied",
            "()",
        ]
        subprocess.run(["rm", "-rf", public_root / ".git"], check=True)
        assert run() == [
            "('a.py', 'secret.py')",
            "locked:1:1: cannot be listed: Permission denied",
            "tracked:1:1: cannot be listed: Permission denied",
            "secret.py:1:1: cannot be read: Permission denied",
            "()",
        ]
    finally:
        for name in ("locked", "tracked"):
            (public_root / name).chmod(0o755)


def test_a_name_that_is_not_utf8_is_a_problem_that_can_be_printed(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text("x = 1\n")
    except OSError:
        pytest.skip("the file system takes UTF-8 names only")
    result = discover([tmp_path], tmp_path)
    assert result.files == ()
    assert str(result.problems[0]) == "caf\\udce9.py:1:1: has a name that is not UTF-8"


@pytest.mark.parametrize("name", ["missing.py", "missing/dir", "nul\0byte", "a.py/b.py"])
def test_missing_paths_are_usage_errors(tmp_path: Path, name: str) -> None:
    make(tmp_path, "a.py")
    for call in (
        lambda: discover([f"{tmp_path}/{name}"], tmp_path),
        lambda: find_project_root([f"{tmp_path}/{name}"]),
    ):
        with pytest.raises(UsageError) as caught:
            call()
        assert name in str(caught.value)


def test_paths_outside_the_root_are_usage_errors(tmp_path: Path) -> None:
    make(tmp_path, "project/a.py", "project2/b.py")
    with pytest.raises(UsageError, match="outside the project"):
        discover([tmp_path / "project2"], tmp_path / "project")


def test_an_empty_directory_is_fine(tmp_path: Path) -> None:
    assert discover([tmp_path], tmp_path) == Discovery(())


def test_a_named_file_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    make(tmp_path, "build/script", "venv/x.py")
    paths = [tmp_path / "build" / "script", tmp_path / "venv" / "x.py"]
    assert list(discover(paths, tmp_path, exclude=["build/"]).files) == [
        "build/script",
        "venv/x.py",
    ]


def test_exclude_patterns_are_those_of_gitignore(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "app/migrations/m.py", "app/legacy/l.py", "legacy/k.py")
    exclude = ["migrations/", "/legacy/"]
    assert discover([], tmp_path, exclude=exclude).files == ("a.py", "app/legacy/l.py")
    assert discover([tmp_path / "app"], tmp_path, exclude=exclude).files == ("app/legacy/l.py",)
    with pytest.raises(UsageError, match="exclude"):
        discover([], tmp_path, exclude=["!"])


def test_paths_are_relative_to_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "app/a.py", "b.py")
    monkeypatch.chdir(tmp_path / "app")
    assert discover(["."], tmp_path).files == ("app/a.py",)
    assert discover(["../b.py", "a.py"], "..").files == ("app/a.py", "b.py")


# --- the root


def test_the_root_is_the_nearest_configuration_then_manage_py_then_git(repo: Path) -> None:
    make(repo, "backend/rooms/views.py", "backend/pyproject.toml", "docs/conf.py", text="")
    views = repo / "backend" / "rooms" / "views.py"
    make(repo.parent, "pusher-migrate.toml", "manage.py", text="")
    assert find_project_root([views]) == repo
    make(repo, "backend/manage.py")
    assert find_project_root([views]) == repo / "backend"
    assert find_project_root([views, repo / "docs"]) == repo
    make(repo, "pyproject.toml", text="[tool.black]\n# [tool.pusher-migrate]\n")
    assert find_project_root([views]) == repo / "backend"
    make(repo, "pyproject.toml", text="[tool.pusher-migrate.legacy]\nclients = []\n")
    assert find_project_root([views]) == repo
    make(repo, "backend/rooms/pusher-migrate.toml")
    assert find_project_root([views]) == repo / "backend" / "rooms"


def test_the_root_outside_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "site/app/a.py", "site/lib/b.py")
    monkeypatch.chdir(tmp_path / "site" / "app")
    assert find_project_root([]) == tmp_path / "site" / "app"
    assert find_project_root(["a.py", "../lib"]) == tmp_path / "site"
    make(tmp_path, "site/pyproject.toml", text="")
    assert find_project_root([]) == tmp_path / "site"
    # A broken table is still ours: its loader says what is wrong with it.
    make(tmp_path, "pyproject.toml", text="[tool.pusher-migrate]\nx = \n")
    assert find_project_root([]) == tmp_path


# --- reading


def test_the_prefilter_never_passes_over_what_python_cannot_read() -> None:
    tokens = (b"trigger", b"realtime_")
    assert contains_any(b"client.trigger(x)", tokens)
    assert not contains_any(b"x = 1\n", tokens)
    assert contains_any("x = 1\n".encode("utf-16"), tokens)
    assert contains_any("x = 1\n".encode("utf-16-be"), tokens)
    assert contains_any(codecs.BOM_UTF16_LE + "ключ".encode("utf-16-le"), tokens)


def test_sources_are_read_one_by_one(tmp_path: Path) -> None:
    make(tmp_path, "a.py", text="client.trigger()\n")
    make(tmp_path, "b.py", text="x = 1\n")
    (tmp_path / "c.py").write_bytes(b"# coding: klingon\nclient.trigger()\n")
    files = ["a.py", "b.py", "c.py", "gone.py"]
    stream = sources(tmp_path, files, [b"trigger"])
    first = next(stream)
    assert isinstance(first, SourceFile)
    assert first.path == "a.py"
    (tmp_path / "c.py").unlink()
    rest = list(stream)
    assert [str(error).partition(": ")[0] for error in rest if isinstance(error, SourceError)] == [
        "c.py:1:1",
        "gone.py:1:1",
    ]
    assert len(rest) == 2
    assert [s.path for s in sources(tmp_path, ["b.py"]) if isinstance(s, SourceFile)] == ["b.py"]
