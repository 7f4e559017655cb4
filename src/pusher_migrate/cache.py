"""Answers kept between two runs, in ``.pusher-migrate-cache/`` in the project's root.

An answer is kept under the digest of everything that it depends on, the tool's version included. A
file of the cache carries the digest of its own content: one that is damaged, or of another version,
is as good as none. What cannot be written is not kept; nothing depends on it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pusher_migrate import __version__

DIRECTORY = ".pusher-migrate-cache"

#: How many answers of one kind are kept: one for each set of options in use.
_KEPT = 8
_IGNORE_ALL = "# Made by pusher-migrate; can be deleted at any time.\n*\n"
#: Tells backup programs to leave the directory out (https://bford.info/cachedir/).
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"


class Cache:
    """The cache of one project.

    Args:
        root: The project's root.
        enabled: False for ``--no-cache``: nothing is read or written.
    """

    def __init__(self, root: Path, enabled: bool = True) -> None:
        self.directory = root / DIRECTORY
        self.enabled = enabled

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
        self.write(self._name(kind, key), json.dumps(value, separators=(",", ":")).encode())
        if self.enabled:
            self._trim(kind)

    def read(self, name: str) -> bytes | None:
        """The content of a file of the cache; None when there is none that can be trusted."""
        if not self.enabled:
            return None
        try:
            raw = (self.directory / name).read_bytes()
        except OSError:
            return None
        digest, _, content = raw.partition(b"\n")
        return content if digest == _digest(content) else None

    def write(self, name: str, content: bytes) -> None:
        """Write a file of the cache, whole or not at all."""
        if not self.enabled:
            return
        try:
            self._make()
            descriptor, temporary = tempfile.mkstemp(dir=self.directory, prefix="new-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(_digest(content) + b"\n" + content)
                os.replace(temporary, self.directory / name)
            except OSError:
                os.unlink(temporary)
        except OSError:
            return

    def _make(self) -> None:
        self.directory.mkdir(exist_ok=True)
        for name, text in ((".gitignore", _IGNORE_ALL), ("CACHEDIR.TAG", _TAG)):
            if not os.path.exists(self.directory / name):
                (self.directory / name).write_text(text, encoding="utf-8")

    def _trim(self, kind: str) -> None:
        try:
            found = [item for item in os.scandir(self.directory) if item.name.startswith(kind)]
            for item in sorted(found, key=lambda item: -item.stat().st_mtime)[_KEPT:]:
                os.unlink(item.path)
        except OSError:
            return

    def _name(self, kind: str, key: str) -> str:
        return f"{kind}-{key}.json"


def key_of(parts: Iterable[bytes | str]) -> str:
    """A digest, in hex, of the tool's version and of everything that an answer depends on."""
    digest = hashlib.sha256(__version__.encode())
    for part in parts:
        raw = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        # With its length, so that no two lists of parts look alike.
        digest.update(b"%d:" % len(raw))
        digest.update(raw)
    return digest.hexdigest()


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
