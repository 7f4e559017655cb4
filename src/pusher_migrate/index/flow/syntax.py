"""What one piece of syntax tells: constant conditions, what may raise, what is caught."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence
from typing import NamedTuple

from pusher_migrate.index.flow.graph import Way

RAISES = (Way.EXCEPTION, Way.BASE_EXCEPTION)

# What ``except Exception`` does not catch; the last is asyncio's
_BEYOND_EXCEPTION = frozenset(
    {"BaseException", "SystemExit", "KeyboardInterrupt", "GeneratorExit", "CancelledError"}
)
_BUILTIN_EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception)
)


class Catches(NamedTuple):
    """What an except clause takes.

    Attributes:
        ways: Ways of which it may take something.
        all_of: Ways of which it takes everything.
        plain: Whether its class is named by names alone, so that naming it does not raise.
    """

    ways: tuple[Way, ...]
    all_of: frozenset[Way]
    plain: bool


def last_name(expression: ast.expr) -> str:
    """Last part of a dotted name, also if it is called: ``b`` of ``a.b(...)``; empty if none."""
    while isinstance(expression, ast.Call):
        expression = expression.func
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def truth(test: ast.expr) -> bool | None:
    """Value of a constant condition, None if it is not constant (``TYPE_CHECKING`` is not)."""
    negate = False
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, negate = test.operand, not negate
    if isinstance(test, ast.Constant):
        return bool(test.value) is not negate
    return None


def inert(expression: ast.expr) -> bool:
    """Whether evaluating it cannot raise. A plain name can: ``try: unicode`` is an idiom."""
    stack = [expression]
    while stack:
        match stack.pop():
            case ast.Constant():
                pass
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                stack += elements
            case ast.Dict(keys=keys, values=values) if all(
                isinstance(key, ast.Constant) for key in keys
            ):
                stack += values
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                stack.append(operand)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
                pass
            case ast.Lambda(args=arguments):
                stack += _defaults(arguments)
            case _:
                return False
    return True


def harmless(statement: ast.stmt) -> bool:
    """Whether a simple statement (a nested function or class is one) cannot raise.

    A raise statement, or an assertion of a constant, is the caller's business.
    """
    match statement:
        case ast.Pass() | ast.Break() | ast.Continue() | ast.Global() | ast.Nonlocal():
            return True
        case ast.Return(value=value) | ast.AnnAssign(target=ast.Name(), value=value):
            return value is None or inert(value)
        case ast.Expr(value=value):
            return inert(value)
        case ast.Assign(value=value, targets=targets):
            return all(isinstance(target, ast.Name) for target in targets) and inert(value)
        case ast.Assert(test=test):
            return truth(test) is True
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return all(isinstance(c, ast.expr) and inert(c) for c in own_code(statement))
    return type(statement).__name__ == "TypeAlias"  # Python 3.12: its value is evaluated lazily


def own_code(statement: ast.AST) -> tuple[ast.AST, ...]:
    """What a simple statement evaluates or binds: of a nested function or class, not its body."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            arguments = statement.args
            every = [
                *arguments.posonlyargs,
                *arguments.args,
                *filter(None, [arguments.vararg]),
                *arguments.kwonlyargs,
                *filter(None, [arguments.kwarg]),
            ]
            annotations = [argument.annotation for argument in every]
            return (
                *statement.decorator_list,
                *_defaults(arguments),
                *filter(None, [*annotations, statement.returns]),
            )
        case ast.ClassDef():
            return (*statement.decorator_list, *statement.bases, *statement.keywords)
    return (statement,)


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *filter(None, arguments.kw_defaults)]


def value_call(statement: ast.stmt) -> ast.Call | None:
    """The call that a statement is, or whose result it assigns or returns, awaited or not."""
    match statement:
        case (
            ast.Expr(value=value)
            | ast.Return(value=value)
            | ast.Assign(value=value)
            | ast.AnnAssign(value=value)
        ):
            if isinstance(value, ast.Await):
                value = value.value
            return value if isinstance(value, ast.Call) else None
    return None


def irrefutable(pattern: ast.pattern) -> bool:
    """Whether a pattern matches everything: ``_``, a capture, or an alternative that is one."""
    stack = [pattern]
    while stack:
        match stack.pop():
            case ast.MatchAs(pattern=None):
                return True
            case ast.MatchAs(pattern=ast.pattern() as inner):
                stack.append(inner)
            case ast.MatchOr(patterns=alternatives):
                stack += alternatives
    return False


def raised_class_ways(raised: ast.expr | None) -> tuple[Way, ...]:
    """Ways of ``raise <raised>``, by the name of the class."""
    if raised is not None and last_name(raised) in _BEYOND_EXCEPTION:
        return (Way.BASE_EXCEPTION,)
    return (Way.EXCEPTION,)


def catches(handler: ast.ExceptHandler) -> Catches:
    """What an except clause takes, by the names of its classes; an unknown class may be any."""
    if handler.type is None:
        return Catches(RAISES, frozenset(RAISES), True)
    classes: Sequence[ast.expr] = (
        handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    )
    names = {last_name(each) for each in classes if _standard(each)}
    all_of = set[Way]()
    if names & {"Exception", "BaseException"}:
        all_of.add(Way.EXCEPTION)
    if "BaseException" in names:
        all_of.add(Way.BASE_EXCEPTION)
    known = all(_standard(each) for each in classes)
    beyond = not (known and names <= _BUILTIN_EXCEPTIONS)
    ways = RAISES if beyond else (Way.EXCEPTION,)
    return Catches(ways, frozenset(all_of), all(map(_dotted, classes)))


def _standard(expression: ast.expr) -> bool:
    """Whether it is the name of a builtin: ``Exception``, ``builtins.Exception``."""
    match expression:
        case ast.Name():
            return True
        case ast.Attribute(value=ast.Name(id="builtins")):
            return True
    return False


def _dotted(expression: ast.expr) -> bool:
    while isinstance(expression, ast.Attribute):
        expression = expression.value
    return isinstance(expression, ast.Name)
