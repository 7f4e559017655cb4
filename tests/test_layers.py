"""The layers of the package: who may import whom, and that nothing is left unregistered.

The checks work on a directory, not on the imported package, so that they see imports inside
functions too, and so that they can be shown to fail on small packages made for the purpose.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "pusher_migrate"
SOURCE = Path(__file__).resolve().parent.parent / "src" / PACKAGE

# A module or package may import those of its own number and of lower ones (CONTRIBUTING, Layers).
# "" is the package itself: everything may import the version from it, so it imports nothing.
LAYERS = {
    "": 0,
    "errors": 1,
    "model": 1,
    "catalogue": 2,
    "config": 2,
    "edits": 2,
    "nodes": 2,
    "source": 2,
    "syntax": 3,
    "cache": 4,
    "codec": 2,
    "discover": 4,
    "django_version": 4,
    "processes": 4,
    "index": 4,
    "requirement_files": 4,
    "ignores": 5,
    "inputs": 5,
    "rule": 5,
    "rewriting": 5,
    "deferral": 5,
    "untold": 5,
    "inventory": 5,
    "scaffold": 5,
    "draft": 6,
    "rules": 6,
    "plan": 7,
    "apply": 8,
    "check": 8,
    "report": 8,
    "review": 8,
    "cli": 9,
    "libcst_commands": 9,
    "start": 10,
    "__main__": 10,
}

# The folders of the index, the same way: each imports only those before it, and itself.
INDEX_FOLDERS = (
    "code",
    "flow",
    "types",
    "values",
    "calls",
    "instances",
    "transactions",
    "sending",
    "writes",
    "coverage",
)
MAX_LINES = 500


def module_files(source: Path, package: str = PACKAGE) -> dict[str, Path]:
    """Dotted name to file, of every module under ``source``, the directory of ``package``."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        found[".".join((package, *parts))] = path
    return found


