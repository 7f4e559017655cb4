"""Make a name of another module usable at a place, and take imports away again.

An import that is there is used under whatever name it has. A new one never takes a name that means
something else at the place, in the module, or to the code that already uses it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pusher_migrate.model import Edit
from pusher_migrate.nodes import parts_of, walk
from pusher_migrate.source import SourceFile
from pusher_migrate.syntax import import_text
from pusher_migrate.syntax.import_style import ImportStyle
from pusher_migrate.syntax.imported_names import (
    ImportNode,
    Imports,
    Target,
    expression_of,
    imports_of,
)
from pusher_migrate.syntax.layout import Layout, Refusal, layout_of
from pusher_migrate.syntax.names import (
    STAR,
    FunctionNode,
    bindings,
    dominating,
    free_name,
    identifiers,
    is_builtin,
    path_to,
    reads_unbound,
    scopes_of,
)
from pusher_migrate.syntax.statements import insert_after, insert_before

_IMPORTS = (ast.Import, ast.ImportFrom)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How to name the imported object.

    Attributes:
        edit: The edit that imports it; None when it is imported already.
        local_name: The expression for it, ``transaction``, ``tx`` or ``db.transaction``.
    """

    edit: Edit | None
    local_name: str


def add_import(
    source: SourceFile,
    tree: ast.Module,
    module: str,
    name: str,
    *,
    at: ast.AST,
    taken_names: Collection[str] = (),
    style: ImportStyle | None = None,
    same_as: Collection[str] = (),
    leaving: Collection[str] = (),
) -> ImportResult:
    """Import ``name`` from ``module`` at the top level, or find the import that is there.

    Args:
        source: The file.
        tree: A parse of its text.
        module: Absolute dotted name of the module.
        name: A name in it.
        at: The node, in this tree, where the object is going to be used.
        taken_names: Further names that the import must not bind.
        style: The file's package, the project's own modules, and the line length.
        same_as: Other dotted names of the same object, through which it is re-exported.
        leaving: Local names whose imports may be removed: nothing is added to their statements, and
            a new one beside such a statement has its comments.

    Raises:
        SourceError: The file does not parse.
        ValueError: ``at`` is not in the file.
    """
    style = style or ImportStyle()
    target = Target(module, name, frozenset(same_as))
    path = path_to(tree, at)
    there = visible_import(tree, module, name, at=at, style=style, same_as=same_as)
    if there is not None:
        return ImportResult(None, there)
    layout = layout_of(source)
    local = free_name(
        _candidates(target),
        lambda name: name in taken_names or _is_taken(name, tree, path, target, style),
    )
    asname = None if local == name else local
    limit = _limit(tree, path)
    written = style.written(layout.tree, module)
    statement = _mergeable(layout.tree.body[:limit], module, style, leaving)
    if statement is not None:
        edit = import_text.merge(layout, statement, name, asname, style)
        if isinstance(edit, Edit):
            return ImportResult(edit, local)
    code = f"from {written} import {name}" + (f" as {asname}" if asname else "")
    replaced = _leaving(layout.tree.body[:limit], module, style, leaving)
    if replaced is not None:
        return ImportResult(import_text.line_for(layout, replaced, code), local)
    return ImportResult(import_text.new_line(layout, code, written, limit, style), local)


