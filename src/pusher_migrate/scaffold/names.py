"""The names that a new method needs in the manager's module: there already, imported, or local."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.types import ClassType
from pusher_migrate.model import Edit
from pusher_migrate.nodes import walk
from pusher_migrate.rewriting.emit import import_style, top_level_imports
from pusher_migrate.rule import Context
from pusher_migrate.scaffold.moving import Mark, mark_of
from pusher_migrate.syntax.import_style import STDLIB, THIRD_PARTY, ImportStyle
from pusher_migrate.syntax.import_text import new_line
from pusher_migrate.syntax.imports import add_import, visible_import
from pusher_migrate.syntax.layout import Refusal, layout_of
from pusher_migrate.syntax.names import free_name, identifiers

_FROM = re.compile(r"(?P<before>\s*)from (?P<module>\S+) import (?P<names>[^\s(].*)(?P<after>\s*)")


@dataclass(frozen=True, eq=False, slots=True)
class Named:
    """How marked names are written in a new method.

    Attributes:
        texts: The expression for each.
        edits: Imports at the top of the manager's file.
        lines: Imports in the method itself.
    """

    texts: dict[Mark, str] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    lines: tuple[str, ...] = ()

    def written(self, node: ast.expr) -> str:
        """Source of an expression, its marked names replaced."""
        return ast.unparse(_Written(self.texts).visit(copy.deepcopy(node)))


class _Written(ast.NodeTransformer):
    def __init__(self, texts: dict[Mark, str]) -> None:
        self.texts = texts

    def visit_Name(self, node: ast.Name) -> ast.AST:
        mark = mark_of(node)
        return ast.parse(self.texts[mark], mode="eval").body if mark is not None else node


def marks_in(nodes: Iterable[ast.AST]) -> list[Mark]:
    """The marked names of some trees, each once, in the order of the trees."""
    found = (mark_of(part) for node in nodes for part in walk(node))
    return list(dict.fromkeys(mark for mark in found if mark is not None))


def name_all(
    context: Context,
    owner: ClassType,
    marks: Iterable[Mark],
    taken: Collection[str] = (),
    read: Collection[str] = (),
    planned: Collection[Edit] = (),
) -> Named | Refusal:
    """Make names of other modules usable in a method of a class.

    They are imported at the top of the class's file. Where that would close a circle of imports, or
    get in the way of an edit that is planned already, they are imported in the method.

    Args:
        context: The project.
        owner: The class.
        marks: The names.
        taken: Names that the method binds itself.
        read: Names of the file that it reads.
        planned: Edits of the same file that other methods need.
    """
    module = owner.module
    style = import_style(context, module)
    texts: dict[Mark, str] = {}
    edits: list[Edit] = []
    lines: list[str] = []
    bound = set(taken)
    for mark in marks:
        origin, name = mark.module, mark.name
        if origin == module.name:
            texts[mark] = name
            continue
        problem = _unreachable(context, module, origin)
        if problem is not None:
            return problem
        there = visible_import(module.tree, origin, name, at=owner.node, style=style)
        if there is not None and there.partition(".")[0] not in bound:
            texts[mark] = there
            continue
        if there is None and mark.whole and "." not in origin and origin not in bound:
            edit = _import_module(module, origin, style)
            if edit is not None and not _overlaps(edit, (*planned, *edits)):
                edits.append(edit)
                texts[mark] = f"{origin}.{name}"
                continue
        if there is None and not _makes_circle(context, module, origin):
            result = add_import(
                module.source,
                module.tree,
                origin,
                name,
                at=owner.node,
                taken_names=bound,
                style=style,
            )
            if result.edit is None or not _overlaps(result.edit, (*planned, *edits)):
                edits += [result.edit] if result.edit is not None else []
                texts[mark] = result.local_name
                continue
        names = [name, f"{origin.rpartition('.')[2]}_{name}"]
        local = free_name(names, {*bound, *read}.__contains__)
        bound.add(local)
        written = style.written(module.tree, origin)
        lines.append(f"from {written} import {name}" + (f" as {local}" if local != name else ""))
        texts[mark] = local
    return Named(texts, _joined(edits), tuple(lines))


def _joined(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """New lines that import from one module as one line."""
    found: list[Edit] = []
    for edit in edits:
        new = _FROM.fullmatch(edit.replacement)
        for index, other in enumerate(found):
            known = _FROM.fullmatch(other.replacement)
            same = (edit.path, edit.start, edit.end) == (other.path, other.start, other.end)
            if new and known and same and new["module"] == known["module"]:
                names = f"{known['names']}, {new['names']}"
                text = f"{known['before']}from {known['module']} import {names}{known['after']}"
                found[index] = Edit(edit.path, edit.start, edit.end, text)
                break
        else:
            found.append(edit)
    return tuple(found)


def _import_module(module: Module, name: str, style: ImportStyle) -> Edit | None:
    """``import json`` at the top of a file; None where the name means something else there."""
    if name in identifiers(module.tree) or style.group(name) not in (STDLIB, THIRD_PARTY):
        return None
    layout = layout_of(module.source)
    return new_line(layout, f"import {name}", name, len(module.tree.body), style)


def _unreachable(context: Context, module: Module, origin: str) -> Refusal | None:
    project = context.index.project
    ours = origin.partition(".")[0] in project.top_level_names
    if not origin or (ours and project.find_module(origin, module.path) is None):
        return Refusal(f"{origin or 'a script'} cannot be imported from {module.path}")
    return None


def _overlaps(edit: Edit, others: Collection[Edit]) -> bool:
    return any(
        other != edit
        and other.path == edit.path
        and other.start <= edit.end
        and edit.start <= other.end
        and (edit.start < edit.end or other.start < other.end)
        for other in others
    )


def _makes_circle(context: Context, module: Module, origin: str) -> bool:
    """Whether importing a module at the top of the manager's file leads back to it.

    The files with legacy calls count as importing the manager: once rewritten they do.
    """
    index = context.index
    goals = {module.path, *(emission.module.path for emission in index.emissions.emissions)}
    seen: set[str] = set()
    stack = list(_paths(context, module, origin))
    while stack:
        path = stack.pop()
        if path in goals:
            return True
        if path in seen:
            continue
        seen.add(path)
        found = index.project.module(path)
        if found is not None:
            stack.extend(top_level_imports(context, found))
    return False


def _paths(context: Context, module: Module, origin: str) -> Iterator[str]:
    """The files that importing a module runs: its own and those of the packages around it."""
    parts = origin.split(".")
    for count in range(1, len(parts) + 1):
        path = context.index.project.find_module(".".join(parts[:count]), module.path)
        if path is not None:
            yield path
