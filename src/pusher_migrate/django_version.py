"""Which Django the target project runs on, read from its lock files and requirements.

``on_commit`` takes ``robust`` since Django 4.2 (its release notes). A lock file says the version
exactly and goes first; otherwise the lowest version that the requirements allow counts, because
that is what may run.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pusher_migrate.catalogue import DjangoOptions
from pusher_migrate.nodes import walk
from pusher_migrate.requirement_files import LOCKS, REQUIREMENTS, files_in

#: The first Django whose ``on_commit`` takes ``robust``.
ROBUST_SINCE = (4, 2)

Version = tuple[int, int]

_NUMBER = re.compile(r"\s*(?:v)?(\d+)(?:\.(\d+))?")
# poetry: "^4.2", "~4.2", "4.2.*"; several with "||" between.
_POETRY = re.compile(r"^\s*[\^~=]*\s*(\d+)(?:\.(\d+))?(?:\.[\d*]+)*\s*$")
_CONTINUED = re.compile(r"\\\r?\n")
_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"\s--?[a-z].*$")
#: What a requirement on Django itself begins with.
_DJANGO = re.compile(r"\s*django(?![\w.-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DjangoVersion:
    """A lower bound of the target's Django.

    Attributes:
        version: Major and minor number.
        path: The file that says so, relative to the root, with forward slashes.
    """

    version: Version
    path: str

    def __str__(self) -> str:
        return f"{_name(self.version)} ({self.path})"


def find_django(root: Path, directories: Iterable[str] = ("",)) -> DjangoVersion | None:
    """The lowest Django that the project may run on; None when no file says.

    Args:
        root: The project's root.
        directories: Where to look, relative to it: the root, and where ``manage.py`` is.
    """
    for patterns in (LOCKS, REQUIREMENTS):
        found = []
        for directory in dict.fromkeys(directories):
            for pattern in patterns:
                for path in files_in(root, directory, pattern):
                    found += [
                        DjangoVersion(version, path.relative_to(root).as_posix())
                        for version in _versions(path, _READERS[pattern])
                    ]
        if found:
            return min(found, key=lambda item: (item.version, item.path))
    return None


def robust_of(options: DjangoOptions, found: DjangoVersion | None) -> tuple[bool, str]:
    """Whether to pass ``robust=True``, and a remark for the reader where there is one.

    Args:
        options: The catalogue's ``[django]``: what it says of ``robust`` goes first, then its
            ``target_version``, then what the project's files say.
        found: From `find_django`.
    """
    known = parse_version(options.target_version) if options.target_version else None
    version = known or (found.version if found is not None else None)
    if options.robust != "auto":
        if options.robust and version is not None and version < ROBUST_SINCE:
            return True, (
                f"robust = true in the catalogue, but the project allows {_name(version)}, whose "
                "on_commit does not take it"
            )
        return options.robust, ""
    if version is None:
        return False, (
            "Which Django the project runs on could not be read from its lock files and "
            "requirements: calls are deferred without robust=True. Say it in the catalogue: "
            '[django] target_version = "5.2"'
        )
    if version < ROBUST_SINCE:
        where = "" if known or found is None else f" ({found.path})"
        return False, (
            f"The project allows {_name(version)}{where}: calls are deferred without robust=True, "
            "which on_commit takes since 4.2"
        )
    return True, ""


def _name(version: Version) -> str:
    return f"Django {version[0]}.{version[1]}"


def parse_version(text: str) -> Version | None:
    """Major and minor number of ``"5.2"`` or ``"5.2.1"``."""
    match = _NUMBER.match(text)
    return (int(match[1]), int(match[2] or 0)) if match else None


def _versions(path: Path, read: Callable[[str], Iterator[Version | None]]) -> list[Version]:
    """What one file says; nothing when it cannot be read, for that is no fault of the run."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return [version for version in read(text) if version is not None]
    except (OSError, UnicodeDecodeError, ValueError, RecursionError, SyntaxError):
        return []


# --- Lock files -----------------------------------------------------------------------------------


