"""Whether a file runs in Django: only there is an ``on_commit`` to wait for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.project import Project
from pusher_migrate.index.code.syntax import absolute_name

_PACKAGES = frozenset({"django", "rest_framework"})


def runs_in_django(project: Project, module: Module) -> bool:
    """Whether a file imports Django, itself or through others, or is imported by one that does.

    Imports inside functions count: a task that imports a model when it runs is run in Django.
    """
    return _imports_django(project, module) or any(
        _imports_django(project, importer) for importer in _importers(project, module)
    )


def _imports_django(project: Project, start: Module) -> bool:
    seen = {start.path}
    stack = [start]
    while stack:
        module = stack.pop()
        for name in _imported(module):
            if name.partition(".")[0] in _PACKAGES and not project.find_module(
                name.partition(".")[0], module.path
            ):
                return True
            path = project.find_module(name, module.path)
            if path is not None and path not in seen:
                seen.add(path)
                found = project.module(path)
                if found is not None:
                    stack.append(found)
    return False


def _importers(project: Project, module: Module) -> Iterator[Module]:
    """The files that import a module directly."""
    last = module.name.rpartition(".")[2]
    for other in project.modules_naming(last) if last else ():
        if other is not module and any(
            project.find_module(name, other.path) == module.path for name in _imported(other)
        ):
            yield other


def _imported(module: Module) -> Iterator[str]:
    """Dotted names of the modules that a file imports, and of the names that may be modules."""
    for statement in module.imports:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield alias.name
            continue
        origin = absolute_name(module, statement)
        if origin is not None:
            yield origin
            for alias in statement.names:
                yield f"{origin}.{alias.name}".lstrip(".")
