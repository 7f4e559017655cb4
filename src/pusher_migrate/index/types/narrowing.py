"""What ``isinstance`` says of a name whose type nothing else tells.

``assert isinstance(room, Room)``, ``if isinstance(room, Room):`` and ``if not isinstance(room,
Room): return``, as long as the name is not bound anew between the test and its use.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode, Scope
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import ClassType, Instance, NoneType, Type

_ENDING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_SUITES = ("body", "orelse", "finalbody")


def narrowed(
    inference: Questions,
    module: Module,
    scope: Scope,
    name: str,
    place: ast.AST,
    found: Type | None,
) -> Type | None:
    """The type of a local name at a place: as it was found, or as a test there says it is."""
    by_name = isinstance(found, Instance) and found.by_name
    if not (found is None or by_name or isinstance(found, NoneType)):
        return found
    if name not in module.tested_names or not isinstance(scope.node, FunctionNode):
        return found
    if module.function_around(place) is not scope.node:
        return found
    statement = module.statement_around(place)
    for test, holder in _conditions(module, place, scope.node):
        cls = _asked(inference, module, test, name)
        if cls is not None and _same(inference, module, scope, name, holder, statement):
            return Instance(cls)
    return found


def _conditions(
    module: Module, place: ast.AST, end: ast.AST
) -> Iterator[tuple[ast.expr, ast.stmt]]:
    """What surely holds at a place, and the statement that tests it; the nearest first."""
    child = place
    for parent in module.ancestors(place):
        match parent:
            case ast.BoolOp(op=ast.And(), values=values) if child in values:
                for value in values[: values.index(child)]:
                    yield value, module.statement_around(parent)
            case ast.IfExp(test=test, body=body) if child is body:
                yield test, module.statement_around(parent)
            case ast.If(test=test) if child in parent.body:
                yield test, parent
        if isinstance(child, ast.stmt):
            yield from _before(parent, child)
        if parent is end:
            return
        child = parent


def _before(parent: ast.AST, child: ast.stmt) -> Iterator[tuple[ast.expr, ast.stmt]]:
    """What the statements before one of the same suite make sure of."""
    for name in _SUITES:
        suite = getattr(parent, name, None)
        if not isinstance(suite, list) or child not in suite:
            continue
        for statement in reversed(suite[: suite.index(child)]):
            if isinstance(statement, ast.Assert):
                yield statement.test, statement
            elif isinstance(statement, ast.If) and not statement.orelse:
                if isinstance(statement.body[-1], _ENDING):
                    yield from ((each, statement) for each in _denied(statement.test))


def _denied(test: ast.expr) -> Iterator[ast.expr]:
    """What holds when a condition does not: ``x`` of ``not x or y``."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BoolOp(op=ast.Or(), values=values):
            for value in values:
                yield from _denied(value)


def _asked(inference: Questions, module: Module, test: ast.expr, name: str) -> ClassType | None:
    """The class that a condition says a name is an instance of."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            found = (_asked(inference, module, value, name) for value in values)
            return next((cls for cls in found if cls is not None), None)
        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=asked), cls]):
            said = inference.type_of(module, cls) if asked == name else None
            return said if isinstance(said, ClassType) else None
    return None


def _same(
    inference: Questions,
    module: Module,
    scope: Scope,
    name: str,
    test: ast.stmt,
    statement: ast.stmt,
) -> bool:
    """Whether a name is bound to what the test has seen when a statement reads it."""
    if test is statement:
        return True
    node = ast.Name(name, ast.Load())
    held = [inference.locals.bindings_at(module, scope, node, where) for where in (test, statement)]
    if set(held[0]) != set(held[1]):
        return False
    # A loop between the two may bind it by the same statement again.
    first, last = test.lineno, statement.lineno
    return not any(
        first < getattr(binding.node, "lineno", 0) <= last for binding in scope.names[name]
    )
