"""Where a manager call stands, and what is decided about deferring it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.sending.contracts import Contract, Emission
from pusher_migrate.model import Edit
from pusher_migrate.syntax.calls import DOUBLE_STAR, CallParts


@dataclass(frozen=True, eq=False, slots=True)
class Site:
    """A manager call that stands at a place, or is to stand there.

    Attributes:
        module: The file.
        statement: The statement that the call is, or takes the place of, or is to follow.
        parts: The call, its receiver named.
        contract: The manager's method; None for one that is yet to be written.
        call: The expression that is the call or gives way to it; None for a call that is inserted
            behind ``statement``.
    """

    module: Module
    statement: ast.stmt
    parts: CallParts
    contract: Contract | None
    call: ast.expr | None = None

    @property
    def anchor(self) -> ast.AST:
        """A node at the place."""
        return self.call if self.call is not None else self.statement

    @property
    def function(self) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The ``def`` around the place."""
        return self.module.named_function_around(self.anchor)

    @property
    def inserted(self) -> bool:
        """Whether nothing was sent here before."""
        return self.call is None


@dataclass(frozen=True, slots=True)
class Kept:
    """Nothing to defer: the plain call is right.

    Attributes:
        reason: Why, as a clause.
        already: Whether it waits for the commit as it is.
    """

    reason: str
    already: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Not to be deferred by a machine (PM202).

    Attributes:
        reason: What would change, as sentences for the reader.
        actionable: False when no transaction is visible around the call, so that it is right as it
            is unless a caller opens one.
    """

    reason: str
    actionable: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class Deferred:
    """How to defer (PM201).

    Attributes:
        code: What stands in place of the plain call, unformatted, from the first column.
        edits: The import that it needs; empty when it is there.
        replaces: The statement in whose place ``code`` goes: the site's, or the ``try`` around it.
        behind: The statement behind which ``code`` goes instead, as the event tells of what that
            one saves; None to stay in place.
        reason: Where it matters, as sentences.
        doubts: Why a person should look.
        notes: Further remarks.
    """

    code: str
    edits: tuple[Edit, ...]
    replaces: ast.stmt
    behind: ast.stmt | None = None
    reason: str = ""
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


Decision = Kept | Refused | Deferred


def site_of(emission: Emission, contract: Contract) -> Site | None:
    """The site of a manager call that is there; None for a method that is passed on uncalled."""
    call, module = emission.call, emission.module
    if emission.reference or not isinstance(call, ast.Call):
        return None
    if not isinstance(call.func, ast.Attribute):
        return None
    segment = module.source.segment
    parts = CallParts(
        segment(call.func.value),
        call.func.attr,
        tuple(segment(argument) for argument in call.args),
        tuple((word.arg or DOUBLE_STAR, segment(word.value)) for word in call.keywords),
    )
    return Site(module, module.statement_around(call), parts, contract, call)
