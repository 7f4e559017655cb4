"""The exit codes of all commands, documented in ``docs/exit-codes.md``."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """What a script can tell of a run.

    0, 1 and 2 are ruff's. 130 and 141 are what a shell makes of a program that SIGINT or SIGPIPE
    ended, 128 and the signal's number.
    """

    DONE = 0
    FOUND = 1
    FAILED = 2
    INTERRUPTED = 130
    BROKEN_PIPE = 141