def add_local_import(
    source: SourceFile,
    tree: ast.Module,
    function: FunctionNode,
    module: str,
    name: str,
    *,
    taken_names: Collection[str] = (),
    style: ImportStyle | None = None,
    same_as: Collection[str] = (),
) -> ImportResult | Refusal:
    """Import at the top of a function's body, for what the top level cannot import (a circle).

    Args:
        source: The file.
        tree: A parse of its text.
        function: The function, from this tree.
        module: Absolute dotted name of the module.
        name: A name in it.
        taken_names: Further names that the import must not bind.
        style: The file's package.
        same_as: Other dotted names of the same object.

    Raises:
        SourceError: The file does not parse.
        ValueError: The function is not in the file.
    """
    style = style or ImportStyle()
    target = Target(module, name, frozenset(same_as))
    leading = _leading_imports(function)
    imports = Imports(function, style, ())
    for statement in leading:
        for alias in statement.names:
            found = expression_of(statement, alias, target, style)
            if found and imports.only(alias):
                return ImportResult(None, found)
    # A local import binds the name in all of the function: what reads it there must mean this.
    taken = identifiers(function) | set(taken_names)
    local = free_name(_candidates(target), taken.__contains__)
    written = style.written(tree, module)
    code = f"from {written} import {name}" + (f" as {local}" if local != name else "")
    edit = _at_top(layout_of(source), function, leading, code, style)
    return edit if isinstance(edit, Refusal) else ImportResult(edit, local)


def visible_import(
    tree: ast.Module,
    module: str,
    name: str,
    *,
    at: ast.AST,
    style: ImportStyle | None = None,
    same_as: Collection[str] = (),
) -> str | None:
    """The expression by which an object that is imported already can be used at a place.

    An import counts when it has run whenever control gets to the place, and when nothing else
    binds its name: not one under ``if TYPE_CHECKING``, in a ``try`` that can go on without it,
    or in another function. One at the top level counts in every function.

    Args:
        tree: A parse of the file.
        module: Absolute dotted name of the module.
        name: A name in it.
        at: A node of this tree.
        style: The file's package, for relative imports.
        same_as: Other dotted names of the same object.

    Returns:
        None when there is no such import.

    Raises:
        ValueError: ``at`` is not in the tree.
    """
    style = style or ImportStyle()
    target = Target(module, name, frozenset(same_as))
    path = path_to(tree, at)
    ran = {id(node) for node in dominating(path)}
    in_function = _limit(tree, path) == len(tree.body)
    rebound = _declared_global(tree)
    hidden: set[str] = set()
    for scope in scopes_of(path):
        imports = imports_of(scope, style, rebound)
        for statement in imports.statements:
            at_top = scope is tree and in_function and _is_certain(tree, statement)
            if not at_top and id(statement) not in ran:
                continue
            for alias in statement.names:
                found = expression_of(statement, alias, target, style)
                if found and found.partition(".")[0] not in hidden and imports.only(alias):
                    return found
        hidden.update(imports.owned)
    return None


def remove_import(
    source: SourceFile, tree: ast.Module, alias: ast.alias | Sequence[ast.alias]
) -> Edit | Refusal:
    """Remove one or more names from the import statement that they are in.

    The statement goes with its last name (``pass`` stays where its block would be empty), and a
    name's own comment with the name. Whether a name is still needed is for the caller to know.

    Args:
        source: The file.
        tree: A parse of its text.
        alias: Nodes of this tree, all of one statement.

    Raises:
        SourceError: The file does not parse.
        ValueError: The tree has no statement with all of these.
    """
    wanted = [alias] if isinstance(alias, ast.alias) else list(alias)
    for node in walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            gone = {i for i, found in enumerate(node.names) if any(found is one for one in wanted)}
            if gone and len(gone) == len(wanted):
                layout = layout_of(source)
                place = layout.place(node)
                assert isinstance(place.statement, (ast.Import, ast.ImportFrom))
                return import_text.remove_names(layout, place.statement, gone)
    raise ValueError("no import statement has these names")


def _is_taken(
    name: str, tree: ast.Module, path: Sequence[ast.AST], target: Target, style: ImportStyle
) -> bool:
    """Whether a new import at the top level must not bind this name."""
    if is_builtin(name) or name in _declared_global(tree):
        return True
    imports = imports_of(tree, style, frozenset())
    if not imports.binds_only(name, target.dotted):
        return True
    scopes = [scope for scope in scopes_of(path) if not isinstance(scope, ast.Module)]
    if any(name in bindings(scope) for scope in scopes):
        return True
    # Read, but bound nowhere: it comes from a star import, or from nowhere.
    return name not in imports.owned and reads_unbound(tree, name)


