"""What may tell of a write without being seen: reasons for a person to look at an insertion."""

from __future__ import annotations

import ast

from pusher_migrate.index.coverage.about import may_follow
from pusher_migrate.index.coverage.judge import Judge
from pusher_migrate.index.coverage.told import Telling
from pusher_migrate.index.instances.functions import View
from pusher_migrate.index.instances.handles import Handle, chain_of
from pusher_migrate.index.types.types import Instance
from pusher_migrate.index.writes.groups import Write


class Doubts:
    """Answers for the writes of one project.

    Args:
        judge: Judges them.
    """

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.views = judge.views
        self.inference = judge.inference

    def unmapped(self, write: Write) -> list[Telling]:
        """Legacy calls behind a write that send of its row what the catalogue does not know."""
        site = write.site
        if site.function is None:
            return []
        view = self.views.view(site.module, site.function)
        starts = view.graph.nodes_at(site.call)
        return [
            telling
            for telling in self.judge.tellings_near(write)
            if not telling.methods
            and may_follow(view, telling, starts)
            and self.judge.rows.is_about(view, write, telling, self.judge.family(write), starts)
        ]

    def unseen(self, write: Write) -> list[ast.Call]:
        """Calls behind a write that take the instance and cannot be looked into."""
        site = write.site
        if site.function is None:
            return []
        view = self.views.view(site.module, site.function)
        starts = view.graph.nodes_at(site.call)
        handles = set(site.after)
        for before in site.before:
            names = [Handle(name) for name in site.module.scopes[site.function].names]
            handles |= view.names.same_at(starts, before, [before, *names])
        return [
            call
            for call in view.calls()
            if call is not site.call
            and self._takes(call, handles)
            and self._is_unknown(view, call)
            and view.graph.exists_path(starts, view.graph.nodes_at(call))
        ]

    def _takes(self, call: ast.Call, handles: set[Handle]) -> bool:
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        if isinstance(call.func, ast.Attribute):
            values.append(call.func.value)
        return any(chain_of(value) in handles for value in values)

    def _is_unknown(self, view: View, call: ast.Call) -> bool:
        """Whether a call may run code of the project that was not found."""
        function = call.func
        if self.inference.type_of(view.module, function) is not None:
            return False
        if isinstance(function, ast.Name):
            return view.module.scope_at(call).find(function.id) is not None
        if isinstance(function, ast.Attribute):
            # What the project does not define on a model of its own is Django's.
            return not isinstance(self.inference.type_of(view.module, function.value), Instance)
        return True
