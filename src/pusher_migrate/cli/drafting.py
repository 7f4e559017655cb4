"""Index a project as a whole, with a draft where it has no catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pusher_migrate.cli.progress import Progress
from pusher_migrate.errors import UsageError

if TYPE_CHECKING:
    from pusher_migrate.cache import Cache
    from pusher_migrate.catalogue import Catalogue
    from pusher_migrate.draft.values import Draft
    from pusher_migrate.index.build import ProjectIndex
    from pusher_migrate.index.code.project import Project as Files

#: What a run on a draft says of itself.
DRAFT_NOTE = (
    "there is no catalogue: this is made with a draft from the code, which nobody has read yet; "
    "`pusher-migrate init` writes it down"
)


_MARKS = ("manage.py", "pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "requirements.txt")


@dataclass(frozen=True, eq=False, slots=True)
class Indexed:
    """A project with what is known of it.

    Attributes:
        index: With the manager of the catalogue or draft.
        catalogue: The project's own, or the draft as one.
        draft: The draft; None when there is a catalogue.
    """

    index: ProjectIndex
    catalogue: Catalogue
    draft: Draft | None = None


def is_project(root: Path) -> bool:
    """Whether a directory is one project, and not a home or a disk full of them.

    A draft reads all that is below, which takes hours and gigabytes for the latter.
    """
    from pusher_migrate.config import is_repository

    if is_repository(root) or any(os.path.exists(root / name) for name in _MARKS):
        return True
    try:
        return any(name.endswith(".py") for name in os.listdir(root))
    except OSError:
        return False


def refuse_no_project(root: Path) -> None:
    """To be called before anything is read for a draft.

    Raises:
        UsageError: It is no project.
    """
    if not is_project(root):
        raise UsageError(
            f"{root} is no project: it is no repository and has neither {_MARKS[0]} nor another "
            "mark of one; name the project's directory"
        )


def index_with(root: Path, catalogue: Catalogue | None, quiet: bool = False) -> Indexed:
    """Index all of a project.

    Args:
        root: Its root.
        catalogue: Its catalogue; None to draft one.
        quiet: Whether no progress is shown.

    Raises:
        UsageError: There is no Python file, or nothing to draft from.
    """
    from pusher_migrate.draft.make import catalogue_of, make_draft
    from pusher_migrate.index.build import index_project
    from pusher_migrate.plan import index_for

    if catalogue is None:
        refuse_no_project(root)
    with files_of(root, catalogue.exclude if catalogue is not None else (), quiet) as files:
        if not (files.paths or files.errors):
            raise UsageError(f"no Python files in {root}")
        draft = None
        if catalogue is None:
            draft = make_draft(index_project(files))
            catalogue = catalogue_of(draft)
        return Indexed(index_for(catalogue, files), catalogue, draft)


@contextmanager
def files_of(root: Path, exclude: Sequence[str], quiet: bool = False) -> Iterator[Files]:
    """The files of a project, none of them read yet; what is read inside is shown as progress."""
    from pusher_migrate.discover import discover, read
    from pusher_migrate.index.code.project import Project as Files

    found = discover((), root, exclude=exclude)
    with Progress(len(found.files), quiet) as progress:
        reading = progress.reading(lambda path: read(root, path))
        files = Files(found.files, reading, watch=progress.parsing)
        for error in found.problems:
            files.errors.setdefault(error.path, error)
        yield files


def drafted_catalogue(root: Path, quiet: bool, cache: Cache) -> Catalogue:
    """A draft for a project without a catalogue, as the catalogue that it is.

    Args:
        root: The project's root.
        quiet: Whether no progress is shown.
        cache: Where the draft is kept, as the text that `init` would write.

    Raises:
        UsageError: There is no Python file.
    """
    from pusher_migrate.catalogue import parse_catalogue
    from pusher_migrate.draft.values import DRAFT
    from pusher_migrate.inputs import answer_key

    def make() -> str:
        from pusher_migrate.draft.text import draft_text

        draft = index_with(root, None, quiet).draft
        assert draft is not None
        return draft_text(draft)

    text = cache.remember("draft", str, make, key=lambda: answer_key(root, (), ()))
    return parse_catalogue(text, DRAFT)


def unreadable(index: ProjectIndex) -> list[str]:
    """A line for each file that could not be looked at."""
    return [str(index.project.errors[path]) for path in sorted(index.project.errors)]
