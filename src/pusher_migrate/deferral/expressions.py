"""Attributes that are set to a database expression: ``order.total = F("total") + 1``.

Until the row is read anew they hold the expression, which no payload can show.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.instances.aftermath import Aftermath
from pusher_migrate.index.instances.calling import Passage
from pusher_migrate.index.instances.chains import Chain, chain_of
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import External, FunctionType
from pusher_migrate.nodes import walk

_MAX_DEPTH = 3


class Expressions:
    """Finds such assignments, in helpers too.

    Args:
        inference: Type inference over the project.
        aftermath: Knows the functions of the project.
    """

    def __init__(self, inference: Inference, aftermath: Aftermath) -> None:
        self.inference = inference
        self.aftermath = aftermath

    def is_one(self, module: Module, value: ast.expr) -> bool:
        """Whether an expression evaluates to one of Django's, or to something made of one.

        What a query gives that is asked with one is a value: ``rows.aggregate(m=Max("n"))["m"]``.
        """
        match value:
            case ast.Call():
                if self._makes_one(module, value.func):
                    return True
                if isinstance(value.func, ast.Attribute):
                    return self.is_one(module, value.func.value)  # ``F("flags").bitor(1)``
                parts = callees.values_given(value)
            case ast.BinOp(left=left, right=right):
                parts = [left, right]
            case ast.BoolOp(values=parts):
                pass
            case ast.IfExp(body=body, orelse=orelse):
                parts = [body, orelse]
            case ast.UnaryOp(operand=part) | ast.NamedExpr(value=part):
                parts = [part]
            case _:
                return False
        return any(self.is_one(module, part) for part in parts)

    def _makes_one(self, module: Module, function: ast.expr) -> bool:
        found = self.inference.type_of(module, function)
        if not isinstance(found, External) or not found.path.startswith("django.db.models."):
            return False
        name = found.path.rpartition(".")[2]
        return name[:1].isupper() and not name.endswith(("Field", "Choices"))

    def set_by(self, passages: Iterable[Passage], chain: Chain, depth: int = 0) -> Iterator[str]:
        """The names of those called functions that set one on an object that they are given."""
        for passage in passages:
            given = {parameter for parameter, place in passage.given if place == chain}
            if any(self._sets(passage.called, parameter, depth) for parameter in given):
                yield callees.last_name(passage.call)

    def _sets(self, called: FunctionType, parameter: str, depth: int) -> bool:
        if depth > _MAX_DEPTH or isinstance(called.node, ast.Lambda):
            return False
        sets = False
        for part in walk(called.node):
            match part:
                case ast.Assign(targets=targets, value=value):
                    pass
                case ast.AugAssign(target=target, value=value):
                    targets = [target]
                case ast.Call(func=ast.Attribute(value=owner, attr=name)):
                    if name in callees.REFRESHES and chain_of(owner) == (parameter,):
                        return False
                    continue
                case _:
                    continue
            owners = [chain_of(t.value) for t in targets if isinstance(t, ast.Attribute)]
            sets |= (parameter,) in owners and self.is_one(called.module, value)
        if sets:
            return True
        body = self.aftermath.body(called.module, called.node)
        inner = (passage for node in body.graph.nodes for passage in body.passages(node))
        return any(True for _ in self.set_by(inner, (parameter,), depth + 1))
