"""What a user installs: the wheel, in an environment of its own, away from the source tree."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

import pusher_migrate

ROOT = Path(__file__).resolve().parent.parent
VERSION = pusher_migrate.__version__


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command that must succeed; its standard output."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source tree."""
    # With the build backend at hand, nothing is downloaded.
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    out = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", *isolation)
    run(*pip, "--wheel-dir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts directory of a new environment with the wheel in it.

    The dependencies are those of the environment that runs the tests, reached through a path file:
    such a path's own path files are not read, so the editable install stays out of sight.
    """
    home = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
    paths = sysconfig.get_paths(scheme="venv", vars={"base": str(home), "platbase": str(home)})
    python = Path(paths["scripts"]) / "python"
    pip = (sys.executable, "-m", "pip", "-q", "--python", python, "install", "--no-deps")
    run(*pip, "--no-index", wheel, cwd=home)
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(paths["purelib"]) / "dependencies.pth").write_text(
        "\n".join(sorted(ours)) + "\n", encoding="utf-8"
    )
    return python.parent


@pytest.mark.slow
def test_wheel_holds_the_types_and_the_codemods(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    codemods = {path.name for path in (ROOT / "codemods").glob("*.toml")}
    assert codemods, "no codemod to ship"
    assert "pusher_migrate/py.typed" in names
    assert {f"pusher_migrate/codemods/{name}" for name in codemods} <= names


@pytest.mark.slow
def test_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    metadata = f"pusher_migrate-{VERSION}.dist-info/"
    assert [n for n in names if not n.startswith(("pusher_migrate/", metadata))] == []
    assert [n for n in names if {"golden", "tests"} & set(n.split("/"))] == []
    source = ROOT / "src" / "pusher_migrate"
    modules = {f"pusher_migrate/{p.relative_to(source).as_posix()}" for p in source.rglob("*.py")}
    assert {n for n in names if n.endswith(".py")} == modules


@pytest.mark.slow
def test_installed_wheel_runs(scripts: Path, tmp_path: Path) -> None:
    where = run(
        scripts / "python", "-c", "import pusher_migrate as p; print(p.__file__)", cwd=tmp_path
    )
    assert Path(where.strip()).is_relative_to(scripts.parent), "the source tree was imported"
    said = [
        run(scripts / "pusher-migrate", "--version", cwd=tmp_path),
        run(scripts / "python", "-m", "pusher_migrate", "--version", cwd=tmp_path),
    ]
    for line in said:
        assert re.search(rf"\b{re.escape(VERSION)}\b", line), said


@pytest.mark.slow
def test_installed_wheel_reads_its_own_metadata(scripts: Path, tmp_path: Path) -> None:
    code = "from importlib.metadata import version; print(version('pusher-migrate'))"
    assert run(scripts / "python", "-c", code, cwd=tmp_path).strip() == VERSION


def test_supported_versions_are_the_ones_that_ci_runs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    prefix = "Programming Language :: Python :: "
    declared = [c.removeprefix(prefix) for c in project["classifiers"] if c.startswith(prefix)]
    match = re.search(r"VERSIONS=\((.*?)\)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))
    assert match is not None
    assert match[1].split() == declared
    assert project["requires-python"] == f">={declared[0]}"


def test_ci_script_can_be_executed() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_readme_gives_the_test_command_that_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- ci:tests -->\s*^```\w*\n(.+?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert block is not None, "README.md has no fenced block after <!-- ci:tests -->"
    assert "pytest" in block[1]
    assert ".venv/" in block[1], "CI puts its own environment in the place of .venv"
