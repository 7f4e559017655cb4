"""Finding and loading catalogues, in trees of files and in installed packages."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

from pusher_migrate.catalogue import (
    CatalogueErrors,
    CatalogueFile,
    available_codemods,
    choose_catalogue,
    find_catalogue,
    load,
    load_codemod,
    parse_catalogue,
    starter_text,
)
from pusher_migrate.catalogue.reader import KEYS
from pusher_migrate.errors import CatalogueError, PusherMigrateError, UsageError

ROOT = Path(__file__).resolve().parent.parent
OWN, HIDDEN, PYPROJECT = "pusher-migrate.toml", ".pusher-migrate.toml", "pyproject.toml"
TABLE = "[tool.pusher-migrate.files]\nexclude = ['x']\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty repository, so that nothing outside of it can be found."""
    root = tmp_path / "project"
    (root / "a" / "b").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def write(path: Path, text: str = "") -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_is_found_in_an_empty_project(project: Path) -> None:
    assert find_catalogue(project / "a" / "b") is None
    assert choose_catalogue(project) is None


def test_it_is_found_from_below(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(project / OWN)
    module = write(project / "a" / "b" / "views.py")
    for start in (project, project / "a" / "b", module, project / "a" / "missing" / "x.py"):
        assert find_catalogue(start) == (path, "file")
    monkeypatch.chdir(project / "a")
    assert find_catalogue(Path(".")) == (path, "file")
    assert find_catalogue(Path("b/views.py")) == (path, "file")


def test_the_nearest_is_taken_alone(project: Path) -> None:
    write(project / OWN, "[files]\nexclude = ['outer']\n")
    inner = write(project / "a" / HIDDEN, "[check]\nignore = ['PM104']\n")
    assert find_catalogue(project / "a" / "b") == (inner, "file")
    catalogue = choose_catalogue(project / "a" / "b")
    assert catalogue is not None
    assert catalogue.exclude == ()
    assert catalogue.check.ignore == ("PM104",)


def test_in_one_directory_the_order_is_fixed_and_the_losers_are_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    pyproject = write(project / PYPROJECT, TABLE)
    assert find_catalogue(project) == CatalogueFile(pyproject, "pyproject")
    assert warnings_of(project) == []
    hidden = write(project / HIDDEN)
    assert find_catalogue(project) == (hidden, "file")
    assert warnings_of(project) == [f"{PYPROJECT}: not used, because {HIDDEN} comes first"]
    own = write(project / OWN)
    assert find_catalogue(project) == (own, "file")
    assert warnings_of(project) == [
        f"{HIDDEN}: not used, because {OWN} comes first",
        f"{PYPROJECT}: not used, because {OWN} comes first",
    ]
    write(project / PYPROJECT, "[tool.pusher-migrate\n")
    assert len(warnings_of(project)) == 1


def warnings_of(start: Path, **options: str) -> list[str]:
    catalogue = choose_catalogue(start, codemod=options.get("codemod"))
    assert catalogue is not None
    return [str(warning) for warning in catalogue.warnings]


def test_a_pyproject_without_the_table_is_passed_over(project: Path) -> None:
    path = write(project / OWN)
    for text in (
        "",
        "[tool.black]\n",
        "[project]\ndependencies = ['pusher-migrate']\n",
        "[tool]\n'pusher-migrated' = {}\n",
        "tool = 1 # pusher-migrate\n",
        "broken [",
    ):
        write(project / "a" / PYPROJECT, text)
        assert find_catalogue(project / "a") == (path, "file")


def test_a_broken_pyproject_that_names_the_tool_is_an_error(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    write(project / OWN)
    write(project / "a" / PYPROJECT, "[tool.pusher-migrate]\nx = \n")
    with pytest.raises(CatalogueError, match=r"^a/pyproject\.toml:2: not valid TOML: "):
        find_catalogue(project / "a" / "b")


def test_the_search_ends_with_the_repository(project: Path) -> None:
    write(project.parent / OWN)
    assert find_catalogue(project / "a") is None
    path = write(project / OWN)
    assert find_catalogue(project / "a") == (path, "file")


def test_a_directory_of_that_name_is_no_catalogue(project: Path) -> None:
    (project / OWN).mkdir()
    (project / PYPROJECT).mkdir()
    assert find_catalogue(project) is None


def test_errors_in_a_pyproject_have_its_lines_and_headers(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    text = "[project]\nname = 'x'\n\n[[tool.pusher-migrate.event]]\nevnt = 'x'\n"
    write(project / PYPROJECT, text + "[tool.pusher-migrate.chek]\n")
    with pytest.raises(CatalogueErrors) as caught:
        load(Path(PYPROJECT))
    lines = str(caught.value).split("\n")
    assert lines[0] == (
        'pyproject.toml:4: [[tool.pusher-migrate.event]] lacks the key "event": the name of the '
        "event, or several"
    )
    assert (
        'pyproject.toml:5: unknown key "evnt" in [[tool.pusher-migrate.event]]; '
        'did you mean "event"?' in lines
    )
    assert 'pyproject.toml:6: unknown table "chek"; did you mean "check"?' in lines


def test_a_pyproject_that_is_named_must_have_the_table(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    write(project / PYPROJECT, TABLE)
    assert load(Path(PYPROJECT)).exclude == ("x",)
    write(project / PYPROJECT, "[tool.black]\n")
    with pytest.raises(CatalogueError, match=r"^pyproject\.toml.*: has no table \[tool\.pusher-m"):
        load(Path(PYPROJECT))
    write(project / PYPROJECT, "[tool]\npusher-migrate = 1\n")
    with pytest.raises(CatalogueError, match=r"^pyproject\.toml:2: has no table \[tool\.pusher-m"):
        load(Path(PYPROJECT))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "c.toml: cannot be read: No such file or directory"),
        (b"[files]\n\n# \xff\n", "c.toml:3: not valid TOML: not encoded in UTF-8"),
        ("[files]\n".encode("utf-16"), "c.toml:1: not valid TOML: not encoded in UTF-8"),
        (b"a = 1 \x00", "c.toml:1: not valid TOML: "),
    ],
)
def test_what_cannot_be_read_is_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, message: str
) -> None:
    monkeypatch.chdir(project)
    if content is not None:
        (project / "c.toml").write_bytes(content)
    with pytest.raises(CatalogueError) as caught:
        load(project / "c.toml")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_directory_and_an_impossible_path_cannot_be_read(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(CatalogueError, match=r"^a: cannot be read: Is a directory$"):
        load(Path("a"))
    with pytest.raises(CatalogueError, match="not a possible path"):
        load(Path("a\0b"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_cannot_be_read(project: Path) -> None:
    path = write(project / OWN)
    path.chmod(0)
    with pytest.raises(CatalogueError, match="cannot be read: Permission denied"):
        load(path)


def test_paths_in_errors_are_as_the_user_would_type_them(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(project / OWN, "x = 1")
    for directory, shown in (
        (project, OWN),
        (project.parent, f"project/{OWN}"),
        (project / "a", path.as_posix()),
    ):
        monkeypatch.chdir(directory)
        with pytest.raises(CatalogueErrors) as caught:
            load(path)
        assert str(caught.value).startswith(f"{shown}:1: ")


# The migrations that come with the package.


def test_every_codemod_loads() -> None:
    names = available_codemods()
    in_tree = {path.stem for path in (ROOT / "codemods").glob("*.toml")} - {"starter"}
    assert set(names) == in_tree
    for name in names:
        catalogue = load_codemod(name)
        assert catalogue.warnings == ()
        assert catalogue.path == f"codemods/{name}.toml"
        assert catalogue.manager is not None
        assert catalogue.events or catalogue.states


@pytest.mark.parametrize("name", ["starter", "", "../pyproject", "README", "a\nb", "HOTELMATE"])
def test_an_unknown_codemod_lists_those_that_there_are(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_codemod(name)
    assert str(caught.value).startswith("unknown codemod ")
    assert "; available: " in str(caught.value) or "did you mean" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_misspelt_codemod_is_recognised() -> None:
    for name in available_codemods():
        with pytest.raises(UsageError, match=f'did you mean "{name}"'):
            load_codemod(name[:-1])


def test_the_projects_own_catalogue_wins_and_nothing_is_merged(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    name = available_codemods()[0]
    shipped = choose_catalogue(project, codemod=name)
    assert shipped == load_codemod(name)
    write(project / OWN, "[files]\nexclude = ['x']\n")
    own = choose_catalogue(project, codemod=name)
    assert own is not None
    assert (own.path, own.events, own.exclude) == (OWN, (), ("x",))
    assert [str(warning) for warning in own.warnings] == [
        f"{OWN}: --codemod {name} is not used, because the project has this catalogue"
    ]
    with pytest.raises(UsageError, match="unknown codemod"):
        choose_catalogue(project, codemod="nonsense")


def test_a_named_file_goes_before_all(project: Path) -> None:
    write(project / OWN)
    other = write(project / "other.toml", "[files]\nexclude = ['other']\n")
    catalogue = choose_catalogue(project, config=other)
    assert catalogue is not None
    assert catalogue.exclude == ("other",)
    assert catalogue.warnings == ()
    with pytest.raises(UsageError, match="--config and --codemod"):
        choose_catalogue(project, config=other, codemod=available_codemods()[0])


# The starter and the documentation.


def uncommented(text: str) -> str:
    """The starter with its entries switched on, as its first lines say."""
    return re.sub(r"(?m)^#(?=\S)", "", text)


def test_the_starter_loads_as_it_is() -> None:
    catalogue = parse_catalogue(starter_text(), "starter.toml")
    assert catalogue.manager is not None
    assert (catalogue.events, catalogue.states, catalogue.warnings) == ((), (), ())


def test_the_starter_loads_with_all_entries_and_shows_every_key() -> None:
    text = uncommented(starter_text())
    catalogue = parse_catalogue(text, "starter.toml")
    assert len(catalogue.events) == text.count("\n[[event]]\n") > 0
    assert len(catalogue.states) == text.count("\n[[state]]\n") > 0
    assert catalogue.warnings == ()
    for table, keys in KEYS.items():
        for key in keys:
            assert re.search(rf"(?m)^{key} = ", text), f"{table} {key}"


def test_every_line_of_the_starter_is_explained() -> None:
    lines = starter_text().splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"#?[a-z_]+ = ", line):
            assert before.startswith("# ") or re.match(r"#?\[?\[?\w+", before), line


def test_the_documentation_has_every_table_and_key() -> None:
    readme = (ROOT / "codemods" / "README.md").read_text(encoding="utf-8")
    sections = re.split(r"(?m)^##+ ", readme)
    for table, keys in KEYS.items():
        (section,) = [text for text in sections if text.startswith(f"`{table}`")]
        documented = re.findall(r"(?m)^\| `(\w+)` \|", section)
        assert tuple(documented) == keys


def test_the_examples_in_the_documentation_are_catalogues() -> None:
    readme = (ROOT / "codemods" / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"(?ms)^```toml\n(.*?)^```$", readme)
    assert examples
    for example in examples:
        assert parse_catalogue(example, "README.md").warnings == ()


# What starts quickly stays quick: by which modules are imported, not by time.


def imported(code: str, cwd: Path) -> set[str]:
    script = f"import sys, json\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=cwd, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_looking_for_a_catalogue_imports_next_to_nothing(project: Path) -> None:
    code = (
        "from pathlib import Path\nfrom pusher_migrate.catalogue import find_catalogue\n"
        "assert find_catalogue(Path('.')) is None"
    )
    names = imported(code, project)
    heavy = {"tomllib", "difflib", "importlib.resources", "libcst", "black", "click"}
    assert names & (heavy | {"pusher_migrate.catalogue.reader"}) == set()


def test_loading_a_catalogue_imports_no_more_than_it_needs(project: Path) -> None:
    write(project / OWN, (ROOT / "codemods" / "starter.toml").read_text(encoding="utf-8"))
    code = (
        "from pathlib import Path\nfrom pusher_migrate.catalogue import choose_catalogue\n"
        "assert choose_catalogue(Path('.')).manager"
    )
    names = imported(code, project)
    assert "tomllib" in names
    assert names & {"difflib", "importlib.resources", "libcst", "black", "click"} == set()


# Installed packages.

ASK = (
    "import pusher_migrate.catalogue as c; "
    "print(c.__file__); print(*c.available_codemods()); print(len(c.starter_text())); "
    "print(*[len(c.load_codemod(n).events) for n in c.available_codemods()])"
)


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the build backend: this one, or else a new one that fetches it."""
    if importlib.util.find_spec("hatchling"):
        return Path(sys.executable)
    home = tmp_path_factory.mktemp("builder")
    run(sys.executable, "-m", "venv", home, cwd=home)
    python = scripts_of(home) / "python"
    run(python, "-m", "pip", "install", "-q", "hatchling", cwd=home)
    return python


def scripts_of(home: Path) -> Path:
    paths = sysconfig.get_paths(scheme="venv", vars={"base": str(home), "platbase": str(home)})
    return Path(paths["scripts"])


def empty_environment(home: Path) -> Path:
    home.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
    return scripts_of(home) / "python"


def install(wheel: Path, home: Path) -> Path:
    """The Python of a new environment with nothing but the package in it."""
    python = empty_environment(home)
    pip = (sys.executable, "-m", "pip", "-q", "--python", python, "install")
    run(*pip, "--no-deps", "--no-index", wheel, cwd=home)
    return python


def make_wheel(builder: Path, source: Path, out: Path) -> Path:
    pip = (builder, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation")
    run(*pip, "-w", out, source, cwd=out)
    (wheel,) = out.glob("*.whl")
    return wheel


def check_installation(python: Path, cwd: Path) -> Path:
    """Ask an installation for its codemods; where it was imported from."""
    where, names, length, sizes = run(python, "-c", ASK, cwd=cwd).splitlines()
    assert names.split() == list(available_codemods())
    assert int(length) == len(starter_text())
    assert sizes.split() == [str(len(load_codemod(n).events)) for n in available_codemods()]
    return Path(where)


@pytest.fixture(scope="module")
def sdist(builder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sdist")
    run(builder, "-m", "hatchling", "build", "-t", "sdist", "-d", out, cwd=ROOT)
    (archive,) = out.glob("*.tar.gz")
    return archive


@pytest.mark.slow
def test_codemods_are_found_in_a_wheel_made_from_the_sdist(
    builder: Path, sdist: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("/codemods/starter.toml") for name in archive.getnames())
    python = install(make_wheel(builder, sdist, tmp_path), tmp_path / "env")
    where = check_installation(python, tmp_path)
    assert where.is_relative_to(tmp_path / "env")
    assert (where.parent.parent / "codemods" / "starter.toml").is_file()


@pytest.mark.slow
def test_codemods_are_found_in_a_wheel(builder: Path, tmp_path: Path) -> None:
    python = install(make_wheel(builder, ROOT, tmp_path), tmp_path / "env")
    assert check_installation(python, tmp_path).is_relative_to(tmp_path / "env")


@pytest.mark.slow
def test_codemods_are_found_in_an_editable_install(tmp_path: Path) -> None:
    python = empty_environment(tmp_path / "env")
    # Build isolation fetches the backend with what it needs for this and nothing else does.
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "-e", ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    if "No matching distribution found for hatchling" in done.stderr:
        pytest.skip("offline: the build backend cannot be fetched")
    assert done.returncode == 0, done.stderr
    assert check_installation(python, tmp_path).is_relative_to(ROOT / "src")


@pytest.mark.slow
def test_an_editable_install_reads_the_files_of_the_checkout(tmp_path: Path) -> None:
    # The backend puts a path file and copies of the data there; the copies get old.
    python = empty_environment(tmp_path / "env")
    site = Path(
        run(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=tmp_path).strip()
    )
    (site / "editable.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    (site / "pusher_migrate" / "codemods").mkdir(parents=True)
    write(site / "pusher_migrate" / "codemods" / "old.toml")
    assert check_installation(python, tmp_path).is_relative_to(ROOT / "src")


def test_all_errors_are_the_ones_that_end_a_run_in_one_line() -> None:
    assert issubclass(CatalogueErrors, PusherMigrateError)