def _toml_lock(text: str) -> Iterator[Version | None]:
    """``poetry.lock``, ``uv.lock``, ``pdm.lock``, ``pylock.toml``."""
    data = tomllib.loads(text)
    for key in ("package", "packages"):
        for package in _list(data.get(key)):
            if isinstance(package, dict) and _is_django(package.get("name")):
                yield parse_version(str(package.get("version", "")))


def _pipfile_lock(text: str) -> Iterator[Version | None]:
    import json

    data = json.loads(text)
    for section in ("default", "develop"):
        packages = data.get(section) if isinstance(data, dict) else None
        for name, package in packages.items() if isinstance(packages, dict) else ():
            if _is_django(name) and isinstance(package, dict):
                yield parse_version(str(package.get("version", "")).lstrip("="))


# --- Requirements ---------------------------------------------------------------------------------


def _requirements(text: str) -> Iterator[Version | None]:
    """``requirements.txt`` and its like."""
    for line in _CONTINUED.sub(" ", text).splitlines():
        line = _OPTION.sub("", _COMMENT.sub("", line)).strip()
        if line and not line.startswith("-"):
            yield _lower_bound(line)


def _pyproject(text: str) -> Iterator[Version | None]:
    data = tomllib.loads(text)
    project = _table(data.get("project"))
    yield from _each(project.get("dependencies"))
    for group in _table(project.get("optional-dependencies")).values():
        yield from _each(group)
    for group in _table(data.get("dependency-groups")).values():
        yield from _each(group)
    poetry = _table(_table(data.get("tool")).get("poetry"))
    tables = [poetry.get("dependencies"), poetry.get("dev-dependencies")]
    tables += [_table(group).get("dependencies") for group in _table(poetry.get("group")).values()]
    for table in tables:
        yield from _poetry(_table(table))


def _pipfile(text: str) -> Iterator[Version | None]:
    data = tomllib.loads(text)
    for section in ("packages", "dev-packages"):
        yield from _poetry(_table(data.get(section)))


def _setup_cfg(text: str) -> Iterator[Version | None]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    yield from _requirements(parser.get("options", "install_requires", fallback=""))


def _setup_py(text: str) -> Iterator[Version | None]:
    """Literal strings of ``install_requires``; the file is not run."""
    for node in walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg == "install_requires":
            for part in walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield _lower_bound(part.value)


def _poetry(table: dict[str, object]) -> Iterator[Version | None]:
    for name, value in table.items():
        if not _is_django(name):
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                item = item.get("version", "")
            if isinstance(item, str):
                yield from map(_poetry_bound, item.split("||"))


def _poetry_bound(text: str) -> Version | None:
    match = _POETRY.match(text)
    if match:
        return int(match[1]), int(match[2] or 0)
    return _bound_of(text)


def _each(value: object) -> Iterator[Version | None]:
    for item in _list(value):
        if isinstance(item, str):
            yield _lower_bound(item)


def _lower_bound(requirement: str) -> Version | None:
    """The lowest Django that a requirement allows; None when it is for something else or any."""
    if not _DJANGO.match(requirement):
        return None
    # Imported here, as it takes longer to import than all requirements take to read.
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        parsed = Requirement(requirement)
    except InvalidRequirement:
        return None
    return _bound_of(str(parsed.specifier)) if _is_django(parsed.name) else None


def _bound_of(specifiers: str) -> Version | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(specifiers)
    except InvalidSpecifier:
        return None
    bounds = [
        parse_version(item.version)
        for item in wanted
        if item.operator in (">=", "~=", "==", "===", ">")
    ]
    known = [bound for bound in bounds if bound is not None]
    return max(known) if known else None


def _is_django(name: object) -> bool:
    # As PEP 503 compares names; this one has no separator that could be written in another way.
    return isinstance(name, str) and name.lower() == "django"


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


_READERS: dict[str, Callable[[str], Iterator[Version | None]]] = {
    "poetry.lock": _toml_lock,
    "uv.lock": _toml_lock,
    "pdm.lock": _toml_lock,
    "pylock*.toml": _toml_lock,
    "Pipfile.lock": _pipfile_lock,
    "requirements*.txt": _requirements,
    "requirements*.in": _requirements,
    "requirements/*.txt": _requirements,
    "requirements/*.in": _requirements,
    "pyproject.toml": _pyproject,
    "Pipfile": _pipfile,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
}
