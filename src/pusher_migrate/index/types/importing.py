"""What the names of imports stand for: modules of the tree, names in them, or something outside."""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding
from pusher_migrate.index.code.syntax import absolute_name, final_bindings
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import External, ModuleType, Namespace, Type


def imported(inference: Questions, module: Module, binding: Binding) -> Type | None:
    alias = binding.node
    statement = module.parents[alias]
    assert isinstance(alias, ast.alias)
    if isinstance(statement, ast.Import):
        dotted = alias.name if alias.asname else alias.name.partition(".")[0]
        return dotted_module(inference, dotted, module)
    assert isinstance(statement, ast.ImportFrom)
    return _from(inference, module, statement, alias.name)


def _from(
    inference: Questions, module: Module, statement: ast.ImportFrom, name: str
) -> Type | None:
    origin = absolute_name(module, statement)
    source = import_source(inference, module, statement)
    if origin is None or source is None:
        return None
    if isinstance(source, ModuleType):
        if source.module is module and name not in module.scope.names:
            return submodule(inference, origin, name, module)
        found = inference.module_name(source.module, name)
        if found is None and name not in source.module.scope.names:
            return submodule(inference, origin, name, module)
        return found
    if isinstance(source, Namespace):
        return submodule(inference, origin, name, module)
    if isinstance(source, External):
        return External(f"{source.path}.{name}")
    return None


def import_source(inference: Questions, module: Module, statement: ast.ImportFrom) -> Type | None:
    """The module that a ``from`` import takes its names from."""
    if statement.level == 1 and not module.package and statement.module:
        # A file at the root may be part of a package whose folder is the root itself.
        directory = module.path.rpartition("/")[0]
        inner = statement.module.replace(".", "/")
        inner = f"{directory}/{inner}" if directory else inner
        for path in (f"{inner}.py", f"{inner}/__init__.py"):
            if inference.project.has(path):
                found = inference.project.module(path)
                return ModuleType(found) if found is not None else None
    origin = absolute_name(module, statement)
    return dotted_module(inference, origin, module) if origin is not None else None


def submodule(inference: Questions, package: str, name: str, importer: Module) -> Type | None:
    dotted = f"{package}.{name}" if package else name
    path = inference.project.find_module(dotted, importer.path)
    if path is not None:
        found = inference.project.module(path)
        return ModuleType(found) if found is not None else None
    if inference.project.is_namespace(dotted, importer.path):
        return Namespace(dotted)
    return None


def dotted_module(inference: Questions, dotted: str, importer: Module) -> Type | None:
    """A module by its absolute dotted name: of the tree, or else from outside."""
    path = inference.project.find_module(dotted, importer.path)
    if path == importer.path and "." not in dotted and not importer.is_package:
        return External(dotted)  # ``import pusher`` in a file ``pusher.py`` means the library.
    if path is not None:
        found = inference.project.module(path)
        return ModuleType(found) if found is not None else None
    if inference.project.is_namespace(dotted, importer.path):
        return Namespace(dotted)
    head = dotted.partition(".")[0]
    if head != dotted and inference.project.find_module(head, importer.path) is not None:
        return None  # Inside a package of the tree, but not there: a name we cannot see.
    return External(dotted)


def star_import(inference: Questions, module: Module, name: str) -> Type | None:
    for binding in module.scope.names.get("*", ()):
        statement = module.parents[binding.node]
        assert isinstance(statement, ast.ImportFrom)
        origin = absolute_name(module, statement)
        source = dotted_module(inference, origin, module) if origin else None
        if isinstance(source, ModuleType) and source.module is not module:
            found = inference.module_name(source.module, name)
            if found is not None:
                return found
    return None


def resolve(inference: Questions, dotted: str) -> Type | None:
    """What a dotted name of the catalogue stands for: ``pkg.module.Class.attribute``."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        path = inference.project.find_module(".".join(parts[:cut]))
        module = inference.project.module(path) if path is not None else None
        if module is not None:
            found: Type | None = ModuleType(module)
            for part in parts[cut:]:
                found = inference.member(found, part) if found is not None else None
            return found
    return None


def named(inference: Questions, dotted: str, importer: Module) -> Type | None:
    """What a dotted name in a text stands for, in the tree or outside it."""
    found = resolve(inference, dotted)
    return found if found is not None else dotted_module(inference, dotted, importer)


def imported_binding(
    inference: Questions, module: Module, node: ast.Name
) -> tuple[Module, Binding] | None:
    """The module-level assignment behind an imported name, re-exports followed."""
    for _ in range(8):
        _, bindings = inference.bindings_at(module, node, module.statement_around(node))
        if len(bindings) != 1 or not isinstance(bindings[0].node, ast.alias):
            return None
        alias = bindings[0].node
        statement = module.parents[alias]
        origin = absolute_name(module, statement) if isinstance(statement, ast.ImportFrom) else None
        source = dotted_module(inference, origin, module) if origin else None
        if not isinstance(source, ModuleType):
            return None
        final = source.module.scope.names.get(alias.name)
        if not final:
            return None
        remaining = final_bindings(source.module, final)
        if len(remaining) != 1:
            return None
        if remaining[0].kind != "import":
            return source.module, remaining[0]
        module, node = source.module, _name_in(source.module, remaining[0].name)
    return None


def _name_in(module: Module, name: str) -> ast.Name:
    """A name as the module's own top level would read it."""
    node = ast.Name(name, ast.Load())
    module.parents[node] = module.tree.body[-1]
    return node
