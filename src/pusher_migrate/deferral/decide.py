"""Decide for one manager call whether it is deferred to the commit, how, or why not."""

from __future__ import annotations

import ast

from pusher_migrate.deferral.ambient import Ambient
from pusher_migrate.deferral.arguments import Arguments
from pusher_migrate.deferral.handlers import Guard, caller_doubts, guard_of
from pusher_migrate.deferral.history import History
from pusher_migrate.deferral.method_effects import other_effects
from pusher_migrate.deferral.moving import move_problem, moved
from pusher_migrate.deferral.position import context_doubts, contract_problem, position_problem
from pusher_migrate.deferral.retrying import retry_doubts
from pusher_migrate.deferral.rolled_back import never_sent
from pusher_migrate.deferral.shared import shared_doubts
from pusher_migrate.deferral.transaction_around import TransactionAround, transaction_around
from pusher_migrate.deferral.values import Decision, Deferred, Kept, Refused, Site, site_of
from pusher_migrate.deferral.writing import Writer
from pusher_migrate.index.calls.on_commit import deferring_call
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.instances.aftermath import Aftermath
from pusher_migrate.index.sending.contracts import Contract, Emission
from pusher_migrate.index.transactions.after_commit import AfterCommit
from pusher_migrate.index.transactions.atomic import Transactions
from pusher_migrate.index.types.frameworks import runs_in_django
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.model import Edit
from pusher_migrate.rule import Context
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.statements import insert_after, replace_statement

_RIGHT_AS_IT_IS = (
    " No transaction is visible around it: until a caller opens one, it is right as it is."
)


