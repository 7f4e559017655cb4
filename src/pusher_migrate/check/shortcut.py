"""``check FILE...`` on clean files, answered at once: for the hook that runs on every commit.

What a clean file lacks can be seen in its bytes, once a run has found out what to look for and
which catalogue holds, and has left that in the cache. This module reads it, and imports next to
nothing: starting the command line would take longer than the rest. Whatever is not plain (an
option, a directory, a changed catalogue, a suspicious word) is left to the command line.

An answer from here is the one that the command line would give, see `run`.
"""

from __future__ import annotations

import binascii
import os
import stat
import sys
from collections.abc import Sequence

from pusher_migrate import __version__
from pusher_migrate.index.code.sdk import METHODS, NAMED

#: Where the cache has it; the digest that the cache puts above its files takes the first line.
DIRECTORY, NAME = ".pusher-migrate-cache", "shortcut"

#: What every comment about findings holds.
MARK = b"pusher-migrate:"

#: Where a catalogue may be, the one that counts first.
CATALOGUES = ("pusher-migrate.toml", ".pusher-migrate.toml", "pyproject.toml")

#: Those of them by which a project's root is found, wherever it lies.
FINDABLE = (CATALOGUES[0], CATALOGUES[2])

#: A directory with one of these may be a project of its own.
_PROJECTS = (*CATALOGUES, "manage.py", ".git", ".hg")
_TOKENS = tuple(name.encode() for name in METHODS)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UNKNOWN = b"?"


def answer(arguments: Sequence[str]) -> int | None:
    """The exit code of a command line, if it can be given at once.

    Args:
        arguments: As the program gets them.

    Returns:
        0, after a message on stderr; None where the command line has to decide.
    """
    if not arguments or arguments[0] != "check":
        return None
    quiet, paths = False, []
    for argument in arguments[1:]:
        if argument in ("-q", "--quiet"):
            quiet = True
        elif not argument.startswith("-"):
            paths.append(argument)
        elif argument not in ("--no-color", "--force-exclude"):
            return None
    known: dict[str, tuple[str, bytes] | None] = {}
    roots = set()
    for path in paths:
        real = os.path.realpath(path)
        directory = os.path.dirname(real)
        if directory not in known:
            known[directory] = _knowledge(directory)
        found = known[directory]
        raw = _read(real) if found is not None else None
        if found is None or raw is None or may_matter(raw, names_in(found[1])):
            return None
        roots.add(found)
    if len(roots) != 1:
        return None
    if not quiet:
        _say(clean_text(len(paths), names_in(next(iter(roots))[1]) is not None))
    return 0


def clean_text(files: int, knows_wrappers: bool) -> str:
    """What is said of files that were looked at on their own and are clean.

    Args:
        files: How many.
        knows_wrappers: Whether it is known which functions pass events on.
    """
    text = f"No findings in {files} file{'' if files == 1 else 's'}."
    if knows_wrappers:
        return text
    return (
        f"{text} Calls of functions that send for their callers were not looked for: which "
        "those are is known once the whole project was checked."
    )


def may_matter(raw: bytes, names: Sequence[bytes] | None) -> bool:
    """Whether a file has to be looked at by more than its bytes.

    Args:
        raw: The file.
        names: Of the functions that send for their callers; None when they are not known.
    """
    if any(token in raw for token in _TOKENS) and NAMED.search(raw):
        return True
    # What Python cannot read hides every word.
    if MARK in raw or b"\0" in raw or raw.startswith(_WIDE_MARKS):
        return True
    return any(name in raw for name in names or ())


def configuration(directory: str) -> bytes:
    """What the files say that a catalogue may be in, so that a change is noticed."""
    pieces = []
    for name in CATALOGUES:
        raw = _read(os.path.join(directory, name))
        if raw is not None:
            pieces.append(b"%s %d\n%s" % (name.encode(), len(raw), raw))
    return b"".join(pieces)


def packed(names: Sequence[bytes] | None, configured: bytes) -> bytes:
    """The content of the file that `answer` reads.

    Args:
        names: As for `may_matter`.
        configured: From `configuration`.
    """
    line = _UNKNOWN if names is None else b" ".join(names)
    body = b"\n".join((__version__.encode(), line, configured))
    return b"%08x\n%s" % (binascii.crc32(body), body)


def names_in(content: bytes) -> tuple[bytes, ...] | None:
    """The names in what `packed` made."""
    line = content.split(b"\n", 3)[2]
    return None if line == _UNKNOWN else tuple(line.split())


def _knowledge(directory: str) -> tuple[str, bytes] | None:
    """The project around a directory and what is known of it; None when that is not certain."""
    while True:
        content = _read(os.path.join(directory, DIRECTORY, NAME))
        if content is not None:
            content = content.partition(b"\n")[2]
            check, _, body = content.partition(b"\n")
            version, _, rest = body.partition(b"\n")
            whole = check == b"%08x" % binascii.crc32(body)
            if whole and version == __version__.encode():
                if rest.partition(b"\n")[2] == configuration(directory):
                    return directory, content
            return None
        if any(os.path.lexists(os.path.join(directory, name)) for name in _PROJECTS):
            return None
        parent = os.path.dirname(directory)
        if parent == directory:
            return None
        directory = parent


def _read(path: str) -> bytes | None:
    """The bytes of a regular file; None when there is none, or it cannot be read."""
    try:
        # Not blocking: somebody could have put a pipe there.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            pieces = []
            while piece := os.read(descriptor, status.st_size + 1):
                pieces.append(piece)
            return b"".join(pieces)
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return None


def _say(text: str) -> None:
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        # Nobody listens; the exit code says it too.
        return
