"""Which assignments a call persists: write groups, and what is never saved.

A group is one persisting statement with the watched fields that it brings to the database. Helpers
are looked through both ways: one that saves its parameter persists what its caller assigned
(`saving`), one that only assigns leaves the saving to its callers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.flow.graph import Node
from pusher_migrate.index.instances.functions import Def, View, Views
from pusher_migrate.index.instances.handles import Handle
from pusher_migrate.index.instances.tracking import follow
from pusher_migrate.index.writes.assignments import AssignmentFinder
from pusher_migrate.index.writes.groups import Write, write_at
from pusher_migrate.index.writes.saving import Saving, called_functions
from pusher_migrate.index.writes.sites import SiteFinder
from pusher_migrate.index.writes.watch import Watch
from pusher_migrate.index.writes.writes import Assignment, Site


@dataclass(frozen=True, eq=False, slots=True)
class _Origin:
    """An assignment as a caller of its function sees it."""

    assignment: Assignment
    origin: Assignment


class Persistence:
    """The write groups of a project.

    Args:
        views: Its functions.
        watch: What is watched.
        assignments: Finds assignments.
        sites: Finds sites.
    """

    def __init__(
        self, views: Views, watch: Watch, assignments: AssignmentFinder, sites: SiteFinder
    ) -> None:
        self.views = views
        self.finder = sites
        self.inference = views.inference
        self.watch = watch
        self._find_assignments = assignments
        self.at_module_level: list[Site] = []
        self._assignments: dict[Def, list[Assignment]] = {}
        self._sites: dict[Def, list[Site]] = {}
        self._modules: dict[Def, Module] = {}
        self._grouped: dict[Def, list[Write]] = {}
        self._pending: dict[Def, list[tuple[_Origin, tuple[Site, ...]]]] = {}
        self._persisted: set[Assignment] = set()
        self._saving = Saving(views, sites, self._owned)
        self._busy: set[Def] = set()
        self._leaving: set[Def] = set()  # functions that leave the saving to their callers
        self._collect()

    def _collect(self) -> None:
        for module in self.watch.modules():
            for assignment in self._find_assignments.find(module):
                if assignment.function is not None:
                    self._modules[assignment.function] = module
                    self._assignments.setdefault(assignment.function, []).append(assignment)
            for site in self.finder.find(module, self._assignments):
                if site.function is None:
                    self.at_module_level.append(site)
                else:
                    self._modules[site.function] = module
                    self._sites.setdefault(site.function, []).append(site)

    # --- Results ----------------------------------------------------------------------------------

    def writes(self) -> list[Write]:
        """All write groups, in path and line order."""
        functions = dict.fromkeys((*self._assignments, *self._sites))
        for function in functions:
            self.groups(self._modules[function], function)
        work = [function for function in functions if self.dirty(function)]
        while work:
            function = work.pop()
            self._leaving.add(function)
            for module, call in self.views.callers(self._modules[function], function):
                caller = module.named_function_around(call)
                if caller is None or caller in self._leaving:
                    continue
                # What it persists is decided anew, now that one of its helpers is known to assign.
                self._grouped.pop(caller, None)
                self._modules[caller] = module
                view = self.views.view(module, caller)
                sites = (self.finder.at(module, call) for call in view.calls())
                self._sites[caller] = [site for site in sites if site is not None]
                functions[caller] = None
                self.groups(module, caller)
                if self.dirty(caller):
                    work.append(caller)
        found = [write for function in functions for write in self._grouped[function]]
        return sorted(found, key=lambda write: _order(write.site))

    def pending(self) -> Iterator[tuple[Assignment, tuple[Site, ...]]]:
        """The assignments that no site persists, with the saves that leave the field out.

        Complete once `writes` was asked for.
        """
        for pending in self._pending.values():
            for item, excluded in pending:
                if item.assignment is item.origin and item.origin not in self._persisted:
                    yield item.origin, excluded

    def sites_of(self, function: Def) -> tuple[Site, ...]:
        """The sites of one function."""
        return tuple(self._sites.get(function, ()))

    # --- Groups -----------------------------------------------------------------------------------

    def groups(self, module: Module, function: Def) -> list[Write]:
        """The write groups of one function."""
        if function in self._grouped:
            return self._grouped[function]
        self._grouped[function], self._pending[function] = [], []
        self._busy.add(function)
        view = self.views.view(module, function)
        assignments = [_Origin(a, a) for a in self._assignments.get(function, ())]
        assignments += self._through_helpers(view)
        handles = [h for item in assignments if (h := item.assignment.handle) is not None]
        sites = [*self._sites.get(function, ()), *self._saving.sites(view, handles)]
        by_site: dict[Site, list[_Origin]] = {site: [] for site in sites}
        for item in assignments:
            self._pair(view, item, assignments, by_site)
        writes = []
        for site, items in by_site.items():
            reaching = (item.assignment for item in items)
            write = write_at(self.views, self.watch, site, reaching)
            if write is not None:
                writes.append(write)
        self._grouped[function] = writes
        self._busy.discard(function)
        return writes

    def _pair(
        self,
        view: View,
        item: _Origin,
        assignments: list[_Origin],
        by_site: dict[Site, list[_Origin]],
    ) -> None:
        """Follow an assignment to the sites that persist it."""
        mine = item.assignment
        starts = view.graph.nodes_at(mine.spot)
        if mine.handle is None or not starts:
            self._pending[view.node].append((item, ()))
            return
        sites: dict[Node, list[Site]] = {}
        for site in by_site:
            if site.in_flow and site.before:
                for node in view.graph.nodes_at(site.call):
                    sites.setdefault(node, []).append(site)
        others: dict[Node, list[Assignment]] = {}
        for other in assignments:
            same = other.assignment.field == mine.field and other.assignment.field is not None
            if other is not item and same and other.assignment.handle is not None:
                for node in view.graph.nodes_at(other.assignment.spot):
                    others.setdefault(node, []).append(other.assignment)
        handles = {h for found in sites.values() for site in found for h in site.before}
        handles |= {other.handle for found in others.values() for other in found if other.handle}
        tracked = view.names.closure([mine.handle, *handles])
        reached: dict[Site, None] = {}
        excluded: dict[Site, None] = {}

        def stop(node: Node, valid: frozenset[Handle]) -> bool:
            for site in sites.get(node, ()):
                if valid.isdisjoint(site.before):
                    continue
                if site.fields is None or mine.field is None or mine.field in site.fields:
                    reached[site] = None
                    return True
                excluded[site] = None
            return any(other.handle in valid for other in others.get(node, ()))

        initial = {mine.handle}
        if not mine.built:
            initial |= view.names.same_at(starts, mine.handle, tracked)
        followed = follow(view.names, starts, initial, tracked, stop)
        for site in reached:
            by_site[site].append(item)
            self._persisted.add(item.origin)
        if followed.missed is not None and not reached and not mine.built:
            self._pending[view.node].append((item, tuple(excluded)))

    # --- Helpers ----------------------------------------------------------------------------------

    def dirty(self, function: Def) -> list[tuple[Handle, _Origin]]:
        """What a function assigns to handles that it was given and does not save itself."""
        module = self._modules.get(function)
        if module is None or function in self._busy:
            return []
        self.groups(module, function)
        view = self.views.view(module, function)
        found = []
        for item, _ in self._pending[function]:
            handle = item.assignment.handle
            if handle is None:
                continue
            nodes = view.graph.nodes_at(item.assignment.spot)
            for origin in view.origins(handle):
                if origin.name in view.parameters and view.denotes(origin, handle, nodes):
                    found.append((origin, item))
        return found

    def _through_helpers(self, view: View) -> list[_Origin]:
        """Assignments that called functions make to instances of this one."""
        found = []
        names = {function.name for function in self._leaving}
        for call, called in called_functions(self.views, view, names):
            if isinstance(called.node, ast.Lambda) or called.node not in self._leaving:
                continue
            for handle, item in self.dirty(called.node):
                mine = self.views.passed(view.module, call, called, handle)
                if mine is not None:
                    assignment = replace(
                        item.assignment,
                        module=view.module,
                        statement=view.module.statement_around(call),
                        function=view.node,
                        handle=mine,
                        spot=call,
                    )
                    found.append(_Origin(assignment, item.origin))
        return found

    def _owned(self, module: Module, function: Def, call: ast.Call) -> frozenset[str]:
        """The fields whose write is reported at the save itself."""
        if function not in self._modules or function in self._busy:
            return frozenset()
        for write in self.groups(module, function):
            if write.site.call is call:
                return frozenset(write.values)
        return frozenset()


def _order(item: Site | Assignment) -> tuple[str, int, int]:
    node = item.call if isinstance(item, Site) else item.spot
    return item.module.path, node.lineno, node.col_offset
