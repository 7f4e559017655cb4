"""Which Django a project runs on: every file that says so, and no file that breaks a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pusher_migrate.catalogue import DjangoOptions
from pusher_migrate.django_version import DjangoVersion, find_django, parse_version, robust_of

POETRY_LOCK = '[[package]]\nname = "Django"\nversion = "4.1.7"\n\n[[package]]\nname = "pytz"\n'


def found(root: Path, files: dict[str, str], *directories: str) -> DjangoVersion | None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return find_django(root, directories or ("",))


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("requirements.txt", "django>=4.2,<5\n", (4, 2)),
        ("requirements.txt", "# old\nDjango[argon2] == 3.2.1  # pinned\n", (3, 2)),
        ("requirements.txt", "django==5.0.1 \\\n    --hash=sha256:abc\n", (5, 0)),
        ("requirements.txt", "-r base.txt\ndjango~=4.1\n", (4, 1)),
        ("requirements.txt", "django==4.2.*\n", (4, 2)),
        ("requirements.txt", "django>4.1,!=4.2\n", (4, 1)),
        ("requirements-prod.txt", "django>=5\n", (5, 0)),
        ("requirements/base.in", "django>=4.2\n", (4, 2)),
        ("pyproject.toml", '[project]\ndependencies = ["django>=5.1"]\n', (5, 1)),
        ("pyproject.toml", '[project.optional-dependencies]\nweb = ["django>=4"]\n', (4, 0)),
        ("pyproject.toml", '[dependency-groups]\ndev = ["django>=4.2", {a = 1}]\n', (4, 2)),
        ("pyproject.toml", '[tool.poetry.dependencies]\ndjango = "^4.2"\n', (4, 2)),
        ("pyproject.toml", '[tool.poetry.dependencies]\nDjango = {version = "~5.0"}\n', (5, 0)),
        ("pyproject.toml", '[tool.poetry.group.web.dependencies]\ndjango = "^3.2 || ^4"\n', (3, 2)),
        ("setup.cfg", "[options]\ninstall_requires =\n    django>=4.2\n    pusher\n", (4, 2)),
        ("setup.py", 'setup(install_requires=["pusher", "django>=3.2"])\n', (3, 2)),
        ("Pipfile", '[packages]\ndjango = ">=4.2"\n', (4, 2)),
        ("Pipfile.lock", '{"default": {"django": {"version": "==5.2.1"}}}', (5, 2)),
        ("poetry.lock", POETRY_LOCK, (4, 1)),
        ("uv.lock", '[[package]]\nname = "django"\nversion = "5.2"\n', (5, 2)),
        ("pylock.toml", '[[packages]]\nname = "django"\nversion = "5.1.2"\n', (5, 1)),
    ],
)
def test_each_file_is_read(tmp_path: Path, name: str, text: str, version: tuple[int, int]) -> None:
    assert found(tmp_path, {name: text}) == DjangoVersion(version, name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "django\n"),
        ("requirements.txt", "django<5\n"),
        ("requirements.txt", "djangorestframework>=3.15\ndjango-filter>=24\n"),
        ("requirements.txt", "django @ git+https://example.invalid/django\n"),
        ("requirements.txt", "-e .\n--index-url x\ndjango=5\n\x00\n"),
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", 'project = 1\ntool = ["x"]\ndependency-groups = 3\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\ndjango = "*"\n'),
        ("Pipfile.lock", '["django"]'),
        ("Pipfile.lock", "{"),
        ("setup.cfg", "install_requires = django\n"),
        ("setup.py", "def setup(:\n"),
    ],
)
def test_a_file_that_does_not_say_is_none_and_no_error(
    tmp_path: Path, name: str, text: str
) -> None:
    assert found(tmp_path, {name: text}) is None


def test_bytes_that_are_no_text_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(b"django>=4.2\n\xff\xfe")
    (tmp_path / "poetry.lock").mkdir()
    assert find_django(tmp_path) is None


def test_a_lock_file_goes_before_requirements(tmp_path: Path) -> None:
    files = {"requirements.txt": "django>=3.2\n", "uv.lock": POETRY_LOCK}
    assert found(tmp_path, files) == DjangoVersion((4, 1), "uv.lock")


def test_the_lowest_of_several_counts(tmp_path: Path) -> None:
    files = {"requirements.txt": "django>=5\n", "requirements/old.txt": "django==3.2\n"}
    lowest = found(tmp_path, files)
    assert lowest is not None and lowest.version == (3, 2)
    assert str(lowest) == "Django 3.2 (requirements/old.txt)"


def test_it_is_looked_for_next_to_manage_py(tmp_path: Path) -> None:
    files = {"backend/requirements.txt": "django>=4.2\n"}
    assert found(tmp_path, files) is None
    assert found(tmp_path, {}, "", "backend") == DjangoVersion((4, 2), "backend/requirements.txt")


@pytest.mark.parametrize(
    ("options", "version", "robust", "note"),
    [
        (DjangoOptions(), (4, 2), True, ""),
        (DjangoOptions(), (4, 1), False, "allows Django 4.1 (r.txt)"),
        (DjangoOptions(), None, False, "could not be read"),
        (DjangoOptions(target_version="5.2"), (3, 2), True, ""),
        (DjangoOptions(target_version="4.1"), (5, 2), False, "allows Django 4.1:"),
        (DjangoOptions(robust=True), None, True, ""),
        (DjangoOptions(robust=True), (3, 2), True, "does not take it"),
        (DjangoOptions(robust=False), (5, 2), False, ""),
    ],
)
def test_what_the_catalogue_says_goes_first(
    options: DjangoOptions, version: tuple[int, int] | None, robust: bool, note: str
) -> None:
    given = DjangoVersion(version, "r.txt") if version else None
    decided, said = robust_of(options, given)
    assert decided is robust
    assert (note in said) if note else (said == "")


def test_versions_are_read_by_their_first_two_numbers() -> None:
    assert parse_version("5.2.1rc1") == (5, 2)
    assert parse_version("v4") == (4, 0)
    assert parse_version("latest") is None
