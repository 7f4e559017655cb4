"""Calls that leave a function to something else, and what that function gets in the end."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.index.calls.invocations import invocation_at, last_name
from pusher_migrate.index.calls.on_commit import is_on_commit, is_partial
from pusher_migrate.index.calls.runners import SIGNATURES, STARTING
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import FunctionType


@dataclass(frozen=True, eq=False, slots=True)
class Left:
    """A function that is left to a queue, a thread or a pool.

    Attributes:
        function: It.
        call: Its call as if it were made where it is left.
        started: False when only a signature is made, and not seen to be sent.
        after_commit: Whether what it is left to waits for the commit: ``delay_on_commit``.
    """

    function: FunctionType
    call: ast.Call
    started: bool = True
    after_commit: bool = False


def left_at(inference: Inference, module: Module, call: ast.Call) -> Left | None:
    """What a call leaves to be run later; None when it runs what it calls, or nothing known."""
    found = invocation_at(inference, module, call)
    if found is None or not found.runner or not found.known or found.inside is not None:
        return None
    if not isinstance(found.type, FunctionType) or isinstance(found.type.node, ast.Lambda):
        return None
    positional, keywords = found.written
    for made in found.partials:
        positional = [*made.call.args[1:], *positional]
        keywords = [*made.call.keywords, *keywords]
    made_call = ast.copy_location(ast.Call(found.target, positional, keywords), call)
    module.parents.setdefault(made_call, call)
    making = found.runner in SIGNATURES
    return Left(
        found.type,
        made_call,
        not making or _is_started(module, call),
        found.runner.endswith("_on_commit"),
    )


def kept_partial(inference: Inference, module: Module, call: ast.Call) -> ast.Call | None:
    """The call that a partial stands for which is kept, or given to something unknown."""
    if last_name(call.func) != "partial" or not is_partial(inference, module, call):
        return None
    taker = module.parents[call]
    taker = module.parents[taker] if isinstance(taker, ast.keyword) else taker
    if not call.args or (
        isinstance(taker, ast.Call)
        and (
            is_on_commit(inference, module, taker) or left_at(inference, module, taker) is not None
        )
    ):
        return None  # Who calls it is known.
    made = ast.copy_location(ast.Call(call.args[0], call.args[1:], call.keywords), call)
    module.parents.setdefault(made, taker)
    return made


def _is_started(module: Module, call: ast.Call) -> bool:
    """Whether a signature is sent in the expression in which it is made.

    ``tell.s(pk).delay()``, ``chain(save.s(), tell.si(pk))()``, ``(save.s() | tell.si(pk)).delay``.
    """
    child: ast.AST = call
    for parent in module.ancestors(call):
        if isinstance(parent, ast.Attribute) and parent.attr in STARTING:
            return True
        if isinstance(parent, ast.Call) and parent.func is child:
            # The value of a call of something that was made of it: ``group(...)()``.
            if not isinstance(child, ast.Attribute):
                return True
        elif isinstance(parent, ast.Call) and isinstance(parent.func, ast.Call):
            return True  # ``chord(header)(tell.si(pk))``
        if isinstance(parent, ast.keyword | ast.Lambda | ast.IfExp | ast.stmt):
            return False
        child = parent
    return False
