"""Everything that an answer about a project depends on, as the key under which it is kept.

There is one function for all commands, so that none can forget something that another knows of. Too
much in a key costs a second run; too little makes a wrong answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pusher_migrate.cache import key_of
from pusher_migrate.discover import discover, read
from pusher_migrate.errors import SourceError
from pusher_migrate.requirement_files import LOCKS, REQUIREMENTS, files_in, management_directories

if TYPE_CHECKING:
    from pusher_migrate.catalogue import Catalogue


def answer_key(root: Path, exclude: Iterable[str], asked: Iterable[object]) -> str:
    """The key of an answer about the files of a project as they are now.

    Args:
        root: The project's root.
        exclude: Patterns of the files that are left out.
        asked: What is asked of them; each by its ``repr``, which has to say all about it.
    """
    found = discover((), root, exclude=tuple(exclude))
    return tree_key(root, found.files, lambda path: read(root, path), (*asked, found.problems))


def tree_key(
    root: Path, paths: Iterable[str], read: Callable[[str], bytes], asked: Iterable[object]
) -> str:
    """As `answer_key`, of files that are known already.

    Args:
        root: The project's root.
        paths: Its Python files, relative to it.
        read: Gives the bytes of one.
        asked: As for `answer_key`.
    """
    return key_of(_parts(root, sorted(paths), read, asked))


def all_of(catalogue: Catalogue | None) -> object:
    """What a catalogue says, with the lines on which it says it; None for a draft yet to be made.

    Equality would not do: a catalogue is compared without what only messages tell.
    """
    return asdict(catalogue) if catalogue is not None else None


def _parts(
    root: Path, paths: list[str], read: Callable[[str], bytes], asked: Iterable[object]
) -> Iterator[bytes | str]:
    for question in asked:
        yield repr(question)
    for directory in management_directories(paths):
        for pattern in (*LOCKS, *REQUIREMENTS):
            for file in files_in(root, directory, pattern):
                yield str(file)
                yield from _content(file.read_bytes)
    yield "files"
    for path in paths:
        yield path
        yield from _content(partial(read, path))


def _content(read: Callable[[], bytes]) -> Iterator[bytes | str]:
    """The bytes of a file, told from the reason why there are none."""
    try:
        content = read()
    except (SourceError, OSError) as error:
        yield "unreadable"
        yield str(error)
    else:
        yield "content"
        yield content
