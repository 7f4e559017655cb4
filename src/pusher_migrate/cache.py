"""Answers kept between two runs, in ``.pusher-migrate-cache/`` in the project's root.

An answer is kept under the digest of everything that it depends on, the tool itself included. A
file of the cache carries the digest of its own content: one that is damaged, or that holds anything
but such an answer, is as good as none. What cannot be written is not kept; nothing depends on it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pusher_migrate import __version__
from pusher_migrate.codec import Misfit, from_json, to_json
from pusher_migrate.errors import PusherMigrateError

DIRECTORY = ".pusher-migrate-cache"

#: How many answers of one kind are kept: one for each set of options in use.
_KEPT = 8
#: Bytes of the largest answer: more than a tree of ten million lines has, and no risk to memory.
_LARGEST = 64 * 1024 * 1024
#: After so many seconds a file that is still being written belongs to a run that was killed.
_ABANDONED = 3600
_UNFINISHED = "new-"
_IGNORE_ALL = "# Made by pusher-migrate; can be deleted at any time.\n*\n"
#: Tells backup programs to leave the directory out (https://bford.info/cachedir/).
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"
#: Libraries whose version shows in an answer: what writes code, and what reads requirements.
_LIBRARIES = ("black", "libcst", "packaging")

Answer = TypeVar("Answer")


class Cache:
    """The cache of one project.

    Args:
        root: The project's root.
        enabled: False for ``--no-cache``: nothing is read or written.
    """

    def __init__(self, root: Path, enabled: bool = True) -> None:
        self.directory = root / DIRECTORY
        # Whoever put a link there does not decide which directory this program writes to.
        self.enabled = enabled and not os.path.islink(self.directory)

    def remember(
        self,
        kind: str,
        shape: Any,
        make: Callable[[], Answer],
        key: Callable[[], str],
        again: Callable[[], str] | None = None,
    ) -> Answer:
        """The answer that is kept, or else a new one, which is kept then.

        Args:
            kind: What kind of answer, a word.
            shape: The answer's type, as `codec.from_json` takes it.
            make: Finds the answer.
            key: Reads everything that the answer depends on, see `key_of`.
            again: Does so when the answer is there; by default ``key`` once more. When the tree has
                changed meanwhile, nobody knows which of the two the answer is about, and it is not
                kept.
        """
        if not self.enabled:
            return make()
        before = key()
        try:
            answer: Answer = from_json(shape, self.get(kind, before))
            return answer
        except Misfit:
            pass
        answer = make()
        if _same(again or key, before):
            self.put(kind, before, to_json(answer))
        return answer

    def get(self, kind: str, key: str) -> object | None:
        """The answer kept under a key, or None.

        Args:
            kind: What kind of answer, a word.
            key: From `key_of`.
        """
        raw = self.read(self._name(kind, key))
        if raw is None:
            return None
        try:
            value: object = json.loads(raw)
        except (ValueError, RecursionError):
            return None
        return value

    def put(self, kind: str, key: str, value: object) -> None:
        """Keep an answer, and drop the oldest ones of its kind.

        Args:
            kind: As for `get`.
            key: As for `get`.
            value: What JSON can hold.
        """
        if self.enabled:
            self.write(self._name(kind, key), json.dumps(value, separators=(",", ":")).encode())
            self._trim(kind)

    def read(self, name: str) -> bytes | None:
        """The content of a file of the cache; None when there is none that can be trusted."""
        if not self.enabled:
            return None
        try:
            # Not blocking: somebody could have put a pipe there.
            with open(self.directory / name, "rb", opener=_open_without_blocking) as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
                    return None
                raw = file.read(_LARGEST)
        except OSError:
            return None
        digest, _, content = raw.partition(b"\n")
        return content if digest == _digest(content) else None

    def write(self, name: str, content: bytes) -> None:
        """Write a file of the cache, whole or not at all."""
        whole = _digest(content) + b"\n" + content
        if not self.enabled or len(whole) > _LARGEST:
            return
        try:
            self.directory.mkdir(exist_ok=True)
            # First of all, or an answer could be committed.
            for other, text in ((".gitignore", _IGNORE_ALL), ("CACHEDIR.TAG", _TAG)):
                if not os.path.exists(self.directory / other):
                    self._replace(other, text.encode())
            self._replace(name, whole)
        except OSError:
            return

    def _replace(self, name: str, content: bytes) -> None:
        """Put a file in its place at one stroke, whatever another run does at the same time."""
        temporary = self.directory / f"{_UNFINISHED}{os.getpid()}-{os.urandom(4).hex()}"
        try:
            with open(temporary, "xb") as file:
                file.write(content)
            os.replace(temporary, self.directory / name)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise

    def _trim(self, kind: str) -> None:
        try:
            found = [(item.stat().st_mtime, item.path, item.name) for item in self._scan()]
            answers = sorted(item for item in found if item[2].startswith(f"{kind}-"))
            for _, path, _ in answers[:-_KEPT]:
                os.unlink(path)
            for written, path, name in found:
                if name.startswith(_UNFINISHED) and written < time.time() - _ABANDONED:
                    os.unlink(path)
        except OSError:
            return  # Another run does the same at this moment.

    def _scan(self) -> Iterator[os.DirEntry[str]]:
        with os.scandir(self.directory) as entries:
            yield from entries

    def _name(self, kind: str, key: str) -> str:
        return f"{kind}-{key}.json"


def key_of(parts: Iterable[bytes | str]) -> str:
    """A digest, in hex, of the tool and of everything else that an answer depends on."""
    digest = hashlib.sha256(_tool())
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        # With its length, so that no two lists of parts look alike.
        digest.update(b"%d:" % len(raw))
        digest.update(raw)
    return digest.hexdigest()


@cache
def _tool() -> bytes:
    """What gives the answer: this program, its libraries and the Python that reads the code.

    A version number would not do: whoever runs the program from a checkout has many programs of one
    version. Sizes and times tell them apart, as they tell Python whether what it compiled is fresh.
    """
    parts = [__version__, sys.version, str(sys.get_int_max_str_digits())]
    package = os.path.dirname(os.path.abspath(__file__))
    for directory, folders, names in os.walk(package):
        folders[:] = [name for name in folders if name != "__pycache__"]
        parts += [_stamp(os.path.join(directory, name)) for name in sorted(names)]
    if not os.path.isdir(package):
        parts.append(_stamp(package))
    for name in _LIBRARIES:
        spec = importlib.util.find_spec(name)
        origin = spec.origin if spec is not None else None
        if origin is None:
            parts.append(f"no {name}")
            continue
        parts.append(_stamp(origin))
        try:
            # Its version is in the name of the directory next to it.
            among = os.listdir(os.path.dirname(os.path.dirname(origin)))
        except OSError:
            among = []
        parts += sorted(item for item in among if item.startswith(f"{name}-"))
    return "\n".join(parts).encode("utf-8", "surrogatepass")


def _same(key: Callable[[], str], before: str) -> bool:
    """Whether the tree is still what it was; not, when it cannot be looked at any more."""
    try:
        return key() == before
    except (OSError, PusherMigrateError):
        return False


def _stamp(path: str) -> str:
    """A file's path, size and time; those of the archive around it where it is in one."""
    while True:
        try:
            status = os.stat(path)
            return f"{path} {status.st_size} {status.st_mtime_ns}"
        except OSError:
            parent = os.path.dirname(path)
            if parent == path:
                return path
            path = parent


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _open_without_blocking(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
