"""PM105: an import of the client that nothing refers to once its calls are rewritten.

It stays when anything else may refer to it: another use in the file, ``__all__``, an import or an
attribute access from another module, or a string (``mock.patch("rooms.views.pusher_client")``)
anywhere in the tree.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding, Scope
from pusher_migrate.index.types import settings
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    FunctionType,
    Instance,
    ModuleType,
)
from pusher_migrate.model import Change, Deferral, Edit
from pusher_migrate.nodes import walk
from pusher_migrate.rule import Context, Outcome
from pusher_migrate.syntax.imports import remove_import
from pusher_migrate.syntax.layout import Refusal

codes = ("PM105",)

# The module that a ``from`` import names is no name of the file.
_FROM = re.compile(r"^[ \t]*from[ \t]+[\w.]+[ \t]+import\b", re.MULTILINE)


def run(context: Context, found: Sequence[Outcome]) -> Iterator[Outcome]:
    """One change for each import that the changes so far leave without a use."""
    by_path: dict[str, list[Change]] = {}
    for outcome in found:
        if isinstance(outcome, Change) and outcome.code in ("PM101", "PM103", "PM107"):
            for path in outcome.paths:
                by_path.setdefault(path, []).append(outcome)
    for path, changes in sorted(by_path.items()):
        module = context.index.project.module(path)
        if module is not None:
            yield from _in_module(context, module, changes)


@dataclass(frozen=True, eq=False, slots=True)
class _Unused:
    """A name that nothing in the file reads any more, and the changes that take its uses away."""

    alias: ast.alias
    name: str
    covering: tuple[str, ...]


def _in_module(context: Context, module: Module, changes: list[Change]) -> Iterator[Outcome]:
    unused: dict[ast.AST, list[_Unused]] = {}
    for scope in list(module.scopes.values()):
        for bindings in scope.names.values():
            for binding in bindings:
                if isinstance(binding.node, ast.alias) and binding.name != "*":
                    found = _import(context, module, scope, binding, changes)
                    if isinstance(found, _Unused):
                        unused.setdefault(module.parents[found.alias], []).append(found)
                    elif found is not None:
                        yield found
    for names in unused.values():
        change = _removal(module, names)
        if change is not None:
            yield change


def _import(
    context: Context, module: Module, scope: Scope, binding: Binding, changes: list[Change]
) -> _Unused | Deferral | None:
    uses = _uses(module, scope, binding.name)
    if not uses or len(scope.names[binding.name]) > 1:
        return None
    covering = []
    for use in uses:
        change = _covering(module, use, changes)
        if change is None:
            return None
        covering.append(change.key)
    if not any(_leads_to_client(module, use) for use in uses):
        return None
    if not _gives_client(context, module, uses[0]) or _is_read_anew(module, binding.name, changes):
        return None
    assert isinstance(binding.node, ast.alias)
    elsewhere = _elsewhere(context, module, binding.name) if scope.is_module else None
    if elsewhere is not None:
        return Deferral(
            code="PM105",
            location=module.source.location(binding.node),
            title=f"Import of {binding.name!r} kept",
            reason=f"Nothing in this file uses it any more, but {elsewhere}.",
            actionable=False,
        )
    return _Unused(binding.node, binding.name, tuple(covering))


def _removal(module: Module, unused: list[_Unused]) -> Change | None:
    """One change for all names of a statement: two would touch the same text."""
    edit = remove_import(module.source, module.tree, [each.alias for each in unused])
    if isinstance(edit, Refusal):
        return None
    first = unused[0].alias
    listed = " and ".join(repr(each.name) for each in unused)
    them = "it" if len(unused) == 1 else "them"
    return Change(
        code="PM105",
        location=module.source.location(first),
        title=f"Remove the import of {listed}",
        reason=f"No use of {them} is left in this file, and nothing else in the tree refers to "
        f"{them} here.",
        edits=(edit,),
        requires=tuple(dict.fromkeys(key for each in unused for key in each.covering)),
        symbol=module.symbol(first),
    )


def _uses(module: Module, scope: Scope, name: str) -> list[ast.Name]:
    """All uses of a name that find this binding's scope, the outermost first."""
    found = [
        node for node in module.names.get(name, ()) if module.scope_at(node).find(name) is scope
    ]
    depths = {node: sum(1 for _ in module.ancestors(node)) for node in found}
    return sorted(found, key=lambda node: (depths[node], node.lineno, node.col_offset))


def _covering(module: Module, use: ast.Name, changes: list[Change]) -> Change | None:
    """The change that replaces the code around a use."""
    start, end = module.source.span(use)
    for change in changes:
        for edit in change.edits:
            if _covers(edit, module.path, start, end):
                return change
    return None


