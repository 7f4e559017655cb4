"""The files that say which Django a project runs on: where they are, not what they say.

They are part of what an answer depends on, so their list has to be at hand without their readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

#: What says the version exactly.
LOCKS = ("poetry.lock", "uv.lock", "pdm.lock", "pylock*.toml", "Pipfile.lock")

#: What says which versions are allowed.
REQUIREMENTS = (
    "requirements*.txt",
    "requirements*.in",
    "requirements/*.txt",
    "requirements/*.in",
    "pyproject.toml",
    "Pipfile",
    "setup.cfg",
    "setup.py",
)


def management_directories(paths: Iterable[str]) -> list[str]:
    """Where the requirements of a Django project stand: its root, and next to ``manage.py``.

    Args:
        paths: The project's files, relative to its root.
    """
    managed = [path for path in paths if path.rpartition("/")[2] == "manage.py"]
    return ["", *(path.rpartition("/")[0] for path in managed)]


def files_in(root: Path, directory: str, pattern: str) -> Iterator[Path]:
    """The files of a directory that one of the patterns above stands for, sorted."""
    return filter(Path.is_file, sorted((root / directory).glob(pattern)))
