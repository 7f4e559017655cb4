"""Replace files atomically, one or several together. Knows nothing of plans."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

_PREFIX = ".pusher-migrate-"
_SUFFIX = ".tmp"

#: Errors that the next file would meet as well.
_HOPELESS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})


@dataclass(frozen=True, slots=True)
class Replacement:
    """New content for a file.

    Attributes:
        path: As the user knows it, relative to the root.
        target: Absolute path of the regular file itself, links resolved.
        before: The bytes that it has to have now.
        after: The bytes that it gets.
    """

    path: str
    target: str
    before: bytes
    after: bytes


class WriteError(Exception):
    """A group of files was not written.

    Args:
        path: The file at fault.
        reason: Half a sentence that goes on from the path.
        hopeless: Whether other files would fail likewise (the disk is full).
        stuck: Files that were written and could not be put back, each with the reason.
    """

    def __init__(
        self, path: str, reason: str, hopeless: bool = False, stuck: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
        self.hopeless = hopeless
        self.stuck = tuple(stuck)


@contextmanager
def signals_held() -> Iterator[Callable[[], bool]]:
    """Note Ctrl-C and termination signals rather than be interrupted, until the block ends.

    An exception that can come at any instruction leaves no safe moment between renaming a file and
    taking note of it. Signals that the process ignores stay ignored; outside the main thread
    Python delivers none anyway.

    Yields:
        A function that tells whether a signal came.
    """
    came: list[int] = []
    before: dict[int, signal.Handlers | Callable[..., object] | int] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)
                handler = signal.getsignal(number) if number is not None else None
                if number is not None and handler not in (None, signal.SIG_IGN):
                    before[number] = handler
                    signal.signal(number, lambda number, _: came.append(number))
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def replace_together(group: Sequence[Replacement]) -> tuple[str, ...]:
    """Replace files, all or none of them.

    Every new content is on the disk, under another name in the same directory, before the first
    file is renamed. If a rename fails, the files renamed before are put back. Mode, extended
    attributes and, where allowed, the owner stay the same.

    Returns:
        Remarks on what could not stay the same.

    Raises:
        WriteError: Nothing was replaced, except for what its ``stuck`` names.
    """
    notes: list[str] = []
    with ExitStack() as temporaries:
        staged = []
        for file in group:
            with _blamed_on(file.path):
                new = _write_beside(file, file.after, temporaries, notes)
                # A single rename cannot half fail.
                old = _keep_beside(file, temporaries) if len(group) > 1 else None
            staged.append((file, new, old))
        _rename_all(staged)
    for directory in {os.path.dirname(file.target) for file in group}:
        sync_directory(directory)
    return tuple(notes)


def write_durably(path: str, content: bytes) -> None:
    """Write a new file and wait until it is on the disk.

    Raises:
        OSError: It could not be written, or there is one already.
    """
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(path: str) -> None:
    """Make renames durable. The files are whole either way, so failing here is no failure."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _blamed_on(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"could not be written: {error.strerror or error}"
        raise WriteError(path, reason, error.errno in _HOPELESS) from error


def _rename_all(staged: Sequence[tuple[Replacement, str, str | None]]) -> None:
    renamed: list[tuple[Replacement, str | None]] = []
    try:
        for file, new, old in staged:
            with _blamed_on(file.path):
                _check_unchanged(file)
                # Noted first: putting back a file that was not renamed does no harm.
                renamed.append((file, old))
                os.replace(new, file.target)
    except BaseException as error:
        stuck = _put_back(renamed)
        if isinstance(error, WriteError):
            error.stuck = stuck
        raise


def _put_back(renamed: Sequence[tuple[Replacement, str | None]]) -> tuple[tuple[str, str], ...]:
    """Restore the originals; those that cannot be, with the reason."""
    stuck = []
    for file, old in reversed(renamed):
        if old is None:
            continue
        try:
            os.replace(old, file.target)
        except OSError as error:
            with suppress(OSError):
                if _read(file.target) == file.before:
                    continue
            stuck.append((file.path, error.strerror or str(error)))
    return tuple(stuck)


def _write_beside(
    file: Replacement, content: bytes, temporaries: ExitStack, notes: list[str]
) -> str:
    """Write content to a temporary file in the target's directory, with the target's attributes."""
    descriptor, name = tempfile.mkstemp(_SUFFIX, _PREFIX, os.path.dirname(file.target))
    temporaries.callback(_remove, name)
    with open(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        notes.extend(f"{file.path}: {note}" for note in _copy_attributes(file.target, descriptor))
        os.fsync(descriptor)
    return name


def _keep_beside(file: Replacement, temporaries: ExitStack) -> str:
    """A second name for the original, so that it can be put back even when the disk is full."""
    directory = os.path.dirname(file.target)
    name = os.path.join(directory, f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}")
    try:
        os.link(file.target, name)
    except OSError:
        # Not every file system has hard links, and not every file may get one.
        return _write_beside(file, file.before, temporaries, [])
    temporaries.callback(_remove, name)
    return name


def _copy_attributes(target: str, descriptor: int) -> Iterator[str]:
    status = os.stat(target)
    if status.st_nlink > 1:
        yield "had other hard links, which keep the old content"
    if hasattr(os, "fchown"):
        own = os.fstat(descriptor)
        if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
            try:
                os.fchown(descriptor, status.st_uid, status.st_gid)
            except OSError:
                with suppress(OSError):
                    os.fchown(descriptor, -1, status.st_gid)
                yield "could not keep its owner"
        # After the owner, because a new owner clears bits of the mode.
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(target):
                with suppress(OSError):
                    os.setxattr(descriptor, name, os.getxattr(target, name))


def _check_unchanged(file: Replacement) -> None:
    """Look once more, as late as can be, that nobody else wrote the file."""
    if os.path.islink(file.target) or _read(file.target) != file.before:
        raise WriteError(file.path, "was changed by another program in the meantime")


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)
