"""What can be wrong with a catalogue: errors, of which all are found at once, and warnings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pusher_migrate.errors import CatalogueError


class CatalogueErrors(CatalogueError):
    """All that is wrong with a catalogue; ``str()`` has one line for each error.

    Args:
        errors: At least one.
    """

    def __init__(self, errors: Collection[CatalogueError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: error.line or 0))
        first = self.errors[0]
        super().__init__(first.message, first.path, first.line)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


@dataclass(frozen=True, slots=True)
class CatalogueWarning:
    """Something in a catalogue that is valid and surely not meant; shown, never fatal.

    Attributes:
        message: What it is.
        path: The catalogue's path as the user would type it.
        line: 1-based line, None when it concerns the file as a whole.
    """

    message: str
    path: str = ""
    line: int | None = None

    def __str__(self) -> str:
        return str(CatalogueError(self.message, self.path, self.line))
