"""PM201 and PM202: an emission through the manager is sent after the commit.

``manager.realtime_room_updated(room)`` becomes ``transaction.on_commit(lambda room=room: ...)``,
with its arguments bound by value where it stands. What would change by that is a reason to leave it
alone (PM202); both are decided in `deferral`. Legacy calls are deferred by the rule that rewrites
them.
See https://docs.djangoproject.com/en/stable/topics/db/transactions/#performing-actions-after-commit
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from pusher_migrate.deferral import Deferrals, Deferred, Kept, Refused, in_order, site_of
from pusher_migrate.deferral.late import rebound_names
from pusher_migrate.index.calls.on_commit import deferring_call
from pusher_migrate.index.calls.tasks import task_calls
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.sending.contracts import Contract, Emission
from pusher_migrate.model import Applicability, Change, Deferral, Effect
from pusher_migrate.rewriting.wire import WireReader
from pusher_migrate.rule import Context, Outcome
from pusher_migrate.syntax.layout import Refusal

codes = ("PM201", "PM202")


def run(context: Context, found: Sequence[Outcome]) -> Iterator[Outcome]:
    """One outcome for each call of the manager that does not wait for the commit yet."""
    if not context.catalogue.django.on_commit:
        return
    deferrals = Deferrals(context)
    outcomes: dict[Emission, Sequence[Outcome]] = {}
    in_tests: dict[Module, list[Emission]] = {}
    for emission in context.index.emissions.emissions:
        if emission.system != "manager":
            continue
        if deferrals.is_test(emission.module):
            in_tests.setdefault(emission.module, []).append(emission)
            continue
        outcome = _outcome(context, deferrals, emission)
        outcomes[emission] = () if outcome is None else (outcome,)
    yield from in_order(context, deferrals, outcomes, found)
    for emissions in in_tests.values():
        yield _of_tests(emissions)
    yield from _late(context, outcomes)
    yield from _tasks(context, deferrals)


def _outcome(context: Context, deferrals: Deferrals, emission: Emission) -> Outcome | None:
    contract = context.index.emissions.contracts[emission.method]
    site = site_of(emission, contract)
    if site is None:
        return _passed_on(context, deferrals, emission, contract)
    decision = deferrals.decide(site)
    if isinstance(decision, Kept):
        return None
    title = f"{contract.name} is not deferred"
    if isinstance(decision, Refused):
        return _deferral(emission, "PM202", title, decision.reason, actionable=decision.actionable)
    edits = deferrals.edits(site, decision)
    if isinstance(edits, Refusal):
        reason = f"{edits.reason[:1].upper()}{edits.reason[1:]}."
        return _deferral(emission, "PM202", title, reason)
    reader = WireReader(context.index.evaluator, ast.unparse)
    wires = tuple(wire for send in emission.sends for wire in reader.before(send))
    doubts = list(decision.doubts)
    if emission.by_name:
        doubts.append("only its name says that the receiver is the manager")
    return Change(
        code="PM201",
        location=emission.module.source.location(emission.call),
        title=_title(contract, decision),
        reason=decision.reason,
        edits=edits,
        applicability=Applicability.REVIEW if doubts else Applicability.SAFE,
        review_reasons=tuple(doubts),
        effect=Effect(wires, wires),
        symbol=emission.module.symbol(emission.call),
        notes=decision.notes,
    )


def _title(contract: Contract, decision: Deferred) -> str:
    if decision.behind is not None:
        return f"Send {contract.name} after what it tells of is saved and committed"
    return f"Send {contract.name} after the commit"


def _passed_on(
    context: Context, deferrals: Deferrals, emission: Emission, contract: Contract
) -> Outcome | None:
    """A method that is handed to other code, ``map(manager.realtime_x, rooms)``."""
    waiting = deferring_call(context.index.inference, emission.module, emission.call)
    if waiting is not None or contract.defers:
        return None
    title = f"{contract.name} is not deferred"
    place, transactions = (emission.module, emission.call), deferrals.transactions
    if [*transactions.inside(*place), *transactions.around(*place)]:
        return _deferral(
            emission,
            "PM202",
            title,
            "The method is kept or passed on in a transaction: where that calls it before the "
            "commit, the event leaves too early. Call it by its name, or in transaction.on_commit.",
        )
    return _deferral(
        emission,
        "PM202",
        title,
        "The method is passed on uncalled; when it is called, and whether a transaction is open "
        "then, is not visible here.",
        actionable=False,
    )


def _late(context: Context, outcomes: Mapping[Emission, Sequence[Outcome]]) -> Iterator[Outcome]:
    """Calls that wait already and will tell of another object than the one that is meant."""
    inference = context.index.inference
    for emission, own in outcomes.items():
        waiting = deferring_call(inference, emission.module, emission.call)
        if own or waiting is None:
            continue
        if emission.reference and _loses_others(waiting):
            yield _deferral(
                emission,
                "PM202",
                f"A failing {emission.method} takes other callbacks with it",
                "A partial in on_commit with robust=True: when it raises, Django fails on its name "
                "and runs no later callback (ticket 36487, fixed in 6.1). Use a lambda.",
            )
        for name, line in rebound_names(inference, emission):
            yield _deferral(
                emission,
                "PM202",
                f"{emission.method} waits for the commit, but its {name} does not",
                f"The callback reads {name} when it runs, and line {line} binds it to something "
                f"else by then: bind it where it stands, as a default ({name}={name}).",
            )
            break


def _loses_others(waiting: ast.expr) -> bool:
    robust = keyword_of(waiting, "robust") if isinstance(waiting, ast.Call) else None
    return isinstance(robust, ast.Constant) and robust.value is True


def _tasks(context: Context, deferrals: Deferrals) -> Iterator[Outcome]:
    """Tasks that send and are started inside a transaction: a worker can be faster than it."""
    index = context.index
    for module, call, task in task_calls(index.inference):
        if deferrals.is_test(module) or not index.emissions.may_send(task):
            continue
        if deferring_call(index.inference, module, call) is not None:
            continue
        transactions = deferrals.transactions
        if not (transactions.inside(module, call) or transactions.around(module, call)):
            continue
        name = task.dotted.rpartition(".")[2]
        yield Deferral(
            "PM202",
            module.source.location(call),
            f"The task {name} may run before the commit",
            f"It sends, and it is started inside a transaction, which a worker can overtake: use "
            f"{name}.delay_on_commit(...) (Celery 5.4), or start it in transaction.on_commit.",
            module.symbol(call),
        )


def _of_tests(emissions: Sequence[Emission]) -> Deferral:
    """One remark for all calls in a file of tests."""
    count = len(emissions)
    return _deferral(
        emissions[0],
        "PM201",
        "Calls of the manager in a test are left as they are",
        f"{count} call{'s' if count > 1 else ''} here: a test asks for the event itself.",
        actionable=False,
    )


def _deferral(
    emission: Emission, code: str, title: str, reason: str, *, actionable: bool = True
) -> Deferral:
    module = emission.module
    return Deferral(
        code,
        module.source.location(emission.call),
        title,
        reason,
        module.symbol(emission.call),
        actionable,
    )