def imported_names(tree: ast.Module, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a module imports, wherever in it the import stands.

    ``from a import b`` gives ``a.b``: whether that is a module is for the caller to find out.
    ``importlib.import_module("a.b")`` counts, as an import that is hidden in a string.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield node.lineno, alias.name
            case ast.ImportFrom(module=name, names=names, level=level):
                base = module.split(".")
                if level:
                    drop = level - 1 if is_package else level
                    base = base[: len(base) - drop]
                else:
                    base = []
                if name:
                    base = [*base, *name.split(".")]
                for alias in names:
                    yield node.lineno, ".".join((*base, alias.name))
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module" | "__import__"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name.lstrip(".") if not name.startswith(".") else module + name


def import_graph(source: Path, package: str = PACKAGE) -> dict[str, dict[str, int]]:
    """For each module the package's own modules that it imports, with the line of the first."""
    files = module_files(source, package)
    graph: dict[str, dict[str, int]] = {}
    for module, path in files.items():
        tree = ast.parse(path.read_bytes(), str(path))
        targets = graph.setdefault(module, {})
        for line, name in imported_names(tree, module, path.name == "__init__.py"):
            # `a.b.c` may be module a.b.c, or the name c in module a.b: the longest that exists.
            while name and name not in files:
                name = name.rpartition(".")[0]
            if name and name != module:
                targets.setdefault(name, line)
    return graph


def layer_name(module: str) -> str:
    """``index`` for ``pusher_migrate.index.types.calls``."""
    return module.split(".")[1] if "." in module else ""


def layer_faults(graph: dict[str, dict[str, int]], layers: dict[str, int]) -> list[str]:
    """One line for each import that goes up, and for each module that has no layer."""
    faults = []
    for module, targets in graph.items():
        if layer_name(module) not in layers:
            faults.append(f"{module} has no layer: add {layer_name(module)!r} to LAYERS")
            continue
        for target, line in targets.items():
            mine, theirs = layers[layer_name(module)], layers.get(layer_name(target))
            if theirs is not None and theirs > mine:
                faults.append(f"{module}:{line} (layer {mine}) imports {target} (layer {theirs})")
    return faults


def find_cycle(graph: dict[str, dict[str, int]]) -> list[str]:
    """The modules of one import cycle, its first repeated at the end; empty when there is none."""
    done: set[str] = set()

    def visit(module: str, trail: list[str]) -> list[str]:
        if module in trail:
            return [*trail[trail.index(module) :], module]
        if module in done:
            return []
        for target in graph.get(module, {}):
            if cycle := visit(target, [*trail, module]):
                return cycle
        done.add(module)
        return []

    for module in graph:
        if cycle := visit(module, []):
            return cycle
    return []


def rule_modules(source: Path) -> list[str]:
    """Dotted names of the modules in ``rules/``."""
    prefix = f"{PACKAGE}.rules."
    return [module for module in module_files(source) if module.startswith(prefix)]


def test_lower_layers_do_not_import_higher_ones() -> None:
    assert layer_faults(import_graph(SOURCE), LAYERS) == []


def test_there_is_no_circular_import() -> None:
    assert find_cycle(import_graph(SOURCE)) == []


def test_the_folders_of_the_index_build_on_each_other_in_one_order() -> None:
    prefix = f"{PACKAGE}.index."
    folders = {
        path.name for path in (SOURCE / "index").iterdir() if (path / "__init__.py").exists()
    }
    assert folders == set(INDEX_FOLDERS)
    faults = []
    for module, targets in import_graph(SOURCE).items():
        mine = module.removeprefix(prefix).partition(".")[0]
        for target, line in targets.items():
            theirs = target.removeprefix(prefix).partition(".")[0]
            if mine in folders and theirs in folders:
                if INDEX_FOLDERS.index(theirs) > INDEX_FOLDERS.index(mine):
                    faults.append(f"{module}:{line} imports {target}")
    assert faults == []


def test_every_rule_module_is_registered() -> None:
    rules = importlib.import_module(f"{PACKAGE}.rules")
    assert isinstance(rules.RULES, tuple)
    registered = [f"{PACKAGE}.rules.{rule.name}" for rule in rules.RULES]
    assert sorted(registered) == sorted(set(registered)), "a rule is registered twice"
    assert sorted(registered) == rule_modules(SOURCE)
    assert registered, "there is no rule at all"


def test_every_rule_is_registered_with_its_own_codes() -> None:
    rules = importlib.import_module(f"{PACKAGE}.rules")
    for rule in rules.RULES:
        module = importlib.import_module(f"{PACKAGE}.rules.{rule.name}")
        assert rule.codes == module.codes, rule.name
        assert callable(module.run), rule.name


def test_rules_do_not_import_each_other() -> None:
    # What two rules share belongs into syntax/ or rule.py: a rule must be removable on its own.
    rules = set(rule_modules(SOURCE))
    graph = import_graph(SOURCE)
    assert {rule: sorted(rules & graph[rule].keys()) for rule in rules} == {r: [] for r in rules}


@pytest.mark.parametrize("module", sorted(module_files(SOURCE)))
def test_files_stay_short_enough_to_read(module: str) -> None:
    lines = len(module_files(SOURCE)[module].read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES, f"{module} has {lines} lines: split it by responsibility"


# The checks themselves, on packages that break the rules.


def make_package(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    "line",
    [
        "import pkg.high",
        "from pkg import high",
        "from pkg.high import thing",
        "from . import high",
        "from .high import thing as other",
        "def f():\n    from pkg.high import thing",
        "import importlib\ndef f():\n    importlib.import_module('pkg.high')",
        "import typing\nif typing.TYPE_CHECKING:\n    import pkg.high as h",
    ],
)
def test_an_import_that_goes_up_is_found(tmp_path: Path, line: str) -> None:
    source = make_package(tmp_path, {"__init__.py": "", "low.py": line, "high.py": "thing = 1"})
    graph = import_graph(source, "pkg")
    assert list(graph["pkg.low"])[-1] == "pkg.high"
    assert len(layer_faults(graph, {"": 0, "low": 1, "high": 2})) == 1
    assert layer_faults(graph, {"": 0, "low": 2, "high": 2}) == []


def test_an_import_that_goes_up_from_a_subpackage_is_found(tmp_path: Path) -> None:
    source = make_package(
        tmp_path,
        {
            "__init__.py": "",
            "low/__init__.py": "",
            "low/a.py": "from ..high import x",
            "high.py": "",
        },
    )
    faults = layer_faults(import_graph(source, "pkg"), {"": 0, "low": 1, "high": 2})
    assert faults == ["pkg.low.a:1 (layer 1) imports pkg.high (layer 2)"]


def test_a_module_without_a_layer_is_found(tmp_path: Path) -> None:
    source = make_package(tmp_path, {"__init__.py": "", "stray.py": ""})
    assert layer_faults(import_graph(source, "pkg"), {"": 0}) == [
        "pkg.stray has no layer: add 'stray' to LAYERS"
    ]


def test_a_cycle_is_found_even_when_an_import_is_lazy(tmp_path: Path) -> None:
    files = {
        "__init__.py": "",
        "a.py": "from pkg import b",
        "b.py": "from pkg.c import x",
        "c.py": "x = 1\ndef f():\n    import pkg.a",
    }
    cycle = find_cycle(import_graph(make_package(tmp_path, files), "pkg"))
    assert set(cycle) == {"pkg.a", "pkg.b", "pkg.c"}
    assert cycle[0] == cycle[-1]


def test_a_cycle_of_a_package_and_its_own_module_is_found(tmp_path: Path) -> None:
    files = {
        "__init__.py": "",
        "p/__init__.py": "from .a import x",
        "p/a.py": "from pkg.p import y",
    }
    assert find_cycle(import_graph(make_package(tmp_path, files), "pkg")) != []
