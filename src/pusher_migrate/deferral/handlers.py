"""``try`` statements around an emission, which catch nothing of it once it is deferred.

A handler that only logs, passes or counts goes into the callback with the call. One that answers
to the failure in any other way (returns, raises, sets state, sends something else) is a reason to
leave the call alone, as is an ``else`` or ``finally`` that depends on it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.deferral.values import Site
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.calls.callers import callers_by_bases
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import decorator_name
from pusher_migrate.index.flow.syntax import catches
from pusher_migrate.index.types.types import ClassType, External, FunctionType
from pusher_migrate.nodes import walk

_REPORTING_PACKAGES = (
    "logging.",
    "sentry_sdk.",
    "structlog.",
    "loguru.",
    "warnings.",
    "traceback.",
    "rollbar.",
    "bugsnag.",
    "newrelic.",
    "statsd.",
    "django_statsd.",
    "prometheus_client.",
)
_LOGGERS = frozenset({"logger", "log", "logging"})
_LOG_METHODS = frozenset(
    ["debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log"]
)
_COUNTING_METHODS = frozenset({"inc", "incr", "increment"})
_TEXT = frozenset({"str", "repr", "type", "len", "format", "getattr", "isinstance"})


@dataclass(frozen=True, slots=True)
class Guard:
    """What the ``try`` statements around an emission mean for deferring it.

    Attributes:
        moved: The ``try`` that goes into the callback, None when there is none.
        problem: Why it cannot be deferred, None when it can.
        doubts: Why a person should look.
    """

    moved: ast.Try | None = None
    problem: str | None = None
    doubts: tuple[str, ...] = ()


def guard_of(site: Site, index: ProjectIndex) -> Guard:
    """Judge the ``try`` statements around an emission that is there, the innermost first."""
    moved: ast.Try | None = None
    doubts: list[str] = []
    child: ast.AST = site.statement
    for parent in site.module.ancestors(site.statement):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break
        if isinstance(parent, ast.ExceptHandler):
            return Guard(
                problem=(
                    f"it stands in the except clause at line {parent.lineno}, which tells of a "
                    "failure: if the transaction is rolled back, a deferred event is never sent"
                )
            )
        if isinstance(parent, ast.Try | ast.TryStar):
            if child in parent.finalbody:
                return Guard(
                    problem=(
                        f"it stands in the finally of the try at line {parent.lineno}, which runs "
                        "on a rollback too; a deferred event is never sent then"
                    )
                )
            found = _judged(site, index, parent, child, moved)
            if found.problem is not None:
                return found
            moved = moved or found.moved
            doubts += found.doubts
            if child in parent.body and any(_catches_all(each) for each in parent.handlers):
                break  # Nothing gets past it to an outer one.
        child = parent
    return Guard(moved, None, tuple(doubts))


def _judged(
    site: Site,
    index: ProjectIndex,
    tree: ast.Try | ast.TryStar,
    child: ast.AST,
    moved: ast.Try | None,
) -> Guard:
    line = tree.lineno
    if child not in tree.body:
        # In the else: its handlers do not catch what it raises, its finally runs in any case.
        return Guard(doubts=_of_finally(tree))
    alone = len(tree.body) == 1 and child in (site.statement, moved)
    handlers = [each for each in tree.handlers if alone or not is_unrelated(site, index, each)]
    if not handlers:
        return Guard(doubts=_of_finally(tree))
    if isinstance(tree, ast.TryStar):
        return Guard(problem=f"the except* at line {line} no longer catches what it raises")
    for handler in handlers:
        acts = next(acts_of(site.module, index, handler.body), None)
        if acts is not None:
            return Guard(
                problem=(
                    f"the except clause at line {handler.lineno} answers to its failure ({acts}) "
                    "and would not hear of it any more. Send after the transaction, or log there"
                )
            )
    if tree.orelse:
        where = tree.orelse[0].lineno
        return Guard(
            problem=f"the else at line {where} depends on whether it fails; split the try by hand"
        )
    if alone and tree.finalbody:
        return Guard(
            problem=f"the finally of the try at line {line} depends on it; split the try by hand"
        )
    if alone and child is site.statement and moved is None:
        return Guard(tree)
    return Guard(
        doubts=(
            f"the except clause at line {handlers[0].lineno} logs what the statements around it "
            "raise; of the event's own failure Django's log tells instead",
            *_passed_over(site, tree),
            *_of_finally(tree),
        )
    )


def _passed_over(site: Site, tree: ast.Try | ast.TryStar) -> tuple[str, ...]:
    """What a failing emission keeps from running: the statements behind it in the ``try``."""
    end = site.statement.end_lineno or site.statement.lineno
    behind = [
        node.lineno
        for statement in tree.body
        for node in walk(statement)
        if isinstance(node, ast.stmt) and node.lineno > end
    ]
    if not behind:
        return ()
    return (f"line {min(behind)} does not run when it fails, and would run in any case",)


def _of_finally(tree: ast.Try | ast.TryStar) -> tuple[str, ...]:
    if not tree.finalbody:
        return ()
    where = tree.finalbody[0].lineno
    return (f"the finally at line {where} may have run when the event is sent",)


def caller_doubts(site: Site, index: ProjectIndex) -> Iterator[str]:
    """Callers that catch what the function around the emission raises."""
    function = site.function
    if function is None:
        return
    for module, call, _ in callers_by_bases(index.inference, site.module, function):
        for handler, acts in catching(site, index, module, call):
            if acts is not None:
                yield (
                    f"the except clause at {module.path}:{handler.lineno} answers to its "
                    f"failure ({acts}) and would not hear of it any more"
                )


def catching(
    site: Site, index: ProjectIndex, module: Module, call: ast.Call
) -> Iterator[tuple[ast.ExceptHandler, str | None]]:
    """The ``except`` clauses around a call that catch a failing emission, and how they answer."""
    child: ast.AST = module.statement_around(call)
    for parent in module.ancestors(child):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break
        if isinstance(parent, ast.Try) and child in parent.body:
            for handler in parent.handlers:
                if not is_unrelated(site, index, handler, module):
                    yield handler, next(acts_of(module, index, handler.body), None)
        child = parent


# --- Handlers -------------------------------------------------------------------------------------


def _catches_all(handler: ast.ExceptHandler) -> bool:
    """Whether nothing that an emission raises gets past a handler."""
    return handler.type is None or bool(catches(handler).all_of)


def is_unrelated(
    site: Site, index: ProjectIndex, handler: ast.ExceptHandler, module: Module | None = None
) -> bool:
    """Whether a handler is for what other statements raise: Django's and the project's own errors.

    An exception class of the project counts when the code that sends never names it.
    """
    module = module or site.module
    if handler.type is None:
        return False
    classes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    for each in classes:
        if isinstance(each, ast.Attribute) and each.attr in (
            "DoesNotExist",
            "MultipleObjectsReturned",
        ):
            continue
        found = index.inference.type_of(module, each)
        if isinstance(found, External) and found.path.startswith(("django.", "rest_framework.")):
            continue
        if isinstance(found, ClassType) and not _sending_code_names(site, index, found.name):
            continue
        return False
    return True


def _sending_code_names(site: Site, index: ProjectIndex, name: str) -> bool:
    sending = {direct.module for direct in index.emissions.transport}
    if site.contract is not None:
        sending.add(site.contract.method.module)
    return any(name in module.source.text for module in sending)


def acts_of(module: Module, index: ProjectIndex, body: list[ast.stmt]) -> Iterator[str]:
    """What a handler does other than to log, count or pass."""
    for statement in body:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                pass
            case ast.Return():
                yield "it returns"
            case ast.Raise():
                yield "it raises"
            case ast.Break() | ast.Continue():
                yield "it leaves or continues a loop"
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Delete():
                yield f"it sets {ast.unparse(_target(statement))}"
            case ast.Expr(value=ast.Call() as call):
                if not _is_report(module, index, call):
                    called = index.inference.type_of(module, call.func)
                    sends = isinstance(called, FunctionType) and index.emissions.may_send(called)
                    yield (
                        "it sends something else"
                        if sends
                        else (f"it calls {ast.unparse(call.func)}")
                    )
            case ast.If():
                yield from acts_of(module, index, [*statement.body, *statement.orelse])
            case _:
                yield f"it has more than a log line, at line {statement.lineno}"


def _target(statement: ast.stmt) -> ast.AST:
    targets = getattr(statement, "targets", None)
    return targets[0] if targets else statement.target  # type: ignore[no-any-return,attr-defined]


def _is_report(module: Module, index: ProjectIndex, call: ast.Call) -> bool:
    """Whether a call only tells people or monitoring of the failure."""
    inner = [
        node
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
        for node in walk(argument)
        if isinstance(node, ast.Call)
    ]
    if any(not _only_describes(node) for node in inner):
        return False
    function = call.func
    found = index.inference.type_of(module, function)
    if isinstance(found, External):
        return found.path.startswith(_REPORTING_PACKAGES)
    if isinstance(found, FunctionType):
        return False
    if isinstance(function, ast.Name):
        return function.id == "print"
    if isinstance(function, ast.Attribute):
        receiver = function.value
        name = receiver.attr if isinstance(receiver, ast.Attribute) else ""
        name = receiver.id if isinstance(receiver, ast.Name) else name
        if function.attr in _LOG_METHODS:
            return name.strip("_").lower() in _LOGGERS
        return function.attr in _COUNTING_METHODS
    return False


def _only_describes(call: ast.Call) -> bool:
    name = decorator_name(call)
    return name in _TEXT or name.startswith(("get_", "format_")) or name == "isoformat"
