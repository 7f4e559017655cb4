"""How an inserted emission waits for the commit."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.deferral import Deferrals, Kept, Refused, Site
from pusher_migrate.index.code.neighbours import previous_statement
from pusher_migrate.index.coverage.gaps import Gap
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.model import Edit
from pusher_migrate.rewriting.binding import Binding
from pusher_migrate.rewriting.emit import on_commit_at
from pusher_migrate.rule import Context
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.on_commit import bind_call, render_on_commit
from pusher_migrate.untold.answered import answering


@dataclass(frozen=True, slots=True)
class Code:
    """The statement that sends, and what comes with it."""

    code: str
    edits: tuple[Edit, ...] = ()
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def decided(
    context: Context,
    deferrals: Deferrals,
    write: Write,
    gap: Gap | None,
    binding: Binding,
    contract: Contract,
) -> Code | Refusal:
    """The statement for a bound call: through ``on_commit``, unless that is not needed.

    Args:
        context: The project.
        deferrals: Decides how calls are deferred.
        write: The write.
        gap: Where to insert; None for directly behind the write.
        binding: The call.
        contract: The method that it calls.
    """
    at = write.site.statement if gap is None else _in_front_of(context, write, gap)
    decision = deferrals.decide(Site(write.site.module, at, binding.parts, contract))
    if isinstance(decision, Kept):
        return Code(binding.parts.render(), doubts=_answered(context, write, at))
    if isinstance(decision, Refused):
        return Refusal(f"it cannot wait for the commit: {decision.reason.rstrip('.')}")
    doubts = (
        decision.doubts if context.robust else (*decision.doubts, *_answered(context, write, at))
    )
    return Code(decision.code, decision.edits, doubts, decision.notes)


def _answered(context: Context, write: Write, at: ast.stmt) -> tuple[str, ...]:
    """Why a person should look at a send in a ``try`` whose handler answers for the save."""
    handler = answering(context.index.inference, write.site.module, at)
    if handler is None:
        return ()
    return (
        f"the except at line {handler.lineno} would take a failing send for a failure of what has "
        "been saved: send behind the try, or in its else",
    )


def _in_front_of(context: Context, write: Write, gap: Gap) -> ast.stmt:
    """The statement behind which a gap is: what comes later counts from there."""
    module, function = write.site.module, write.site.function
    if gap.is_else or function is None:
        return gap.statement
    graph = context.index.inference.locals.graph(function)
    statement = gap.statement
    while True:
        before = previous_statement(module, statement)
        outer = module.parents[statement]
        if before is not None and graph.nodes_of(before):
            return before
        if before is not None:
            statement = before
        elif outer is function or not isinstance(outer, ast.stmt | ast.ExceptHandler):
            return gap.statement
        elif isinstance(outer, ast.stmt) and graph.nodes_of(outer):
            return outer
        else:
            statement = module.statement_around(outer)


def registered(context: Context, write: Write, binding: Binding) -> Code | Refusal:
    """The statement for a bound call through ``on_commit``, wherever the write stands."""
    if not context.catalogue.django.on_commit:
        answered = _answered(context, write, write.site.statement)
        return Code(binding.parts.render(), doubts=answered)
    module, function = write.site.module, write.site.function
    assert function is not None
    local = set(module.scopes[function].names) | _free_locals(write)
    bound = bind_call(binding.parts, local_names=local)
    if isinstance(bound, Refusal):
        return bound
    added = on_commit_at(context, module, write.site.call)
    code = render_on_commit(
        bound.call,
        bound.bindings,
        on_commit=added.local_name,
        using=None,
        robust=context.robust,
    )
    return Code(code, (added.edit,) if added.edit is not None else ())


def _free_locals(write: Write) -> set[str]:
    """Names of the functions around the write's own."""
    names: set[str] = set()
    module, function = write.site.module, write.site.function
    outer = module.named_function_around(function) if function is not None else None
    while outer is not None:
        names |= set(module.scopes[outer].names)
        outer = module.named_function_around(outer)
    return names
