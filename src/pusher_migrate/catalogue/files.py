"""Load catalogues: the project's own, and the migrations that come with the package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from pusher_migrate.catalogue.find import (
    PYPROJECT,
    TOOL_TABLE,
    CatalogueFile,
    candidates,
    find_catalogue,
)
from pusher_migrate.catalogue.problems import CatalogueWarning
from pusher_migrate.catalogue.reader import parse_catalogue
from pusher_migrate.catalogue.toml_text import decoded, display_path, read_bytes
from pusher_migrate.catalogue.values import Catalogue
from pusher_migrate.config import did_you_mean, quoted
from pusher_migrate.errors import CatalogueError, UsageError

STARTER = "starter"


class _Entry(Protocol):
    """A file or directory of the package, as ``importlib.resources`` gives it; a Path is one."""

    @property
    def name(self) -> str: ...

    def is_dir(self) -> bool: ...

    def is_file(self) -> bool: ...

    def iterdir(self) -> Iterator[_Entry]: ...

    def read_bytes(self) -> bytes: ...


def load(path: Path) -> Catalogue:
    """Read a catalogue from a file; of a ``pyproject.toml``, its ``[tool.pusher-migrate]``.

    Raises:
        CatalogueError: The file cannot be read, or (as `CatalogueErrors`) it is wrong.
    """
    shown = display_path(path)
    text = decoded(read_bytes(path, shown), shown)
    return parse_catalogue(text, shown, TOOL_TABLE if path.name == PYPROJECT else ())


def load_codemod(name: str) -> Catalogue:
    """Read a migration that comes with the package.

    Args:
        name: Its file's name without the ending.

    Raises:
        UsageError: There is none of that name; the message names those that there are.
        CatalogueError: It is wrong.
    """
    available = available_codemods()
    if name not in available:
        hint = did_you_mean(name, available, "available")
        raise UsageError(f"unknown codemod {quoted(name)}{hint or '; none is available'}")
    path = f"codemods/{name}.toml"
    return parse_catalogue(decoded(_shipped()[name].read_bytes(), path), path)


def available_codemods() -> tuple[str, ...]:
    """The names that `load_codemod` knows, sorted; without the starter, which is no migration."""
    return tuple(sorted(set(_shipped()) - {STARTER}))


def starter_text() -> str:
    """The commented catalogue to start from.

    Raises:
        UsageError: It is not part of this installation.
    """
    starter = _shipped().get(STARTER)
    if starter is None:
        raise UsageError("this installation lacks codemods/starter.toml")
    return decoded(starter.read_bytes(), f"codemods/{STARTER}.toml")


def choose_catalogue(
    start: Path, *, config: Path | None = None, codemod: str | None = None
) -> Catalogue | None:
    """The catalogue of a run.

    One of these alone, never a mixture, and the first that there is: the file named with
    ``--config``, the project's own, the migration named with ``--codemod``. What gives way to the
    project's own catalogue is said in a warning; a codemod's name is checked all the same.

    Args:
        start: A file or directory of the project.
        config: ``--config``.
        codemod: ``--codemod``.

    Returns:
        None when there is none of them.

    Raises:
        CatalogueError: The catalogue is wrong or cannot be read.
        UsageError: No such codemod, or both options were given.
    """
    if config is not None and codemod is not None:
        raise UsageError("--config and --codemod both name a catalogue; give one of them")
    shipped = load_codemod(codemod) if codemod is not None else None
    if config is not None:
        return load(config)
    found = find_catalogue(start)
    if found is None:
        return shipped
    catalogue = load(found.path)
    warnings = list(_unused_neighbours(found, catalogue.path))
    if codemod is not None:
        message = f"--codemod {codemod} is not used, because the project has this catalogue"
        warnings.append(CatalogueWarning(message, catalogue.path))
    return replace(catalogue, warnings=(*catalogue.warnings, *warnings))


def _unused_neighbours(found: CatalogueFile, shown: str) -> Iterator[CatalogueWarning]:
    """A warning for each catalogue that loses against the one that was found."""
    try:
        for other in candidates(found.path.parent):
            if other != found:
                message = f"not used, because {shown} comes first"
                yield CatalogueWarning(message, display_path(other.path))
    except CatalogueError:
        pass  # a broken pyproject.toml, which nobody needs here


def _shipped() -> dict[str, _Entry]:
    """Name and file of each TOML file in ``codemods/``.

    A wheel has the directory inside the package. In a source checkout, and so in an editable
    install, it is at the root of the repository, where its readers look for it.
    """
    # Costs as much as a whole `check`, and only a run with --codemod or `init` needs it.
    from importlib.resources import files

    inside: _Entry = files("pusher_migrate").joinpath("codemods")
    directories: list[_Entry] = [inside]
    package = Path(__file__).resolve().parent.parent
    if package.parent.name == "src":
        directories.append(package.parent.parent / "codemods")
    for directory in directories:
        if directory.is_dir():
            found = [item for item in directory.iterdir() if item.name.endswith(".toml")]
            return {item.name.removesuffix(".toml"): item for item in found if item.is_file()}
    return {}
