"""What undo needs: the originals of the last applies, kept under the project's root.

One numbered directory an apply, the newest last, so that undo can be repeated. The originals do not
end in ``.py``: no tool takes them for code. The directory ignores itself in git.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from pusher_migrate.apply.groups import Group
from pusher_migrate.apply.writer import Replacement, sync_directory, write_durably
from pusher_migrate.errors import ApplyError

DIRECTORY = ".pusher-migrate-undo"
_MANIFEST = "manifest.json"
_VERSION = 1
#: Older applies are forgotten.
_KEPT = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that was written.

    Attributes:
        path: Relative to the root.
        before: SHA-256 of the original, in hex.
        after: SHA-256 of what was written.
        original: Name of the file with the original, in the record's directory.
    """

    path: str
    before: str
    after: str
    original: str


@dataclass(frozen=True, slots=True)
class Record:
    """One apply.

    Attributes:
        directory: Where it is kept.
        entries: The files that it wrote.
        groups: How they belong together.
    """

    directory: str
    entries: tuple[Entry, ...]
    groups: tuple[Group, ...]


def save(root: str, replacements: Sequence[Replacement], groups: Sequence[Group]) -> Record:
    """Record an apply before it writes anything.

    Raises:
        OSError: It could not be saved; nothing is left of it.
    """
    base = os.path.join(root, DIRECTORY)
    directory = ""
    try:
        _make_base(base)
        directory = _make_next(base)
        entries = []
        for index, file in enumerate(replacements):
            entry = Entry(file.path, _digest(file.before), _digest(file.after), f"{index}.orig")
            write_durably(os.path.join(directory, entry.original), file.before)
            entries.append(entry)
        record = Record(directory, tuple(entries), tuple(groups))
        _write_manifest(record)
    except OSError:
        if directory:
            shutil.rmtree(directory, ignore_errors=True)
        _tidy(base)
        raise
    for old in _numbers(base)[:-_KEPT]:
        shutil.rmtree(os.path.join(base, old), ignore_errors=True)
    return record


def keep(record: Record, paths: Collection[str]) -> None:
    """Forget the files of a record that are not among these paths; the record too if none is left.

    A failure is none: a record with too many files only makes undo look at more.
    """
    entries = tuple(entry for entry in record.entries if entry.path in paths)
    with suppress(OSError):
        if not entries:
            shutil.rmtree(record.directory)
            _tidy(os.path.dirname(record.directory))
        elif entries != record.entries:
            _write_manifest(replace(record, entries=entries))
            for gone in set(record.entries) - set(entries):
                os.unlink(os.path.join(record.directory, gone.original))


def newest(root: str) -> Record | None:
    """The record of the last apply that was not undone.

    Raises:
        ApplyError: It is damaged.
    """
    base = os.path.join(root, DIRECTORY)
    for number in reversed(_numbers(base)):
        directory = os.path.join(base, number)
        manifest = os.path.join(directory, _MANIFEST)
        # One without a manifest was cut off while it was saved, before anything was written.
        if os.path.lexists(manifest):
            return _read_manifest(directory, manifest)
    return None


def original(record: Record, entry: Entry) -> bytes:
    """The bytes that a file had before.

    Raises:
        ApplyError: They are not there any more, or not the same.
    """
    try:
        with open(os.path.join(record.directory, entry.original), "rb") as file:
            content = file.read()
    except OSError as error:
        raise ApplyError(f"its saved original cannot be read: {error.strerror}") from error
    if _digest(content) != entry.before:
        raise ApplyError("its saved original is damaged")
    return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _make_base(base: str) -> None:
    if os.path.islink(base):
        raise NotADirectoryError(errno.ENOTDIR, f"{DIRECTORY} is a link, not a directory")
    with suppress(FileExistsError):
        os.mkdir(base)
    ignore = os.path.join(base, ".gitignore")
    if not os.path.lexists(ignore):
        write_durably(ignore, b"*\n")


def _make_next(base: str) -> str:
    number = int(max(_numbers(base), default="0")) + 1
    while True:
        directory = os.path.join(base, f"{number:06}")
        try:
            os.mkdir(directory)
            return directory
        except FileExistsError:
            number += 1


def _numbers(base: str) -> list[str]:
    """Names of the records, oldest first."""
    try:
        names = os.listdir(base)
    except OSError:
        return []
    return sorted(name for name in names if len(name) == 6 and name.isascii() and name.isdigit())


def _tidy(base: str) -> None:
    """Remove the directory of all records when it holds none."""
    if not _numbers(base):
        with suppress(OSError):
            os.unlink(os.path.join(base, ".gitignore"))
        with suppress(OSError):
            os.rmdir(base)


def _write_manifest(record: Record) -> None:
    content = {
        "version": _VERSION,
        "files": [asdict(entry) for entry in record.entries],
        "groups": [asdict(group) for group in record.groups],
    }
    path = os.path.join(record.directory, _MANIFEST)
    with suppress(FileNotFoundError):
        os.unlink(f"{path}.new")
    write_durably(f"{path}.new", json.dumps(content, indent=1).encode("ascii"))
    os.replace(f"{path}.new", path)
    sync_directory(record.directory)


def _read_manifest(directory: str, manifest: str) -> Record:
    try:
        with open(manifest, "rb") as file:
            content = json.load(file)
        if content["version"] != _VERSION:
            raise ApplyError(f"{manifest}: written by another version of this tool")
        entries = tuple(
            Entry(*(str(item[key]) for key in ("path", "before", "after", "original")))
            for item in content["files"]
        )
        groups = tuple(
            Group(tuple(map(str, item["paths"])), tuple(map(int, item["needs"])))
            for item in content["groups"]
        )
    except OSError as error:
        raise ApplyError(f"{manifest}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ApplyError(f"{manifest}: is damaged") from error
    grouped = {path for group in groups for path in group.paths}
    # The directory may come from somebody else: a name must not lead out of it.
    if not all(
        entry.path in grouped and os.path.basename(entry.original) == entry.original
        for entry in entries
    ) or not all(0 <= need < len(groups) for group in groups for need in group.needs):
        raise ApplyError(f"{manifest}: is damaged")
    return Record(directory, entries, groups)
