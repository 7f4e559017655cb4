"""Which files have work in them that git could not bring back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from pusher_migrate.discover import git, work_tree
from pusher_migrate.errors import ApplyError

#: Paths in one call of git: well below every system's limit for a command line.
_BATCH = 200


def dirty_files(root: str | os.PathLike[str], paths: Iterable[str]) -> list[str]:
    """The files with uncommitted changes: modified, staged, untracked or ignored.

    A file outside any git work tree is never dirty: there is nothing to compare it to.

    Args:
        root: The project's root.
        paths: Relative to it. A link counts as the file that it leads to.

    Returns:
        Those of the paths that are dirty, sorted.

    Raises:
        ApplyError: There is a repository, but git cannot tell.
    """
    # By the repository that each file is in: a submodule has its own.
    repositories: dict[Path, dict[bytes, list[str]]] = {}
    for path in paths:
        real = Path(os.path.realpath(os.path.join(root, path)))
        top = work_tree(real.parent)
        if top:
            name = os.fsencode(real.relative_to(top).as_posix())
            repositories.setdefault(top, {}).setdefault(name, []).append(path)
    found: set[str] = set()
    for top, names in repositories.items():
        for name in _reported(top, names):
            found.update(names.get(name, ()))
    return sorted(found)


def _reported(top: Path, names: Iterable[bytes]) -> Iterable[bytes]:
    """Those of some paths, relative to the work tree's top, that ``git status`` names."""
    left = iter(names)
    while batch := list(islice(left, _BATCH)):
        try:
            done = git(
                top,
                "--literal-pathspecs",
                "status",
                "--porcelain=v1",
                "-z",
                "--no-renames",
                "--untracked-files=all",
                "--ignored=traditional",
                "--",
                *map(os.fsdecode, batch),
            )
            why = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        except OSError as error:
            done, why = None, f"git cannot be run: {error.strerror}"
        if done is None or done.returncode != 0:
            raise ApplyError(
                "cannot tell which files have uncommitted changes "
                f"(--allow-dirty goes on without): {why}"
            )
        # Two letters, a blank, the path.
        yield from (entry[3:] for entry in done.stdout.split(b"\0") if entry)
