"""What happens to an object behind the function that sends it: in its callers, and around it.

A transaction that a caller opened may still be open when the function is left, so what the caller
does to the object then shows in the deferred event. Callers are those who call the function, the
wrappers of its decorators, and for the receiver of a signal those who save a row.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pusher_migrate.index.calls.callers import callers_by_bases, callers_of
from pusher_migrate.index.calls.decorated import wrappers_of
from pusher_migrate.index.calls.savers import savings
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import argument_for, keyword_of, node_arguments
from pusher_migrate.index.instances.aftermath import Aftermath
from pusher_migrate.index.instances.chains import (
    RETURNED,
    Chain,
    Reference,
    chain_of,
    is_result,
    result_of,
    text_of,
)
from pusher_migrate.index.instances.touches import Touch, TouchKind
from pusher_migrate.index.transactions.atomic import Transactions
from pusher_migrate.index.types.django import signals_of
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.index.types.types import External
from pusher_migrate.nodes import walk

# Callers of callers of callers are far from the emission.
_MAX_DEPTH = 3
#: What makes an object another one than it was.
CHANGES = frozenset(TouchKind) - {TouchKind.SAVED, TouchKind.UNCLEAR}
# Signals that Django sends once it has written, to receivers that get the row as ``instance``.
_AFTER_SAVE = frozenset({"post_save"})
_INSTANCE = "instance"

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False, slots=True)
class _Caller:
    """A place from which a function is run.

    Attributes:
        module: The file.
        function: The function that it is in.
        call: The call.
        given: The object as the caller reaches it, by what it passes.
        left: The same by what it gets, or what the function has left elsewhere: that matters to
            those only in whose transaction it runs.
        inside: Whether a transaction is known to be open all around it.
        follow: Whether its own callers are to be asked too.
    """

    module: Module
    function: _Function
    call: ast.Call
    given: list[Reference]
    left: list[Reference]
    inside: bool = False
    follow: bool = True


class Outside:
    """Follows an object out of the function that sends it.

    Args:
        aftermath: Follows objects inside of functions.
        transactions: Tells what a caller's transaction is.
    """

    def __init__(self, aftermath: Aftermath, transactions: Transactions) -> None:
        self.inference = aftermath.inference
        self.aftermath = aftermath
        self.transactions = transactions

    def doubts(
        self,
        module: Module,
        function: FunctionNode,
        refs: Iterable[Reference],
        left: Iterable[Reference] = (),
        depth: int = _MAX_DEPTH,
    ) -> Iterator[str]:
        """What is done to an object once a function has returned, one clause for each place.

        Args:
            module: The file.
            function: The function.
            refs: The object, its items or containers of it, as the function reaches them.
            left: The ways to reach it that the function leaves behind, see `Aftermath.left`.
            depth: How many calls to go out.
        """
        if isinstance(function, ast.Lambda) or not depth:
            return
        parameters = {argument.arg for argument in node_arguments(function)}
        names = module.scopes[function].names
        mine = [ref for ref in refs if ref.part in ((), ("[]",))]
        given = [ref for ref in mine if ref.chain[0] in parameters]
        known = {RETURNED, *parameters}
        outer = [ref for ref in left if ref.part in ((), ("[]",)) and ref.chain[0] not in known]
        around = [
            ref
            for ref in dict.fromkeys([*mine, *outer])
            if ref.chain[0] not in names and not is_result(ref.chain[0])
        ]
        behind = [
            ref
            for ref in left
            if ref.part in ((), ("[]",)) and ref.chain[0] in known and ref not in given
        ]
        if any(ref.chain[0] == _INSTANCE for ref in (*given, *behind)):
            yield from self._of_all_models(module, function)
        if given or behind:
            for caller in self._callers(module, function, given, behind):
                yield from self._by_caller(function, caller, depth)
        if around:
            yield from self._around(module, function, around, depth)

    # --- Callers ----------------------------------------------------------------------------------

    def _callers(
        self,
        module: Module,
        function: _Function,
        given: list[Reference],
        left: list[Reference],
    ) -> Iterator[_Caller]:
        for caller, call, bound in callers_by_bases(self.inference, module, function):
            outer = caller.named_function_around(call)
            if outer is not None and not is_test_module(self.inference, caller):
                passed = _for_caller(function, call, given, bound)
                there = [ref for ref in passed if not is_result(ref.chain[0])]
                made = [ref for ref in passed if is_result(ref.chain[0])]
                behind = _for_caller(function, call, left, bound)
                yield _Caller(caller, outer, call, there, [*made, *behind])
        for each in wrappers_of(self.inference, module, function):
            inside = self.transactions.above(module, function, each.decorator)
            for call in each.calls:
                behind = _for_caller(function, call, [*given, *left], bound=False)
                yield _Caller(each.module, each.node, call, [], behind, inside, follow=False)
        yield from self._savers(module, function, [*given, *left])

    def _savers(
        self, module: Module, function: _Function, refs: list[Reference]
    ) -> Iterator[_Caller]:
        """Who saves a row of the models whose signal the function receives."""
        mine = [ref for ref in refs if ref.chain[0] == _INSTANCE]
        signals = signals_of(self.inference, module, function) if mine else []
        for model in dict.fromkeys(sender for name, sender in signals if name in _AFTER_SAVE):
            for saving in savings(self.inference, model):
                outer = saving.module.named_function_around(saving.call)
                if outer is None or is_test_module(self.inference, saving.module):
                    continue
                row = chain_of(saving.row) if saving.row is not None else None
                if saving.row is None:
                    row = (result_of(saving.call),)
                if row is not None:
                    there = [_of_row(ref, row, saving.in_pair) for ref in mine]
                    yield _Caller(saving.module, outer, saving.call, [], there)

    def _of_all_models(self, module: Module, function: _Function) -> Iterator[str]:
        """A receiver without a sender: who saves rows of whatever model is not asked."""
        for decorator in function.decorator_list:
            if not isinstance(decorator, ast.Call) or keyword_of(decorator, "sender") is not None:
                continue
            found = self.inference.type_of(module, decorator.func)
            if not isinstance(found, External) or found.path != "django.dispatch.receiver":
                continue
            named = {part.attr for part in walk(decorator) if isinstance(part, ast.Attribute)}
            named |= {part.id for part in walk(decorator) if isinstance(part, ast.Name)}
            if named & _AFTER_SAVE:
                yield (
                    f"{function.name} hears of all models: what is done to a row once it is saved "
                    "is not followed. Name the sender"
                )

    def _by_caller(self, function: _Function, caller: _Caller, depth: int) -> Iterator[str]:
        refs = [*caller.given, *caller.left]
        if not refs:
            return
        module, outer, call = caller.module, caller.function, caller.call
        found = self._given_changes(caller), self._left_changes(caller)
        text = _text(refs)
        if None in found:
            yield (
                f"{outer.name}, which calls this at {module.path}:{call.lineno}, has too many "
                f"paths to see what becomes of {text}"
            )
            return
        changes = [touch for touches in found for touch in touches or ()]
        if changes:
            yield (
                f"the caller at {module.path}:{changes[0].line} changes {text} afterwards "
                f"({changes[0].text}); in a transaction of its own the event would show that"
            )
        elif outer is not function and caller.follow:
            plain = [ref for ref in refs if not is_result(ref.chain[0])]
            left = [*plain, *self._left_by(caller, plain)]
            yield from self.doubts(module, outer, caller.given, left, depth - 1)

    def _given_changes(self, caller: _Caller) -> list[Touch] | None:
        if not caller.given:
            return []
        return self._changes(caller.module, caller.function, [caller.call], caller.given)

    def _left_changes(self, caller: _Caller) -> list[Touch] | None:
        """The changes of what a function has left, as far as its transaction is open there."""
        module, outer, call = caller.module, caller.function, caller.call
        plain = [ref for ref in caller.left if not is_result(ref.chain[0])]
        results = [ref for ref in caller.left if is_result(ref.chain[0])]
        changes = self._changes(module, outer, [call], plain) if plain else []
        if results:
            followed = self.aftermath.of_result(module, outer, call, results)
            if changes is None or followed is None:
                return None
            changes = [*changes, *(t for t in followed[0] if t.kind in CHANGES)]
        if changes is None or caller.inside:
            return changes
        return [t for t in changes if self.transactions.open_at(module, call, t.tree)]

    def _left_by(self, caller: _Caller, refs: list[Reference]) -> list[Reference]:
        """How the caller itself leaves the object to those that call it."""
        module, outer, call = caller.module, caller.function, caller.call
        results = [ref for ref in caller.left if is_result(ref.chain[0])]
        found: list[Reference] = []
        if refs:
            nodes = self.inference.locals.graph(outer).nodes_at(call)
            found += self.aftermath.left(module, outer, nodes, refs)
        if results:
            followed = self.aftermath.of_result(module, outer, call, results)
            found += followed[1] if followed is not None else []
        return list(dict.fromkeys(found))

    def _around(
        self,
        module: Module,
        function: _Function,
        refs: list[Reference],
        depth: int,
    ) -> Iterator[str]:
        """Names of the function around: they may be changed once the inner function has run."""
        outer = module.named_function_around(function)
        if outer is None:
            return
        calls: list[ast.AST] = [
            call
            for where, call, _ in callers_of(self.inference, module, function)
            if where is module and module.named_function_around(call) is outer
        ]
        changes, text = self._changes(module, outer, calls or [function], refs), _text(refs)
        if changes is None:
            yield f"{outer.name} has too many paths to see what becomes of {text}"
        elif changes:
            yield (
                f"line {changes[0].line} changes {text} once {function.name} has run "
                f"({changes[0].text}): the event would show that"
            )
        else:
            yield from self.doubts(module, outer, refs, depth=depth - 1)

    def _changes(
        self, module: Module, function: FunctionNode, places: list[ast.AST], refs: list[Reference]
    ) -> list[Touch] | None:
        """The changes of an object behind some places of a function; None if it is too large."""
        graph = self.inference.locals.graph(function)
        starts = [node for place in places for node in graph.nodes_at(place)]
        touches = self.aftermath.after(module, function, starts, refs)
        if touches is None:
            return None
        return [touch for touch in touches if touch.kind in CHANGES]


def _text(refs: list[Reference]) -> str:
    """The plainest of the ways to reach an object: itself, not its items or what holds it."""
    chain = min(refs, key=lambda ref: (ref.holder, ref.part, len(ref.chain))).chain
    return text_of(("what it returns", *chain[1:]) if is_result(chain[0]) else chain)


def _of_row(ref: Reference, row: Chain, in_pair: bool) -> Reference:
    """What a receiver reaches by its instance, as one reaches it that has saved the row."""
    if not in_pair:
        return replace(ref, chain=(*row, *ref.chain[1:]))
    if len(ref.chain) == 1 and not ref.holder:
        return replace(ref, chain=row, holder=True)
    return replace(ref, chain=(*row, "[]", *ref.chain[1:]))


def _for_caller(
    function: _Function, call: ast.Call, refs: list[Reference], bound: bool
) -> list[Reference]:
    """References of a function in the names of one that calls it."""
    return [
        replace(ref, chain=(*passed, *ref.chain[1:]))
        for ref in refs
        for passed in [passed_for(function, call, ref.chain[0], bound)]
        if passed is not None
    ]


def passed_for(function: _Function, call: ast.Call, name: str, bound: bool) -> Chain | None:
    """What a call passes for a parameter, where that is a name or an attribute of one."""
    declared = [*function.args.posonlyargs, *function.args.args]
    if name == RETURNED:
        return (result_of(call),)
    if bound and declared and declared[0].arg == name:
        if function.name == "__init__":
            return (result_of(call),)
        return chain_of(call.func.value) if isinstance(call.func, ast.Attribute) else None
    value = argument_for(function, call, name, bound)
    return chain_of(value) if value is not None else None
