"""What a check reports, and how a finding is known again after the code around it has changed."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pusher_migrate.config import one_line
from pusher_migrate.errors import SourceError
from pusher_migrate.index.code.project import Project
from pusher_migrate.index.code.statements import statement_at
from pusher_migrate.model import Applicability, Change, Deferral, Location, Plan

#: Codes of one and the same finding: they say how a legacy call can be migrated, which changes with
#: the catalogue and not with the code.
_SAME_FINDING = frozenset({"PM101", "PM102", "PM103", "PM104", "PM107"})

#: Changes that follow from others: before these are made, there is nothing to find.
_CONSEQUENCES = frozenset({"PM105"})

#: Does not change what a statement means, or differs between versions of Python.
_UNSEEN_FIELDS = frozenset({"ctx", "kind", "type_comment"})
_LEFT_ALONE = " left as it is"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check's report.

    Attributes:
        code: ``PM101``.
        location: Where it is.
        message: What is wrong, on one line.
        symbol: Dotted name of the function around it, empty at module level.
        fingerprint: Stands for the statement, however it is laid out and wherever it stands; empty
            for a file that cannot be parsed.
        fix: What ``migrate`` offers: ``safe``, ``review``, or nothing.
        suppressed: Which comment hides it, as a sentence; empty when none does.
    """

    code: str
    location: Location
    message: str
    symbol: str = ""
    fingerprint: str = ""
    fix: str = ""
    suppressed: str = ""

    @property
    def family(self) -> str:
        """The code under which a baseline knows the finding."""
        return family_of(self.code)


def family_of(code: str) -> str:
    """One code for all that are the same finding, migrated in different ways."""
    return "PM101" if code in _SAME_FINDING else code


def findings_of(plan: Plan, project: Project) -> tuple[Finding, ...]:
    """The findings of a plan, in path and line order.

    Args:
        plan: What ``migrate`` would do.
        project: The files, for the statements around the findings.
    """
    found = [*_of_changes(plan), *_of_deferrals(plan)]
    return tuple(
        with_fingerprint(item, project)
        for item in sorted(found, key=lambda item: (item.location, item.code))
    )


def unreadable(error: SourceError) -> Finding:
    """The finding for a file that was named and cannot be looked at."""
    place = Location(error.path, error.line, error.column)
    return Finding("PM901", place, one_line(f"Not looked at: {error.message}"))


def with_fingerprint(finding: Finding, project: Project) -> Finding:
    """The finding with a fingerprint of its statement, or of its line where no statement stands."""
    path = finding.location.path
    module = project.module(path) if project.has(path) else None
    if module is None:
        return finding
    statement = statement_at(module.tree, module.source, finding.location)
    if statement is not None:
        return replace(finding, fingerprint=fingerprint_of(statement))
    line = module.source.text.split("\n")[finding.location.line - 1 :][:1]
    return replace(finding, fingerprint=_short(" ".join("".join(line).split())))


def fingerprint_of(statement: ast.stmt) -> str:
    """16 hex digits that depend on what a statement says; of a compound one, on its header.

    Layout, comments, quotes and brackets that Python ignores do not count; the version of Python
    does not either, so that a baseline can be shared.
    """
    return _short("".join(_spelled(statement)))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _of_changes(plan: Plan) -> Iterator[Finding]:
    for change in plan.changes:
        if change.code in _CONSEQUENCES and change.requires:
            continue
        offered = change.applicability is not Applicability.MANUAL
        yield Finding(
            change.code,
            change.location,
            _sentence(change),
            change.symbol,
            fix=str(change.applicability) if offered else "",
        )


def _of_deferrals(plan: Plan) -> Iterator[Finding]:
    for deferral in plan.deferrals:
        if deferral.suppressed:
            message, why = _sentence(deferral), deferral.reason
            yield Finding(
                deferral.code, deferral.location, message, deferral.symbol, suppressed=why
            )
        elif deferral.actionable:
            title = _sentence(deferral)
            message = f"{title}: {one_line(deferral.reason)}" if deferral.reason else title
            yield Finding(deferral.code, deferral.location, message.rstrip("."), deferral.symbol)


def _sentence(outcome: Change | Deferral) -> str:
    # What is to be left as it is in a migration is what a guard complains of.
    return one_line(outcome.title.removesuffix(_LEFT_ALONE))


def _spelled(statement: ast.stmt) -> Iterator[str]:
    """A statement's tree in words, without the statements in its blocks."""
    stack: list[object] = [statement]
    while stack:
        item = stack.pop()
        if isinstance(item, _Word):
            yield item
        elif isinstance(item, ast.AST):
            yield f"{type(item).__name__}("
            stack.append(_Word(")"))
            fields = [("values", _joined(item))] if isinstance(item, ast.JoinedStr) else None
            for name, value in reversed(fields or list(ast.iter_fields(item))):
                if name in _UNSEEN_FIELDS or value is None or value == [] or _is_block(value):
                    continue
                stack += [value, _Word(f"{name}=")]
        elif isinstance(item, list):
            yield "["
            stack += [_Word("]"), *reversed(item)]
        else:
            yield f"{item!r},"


def _joined(node: ast.JoinedStr) -> list[object]:
    """The parts of an f-string; versions of Python cut its text into different pieces."""
    parts: list[object] = []
    for value in node.values:
        text = value.value if isinstance(value, ast.Constant) else None
        if not isinstance(text, str):
            parts.append(value)
        elif text:
            before = parts.pop() if parts and isinstance(parts[-1], str) else ""
            parts.append(f"{before}{text}")
    return parts


class _Word(str):
    """Text that is part of the spelling, not a value in the tree."""

    __slots__ = ()


def _is_block(value: object) -> bool:
    return isinstance(value, list) and isinstance(
        value[0], ast.stmt | ast.ExceptHandler | ast.match_case
    )
