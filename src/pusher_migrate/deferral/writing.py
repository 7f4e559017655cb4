"""Write a call that waits for the commit: as a lambda, or as a function where that reads better.

A lambda cannot be broken over lines, so a call with many arguments gets a local function, as does
one that takes its ``try`` with it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from pusher_migrate.deferral.arguments import Arguments
from pusher_migrate.deferral.evaluation import Evaluation
from pusher_migrate.deferral.handlers import Guard
from pusher_migrate.deferral.values import Site
from pusher_migrate.model import Edit
from pusher_migrate.nodes import walk
from pusher_migrate.rewriting.emit import on_commit_at
from pusher_migrate.rule import Context
from pusher_migrate.syntax.blocks import statement_text
from pusher_migrate.syntax.formatting import format_statement
from pusher_migrate.syntax.imports import ImportResult
from pusher_migrate.syntax.layout import Refusal, layout_of
from pusher_migrate.syntax.names import identifiers
from pusher_migrate.syntax.on_commit import (
    Binding,
    BoundCall,
    bind_names,
    render_nested_def,
    render_on_commit,
)
from pusher_migrate.syntax.rows import dedented, display_width


@dataclass(frozen=True, slots=True)
class Written:
    """The new code.

    Attributes:
        code: Statements from the first column, unformatted.
        edits: The import that they need.
        doubts: Why a person should look.
        notes: Further remarks.
    """

    code: str
    edits: tuple[Edit, ...]
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Writer:
    """Writes one deferred call.

    Args:
        context: How the project is written.
        site: Where.
        arguments: The call's arguments.
        bound: The call with them bound.
        using: Source of the database alias.
        number: Which local function for its method this would be in its function, from 1.
    """

    def __init__(
        self,
        context: Context,
        site: Site,
        arguments: Arguments,
        bound: BoundCall,
        using: str | None,
        number: int,
    ) -> None:
        self.context = context
        self.site = site
        self.arguments = arguments
        self.bound = bound
        self.using = using
        self.number = number
        self._evaluation = Evaluation(site, arguments)

    def write(self, guard: Guard) -> Written | Refusal:
        """The code for the call, with the ``try`` that goes with it."""
        edit = self._imported.edit
        edits = (edit,) if edit is not None else ()
        if guard.moved is None:
            return Written(self._shorter(guard), edits)
        doubts = tuple(self._evaluated_outside())
        if self.context.catalogue.django.handlers == "drop" and self.context.robust:
            problem = self._unbound(self.bound.bindings, guard.moved)
            note = "Its except clause only logged: Django does, with robust=True."
            return problem or Written(self._shorter(guard), edits, doubts, (note,))
        body = self._with_try(guard.moved)
        if isinstance(body, Refusal):
            return body
        return self._unbound(body[1], guard.moved) or Written(self._function(*body), edits, doubts)

    # --- Forms ------------------------------------------------------------------------------------

    def _shorter(self, guard: Guard) -> str:
        """The lambda, unless it does not fit into the project's lines and a function does."""
        lambda_form = render_on_commit(
            self.bound.call,
            self.bound.bindings,
            on_commit=self._imported.local_name,
            using=self.using,
            robust=self.context.robust,
        )
        width = self._layout(lambda_form, guard)
        if not width:
            return lambda_form
        function_form = self._function(self.bound.call.render(), self.bound.bindings)
        return function_form if self._layout(function_form, guard) < width else lambda_form

    def _function(self, body: str, bindings: tuple[Binding, ...]) -> str:
        function = self.site.function
        return render_nested_def(
            body,
            bindings,
            on_commit=self._imported.local_name,
            using=self.using,
            robust=self.context.robust,
            taken=identifiers(function) if function is not None else (),
            name=self._callback_name(),
        )

    def _with_try(self, tree: ast.Try) -> tuple[str, tuple[Binding, ...]] | Refusal:
        """The ``try`` with the bound call in it, and all that it reads from around it."""
        site, call = self.site, self.bound.call.render()
        text = statement_text(
            site.module.source, tree, [(site.statement, call)], self.context.black
        )
        if isinstance(text, Refusal):
            return text
        given = {name for name, _ in self.bound.bindings}
        names = bind_names(text, self.arguments.local_names - given)
        if isinstance(names, Refusal):
            return names
        return text, (*self.bound.bindings, *names)

    # --- Parts ------------------------------------------------------------------------------------

    @cached_property
    def _imported(self) -> ImportResult:
        """Django's ``on_commit``, under the name that it has or can have here."""
        return on_commit_at(self.context, self.site.module, self.site.statement)

    def _layout(self, code: str, guard: Guard) -> int:
        """How badly code fits into the project's lines; 0 when it does.

        That is the number of columns that the longest line has too many, and one more when the
        parameters of a lambda are broken over lines inside of their brackets.
        """
        layout = layout_of(self.site.module.source)
        indent = layout.place(guard.moved or self.site.statement).indent
        black = self.context.black
        text = format_statement(code, indent=indent, settings=black, unit=layout.unit)
        widest = max(display_width(row) for row in f"{indent}{text}".split("\n"))
        excess = max(widest - black.line_length, 0)
        broken = any(
            isinstance(node, ast.Lambda)
            and any(default.end_lineno != node.lineno for default in node.args.defaults)
            for node in walk(ast.parse(dedented(indent + text, indent)))
        )
        return excess + broken

    def _callback_name(self) -> str:
        """``send_order_paid`` for ``realtime_order_paid``; numbered where one would not do."""
        manager = self.context.catalogue.manager
        prefix = manager.prefix if manager is not None else ""
        method = self.site.parts.method
        name = f"send_{method.removeprefix(prefix).strip('_') or 'event'}"
        return f"{name}_{self.number}" if self.number > 1 else name

    def _unbound(self, bindings: tuple[Binding, ...], tree: ast.Try) -> Refusal | None:
        """The refusal for a name that the ``try`` reads and that may have no value there."""
        name = self._evaluation.without_value(text for _, text in bindings)
        if name is None:
            return None
        return Refusal(
            f"the name {name} may have no value there, and only the try at line {tree.lineno} "
            "catches that: give it one on every path"
        )

    def _evaluated_outside(self) -> list[str]:
        """What is evaluated at the place now, where no handler catches what it raises."""
        return [
            f"{text} is evaluated outside of the try now, which no longer catches what it raises"
            for text in self.bound.evaluated
            if self._evaluation.may_raise(text)
        ]
