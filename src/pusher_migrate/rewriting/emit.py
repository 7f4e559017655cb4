"""Turn a bound manager call into the edits that put it where it belongs, imports included."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import absolute_name, decorator_name
from pusher_migrate.index.sending.contracts import parameters_of
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance
from pusher_migrate.model import Edit
from pusher_migrate.rule import Context
from pusher_migrate.syntax.import_style import ImportStyle
from pusher_migrate.syntax.imports import ImportResult, add_import, add_local_import, visible_import
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.statements import replace_statement

_PLAIN_BASES = frozenset({"abc.ABC", "typing.Generic", "typing.Protocol"})


@dataclass(frozen=True, slots=True)
class Receiver:
    """How the manager is reached at a place.

    Attributes:
        text: Expression for it.
        edits: The import that it needs; empty when it is there already.
    """

    text: str
    edits: tuple[Edit, ...] = ()


def on_commit_at(context: Context, module: Module, node: ast.AST) -> ImportResult:
    """How to reach Django's ``on_commit`` at a place: an import that is there, or one to add.

    One name for ``transaction`` serves the whole file: it is none that a function there uses for
    something else.
    """
    style = import_style(context, module)
    source, tree = module.source, module.tree
    if visible_import(tree, "django.db", "transaction", at=node, style=style) is None:
        there = visible_import(tree, "django.db.transaction", "on_commit", at=node, style=style)
        if there is not None:
            return ImportResult(None, there)
    taken = {
        name
        for scope in module.scopes.values()
        if not scope.is_module
        for name, bindings in scope.names.items()
        if any(binding.kind != "import" for binding in bindings)
    }
    added = add_import(
        source, tree, "django.db", "transaction", at=node, taken_names=taken, style=style
    )
    return ImportResult(added.edit, f"{added.local_name}.on_commit")


def manager_at(context: Context, module: Module, node: ast.AST) -> Receiver | Refusal:
    """How to reach the manager at a place: a name that is there, or an import to add.

    The import goes to the top of the file, or, where that would close a circle of imports, into the
    function around the place.
    """
    manager = context.catalogue.manager
    if manager is None:
        return Refusal("the catalogue names no manager: add [manager] object")
    made = _instantiation(context, manager.object)
    if isinstance(made, Refusal):
        return made
    style = import_style(context, module)
    source, tree = module.source, module.tree
    there = visible_import(tree, manager.module, manager.name, at=node, style=style)
    if there is not None:
        return Receiver(there + made)
    function = module.named_function_around(node)
    result: ImportResult | Refusal
    if function is not None and closes_circle(context, manager.module, module):
        result = add_local_import(source, tree, function, manager.module, manager.name, style=style)
    else:
        result = add_import(
            source,
            tree,
            manager.module,
            manager.name,
            at=node,
            style=style,
            leaving=legacy_names(context, module),
        )
    if isinstance(result, Refusal):
        return result
    edits = (result.edit,) if result.edit is not None else ()
    return Receiver(result.local_name + made, edits)


def _instantiation(context: Context, dotted: str) -> str | Refusal:
    """What follows the manager's name: ``()`` where that is a class."""
    inference = context.index.inference
    cls = inference.resolve(dotted)
    if not isinstance(cls, ClassType):
        return ""
    methods = [contract.method.node for contract in context.index.emissions.contracts.values()]
    if methods and all(_needs_no_instance(method) for method in methods):
        return ""
    initialiser = inference.member(Instance(cls), "__init__")
    if isinstance(initialiser, FunctionType):
        assert not isinstance(initialiser.node, ast.Lambda)
        required = [p.name for p in parameters_of(initialiser.node) if not p.has_default]
        if required:
            return Refusal(
                f"{dotted} is a class, and making an instance takes {', '.join(required)}; name "
                "an instance in the catalogue, [manager] object"
            )
    elif inference.external_bases(cls) - _PLAIN_BASES:
        return Refusal(
            f"{dotted} is a class that is made by code outside the project; name an instance in "
            "the catalogue, [manager] object"
        )
    return "()"


def _needs_no_instance(method: ast.AST) -> bool:
    names = {decorator_name(item) for item in getattr(method, "decorator_list", ())}
    return bool(names & {"staticmethod", "classmethod"})


def legacy_names(context: Context, module: Module) -> set[str]:
    """The names through which a file's legacy calls reach their client."""
    found = set()
    for emission in context.index.emissions.emissions:
        if emission.module is module and emission.system == "legacy":
            node = emission.call
            while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
                node = node.func if isinstance(node, ast.Call) else node.value
            if isinstance(node, ast.Name):
                found.add(node.id)
    return found


def import_style(context: Context, module: Module) -> ImportStyle:
    """What new imports in a file depend on."""
    first_party = context.index.project.top_level_names
    return ImportStyle(module.package, first_party, settings=context.black)


@lru_cache(maxsize=16)
def closes_circle(context: Context, imported: str, importer: Module) -> bool:
    """Whether importing a module at the top of a file makes a circle of top-level imports.

    A few answers are kept: one file asks for each of its calls.
    """
    index = context.index
    start = index.project.find_module(imported, importer.path)
    seen: set[str] = set()
    stack = [start] if start is not None else []
    while stack:
        path = stack.pop()
        if path == importer.path:
            return True
        if path in seen:
            continue
        seen.add(path)
        module = index.project.module(path)
        if module is not None:
            stack.extend(top_level_imports(context, module))
    return False


def top_level_imports(context: Context, module: Module) -> set[str]:
    """Paths of the project's modules that a module imports when it is loaded."""
    find = context.index.project.find_module
    found: set[str] = set()
    for statement in module.imports:
        if module.function_around(statement) is not None or _is_type_checking(module, statement):
            continue
        names: list[str] = []
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        else:
            origin = absolute_name(module, statement)
            if origin is not None:
                names = [origin, *(f"{origin}.{alias.name}" for alias in statement.names)]
        for name in names:
            parts = name.split(".")
            for count in range(1, len(parts) + 1):
                path = find(".".join(parts[:count]), module.path)
                if path is not None:
                    found.add(path)
    found.discard(module.path)
    return found


def _is_type_checking(module: Module, statement: ast.stmt) -> bool:
    for parent in module.ancestors(statement):
        if isinstance(parent, ast.If):
            test = parent.test
            name = test.attr if isinstance(test, ast.Attribute) else ""
            name = test.id if isinstance(test, ast.Name) else name
            if name == "TYPE_CHECKING":
                return True
    return False


def replace_call(
    context: Context, module: Module, call: ast.expr, text: str, around: ast.stmt | None = None
) -> Edit | Refusal:
    """Put a new call in the place of an old one, or of a whole statement around it.

    A statement of its own is replaced as a statement, comments kept; a call in a lambda is replaced
    where it stands.
    """
    statement = module.parents[call]
    if around is not None:
        return replace_statement(module.source, around, text, context.black)
    if isinstance(statement, ast.Expr):
        return replace_statement(module.source, statement, text, context.black)
    start, end = module.source.span(call)
    return Edit(module.path, start, end, text)
