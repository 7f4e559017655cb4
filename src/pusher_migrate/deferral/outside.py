"""What happens to an object behind the function that sends it: in its callers, and around it.

A transaction that a caller opened may still be open when the function is left, so what the caller
does to the object then shows in the deferred event.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pusher_migrate.index.calls.callers import callers_of
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import argument_for, node_arguments
from pusher_migrate.index.instances.aftermath import Aftermath
from pusher_migrate.index.instances.chains import Chain, Reference, chain_of, text_of
from pusher_migrate.index.instances.touches import Touch, TouchKind
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.testing import is_test_module

# Callers of callers of callers are far from the emission.
_MAX_DEPTH = 3
_CHANGES = frozenset(TouchKind) - {TouchKind.SAVED, TouchKind.UNCLEAR}


class Outside:
    """Follows an object out of the function that sends it.

    Args:
        inference: Type inference over the project.
        aftermath: Follows objects inside of functions.
    """

    def __init__(self, inference: Inference, aftermath: Aftermath) -> None:
        self.inference = inference
        self.aftermath = aftermath

    def doubts(
        self,
        module: Module,
        function: FunctionNode,
        refs: Iterable[Reference],
        depth: int = _MAX_DEPTH,
    ) -> Iterator[str]:
        """What is done to an object once a function has returned, one clause for each place.

        Args:
            module: The file.
            function: The function.
            refs: The object, its items or containers of it, as the function reaches them.
            depth: How many calls to go out.
        """
        if isinstance(function, ast.Lambda) or not depth:
            return
        parameters = {argument.arg for argument in node_arguments(function)}
        names = module.scopes[function].names
        mine = [ref for ref in refs if ref.part in ((), ("[]",))]
        given = [ref for ref in mine if ref.chain[0] in parameters]
        around = [ref for ref in mine if ref.chain[0] not in names]
        if given:
            yield from self._by_callers(module, function, given, depth)
        if around:
            yield from self._around(module, function, around, depth)

    def _by_callers(
        self,
        module: Module,
        function: ast.FunctionDef | ast.AsyncFunctionDef,
        refs: list[Reference],
        depth: int,
    ) -> Iterator[str]:
        for caller, call, bound in callers_of(self.inference, module, function):
            outer = caller.named_function_around(call)
            if outer is None or is_test_module(self.inference, caller):
                continue
            there = [
                replace(ref, chain=(*passed, *ref.chain[1:]))
                for ref in refs
                for passed in [_passed(function, call, ref.chain[0], bound)]
                if passed is not None
            ]
            if not there:
                continue
            changes, text = self._changes(caller, outer, [call], there), _text(there)
            if changes is None:
                yield (
                    f"{outer.name}, which calls this at {caller.path}:{call.lineno}, has too many "
                    f"paths to see what becomes of {text}"
                )
            elif changes:
                yield (
                    f"the caller at {caller.path}:{changes[0].line} changes {text} afterwards "
                    f"({changes[0].text}); in a transaction of its own the event would show that"
                )
            elif outer is not function:
                yield from self.doubts(caller, outer, there, depth - 1)

    def _around(
        self,
        module: Module,
        function: ast.FunctionDef | ast.AsyncFunctionDef,
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
            yield from self.doubts(module, outer, refs, depth - 1)

    def _changes(
        self, module: Module, function: FunctionNode, places: list[ast.AST], refs: list[Reference]
    ) -> list[Touch] | None:
        """The changes of an object behind some places of a function; None if it is too large."""
        graph = self.inference.locals.graph(function)
        starts = [node for place in places for node in graph.nodes_at(place)]
        touches = self.aftermath.after(module, function, starts, refs)
        if touches is None:
            return None
        return [touch for touch in touches if touch.kind in _CHANGES]


def _text(refs: list[Reference]) -> str:
    """The plainest of the ways to reach an object: itself, not its items or what holds it."""
    return text_of(min(refs, key=lambda ref: (ref.holder, ref.part, len(ref.chain))).chain)


def _passed(
    function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call, name: str, bound: bool
) -> Chain | None:
    """What a call passes for a parameter, where that is a name or an attribute of one."""
    declared = [*function.args.posonlyargs, *function.args.args]
    if bound and declared and declared[0].arg == name:
        return chain_of(call.func.value) if isinstance(call.func, ast.Attribute) else None
    value = argument_for(function, call, name, bound)
    return chain_of(value) if value is not None else None
