"""Find and load catalogues: the project's own, and the migrations that come with the package."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from pusher_migrate.catalogue.problems import CatalogueErrors, CatalogueWarning
from pusher_migrate.catalogue.reader import parse_catalogue, parse_toml
from pusher_migrate.catalogue.values import Catalogue
from pusher_migrate.config import did_you_mean, is_repository, quoted
from pusher_migrate.errors import CatalogueError, UsageError

PYPROJECT = "pyproject.toml"
# In the order in which they are looked for in one directory.
OWN_NAMES = ("pusher-migrate.toml", ".pusher-migrate.toml")
TOOL_TABLE = ("tool", "pusher-migrate")
STARTER = "starter"


class CatalogueFile(NamedTuple):
    """Where a project's catalogue is: in a file of its own, or in a table of pyproject.toml."""

    path: Path
    kind: Literal["file", "pyproject"]


class _Entry(Protocol):
    """A file or directory of the package, as ``importlib.resources`` gives it; a Path is one."""

    @property
    def name(self) -> str: ...

    def is_dir(self) -> bool: ...

    def is_file(self) -> bool: ...

    def iterdir(self) -> Iterator[_Entry]: ...

    def read_bytes(self) -> bytes: ...


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
        found = _candidates(directory)
        if found:
            return found[0]
        if is_repository(directory):
            return None
    return None


def load(path: Path) -> Catalogue:
    """Read a catalogue from a file; of a ``pyproject.toml``, its ``[tool.pusher-migrate]``.

    A further catalogue in the same directory, which is not used, gives a warning.

    Raises:
        CatalogueError: The file cannot be read, or (as `CatalogueErrors`) it is wrong.
    """
    shown = display_path(path)
    text = _read_text(path, shown)
    base = TOOL_TABLE if path.name == PYPROJECT else ()
    if base and not _has_table(parse_toml(text, shown)):
        raise CatalogueError(f"has no table [{'.'.join(TOOL_TABLE)}]", shown)
    catalogue = parse_catalogue(text, shown, base)
    directory = Path(os.path.abspath(path)).parent
    unused = [item.path for item in _candidates(directory) if item.path.name != path.name]
    warnings = [
        CatalogueWarning(f"not used, because {shown} is there", display_path(other))
        for other in unused
        if path.name in (*OWN_NAMES, PYPROJECT)
    ]
    return replace(catalogue, warnings=(*catalogue.warnings, *warnings))


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
    return parse_catalogue(_decoded(_shipped()[name].read_bytes(), path), path)


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
    return _decoded(starter.read_bytes(), f"codemods/{STARTER}.toml")


def choose_catalogue(
    start: Path, *, config: Path | None = None, codemod: str | None = None
) -> Catalogue | None:
    """The catalogue of a run.

    One of these alone, never a mixture: the file named with ``--config``, the project's own, the
    migration named with ``--codemod``. A codemod that gives way to the project's own catalogue is
    said in a warning, and its name is checked all the same.

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
    found = CatalogueFile(config, "file") if config is not None else find_catalogue(start)
    if found is None:
        return shipped
    catalogue = load(found.path)
    if codemod is None:
        return catalogue
    message = f"--codemod {codemod} is not used, because the project has this catalogue"
    warning = CatalogueWarning(message, catalogue.path)
    return replace(catalogue, warnings=(*catalogue.warnings, warning))


def display_path(path: Path) -> str:
    """``path`` as the user would type it: relative where it is below the working directory."""
    whole = os.path.abspath(path)
    try:
        here = os.getcwd()
    except OSError:  # the working directory is gone
        return str(path)
    inside = whole.startswith(here.rstrip(os.sep) + os.sep)
    return Path(os.path.relpath(whole, here) if inside else whole).as_posix()


def _candidates(directory: Path) -> list[CatalogueFile]:
    """All catalogues in one directory, the one that counts first."""
    found = [
        CatalogueFile(directory / name, "file")
        for name in OWN_NAMES
        if os.path.isfile(directory / name)
    ]
    pyproject = directory / PYPROJECT
    if os.path.isfile(pyproject) and _pyproject_is_ours(pyproject):
        found.append(CatalogueFile(pyproject, "pyproject"))
    return found


def _pyproject_is_ours(path: Path) -> bool:
    shown = display_path(path)
    raw = _read_bytes(path, shown)
    # Most files on the way up do not mention the tool: they need no parsing, and what is wrong
    # with them is not for this tool to say.
    if TOOL_TABLE[-1].encode() not in raw:
        return False
    return _has_table(parse_toml(_decoded(raw, shown), shown))


def _has_table(data: dict[str, object]) -> bool:
    content: object = data
    for key in TOOL_TABLE:
        if not isinstance(content, dict) or key not in content:
            return False
        content = content[key]
    return True


def _read_text(path: Path, shown: str) -> str:
    return _decoded(_read_bytes(path, shown), shown)


def _read_bytes(path: Path, shown: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CatalogueError(f"cannot be read: {reason}", shown) from None
    except ValueError:  # a NUL character in the path
        raise CatalogueError("cannot be read: not a possible path", quoted(shown)) from None


def _decoded(raw: bytes, shown: str) -> str:
    try:
        # Editors on Windows begin files with a byte order mark, which TOML does not know.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = CatalogueError("not valid TOML: not encoded in UTF-8", shown, line)
        raise CatalogueErrors([found]) from None


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
