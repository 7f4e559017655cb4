"""Where in the manager a new method belongs: its class, its section, behind which method."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.types.types import ClassType
from pusher_migrate.scaffold.transport import functions_of
from pusher_migrate.syntax.layout import layout_of

_WORD = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, eq=False, slots=True)
class Section:
    """A run of a class's functions under one comment.

    Attributes:
        title: Words of the comment, in lower case; empty above the first.
        functions: In source order.
    """

    title: tuple[str, ...]
    functions: tuple[ast.FunctionDef, ...]

    def sending(self, prefix: str) -> list[ast.FunctionDef]:
        """Its sending methods."""
        return [node for node in self.functions if node.name.startswith(prefix)]


def owner_of(index: ProjectIndex, manager: ClassType, method: str) -> ClassType:
    """The class that a new method goes to: of the manager's bases the one with its relatives."""
    prefix = index.emissions.prefix
    classes = [
        cls
        for cls in index.inference.mro(manager)
        if any(node.name.startswith(prefix) for node in functions_of(cls))
    ]
    if not classes:
        return manager
    # The first of those that are equally good, and of these the manager itself is the first.
    return max(classes, key=lambda cls: _best(sections_of(cls), prefix, method))


def place_of(index: ProjectIndex, owner: ClassType, method: str) -> ast.stmt:
    """The statement of a class's body behind which a new method goes: the end of its section.

    A class without headings is one section; there it goes behind the last of its relatives.
    """
    prefix = index.emissions.prefix
    sections = [s for s in sections_of(owner) if s.sending(prefix)]
    if not sections:
        return owner.node.body[-1]
    section = max(sections, key=lambda s: _score(s, prefix, method))
    if _score(section, prefix, method) == (0, 0, 0):
        section = sections[-1]
    sending = section.sending(prefix)
    wanted = _words(method, prefix)
    related = [node for node in sending if _common(_words(node.name, prefix), wanted)]
    return related[-1] if related and len(sections) == 1 else sending[-1]


def section_around(owner: ClassType, statement: ast.stmt) -> frozenset[ast.AST]:
    """The functions of the section that a statement of a class is in."""
    for section in sections_of(owner):
        if statement in section.functions:
            return frozenset(section.functions)
    return frozenset()


def sections_of(owner: ClassType) -> list[Section]:
    """The sections of a class: what stands between comment lines that are headings.

    A heading is a comment with words, on lines of its own between two functions, that is set off
    by a blank line below it, or by a rule of punctuation (``# --- Rooms ---``, ``# =====``).
    """
    layout = layout_of(owner.module.source)
    body = owner.node.body
    sections = [Section((), ())]
    last = owner.node.lineno
    for statement in body:
        place = layout.place(statement)
        start = layout.row(place.start)
        rows = [layout.row_text(row) for row in range(last + 1, start)]
        # A deeper comment is the end of the function above.
        title = _heading([row.removeprefix(place.indent).rstrip() for row in rows])
        if title:
            sections.append(Section(title, ()))
        if isinstance(statement, ast.FunctionDef):
            current = sections[-1]
            sections[-1] = Section(current.title, (*current.functions, statement))
        last = statement.end_lineno or start
    return [section for section in sections if section.functions]


def _heading(rows: Sequence[str]) -> tuple[str, ...]:
    comments = [row for row in rows if row.startswith("#")]
    words = tuple(word.lower() for row in comments for word in _WORD.findall(row))
    if not words or len(words) > 8:
        return ()
    ruled = any(re.search(r"[-=#*~_]{3,}", row) for row in comments)
    set_off = not rows[-1]
    return words if ruled or set_off else ()


def _best(sections: Sequence[Section], prefix: str, method: str) -> tuple[int, int, int]:
    return max((_score(section, prefix, method) for section in sections), default=(0, 0, 0))


def _score(section: Section, prefix: str, method: str) -> tuple[int, int, int]:
    """How well a method fits: its title, the longest common start of a name, how many share one."""
    wanted = _words(method, prefix)
    title = _common([_singular(word) for word in section.title], [_singular(w) for w in wanted])
    title = title if title == len(section.title) else 0
    shared = [_common(_words(node.name, prefix), wanted) for node in section.sending(prefix)]
    related = sum(1 for count in shared if count)
    return title, related, max(shared, default=0)


def _words(method: str, prefix: str) -> list[str]:
    return method.removeprefix(prefix).split("_")


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