def _is_read_anew(module: Module, name: str, changes: list[Change]) -> bool:
    """Whether new code reads the name: ``realtime.hub`` where ``realtime.client()`` stood."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    return any(
        word.search(_FROM.sub("", edit.replacement))
        for change in changes
        for edit in change.edits
        if edit.path == module.path
    )


def _leads_to_client(module: Module, use: ast.Name) -> bool:
    """Whether a use is how a call reaches its client, and no argument of it.

    What only arguments read is nothing of the client's: a table of names, a helper.
    """
    child: ast.AST = use
    parent = module.parents.get(child)
    while parent is not None and child in (
        getattr(parent, "func", None),
        (
            getattr(parent, "value", None)
            if isinstance(parent, ast.Attribute | ast.Subscript)
            else None
        ),
    ):
        child, parent = parent, module.parents.get(parent)
    return isinstance(child, ast.Call) and isinstance(parent, ast.Expr | ast.Lambda)


def _covers(edit: Edit, path: str, start: int, end: int) -> bool:
    return edit.path == path and edit.start <= start and end <= edit.end


def _gives_client(context: Context, module: Module, use: ast.Name) -> bool:
    """Whether the import is of the client, of what makes one, or of the module that holds it."""
    found = context.index.inference.type_of(module, use)
    if found is None or found == ExternalInstance(sdk.CLIENT):
        return True
    if isinstance(found, Instance):
        return bool(context.index.inference.external_bases(found.cls) & sdk.CONSTRUCTORS)
    if isinstance(found, External):
        known = context.index.emissions.clients
        # The project's settings may hold the client.
        by_name = found.path.rpartition(".")[2] in sdk.CLIENT_NAMES
        return found.path in known or by_name or found.path == settings.OBJECT
    return isinstance(found, ClassType | FunctionType | ModuleType)


def _elsewhere(context: Context, module: Module, name: str) -> str | None:
    """Who else refers to the name in this module, in words; None when nobody does."""
    for binding in module.scope.names.get("__all__", ()):
        value = binding.value
        if value is not None and any(
            isinstance(part, ast.Constant) and part.value == name for part in walk(value)
        ):
            return "__all__ exports it"
    project = context.index.project
    last = module.name.rpartition(".")[2]
    shown = f"{last}.{name}"
    # Who reads the name through its module names that too.
    near = set(project.naming(last))
    for path in project.naming(name):
        if path == module.path:
            continue
        other = project.module(path)
        if other is None:
            if shown.encode() in project.raw(path):
                return f"{path}, which could not be read, names '{shown}'"
            continue
        if path in near and _names_in_text(other, module, name):
            return f"{path} names '{shown}' in a text (a mock.patch target)"
        if _imports_from(context, other, module, name):
            return f"{path} imports it from here"
        if path in near and _reads_from(context, other, module, name):
            return f"{path} reads '{shown}'"
    return None


def _names_in_text(other: Module, module: Module, name: str) -> bool:
    """Whether a text of another file ends a dotted name like that of a name of this one."""
    own = f".{module.name}"
    return any(
        own.endswith(f".{before}") or f".{before}".endswith(own)
        for before in _dotted_in_texts(other, name)
    )


@lru_cache(maxsize=4096)
def _dotted_in_texts(module: Module, name: str) -> tuple[str, ...]:
    """What stands before ``.name`` in the texts of a file; one question for all that import it."""
    dotted = re.compile(rf"([\w.]+)\.{re.escape(name)}\b")
    texts = (node.value for node in module.leaves if isinstance(node, ast.Constant))
    found = (before for text in texts if isinstance(text, str) for before in dotted.findall(text))
    return tuple(dict.fromkeys(found))


def _reads_from(context: Context, other: Module, module: Module, name: str) -> bool:
    """Whether another file reads a name of this one as an attribute, as far as can be seen.

    ``patch.object(views, "pusher_client")`` and ``setattr`` name it apart from its module.
    """
    inference = context.index.inference
    for text in other.texts.get(name, ()):
        call = other.parents[text]
        for of, named in pairwise(call.args) if isinstance(call, ast.Call) else ():
            if named is text and inference.type_of(other, of) == ModuleType(module):
                return True
    for node in (*other.loads.get(name, ()), *other.stores.get(name, ())):
        if isinstance(node, ast.Attribute):
            last = node.value.attr if isinstance(node.value, ast.Attribute) else ""
            last = node.value.id if isinstance(node.value, ast.Name) else last
            found = inference.type_of(other, node.value)
            if found == ModuleType(module):
                return True
            if found is None and last == module.name.rpartition(".")[2]:
                return True
    return False


def _imports_from(context: Context, other: Module, module: Module, name: str) -> bool:
    inference = context.index.inference
    for statement in other.imports:
        if isinstance(statement, ast.ImportFrom):
            wanted = {alias.name for alias in statement.names}
            if name in wanted or "*" in wanted:
                source = inference.import_source(other, statement)
                if isinstance(source, ModuleType) and source.module is module:
                    return True
    return False
