"""What a context manager tells when it is left: ``with announcing(room): ...``.

Source: Python's documentation, ``contextlib.contextmanager`` (what stands behind the ``yield`` runs
when the block is left) and "With Statement Context Managers" (``__exit__`` gets three times None
when the block raises nothing).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from pusher_migrate.index.calls.callees import special_of
from pusher_migrate.index.code.syntax import own_nodes, self_assignments
from pusher_migrate.index.coverage.told import Summary, Telling, Told
from pusher_migrate.index.flow.graph import Node
from pusher_migrate.index.instances.functions import View, Views
from pusher_migrate.index.instances.handles import Handle
from pusher_migrate.index.types.calls import is_context_manager
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance


class Tellings(Protocol):
    """What is known of the functions of a project: `tellings.Tellings`."""

    views: Views
    inference: Inference

    def of(self, view: View) -> list[Telling]: ...

    def summary(self, function: FunctionType) -> tuple[Summary, ...]: ...

    def view_of(self, function: FunctionType) -> View: ...

    def traced(self, view: View, telling: Telling, told: Told) -> list[Told]: ...

    def always(
        self, view: View, origin: Handle, method: str, known: dict[str, bool | None] | None = None
    ) -> bool: ...

    def always_behind(
        self, view: View, origin: Handle, method: str, starts: tuple[Node, ...]
    ) -> bool: ...


class Contexts:
    """Answers for the functions of one project.

    Args:
        tellings: What functions tell.
    """

    def __init__(self, tellings: Tellings) -> None:
        self.tellings = tellings
        self.inference = tellings.inference
        self.views = tellings.views

    def of(self, view: View) -> tuple[list[Telling], set[ast.expr]]:
        """What the context managers of a function tell when they are left.

        Returns:
            The tellings, and the expressions that they are made by: those tell of nothing else.
        """
        found: list[Telling] = []
        made: set[ast.expr] = set()
        for node in own_nodes(view.node):
            for item in node.items if isinstance(node, ast.With | ast.AsyncWith) else ():
                own = list(self._left(view, item))
                found += own
                made |= {item.context_expr} if own else set()
        return found, made

    def _left(self, view: View, item: ast.withitem) -> Iterator[Telling]:
        expression = item.context_expr
        if isinstance(expression, ast.Call) and is_context_manager(
            self.inference, view.module, expression
        ):
            function = self.inference.type_of(view.module, expression.func)
            assert isinstance(function, FunctionType)
            yield from self._behind_yield(view, item, expression, function)
            return
        found = self.inference.type_of(view.module, expression)
        if isinstance(found, Instance):
            for name in ("__exit__", "__aexit__"):
                method = special_of(self.inference, found, name)
                if method is not None:
                    yield from self._by_method(view, item, method, found.cls)

    def _behind_yield(
        self, view: View, item: ast.withitem, call: ast.Call, function: FunctionType
    ) -> Iterator[Telling]:
        node = function.node
        assert not isinstance(node, ast.Lambda)
        inner = self.views.view(function.module, node)
        yields = tuple(
            place
            for part in own_nodes(node)
            if isinstance(part, ast.Yield)
            for place in inner.graph.nodes_at(part)
        )
        for telling in self.tellings.of(inner):
            nodes = telling.nodes(inner.graph)
            if not inner.graph.exists_path(yields, nodes):
                continue
            for told in telling.about or (Told(None, None),):
                for traced in self.tellings.traced(inner, telling, told):
                    origin = traced.handle
                    handle = None
                    if origin is not None:
                        handle = self.views.passed(view.module, call, function, origin)
                    for method in telling.methods:
                        always = origin is not None and self.tellings.always_behind(
                            inner, origin, method, yields
                        )
                        yield Telling(
                            view.module,
                            call,
                            frozenset([method]),
                            (replace(traced, handle=handle),),
                            always,
                            telling.deferred,
                            telling.system,
                            through=function.dotted,
                            leaving=item,
                        )

    def _by_method(
        self, view: View, item: ast.withitem, method: FunctionType, cls: ClassType
    ) -> Iterator[Telling]:
        assert not isinstance(method.node, ast.Lambda)
        inner = self.tellings.view_of(method)
        positional = [argument.arg for argument in method.node.args.args]
        nothing: dict[str, bool | None] = dict.fromkeys(positional[1:4])
        for summary in self.tellings.summary(method):
            origin = summary.told.handle
            handle = None
            if origin is not None and positional and origin.name == positional[0]:
                handle = self._kept(view, item.context_expr, cls, origin)
            always = summary.always or (
                origin is not None and self.tellings.always(inner, origin, summary.method, nothing)
            )
            yield Telling(
                view.module,
                item.context_expr,
                frozenset([summary.method]),
                (replace(summary.told, handle=handle),),
                always,
                summary.deferred,
                summary.system,
                through=method.dotted,
                leaving=item,
            )

    def _kept(self, view: View, made: ast.expr, cls: ClassType, origin: Handle) -> Handle | None:
        """What a context manager keeps in an attribute, in the names of who makes it."""
        initialiser = special_of(self.inference, Instance(cls), "__init__")
        if not (isinstance(made, ast.Call) and origin.path) or initialiser is None:
            return None
        if self.inference.type_of(view.module, made.func) != cls:
            return None
        values = [
            value
            for base in self.inference.mro(cls)
            for _, value in self_assignments(base.module, base.node, origin.path[0])
        ]
        if len(values) != 1 or not isinstance(values[0], ast.Name):
            return None
        function = FunctionType(initialiser.module, initialiser.node, cls)
        handle = self.views.passed(view.module, made, function, Handle(values[0].id))
        return handle.extended(origin.path[1:]) if handle is not None else None
