"""Which assignments a call persists: write groups, and what is never saved.

A group is one persisting statement with the watched fields that it brings to the database. Helpers
are looked through both ways: one that saves its parameter persists what its caller assigned, one
that only assigns leaves the saving to its callers.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

from pusher_migrate.catalogue.values import Known, Operation
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import imported_as
from pusher_migrate.index.flow.assumptions import Assumptions
from pusher_migrate.index.flow.graph import Node
from pusher_migrate.index.instances.functions import Def, View, Views
from pusher_migrate.index.instances.handles import Handle, chain_of
from pusher_migrate.index.instances.tracking import follow
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.index.writes.assignments import AssignmentFinder
from pusher_migrate.index.writes.sites import SiteFinder
from pusher_migrate.index.writes.watch import Watch, WatchedModel
from pusher_migrate.index.writes.writes import Assignment, Kind, Site

MAX_DEPTH = 8


@dataclass(frozen=True, eq=False, slots=True)
class Write:
    """A write group.

    Attributes:
        site: The call that persists.
        model: The watched model; for an instance of unknown type, one that has the fields.
        operation: What is done to the row.
        values: The watched fields that are written and what they may get; None for a value that is
            not statically known. Empty for a deletion.
        stale: Fields that got a database expression: the instance must be refreshed first.
        typed: False when the instance's type is not known.
        by_name: True when only its name says what the instance is.
        open: True when it may write more watched fields than ``values``.
        assignments: The assignments that it persists.
        certain: The fields that are written whenever the site is reached; the others are assigned
            on some of the paths to it only.
    """

    site: Site
    model: WatchedModel
    operation: Operation
    values: dict[str, tuple[Known | None, ...]]
    stale: frozenset[str] = frozenset()
    typed: bool = True
    by_name: bool = False
    open: bool = False
    assignments: tuple[Assignment, ...] = ()
    certain: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class _Saved:
    """What a function persists of a handle that it was given."""

    handle: Handle
    fields: frozenset[str] | None
    owned: frozenset[str]


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
        self._saves: dict[ast.AST, list[_Saved]] = {}
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
        sites = [*self._sites.get(function, ()), *self._helper_sites(view, assignments)]
        by_site: dict[Site, list[_Origin]] = {site: [] for site in sites}
        for item in assignments:
            self._pair(view, item, assignments, by_site)
        writes = [w for site, items in by_site.items() if (w := self._write(site, items))]
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

    def _write(self, site: Site, items: list[_Origin]) -> Write | None:
        values = dict(site.values)
        assigned = [item.assignment for item in items if item.assignment.field not in site.owned]
        model = site.model or next((a.model for a in assigned if a.model is not None), None)
        typed = model is not None
        for item in assigned:
            names = [item.field] if item.field is not None else []
            for name in names:
                field = self._field(model, name)
                known = values.get(field, ())
                values[field] = tuple(dict.fromkeys((*known, *item.values)))
        if model is None:
            model = next((m for m in self.watch.models if set(values) & set(m.fields)), None)
        if model is None:
            return None
        dynamic = any(item.field is None for item in assigned)
        if site.kind is Kind.SAVE and site.fields is not None and not site.open and typed:
            for name in site.fields - site.owned:
                values.setdefault(name, (None,))
        created = site.operation != "update"
        if not values and not dynamic and not created and not (site.open and site.kind.is_bulk):
            return None
        if created and not typed:
            return None
        return Write(
            site,
            model,
            site.operation,
            {name: values[name] for name in model.fields if name in values},
            frozenset(item.field for item in assigned if item.stale and item.field is not None),
            typed,
            site.by_name or any(item.by_name for item in assigned),
            dynamic or (site.open and site.kind is not Kind.SAVE),
            tuple(assigned),
            self._certain(site, model, values, assigned),
        )

    def _certain(
        self,
        site: Site,
        model: WatchedModel,
        values: dict[str, tuple[Known | None, ...]],
        assigned: list[Assignment],
    ) -> frozenset[str]:
        """The fields that are written on all paths to a site."""
        if site.function is None:
            return frozenset(values)
        view = self.views.view(site.module, site.function)
        ends = view.graph.nodes_at(site.call)
        found = set()
        for name in values:
            explicit = site.kind is not Kind.SAVE or (
                site.fields is not None and name in site.fields and not site.open
            )
            nodes: set[Node] = set()
            for item in assigned:
                if item.field is not None and self._field(model, item.field) == name:
                    nodes |= set(view.graph.nodes_at(item.spot))
            if explicit or site.operation != "update" or not reaches_around(view, ends, nodes):
                found.add(name)
        return frozenset(found)

    def _field(self, model: WatchedModel | None, name: str) -> str:
        if model is not None:
            return model.columns.get(name, name)
        return next((m.columns[name] for m in self.watch.models if name in m.columns), name)

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
        for call, called in self._called(view, names):
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

    def _called(
        self, view: View, names: Container[str] | None, roots: Container[str] | None = None
    ) -> Iterator[tuple[ast.Call, FunctionType]]:
        """The project's functions that a function calls.

        Args:
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
            called = self.views.called(view.module, call)
            if called is not None and called.node is not view.node:
                yield call, called

    def _helper_sites(self, view: View, assignments: list[_Origin]) -> list[Site]:
        """Calls of functions that save what was assigned here."""
        if not assignments:
            return []
        roots = {a.assignment.handle.name for a in assignments if a.assignment.handle is not None}
        roots |= {h.name for h in view.names.closure([Handle(name) for name in roots])}
        found = []
        for call, called in self._called(view, None, roots):
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

    def _owned(self, module: Module, function: Def, call: ast.Call) -> frozenset[str]:
        """The fields whose write is reported at the save itself."""
        if function not in self._modules or function in self._busy:
            return frozenset()
        for write in self.groups(module, function):
            if write.site.call is call:
                return frozenset(write.values)
        return frozenset()


def reaches_around(view: View, ends: tuple[Node, ...], nodes: set[Node]) -> bool:
    """Whether some path leads to the ends, for the first time or again, around some nodes."""
    blocked = Assumptions(view.graph, ends).impossible_before()
    seen: set[Node] = set()
    stack = [view.graph.entry, *ends]
    while stack:
        node = stack.pop()
        for edge in view.graph.successors(node):
            if edge in blocked or (edge.completes and node in nodes):
                continue
            if edge.target in ends:
                return True
            if edge.target not in seen:
                seen.add(edge.target)
                stack.append(edge.target)
    return False


def _passes(call: ast.Call, roots: Container[str]) -> bool:
    """Whether a call is made on, or passes, what is read from some names."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    if isinstance(call.func, ast.Attribute):
        values.append(call.func.value)
    handles = (chain_of(value) for value in values)
    return any(handle is not None and handle.name in roots for handle in handles)


def _order(item: Site | Assignment) -> tuple[str, int, int]:
    node = item.call if isinstance(item, Site) else item.spot
    return item.module.path, node.lineno, node.col_offset
