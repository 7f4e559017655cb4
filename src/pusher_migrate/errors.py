"""Errors that a user can cause: each carries one clear line, none is shown as a traceback."""

from __future__ import annotations


class PusherMigrateError(Exception):
    """Base of all errors that end a run with one line on stderr and exit code 2."""


class UsageError(PusherMigrateError):
    """The command line names something that is not there or does not go together."""


class CatalogueError(PusherMigrateError):
    """The catalogue (TOML) is wrong; the message names file, key, line and the closest name.

    Args:
        message: What is wrong and what would be right.
        path: The catalogue's path as the user would type it.
        line: 1-based line of the key at fault, or None when it has none.
    """

    def __init__(self, message: str, path: str = "", line: int | None = None) -> None:
        self.message = message
        self.path = path
        self.line = line
        where = f"{path}:{line}: " if path and line else f"{path}: " if path else ""
        super().__init__(where + message)


class SourceError(PusherMigrateError):
    """A file that cannot be read, decoded or parsed: becomes a PM901 finding, never an abort.

    Args:
        path: Path relative to the project root, with forward slashes.
        line: 1-based line of the problem (1 when the whole file is at fault).
        message: Why, in a few words.
        column: 1-based column of the problem.
    """

    def __init__(self, path: str, line: int, message: str, column: int = 1) -> None:
        self.path = path
        self.line = line
        self.column = column
        self.message = message
        super().__init__(f"{path}:{line}:{column}: {message}")


class EditConflict(PusherMigrateError):
    """Two edits of one file overlap without being the same edit."""


class ApplyError(PusherMigrateError):
    """A file could not be written as planned; says what was done and what was not."""
