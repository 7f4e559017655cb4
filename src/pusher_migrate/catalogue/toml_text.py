"""Get at the content of a TOML file; whatever goes wrong is a `CatalogueError`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pusher_migrate.catalogue.problems import CatalogueErrors
from pusher_migrate.config import one_line, quoted
from pusher_migrate.errors import CatalogueError


def display_path(path: Path) -> str:
    """``path`` as the user would type it: relative where it is below the working directory."""
    whole = os.path.abspath(path)
    try:
        here = os.getcwd()
    except OSError:  # the working directory is gone
        return one_line(str(path))
    inside = whole.startswith(here.rstrip(os.sep) + os.sep)
    return one_line(Path(os.path.relpath(whole, here) if inside else whole).as_posix())


def read_bytes(path: Path, shown: str) -> bytes:
    """The content of a file.

    Raises:
        CatalogueError: It cannot be read; the message calls it ``shown``.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CatalogueError(f"cannot be read: {reason}", shown) from None
    except ValueError:  # a NUL character in the path
        raise CatalogueError("cannot be read: not a possible path", quoted(shown)) from None


def decoded(raw: bytes, shown: str) -> str:
    """The text of a TOML file, which is UTF-8 always.

    Raises:
        CatalogueErrors: It is not UTF-8.
    """
    try:
        # Editors on Windows begin files with a byte order mark, which TOML does not know.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = CatalogueError("not valid TOML: not encoded in UTF-8", shown, line)
        raise CatalogueErrors([found]) from None


def parse_toml(text: str, path: str) -> dict[str, object]:
    """Parse a TOML document, with ``tomllib``'s errors as one of ours that has the line.

    Raises:
        CatalogueErrors: It is not TOML.
    """
    # Not at the top: a run without a catalogue does not need it, and must start at once.
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        where = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
        line = text.count("\n") + 1
        if where:
            line = int(where[1]) if where[1] else line
            message = message[: where.start()]
        found = CatalogueError(f"not valid TOML: {one_line(message)}", path, line)
        raise CatalogueErrors([found]) from None
    except RecursionError:
        raise too_deep(path) from None


def too_deep(path: str) -> CatalogueErrors:
    """The error for a document that only a deeper stack could read."""
    return CatalogueErrors([CatalogueError("not valid TOML: nested too deeply", path, 1)])
