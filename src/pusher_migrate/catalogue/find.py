"""Find a project's catalogue, without reading it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from pusher_migrate.catalogue.toml_text import decoded, display_path, parse_toml, read_bytes
from pusher_migrate.config import is_repository

PYPROJECT = "pyproject.toml"
# In the order in which they are looked for in one directory.
OWN_NAMES = ("pusher-migrate.toml", ".pusher-migrate.toml")
TOOL_TABLE = ("tool", "pusher-migrate")


class CatalogueFile(NamedTuple):
    """Where a project's catalogue is: in a file of its own, or in a table of pyproject.toml."""

    path: Path
    kind: Literal["file", "pyproject"]


def find_catalogue(start: Path) -> CatalogueFile | None:
    """The catalogue of the project that ``start`` is in, or None.

    Looks in the directory of ``start`` and then in each one around it, for
    ``pusher-migrate.toml``, ``.pusher-migrate.toml`` and a ``pyproject.toml`` with a table
    ``[tool.pusher-migrate]``, in this order; the first one found is used alone. Like black, it
    does not look beyond the repository's root: what is outside is not part of the project.

    Args:
        start: A file or directory, which need not exist.

    Raises:
        CatalogueError: A pyproject.toml that seems to have the table cannot be read.
    """
    here = Path(os.path.abspath(start))
    for directory in (here, *here.parents):
        for found in candidates(directory):
            return found
        if is_repository(directory):
            return None
    return None


def candidates(directory: Path) -> Iterator[CatalogueFile]:
    """The catalogues in one directory, the one that counts first.

    Raises:
        CatalogueError: A pyproject.toml that seems to have the table cannot be read.
    """
    for name in OWN_NAMES:
        if os.path.isfile(directory / name):
            yield CatalogueFile(directory / name, "file")
    if os.path.isfile(directory / PYPROJECT) and _pyproject_is_ours(directory / PYPROJECT):
        yield CatalogueFile(directory / PYPROJECT, "pyproject")


def _pyproject_is_ours(path: Path) -> bool:
    shown = display_path(path)
    raw = read_bytes(path, shown)
    # Most files on the way up do not mention the tool: they need no parsing, and what is wrong
    # with them is not for this tool to say.
    if TOOL_TABLE[-1].encode() not in raw:
        return False
    content: object = parse_toml(decoded(raw, shown), shown)
    for key in TOOL_TABLE:
        if not isinstance(content, dict) or key not in content:
            return False
        content = content[key]
    return True