class Deferrals:
    """Decides for the calls of one project; what it finds out is kept.

    Args:
        context: The project and what was asked for.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.index = context.index
        inference = context.index.inference
        self.transactions = Transactions(inference)
        self.after_commit = AfterCommit(inference)
        contracts = context.index.emissions.contracts.values()
        self.aftermath = Aftermath(inference, [contract.method.node for contract in contracts])
        self._in_django: dict[str, bool] = {}
        self._decided: dict[ast.expr, Decision] = {}
        self._effects: dict[FunctionNode, tuple[str, ...]] = {}
        self._emissions_in: dict[ast.AST | None, list[Emission]] = {}
        for emission in context.index.emissions.emissions:
            self._emissions_in.setdefault(emission.function, []).append(emission)

    def decide(self, site: Site) -> Decision:
        """What to do with one call."""
        if site.call is None:
            return self._decide(site)
        known = self._decided.get(site.call)
        if known is None:
            known = self._decided[site.call] = self._decide(site)
        return known

    def _decide(self, site: Site) -> Decision:
        kept = self._kept(site)
        if kept is not None:
            return kept
        around = transaction_around(site, self.transactions)
        problem = position_problem(site)
        if problem is not None:
            return self._refused(problem, around)
        problem = self._transaction_problem(site, around)
        if problem is not None:
            return Refused(_sentence(problem))
        arguments = Arguments(site, self.index, self.aftermath)
        history = History(site, self.index, arguments, self.aftermath, self.transactions)
        wrong = history.gone() or history.expression()
        if wrong is not None:
            return Refused(_sentence(wrong))
        problem = arguments.unready()
        if problem is not None:
            return self._refused(problem, around)
        guard = Guard() if site.inserted else guard_of(site, self.index)
        if guard.problem is not None:
            return self._refused(guard.problem, around)
        persisting = None
        if not around.in_transaction and not site.inserted:
            early = history.before_write()
            if early is not None:
                return Refused(_sentence(early))
            persisting = history.persisting()
        if persisting is not None:
            problem = move_problem(site, persisting, arguments, self.index)
            if problem is None and guard.moved is not None:
                problem = f"it stands in a try, in front of {persisting.text}: move it by hand"
            if problem is not None:
                return Refused(_sentence(problem))
        start = persisting.statement if persisting is not None else site.statement
        refusals, doubts = history.later(start)
        if refusals:
            return self._refused(refusals[0], around)
        bound = arguments.bound()
        if isinstance(bound, Refusal):
            return self._refused(bound.reason, around)
        doubts += [*around.doubts, *guard.doubts, *context_doubts(site, self.transactions)]
        doubts += self._other_effects(site.contract)
        doubts += never_sent(site, around, self.transactions)
        doubts += Ambient(site, self.index, self.aftermath, self.transactions).doubts()
        doubts += shared_doubts(site, arguments, self.aftermath)
        if not site.inserted:
            doubts += caller_doubts(site, self.index)
            doubts += retry_doubts(site, self.index)
        if persisting is not None:
            line = persisting.statement.lineno
            doubts.insert(0, f"it goes behind {persisting.text} (line {line}), and so comes later")
        notes = [*self._notes(site, arguments), *history.stale()]
        number = self._functions_before(site) + 1
        writer = Writer(self.context, site, arguments, bound, around.using, number)
        written = writer.write(guard)
        if isinstance(written, Refusal):
            return self._refused(written.reason, around)
        doubts += written.doubts
        return Deferred(
            written.code,
            written.edits,
            guard.moved or site.statement,
            persisting.statement if persisting is not None else None,
            around.said,
            tuple(dict.fromkeys(doubts)),
            tuple(dict.fromkeys([*notes, *written.notes])),
        )

    def edits(self, site: Site, decision: Deferred) -> tuple[Edit, ...] | Refusal:
        """The edits that put a deferred call where it belongs, its import included."""
        source, black = site.module.source, self.context.black
        if decision.behind is not None:
            done = moved(site, decision, black)
            return done if isinstance(done, Refusal) else (*decision.edits, *done)
        if site.inserted:
            edit = insert_after(source, site.statement, decision.code, black)
        else:
            edit = replace_statement(source, decision.replaces, decision.code, black)
        return edit if isinstance(edit, Refusal) else (*decision.edits, edit)

    def _functions_before(self, site: Site) -> int:
        """How many local functions for the same method come before a site in its function."""
        count = 0
        contracts = self.index.emissions.contracts
        for emission in self._emissions_in.get(site.function, ()):
            call = emission.call
            if call.lineno >= site.statement.lineno:
                continue
            if emission.system == "legacy":
                # What becomes of it may be for another rule to say.
                decision = self._decided.get(call)
                count += decision is None or _is_function(decision, site.parts.method)
            elif emission.method == site.parts.method:
                other = site_of(emission, contracts[emission.method])
                count += other is not None and _is_function(self.decide(other), site.parts.method)
        return count

    def is_test(self, module: Module) -> bool:
        """Whether a file is one of the target's tests."""
        return is_test_module(self.index.inference, module)

    # --- Left alone -------------------------------------------------------------------------------

    def _kept(self, site: Site) -> Kept | None:
        if not self.context.catalogue.django.on_commit:
            return Kept("the catalogue says that nothing is deferred ([django] on_commit = false)")
        if self.is_test(site.module):
            return Kept("it is part of the tests")
        if not self._is_in_django(site.module):
            return Kept("the file does not run in Django")
        if site.contract is not None and site.contract.defers:
            return Kept(f"{site.contract.name} waits for the commit itself", already=True)
        if deferring_call(self.index.inference, site.module, site.anchor) is not None:
            return Kept("it is deferred already", already=True)
        function = site.function
        if function is not None and self.after_commit.always(site.module, function):
            return Kept("the function around it runs after a commit only", already=True)
        return None

    def _is_in_django(self, module: Module) -> bool:
        if module.path not in self._in_django:
            self._in_django[module.path] = runs_in_django(self.index.project, module)
        return self._in_django[module.path]

    # --- Refused ----------------------------------------------------------------------------------

    def _refused(self, problem: str, around: TransactionAround) -> Refused:
        where = "" if around.in_transaction else _RIGHT_AS_IT_IS
        return Refused(_sentence(problem) + where, around.in_transaction)

    def _transaction_problem(self, site: Site, around: TransactionAround) -> str | None:
        switched = self.transactions.autocommit_off(site.module, site.anchor)
        if switched is not None:
            path, line = switched
            return (
                f"autocommit is switched off ({path}:{line}), and on_commit raises "
                "TransactionManagementError there; send after the commit() by hand"
            )
        return around.problem or contract_problem(site.contract, self.transactions)

    def _other_effects(self, contract: Contract | None) -> tuple[str, ...]:
        if contract is None:
            return ()
        node = contract.method.node
        if node not in self._effects:
            self._effects[node] = other_effects(self.index, contract)
        return self._effects[node]

    def _notes(self, site: Site, arguments: Arguments) -> list[str]:
        notes = [
            f"{text} goes into the payload as it is, and Pusher's SDK cannot dump it to JSON: the "
            "TypeError is now raised after the commit."
            for text in arguments.not_json()
        ]
        if not self.context.robust:
            notes.append(
                "Without robust=True (Django 4.2 and later) a callback that raises ends the "
                "request, although the transaction is committed, and later callbacks do not run."
            )
        return notes


def _is_function(decision: Decision, method: str) -> bool:
    """Whether a call of a method is deferred by a local function."""
    if not isinstance(decision, Deferred) or not decision.code.startswith("def "):
        return False
    return f".{method}(" in decision.code


def _sentence(clause: str) -> str:
    first = clause.split(" ", 1)[0]
    return (clause[:1].upper() + clause[1:] if first.isalpha() else clause).rstrip(".") + "."
