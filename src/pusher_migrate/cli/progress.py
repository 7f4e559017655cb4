"""How far a long run is: one line on a terminal's stderr, and nothing anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from pusher_migrate.report.style import is_terminal

Read = Callable[[str], bytes]

# Nobody needs to be told of a run that is over before they have read it.
PATIENCE_SECONDS = 0.7
_STEP_SECONDS = 0.1


class Progress(AbstractContextManager["Progress"]):
    """Counts what is read and parsed; its line is gone when the work is done.

    Args:
        total: Number of files.
        quiet: Whether to say nothing.
    """

    def __init__(self, total: int, quiet: bool = False) -> None:
        self._total = total
        self._shown = not quiet and is_terminal(sys.stderr)
        self._read: set[str] = set()
        self._parsed = 0
        self._next = time.monotonic() + PATIENCE_SECONDS
        self._written = False

    def reading(self, read: Read) -> Read:
        """The same function, counting."""
        if not self._shown:
            return read

        def counted(path: str) -> bytes:
            self._read.add(path)
            self._show(f"reading: {len(self._read)} of {self._total} files")
            return read(path)

        return counted

    def parsing(self, _path: str) -> None:
        """Count a file that is about to be parsed."""
        if self._shown:
            self._parsed += 1
            # How many there will be is not known: only what can matter is parsed.
            self._show(f"looking at: {self._parsed} of {self._total} files")

    def _show(self, text: str) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _STEP_SECONDS
        self._written = True
        # Erase to the end of the line (ECMA-48, EL), as the text before may have been longer.
        sys.stderr.write(f"\r{text}\x1b[K")
        sys.stderr.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._written:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
