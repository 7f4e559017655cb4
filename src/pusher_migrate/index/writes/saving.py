"""What a called function saves of what it is given: then its call persists.

Only plain ``save()`` counts, directly or through further functions.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Container, Iterator
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import imported_as
from pusher_migrate.index.instances.functions import Def, View, Views
from pusher_migrate.index.instances.handles import Handle, chain_of
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.index.writes.sites import SiteFinder
from pusher_migrate.index.writes.writes import Kind, Site

MAX_DEPTH = 8


@dataclass(frozen=True, eq=False, slots=True)
class _Saved:
    """What a function persists of a handle that it was given."""

    handle: Handle
    fields: frozenset[str] | None
    owned: frozenset[str]


class Saving:
    """What the functions of a project save of what they are given; keeps it.

    Args:
        views: Its functions.
        sites: Finds sites.
        owned: The fields whose write is reported at the save itself.
    """

    def __init__(
        self,
        views: Views,
        sites: SiteFinder,
        owned: Callable[[Module, Def, ast.Call], frozenset[str]],
    ) -> None:
        self.views = views
        self.finder = sites
        self._owned = owned
        self._saves: dict[ast.AST, list[_Saved]] = {}

    def sites(self, view: View, assigned: Collection[Handle]) -> list[Site]:
        """Calls of functions that save what was assigned here.

        Args:
            view: The calling function.
            assigned: What something was assigned to.
        """
        if not assigned:
            return []
        roots = {handle.name for handle in assigned}
        roots |= {h.name for h in view.names.closure([Handle(name) for name in roots])}
        found = []
        for call, called in called_functions(self.views, view, None, roots):
            for saved in self._saved_by(called):
                mine = self.views.passed(view.module, call, called, saved.handle)
                if mine is None:
                    continue
                kind = Kind.SAVE
                statement = view.module.statement_around(call)
                found.append(
                    Site(
                        view.module,
                        call,
                        statement,
                        view.node,
                        kind,
                        "update",
                        None,
                        (mine,),
                        (mine,),
                        saved.fields,
                        owned=saved.owned,
                        open=saved.fields is not None,
                    )
                )
        return found

    def _saved_by(self, called: FunctionType, depth: int = 0) -> list[_Saved]:
        """What a function persists of what it is given, directly or through others."""
        node = called.node
        if isinstance(node, ast.Lambda) or depth > MAX_DEPTH:
            return []
        if node in self._saves:
            return self._saves[node]
        self._saves[node] = []
        view = self.views.view(called.module, node)
        found: list[_Saved] = []
        for call in view.calls():
            target = call.func
            if isinstance(target, ast.Attribute) and target.attr in ("save", "asave"):
                handle = chain_of(target.value)
                if handle is None:
                    continue
                fields, _ = self.finder.update_fields(called.module, call, None)
                owned = self._owned(called.module, node, call)
                found += self._given(view, call, handle, fields, owned)
                continue
            inner = self.views.called(called.module, call)
            if inner is not None and inner.node is not node:
                for saved in self._saved_by(inner, depth + 1):
                    mine = self.views.passed(called.module, call, inner, saved.handle)
                    if mine is not None:
                        found += self._given(view, call, mine, saved.fields, saved.owned)
        self._saves[node] = found
        return found

    def _given(
        self,
        view: View,
        call: ast.Call,
        handle: Handle,
        fields: frozenset[str] | None,
        owned: frozenset[str],
    ) -> Iterator[_Saved]:
        nodes = view.graph.nodes_at(call)
        for origin in view.origins(handle):
            if origin.name in view.parameters and view.denotes(origin, handle, nodes):
                yield _Saved(origin, fields, owned)


def called_functions(
    views: Views, view: View, names: Container[str] | None, roots: Container[str] | None = None
) -> Iterator[tuple[ast.Call, FunctionType]]:
    """The project's functions that a function calls.

    Args:
        views: The project's functions.
        view: The function.
        names: Names of those that matter; None for all.
        roots: Local names of which one must be passed; None for any.
    """
    for call in view.calls():
        target = call.func
        name = target.attr if isinstance(target, ast.Attribute) else ""
        name = imported_as(view.module, target) if isinstance(target, ast.Name) else name
        if names is not None and name not in names:
            continue
        if roots is not None and not _passes(call, roots):
            continue
        called = views.called(view.module, call)
        if called is not None and called.node is not view.node:
            yield call, called


def _passes(call: ast.Call, roots: Container[str]) -> bool:
    """Whether a call is made on, or passes, what is read from some names."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    if isinstance(call.func, ast.Attribute):
        values.append(call.func.value)
    handles = (chain_of(value) for value in values)
    return any(handle is not None and handle.name in roots for handle in handles)
