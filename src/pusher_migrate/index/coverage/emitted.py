"""Of which instances one emission tells: all that it is passed, and what that is read from."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from pusher_migrate.index.calls.on_commit import deferring_call
from pusher_migrate.index.code.scopes import COMPREHENSIONS
from pusher_migrate.index.coverage.told import Telling, Told
from pusher_migrate.index.instances.functions import View
from pusher_migrate.index.instances.handles import Handle, chain_of, outer_handle
from pusher_migrate.index.sending.contracts import Emission
from pusher_migrate.index.sending.legacy_calls import LegacyCalls
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.models import is_model
from pusher_migrate.index.types.types import Instance
from pusher_migrate.nodes import walk


class EmissionReader:
    """Reads the emissions of one project.

    Args:
        inference: The project.
        legacy: What its legacy events mean.
        deferred: Emissions that will be sent after the commit, although they are not yet.
    """

    def __init__(
        self, inference: Inference, legacy: LegacyCalls, deferred: Container[ast.expr]
    ) -> None:
        self.inference = inference
        self.legacy = legacy
        self._deferred = deferred

    def telling(self, view: View, emission: Emission) -> Telling:
        """What one emission of a function tells of."""
        deferred = deferring_call(self.inference, view.module, emission.call) is not None
        certain = is_certain(view, emission.call, deferred)
        if emission.system == "legacy":
            entry = self.legacy.entry(emission)
            method = entry.call.method if entry is not None and entry.call is not None else ""
            methods = frozenset([method]) if method else frozenset()
            about = tuple(
                Told(handle, None, False) for handle in self.legacy.handles(view, emission)
            )
        else:
            methods = frozenset([emission.method])
            about = tuple(self._about(view, emission))
        return Telling(
            view.module,
            emission.call,
            methods,
            about,
            certain,
            deferred or emission.call in self._deferred or _all_deferred(emission),
            emission.system,
            emission,
            by_name=emission.by_name,
        )

    def _about(self, view: View, emission: Emission) -> Iterator[Told]:
        positional, keywords = emission.arguments
        for value in (*positional, *(keyword.value for keyword in keywords)):
            found = self.inference.type_of(view.module, value)
            handle = outer_handle(self.inference, view.module, value, view.node)
            cls = found.cls if isinstance(found, Instance) else None
            whole = cls is not None and is_model(self.inference, cls)
            if whole or (handle is not None and found is None):
                yield Told(handle, cls)
            for inner in self._parts(view, value):
                if not whole or inner != handle:
                    yield Told(inner, None, False)

    def _parts(self, view: View, value: ast.expr) -> set[Handle]:
        """All handles that a value is read from: ``room`` for ``room.id``, also through a local."""
        found = set()
        for part in walk(value):
            if isinstance(part, ast.Attribute | ast.Name) and chain_of(part) is not None:
                inner = outer_handle(self.inference, view.module, part, view.node)
                for handle in view.names.closure([inner]) if inner is not None else ():
                    found |= {Handle(handle.name, handle.path[:n]) for n in range(len(handle.path))}
                    found.add(handle)
        return found


def is_certain(view: View, call: ast.expr, deferred: bool) -> bool:
    """Whether an expression is evaluated whenever its statement is completed.

    Args:
        view: The function.
        call: The expression.
        deferred: True when what a lambda around it does counts: it runs after the commit.
    """
    child: ast.AST = call
    statement = view.module.statement_around(call)
    for parent in view.module.ancestors(call):
        if isinstance(parent, ast.Lambda) and not deferred:
            return False
        if isinstance(parent, ast.IfExp) and child is not parent.test:
            return False
        if isinstance(parent, ast.BoolOp) and child is not parent.values[0]:
            return False
        if isinstance(parent, COMPREHENSIONS):
            return False
        if parent is statement:
            break
        child = parent
    return True


def _all_deferred(emission: Emission) -> bool:
    """Whether the method itself waits for the commit with all that it sends."""
    return bool(emission.sends) and all(send.deferred for send in emission.sends)
