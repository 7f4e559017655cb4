"""Who calls a callable that is handed over, and how its arguments are passed along.

Sources: the documentation of ``threading``, ``concurrent.futures``, ``asyncio``, ``functools``,
anyio, Starlette, gevent, APScheduler, Celery, RQ, Dramatiq, Huey, Django Q and Django's own tasks.
What is not in the tables is still seen, with arguments that are not known.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from pusher_migrate.index.code.syntax import keyword_of


@dataclass(frozen=True, slots=True)
class Convention:
    """How a function takes a callable and what the callable gets.

    Attributes:
        callable_at: Position of the callable.
        callable_names: Keywords for it.
        spread: Whether all arguments behind the callable, and all other keywords, go on as they
            are. Otherwise they are given as one sequence and one mapping.
        args_at: Position of the sequence.
        args_name: Keyword for the sequence.
        kwargs_name: Keyword for the mapping, which follows the sequence by position.
        packed_too: Whether a sequence or mapping under those keywords counts instead.
    """

    callable_at: int = 0
    callable_names: tuple[str, ...] = ()
    spread: bool = True
    args_at: int = 0
    args_name: str = "args"
    kwargs_name: str = "kwargs"
    packed_too: bool = False


_SPREAD = Convention(0, ("fn", "func", "function", "callback", "target"))
_LATER = Convention(1, ("callback", "func", "function"))
_NAMES_OF_JOBS = ("fn", "func", "function", "f")

#: By the last name of the function that is handed the callable.
RUNNERS: dict[str, Convention] = {
    "Thread": Convention(1, ("target",), spread=False, args_at=3),
    "Process": Convention(1, ("target",), spread=False, args_at=3),
    "Timer": Convention(1, ("function",), spread=False, args_at=2),
    "add_job": Convention(0, ("func",), spread=False, args_at=2),
    "submit": _SPREAD,
    "to_thread": _SPREAD,
    "run_in_threadpool": _SPREAD,
    "run_sync": _SPREAD,
    "add_task": _SPREAD,
    "start_soon": _SPREAD,
    "start_background_task": _SPREAD,
    "spawn": _SPREAD,
    "spawn_n": _SPREAD,
    "spawn_later": _LATER,
    "call_soon": _SPREAD,
    "call_soon_threadsafe": _SPREAD,
    "call_later": _LATER,
    "call_at": _LATER,
    "run_in_executor": _LATER,
    "enqueue": Convention(0, _NAMES_OF_JOBS, packed_too=True),
    "enqueue_in": Convention(1, _NAMES_OF_JOBS, packed_too=True),
    "enqueue_at": Convention(1, _NAMES_OF_JOBS, packed_too=True),
    "enqueue_call": Convention(0, ("func",), spread=False, args_at=1),
    "async_task": _SPREAD,
    "send_task": Convention(0, ("name",), spread=False, args_at=1),
    "signature": Convention(0, ("varies",), spread=False, args_at=1),
    "partial": _SPREAD,
    "partialmethod": _SPREAD,
}

_WHOLE = Convention()
_PACKED = Convention(spread=False)

#: Methods of a function that is a task: ``send.delay(channel, event, data)``.
TASK_METHODS: dict[str, Convention] = {
    "delay": _WHOLE,
    "delay_on_commit": _WHOLE,
    "s": _WHOLE,
    "si": _WHOLE,
    "signature": _PACKED,
    "subtask": _PACKED,
    "apply_async": _PACKED,
    "apply_async_on_commit": _PACKED,
    "apply": _PACKED,
    "send": _WHOLE,
    "send_with_options": _PACKED,
    "enqueue": _WHOLE,
    "aenqueue": _WHOLE,
    "schedule": _PACKED,
}

#: Those of them that make a signature, which does nothing until it is called or sent.
#: Source: Celery's documentation, "Canvas: Designing Work-flows".
SIGNATURES = frozenset({"s", "si", "signature", "subtask"})
STARTING = frozenset(TASK_METHODS) - SIGNATURES

Parts = tuple[tuple[ast.expr, ...], tuple[ast.keyword, ...]]


def handed_over(convention: Convention, call: ast.Call) -> ast.expr | None:
    """The callable that a call hands over, by a runner's convention."""
    for name in convention.callable_names:
        found = keyword_of(call, name)
        if found is not None:
            return found
    plain = _plain(call.args)
    return plain[convention.callable_at] if len(plain) > convention.callable_at else None


def passed_along(convention: Convention, call: ast.Call, task: bool = False) -> Parts:
    """What the callable gets, as arguments and keywords; sequences and mappings are starred.

    Args:
        convention: The runner's, or the task method's.
        call: The call of it.
        task: True for a method of the callable itself, whose arguments do not name it.
    """
    packed = convention.packed_too and bool(
        keyword_of(call, convention.args_name) or keyword_of(call, convention.kwargs_name)
    )
    if convention.spread and not packed:
        first = 0 if task else convention.callable_at + 1
        names = () if task else convention.callable_names
        by_name = any(keyword.arg in names for keyword in call.keywords)
        start = min(first, convention.callable_at) if by_name else first
        keywords = tuple(k for k in call.keywords if k.arg not in names)
        return tuple(call.args[start:]), keywords
    sequence = keyword_of(call, convention.args_name)
    mapping = keyword_of(call, convention.kwargs_name)
    plain = _plain(call.args) if not packed else []
    if sequence is None and len(plain) > convention.args_at:
        sequence = plain[convention.args_at]
    if mapping is None and len(plain) > convention.args_at + 1:
        mapping = plain[convention.args_at + 1]
    arguments = (ast.Starred(sequence, ast.Load()),) if sequence is not None else ()
    return arguments, ((ast.keyword(None, mapping),) if mapping is not None else ())


def _plain(arguments: Sequence[ast.expr]) -> list[ast.expr]:
    """The arguments whose position is certain."""
    plain: list[ast.expr] = []
    for argument in arguments:
        if isinstance(argument, ast.Starred):
            break
        plain.append(argument)
    return plain