def _candidates(target: Target) -> Iterator[str]:
    """Local names for the target, the best first: ``transaction``, ``db_transaction``, ..."""
    yield target.name
    for part in reversed(target.module.split(".")):
        if part != target.name:
            yield f"{part.strip('_')}_{target.name.lstrip('_')}"
    yield f"imported_{target.name.lstrip('_')}"


def _limit(tree: ast.Module, path: Sequence[ast.AST]) -> int:
    """Number of the first top-level statement that an import for this place must come before."""
    if len(path) < 2 or any(isinstance(scope, _FUNCTIONS) for scope in scopes_of(path)):
        return len(tree.body)
    return next(i for i, node in enumerate(tree.body) if node is path[1])


def _mergeable(
    body: Sequence[ast.stmt], module: str, style: ImportStyle, leaving: Collection[str]
) -> ast.ImportFrom | None:
    """The last import from the module that a name can be added to."""
    for node in reversed(body):
        if isinstance(node, ast.ImportFrom):
            if node.names[0].name == STAR:
                # It could rebind a name that is imported before it.
                return None
            stays = all((alias.asname or alias.name) not in leaving for alias in node.names)
            if style.absolute(node) == module and stays:
                return node
    return None


def _leaving(
    body: Sequence[ast.stmt], module: str, style: ImportStyle, leaving: Collection[str]
) -> ast.ImportFrom | None:
    """The import from the module of which all names may be removed: a new one takes its place."""
    for node in body:
        if isinstance(node, ast.ImportFrom) and style.absolute(node) == module:
            if all((alias.asname or alias.name) in leaving for alias in node.names):
                return node
    return None


def _is_certain(tree: ast.Module, statement: ast.stmt) -> bool:
    """Whether a statement of the top level has run once the module is imported."""
    for node in tree.body:
        if node is statement:
            return True
        if isinstance(node, ast.Try) and statement in (*node.body, *node.finalbody):
            ends = [handler.body[-1] for handler in node.handlers]
            return statement in node.finalbody or all(isinstance(end, ast.Raise) for end in ends)
    return False


@lru_cache(maxsize=16)
def _declared_global(tree: ast.Module) -> frozenset[str]:
    """Names that some function declares ``global``, and so may rebind at the top level."""
    found: set[str] = set()
    waiting: list[ast.AST] = [tree]
    for node in waiting:
        if isinstance(node, ast.Global):
            found.update(node.names)
        waiting += parts_of(node)
    return frozenset(found)


def _docstring(function: FunctionNode) -> ast.stmt | None:
    return function.body[0] if ast.get_docstring(function, clean=False) is not None else None


def _leading_imports(function: FunctionNode) -> list[ImportNode]:
    found: list[ImportNode] = []
    for node in function.body[1 if _docstring(function) else 0 :]:
        if not isinstance(node, _IMPORTS):
            break
        found.append(node)
    return found


def _at_top(
    layout: Layout,
    function: FunctionNode,
    leading: Sequence[ImportNode],
    code: str,
    style: ImportStyle,
) -> Edit | Refusal:
    """Add a line at the top of a function's body, with a blank line behind it as black has it."""
    source = layout.source
    if leading:
        return insert_after(source, leading[-1], code, style.settings)
    first = layout.place(function.body[0])
    docstring = _docstring(function)
    if docstring is None or first.colon is not None or first.continued:
        edit = insert_before(source, function.body[0], code, style.settings)
        if isinstance(edit, Refusal):
            return edit
        # Below the header and not below a comment that speaks for the first statement.
        at = layout.row_start(layout.row(layout.line_at(source.span(function)[0]).end) + 1)
        edit = Edit(source.path, at, at, edit.replacement)
    else:
        inserted = insert_after(source, docstring, code, style.settings)
        if isinstance(inserted, Refusal) or len(function.body) == 1:
            return inserted
        edit = inserted
    if edit.start == edit.end and not layout.is_blank(layout.row(edit.start)):
        edit = Edit(source.path, edit.start, edit.end, edit.replacement + "\n")
    return edit
