"""Comments that ask to leave a finding alone: ``# pusher-migrate: ignore[PM101] reason``.

A comment counts for the statement on whose lines it stands; on a line of its own, for the statement
below. Of a statement with a body these are the lines of its header. Without brackets the comment
counts for every code. A comment that is not understood hides nothing.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pusher_migrate.config import ALL, CODES, ignore_problem, quoted
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.project import Project
from pusher_migrate.index.code.statements import own_lines, statement_at
from pusher_migrate.model import Change, Deferral, Location
from pusher_migrate.source import SourceFile

#: What every such comment holds: files without these bytes need no look.
MARK = "pusher-migrate:"

_COMMENT = re.compile(r"#\s*pusher-migrate:\s*(?P<what>[^#]*)")
_IGNORE = re.compile(r"ignore\b(?:\s*\[(?P<codes>[^\]]*)\])?(?P<reason>.*)", re.DOTALL)
_BARE_CODE = re.compile(r"[\s:=(]*PM\d")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One such comment.

    Attributes:
        location: Where the comment begins.
        selectors: Codes and prefixes of codes; ``ALL`` for a comment without brackets.
        reason: What it says after them.
        target: The line of code that the comment is for: its own, or the next one when it stands
            alone.
        problem: Why it is not understood; empty when it is.
    """

    location: Location
    selectors: tuple[str, ...]
    reason: str
    target: int
    problem: str = ""

    def names(self, code: str) -> str | None:
        """The selector that covers a code; None when there is none, or nothing is understood."""
        if self.problem:
            return None
        fitting = (item for item in self.selectors if item == ALL or code.startswith(item))
        return max(fitting, key=len, default=None)

    def is_for(self, statement: ast.stmt) -> bool:
        """Whether the comment stands at a statement."""
        first, last = own_lines(statement)
        return first <= self.location.line <= last or first == self.target


class Ignores:
    """The comments of a project, and what they hide.

    It remembers what it was asked to heed, so one is made for each run.

    Args:
        project: The files; those without such a comment are not parsed.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[str, tuple[Ignore, ...]] = {}
        self._used: set[tuple[Location, str]] = set()

    def within(self, path: str) -> tuple[Ignore, ...]:
        """The comments of one file, from top to bottom."""
        known = self._known.get(path)
        if known is None:
            module = self._module(path)
            known = ignores_in(module.source) if module is not None else ()
            self._known[path] = known
        return known

    def everywhere(self) -> tuple[Ignore, ...]:
        """All comments of the project."""
        return tuple(found for path in self._project.holding(MARK) for found in self.within(path))

    def hiding(self, code: str, location: Location) -> tuple[Ignore, str] | None:
        """The comment that hides a finding, and the selector by which it does."""
        comments = self.within(location.path)
        module = self._module(location.path) if comments else None
        if module is None:
            return None
        statement = statement_at(module.tree, module.source, location)
        for comment in comments if statement is not None else ():
            selector = comment.names(code)
            if selector is not None and statement is not None and comment.is_for(statement):
                return comment, selector
        return None

    def heed(self, outcome: Change | Deferral) -> Change | Deferral:
        """What remains of an outcome: a hidden one becomes a deferral that says who hides it."""
        if isinstance(outcome, Deferral) and outcome.code == "PM901":
            return outcome
        codes = outcome.codes if isinstance(outcome, Change) else (outcome.code,)
        for code in codes:
            found = self.hiding(code, outcome.location)
            if found is not None:
                self._used.add((found[0].location, found[1]))
                return _hidden(outcome, code, found[0])
        return outcome

    def unused(self, judged: Callable[[str], bool]) -> Iterator[Deferral]:
        """PM902 for each comment, or part of one, that has hidden nothing from `heed`.

        Args:
            judged: Whether a code was looked for everywhere: of others nothing is said.
        """
        for comment in self.everywhere():
            if comment.problem:
                yield _unused(comment, comment.problem)
                continue
            idle = [
                selector
                for selector in comment.selectors
                if (comment.location, selector) not in self._used and _is_judged(selector, judged)
            ]
            if idle and idle == [ALL]:
                yield _unused(comment, "hides nothing; remove it")
            elif idle:
                rest = "remove it" if len(idle) == len(comment.selectors) else "take that out"
                yield _unused(comment, f"hides no {' and no '.join(idle)} here; {rest}")

    def _module(self, path: str) -> Module | None:
        if MARK.encode() not in self._project.raw(path):
            return None
        return self._project.module(path)


def ignores_in(source: SourceFile) -> tuple[Ignore, ...]:
    """The comments of one file, from top to bottom.

    Args:
        source: A file that Python can parse.
    """
    found: list[Ignore] = []
    alone: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
            if token.type == tokenize.COMMENT:
                match = _COMMENT.search(token.string)
                if match is None:
                    continue
                line, column = token.start
                if not token.line[:column].strip():
                    alone.append(len(found))
                place = Location(source.path, line, column + match.start() + 1)
                found.append(_read(match["what"].strip(), place))
            elif token.type not in _LAYOUT and alone:
                for index in alone:
                    found[index] = replace(found[index], target=token.start[0])
                alone.clear()
    except (tokenize.TokenError, SyntaxError):
        # Python's parser took it, so what was read until here is right.
        pass
    return tuple(found)


_LAYOUT = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})


def _read(what: str, location: Location) -> Ignore:
    match = _IGNORE.fullmatch(what)
    problem, reason = "", ""
    selectors: tuple[str, ...] = (ALL,)
    if match is None:
        problem = "is not understood; write `# pusher-migrate: ignore[CODE] reason`"
    elif match["codes"] is None:
        reason = match["reason"].strip(" \t:-")
        if reason.startswith("["):
            problem = "has no closing bracket"
        elif _BARE_CODE.match(match["reason"]):
            # Read as a reason, it would hide more than was meant.
            problem = "names a code outside brackets; write `ignore[CODE] reason`"
    else:
        selectors = tuple(part.strip() for part in match["codes"].split(",") if part.strip())
        reason = match["reason"].strip(" \t:-")
        problems = [text for item in selectors if (text := ignore_problem(item))]
        if not selectors:
            problem = "names no code between its brackets"
        elif problems:
            problem = problems[0]
    return Ignore(location, selectors, reason, location.line, problem)


def _hidden(outcome: Change | Deferral, code: str, comment: Ignore) -> Deferral:
    said = f": {comment.reason}" if comment.reason else ""
    if code != outcome.code:
        # Half of the edits cannot be made, and the finding itself is not hidden.
        return Deferral(
            outcome.code,
            outcome.location,
            outcome.title,
            f"The comment on line {comment.location.line} asks to leave {code} alone{said}; this "
            f"change would settle both. Change it by hand, or take {code} out of the comment.",
            outcome.symbol,
        )
    return Deferral(
        outcome.code,
        outcome.location,
        outcome.title,
        f"Suppressed by the comment on line {comment.location.line}{said}.",
        outcome.symbol,
        actionable=False,
        suppressed=True,
    )


def _is_judged(selector: str, judged: Callable[[str], bool]) -> bool:
    return all(judged(code) for code in CODES if selector == ALL or code.startswith(selector))


def _unused(comment: Ignore, why: str) -> Deferral:
    shown = ", ".join(comment.selectors)
    title = f"Ignore comment for {quoted(shown)[1:-1]} {why}"
    return Deferral("PM902", comment.location, title, "")
