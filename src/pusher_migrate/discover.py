"""Which files to look at, and their bytes. Nothing is parsed here.

Inside a git work tree git says what belongs to the project (tracked files, and untracked ones that
are not ignored); elsewhere, or where git cannot be asked, the directory is walked. Whatever is left
out on the way is named in the result.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pusher_migrate.errors import SourceError, UsageError
from pusher_migrate.source import SourceFile, decode, is_wide

CONFIG_NAMES = ("pusher-migrate.toml", ".pusher-migrate.toml")

#: Installed packages. Even when somebody committed them they are not the project's code.
_INSTALLED = frozenset({"site-packages", "dist-packages"})

#: Not descended into by a walk, and left out when untracked. The names are those that black and
#: ruff exclude by default, and our own two.
_SKIPPED = _INSTALLED | {
    ".bzr", ".direnv", ".eggs", ".git", ".hg", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache",
    ".nox", ".pants.d", ".pusher-migrate-cache", ".pusher-migrate-undo", ".pyenv", ".pytest_cache",
    ".pytype", ".ruff_cache", ".svn", ".tox", ".venv", ".vscode", "__pycache__", "__pypackages__",
    "_build", "buck-out", "build", "dist", "node_modules", "venv",
}  # fmt: skip

#: Set by git for its hooks; they would make it look at another repository or index than the one
#: around the directory that we ask about.
_GIT_VARIABLES = (
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
)
_UNOPENED = re.compile(rb"^warning: could not open directory '(.*)': (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What there is to look at.

    Attributes:
        files: Paths relative to the root, with forward slashes, sorted; each file once.
        problems: What could not be looked at though it should have been, for PM901.
        skipped: Directories and links left out on purpose, each with the reason.
        notes: Remarks on how the files were found.
    """

    files: tuple[str, ...]
    problems: tuple[SourceError, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Found:
    """Collects the result of one `discover` call."""

    root: str
    files: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    problems: dict[str, SourceError] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def relative(self, path: str) -> str:
        below = self.root + os.sep
        # Nearly every path is of this form, and relpath takes longer than to look at the file.
        if path.startswith(below) and path.endswith(".py") and os.sep == "/":
            return path[len(below) :]
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def fail(self, path: str, why: str) -> None:
        # A name that is not UTF-8 could not be printed.
        shown = self.relative(path).encode("utf-8", "backslashreplace").decode("utf-8")
        self.problems[shown] = SourceError(shown, 1, why)

    def skip(self, path: str, why: str) -> None:
        self.skipped[self.relative(path)] = why


def git(directory: str | Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git about the repository around a directory, reading only.

    Raises:
        OSError: There is no git to run.
    """
    environment = {key: value for key, value in os.environ.items() if key not in _GIT_VARIABLES}
    # Without its optional locks, git leaves the index alone. A file system monitor is a program
    # that the repository names: looking at somebody's code must not run it.
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    command = ["git", "-C", os.fspath(directory), "-c", "core.fsmonitor=false", *arguments]
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )


def work_tree(directory: Path) -> Path | None:
    """The top of the git work tree (or worktree or submodule) around an absolute directory."""
    # ``.git`` is a file in worktrees and submodules. Unlike pathlib, os.path never raises here.
    around = (directory, *directory.parents)
    return next((folder for folder in around if os.path.exists(folder / ".git")), None)


def find_project_root(paths: Sequence[str | os.PathLike[str]]) -> Path:
    """The project that paths belong to: the first of these at or above what they have in common.

    1. the nearest directory with a ``pusher-migrate.toml``, or a ``pyproject.toml`` that has a
       ``[tool.pusher-migrate]`` table;
    2. the nearest directory with a ``manage.py``: a repository may hold several Django projects;
    3. the top of the git work tree;
    4. the nearest directory with a ``pyproject.toml``;
    5. what the paths have in common itself.

    Inside a git work tree nothing above its top is looked at.

    Raises:
        UsageError: A path does not exist.
    """
    real = [_existing(path) for path in paths or (".",)]
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in real]
    common = Path(os.path.commonpath(folders))
    above = [common, *common.parents]
    top = work_tree(common)
    if top:
        above = above[: above.index(top) + 1]
    is_root: Sequence[Callable[[Path], bool]] = (
        _is_configured,
        lambda folder: os.path.isfile(folder / "manage.py"),
        lambda folder: folder == top,
        lambda folder: os.path.isfile(folder / "pyproject.toml"),
    )
    return next((folder for test in is_root for folder in above if test(folder)), common)


def discover(
    paths: Sequence[str | os.PathLike[str]],
    root: str | os.PathLike[str],
    *,
    exclude: Sequence[str] = (),
    force_exclude: bool = False,
) -> Discovery:
    """The Python files that paths from the command line stand for.

    A file that is named is always taken. In a directory, every ``*.py`` counts that git does not
    ignore and that is not part of a virtual environment; outside git, caches, build output and
    ``node_modules`` are left out too. Links to directories are not followed. A link to a file is
    taken when its target is inside the root and not found under its own name.

    Args:
        paths: Files and directories, relative to the current directory; none means the root.
        root: The project's root.
        exclude: Further patterns for files to leave out of directories, as in ``.gitignore``,
            relative to the root.
        force_exclude: Leave out files that are named, too: hooks name all that changed.

    Raises:
        UsageError: A path does not exist, is neither file nor directory, or is outside the root; or
            a pattern is wrong.
    """
    found = _Found(os.path.realpath(root))
    excluded = _matcher(exclude)
    for path in paths or (root,):
        real = _existing(path)
        if os.path.commonpath([found.root, real]) != found.root:
            raise UsageError(f"{os.fspath(path)} is outside the project ({found.root})")
        if os.path.isdir(real):
            _take_directory(found, real, excluded)
        elif os.path.isfile(real):
            if not (force_exclude and excluded(found.relative(real))):
                _take_file(found, real)
        else:
            raise UsageError(f"{os.fspath(path)} is neither a file nor a directory")
    targets = {os.path.join(found.root, path) for path in found.files}
    for target, link in found.links.items():
        if target not in targets:
            found.files.add(link)
    return Discovery(
        tuple(sorted(found.files)),
        tuple(found.problems[path] for path in sorted(found.problems)),
        tuple(sorted(found.skipped.items())),
        tuple(found.notes),
    )


def read(root: str | os.PathLike[str], path: str) -> bytes:
    """The bytes of a file.

    Raises:
        SourceError: It cannot be read.
    """
    try:
        # Not blocking: somebody could put a pipe there in the meantime.
        with open(os.path.join(root, path), "rb", opener=_open_without_blocking) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise SourceError(path, 1, "cannot be read: it is not a regular file")
            return file.read()
    except OSError as error:
        raise SourceError(path, 1, f"cannot be read: {error.strerror or error}") from error


def contains_any(raw: bytes, tokens: Iterable[bytes]) -> bool:
    """Whether a file may matter: it holds one of these ASCII words.

    Files that Python could not read at all always may (UTF-16 hides every word), so that they are
    reported rather than passed over.
    """
    return any(token in raw for token in tokens) or b"\0" in raw or is_wide(raw)


def sources(
    root: str | os.PathLike[str], files: Iterable[str], tokens: Sequence[bytes] = ()
) -> Iterator[SourceFile | SourceError]:
    """Read and decode files one after the other, without keeping them.

    Args:
        root: The project's root.
        files: Paths relative to it.
        tokens: With these, files that hold none of them are passed over (see `contains_any`).

    Yields:
        The decoded file, or why it cannot be read.
    """
    for path in files:
        try:
            raw = read(root, path)
            if not tokens or contains_any(raw, tokens):
                yield decode(path, raw)
        except SourceError as error:
            yield error


def _existing(path: str | os.PathLike[str]) -> str:
    """The real path of something that exists."""
    try:
        real = os.path.realpath(path)
        os.stat(real)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise UsageError(f"{os.fspath(path)!s}: {why or 'not a valid path'}") from error
    return real


def _is_ignored(folder: str) -> bool:
    return git(folder, "check-ignore", "-q", ".").returncode == 0


def _is_configured(folder: Path) -> bool:
    """Whether a directory holds our configuration. What is wrong in it is for its loader to say."""
    if any(os.path.isfile(folder / name) for name in CONFIG_NAMES):
        return True
    try:
        raw = (folder / "pyproject.toml").read_bytes()
        if b"pusher-migrate" not in raw:
            return False
        import tomllib  # only where it is needed: every run pays for an import

        tools = tomllib.loads(raw.decode()).get("tool")
        return isinstance(tools, dict) and "pusher-migrate" in tools
    except OSError:
        return False
    except ValueError:
        return b"[tool.pusher-migrate" in raw


def _matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    if not patterns:
        return lambda _: False
    # Only here: most runs have no patterns, and the import takes longer than listing the files.
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(patterns).match_file
    except ValueError as error:
        raise UsageError(f"exclude: {error}") from error


def _take_directory(found: _Found, top: str, excluded: Callable[[str], bool]) -> None:
    listed = _listed_by_git(found, top)
    for path in _walked(found, top) if listed is None else _kept(found, top, listed):
        if not excluded(found.relative(path)):
            _take_file(found, path)


def _take_file(found: _Found, path: str) -> None:
    """Take a file into the result, or say why not."""
    relative = found.relative(path)
    try:
        relative.encode("utf-8")
        mode = os.lstat(path).st_mode
        if not stat.S_ISLNK(mode):
            # Anything else is a directory or a submodule that git lists under such a name.
            if stat.S_ISREG(mode):
                found.files.add(relative)
            return
        target = os.path.realpath(path)
        if os.path.commonpath([found.root, target]) != found.root:
            found.skip(path, "a link that leaves the project")
        elif not os.path.exists(path):
            found.skip(path, "a link to nothing")
        elif os.path.isfile(path):
            found.links.setdefault(target, relative)
    except UnicodeEncodeError:
        found.fail(path, "has a name that is not UTF-8")
    except FileNotFoundError:
        # Tracked by git, but deleted.
        return
    except OSError as error:
        found.fail(path, f"cannot be read: {error.strerror}")


def _listed_by_git(found: _Found, top: str) -> list[tuple[bool, str]] | None:
    """What git lists below a directory, tracked or not; None if git cannot be asked about it."""
    arguments = ("ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard", "--", "*.py")
    try:
        done = git(top, *arguments)
        if done.returncode == 0 and not done.stdout and _is_ignored(top):
            # Somebody who names an ignored directory means it.
            return None
        refusal = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
    except OSError as error:
        done, refusal = None, f"git cannot be run: {error.strerror}"
    if done is None or done.returncode != 0:
        if work_tree(Path(top)):
            found.notes.append(f"ignored files are looked at too, because {refusal}")
        return None
    for folder, why in _UNOPENED.findall(done.stderr):
        found.fail(os.path.join(top, os.fsdecode(folder)), f"cannot be listed: {os.fsdecode(why)}")
    entries = (entry for entry in done.stdout.split(b"\0") if entry)
    return [(not entry.startswith(b"?"), os.fsdecode(entry[2:])) for entry in entries]


def _kept(found: _Found, top: str, listed: Iterable[tuple[bool, str]]) -> Iterator[str]:
    """Absolute paths of what git lists, less what lies in a directory that is never ours."""

    @cache
    def reason(folder: str, tracked: bool) -> str | None:
        if not folder:
            return None
        parent, _, name = folder.rpartition("/")
        inherited = reason(parent, tracked)
        if inherited is not None:
            return inherited
        path = os.path.join(top, folder)
        why = _reason_to_skip(path, name, _INSTALLED if tracked else _SKIPPED)
        if why:
            found.skip(path, why)
        return why

    for tracked, path in listed:
        if path.endswith(".py") and reason(path.rpartition("/")[0], tracked) is None:
            yield os.path.join(top, path)


def _walked(found: _Found, top: str) -> Iterator[str]:
    """Absolute paths of the ``*.py`` files below a directory."""

    def report(error: OSError) -> None:
        found.fail(error.filename, f"cannot be listed: {error.strerror}")

    for folder, folders, names in os.walk(top, onerror=report):
        for name in tuple(folders):
            path = os.path.join(folder, name)
            why = _reason_to_skip(path, name, _SKIPPED)
            if why is None and os.path.islink(path):
                why = "a link to a directory"
            if why:
                found.skip(path, why)
                folders.remove(name)
        yield from (os.path.join(folder, name) for name in names if name.endswith(".py"))


def _reason_to_skip(path: str, name: str, names: frozenset[str]) -> str | None:
    if name in names:
        return "installed packages" if name in _INSTALLED else "not source code, by its name"
    # PEP 405: every virtual environment has this file, whatever its directory is called.
    if os.path.lexists(os.path.join(path, "pyvenv.cfg")):
        return "a virtual environment"
    return None


def _open_without_blocking(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
