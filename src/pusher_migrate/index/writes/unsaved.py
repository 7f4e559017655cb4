"""Assignments to watched fields that nothing saves (PM304)."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import returns_of
from pusher_migrate.index.instances.functions import Def, View, Views
from pusher_migrate.index.instances.handles import chain_of
from pusher_migrate.index.types.django import signals_of
from pusher_migrate.index.types.types import ClassType, FunctionType
from pusher_migrate.index.writes.persist import Persistence
from pusher_migrate.index.writes.writes import Assignment, Kind, Site

# Methods that Django calls before it saves by itself, or that work on what is not saved yet.
_HOOKS = frozenset({"clean", "clean_fields", "full_clean", "__init__", "pre_save", "save_model"})


@dataclass(frozen=True, eq=False, slots=True)
class Unsaved:
    """An assignment that nothing persists.

    Attributes:
        assignment: The assignment.
        excluded_by: Saves of the instance whose ``update_fields`` leave the field out.
        handed_to: A call that takes the instance and could not be looked into, or None.
        uncalled: True when the instance is passed in and no call of the function is known: who
            calls it may save.
    """

    assignment: Assignment
    excluded_by: tuple[Site, ...] = ()
    handed_to: ast.Call | None = None
    uncalled: bool = False


class UnsavedFinder:
    """Finds them, once the write groups are known.

    Args:
        views: The project's functions.
        persistence: What is persisted where.
    """

    def __init__(self, views: Views, persistence: Persistence) -> None:
        self.views = views
        self.inference = views.inference
        self.persistence = persistence

    def find(self) -> list[Unsaved]:
        """The assignments that nothing persists, as far as can be seen, in path and line order."""
        found = []
        for assignment, excluded in self.persistence.pending():
            function = assignment.function
            if function is None:
                continue
            if self._is_in_bulk(function, assignment):
                continue
            handed = self._handed_to(assignment.module, function, assignment)
            item = Unsaved(assignment, excluded, handed, self._is_uncalled(function, assignment))
            if excluded or self._must_be_saved(item):
                found.append(item)
        return sorted(
            found, key=lambda item: (item.assignment.module.path, item.assignment.spot.lineno)
        )

    def _must_be_saved(self, item: Unsaved) -> bool:
        """Whether it is certain enough that nobody saves an assignment to call it a mistake."""
        assignment = item.assignment
        handle, function = assignment.handle, assignment.function
        if handle is None or function is None or function.name in _HOOKS:
            return False
        view = self.views.view(assignment.module, function)
        signals = signals_of(self.inference, view.module, function)
        if any(name.startswith("pre_") for name, _ in signals):
            return False
        every = view.names.closure([handle])
        if any(chain_of(value) in every for value in returns_of(function)):
            return False
        return handle.name in view.parameters or self._is_fetched(view, assignment)

    def _is_in_bulk(self, function: Def, assignment: Assignment) -> bool:
        """Whether the function writes the field to rows without going through an instance."""
        return any(
            site.kind in (Kind.BULK_UPDATE, Kind.UPDATE)
            and assignment.field in (*(site.fields or ()), *site.values)
            for site in self.persistence.sites_of(function)
        )

    def _is_uncalled(self, function: Def, assignment: Assignment) -> bool:
        view = self.views.view(assignment.module, function)
        handle = assignment.handle
        passed_in = handle is not None and handle.name in view.parameters
        return passed_in and not self.views.callers(assignment.module, function)

    def _is_fetched(self, view: View, assignment: Assignment) -> bool:
        """Whether the instance was read from the database in the function itself."""
        assert assignment.handle is not None
        scope = view.module.scopes[view.node]
        name = ast.Name(assignment.handle.name, ast.Load())
        if name.id not in scope.names:
            return False
        bindings = self.inference.locals.bindings_at(view.module, scope, name, assignment.statement)
        for binding in bindings:
            if binding.kind not in ("assign", "for") or not isinstance(binding.value, ast.Call):
                return False
            made = self.inference.type_of(view.module, binding.value.func)
            if isinstance(made, ClassType | FunctionType):
                return False
        return bool(bindings)

    def _handed_to(self, module: Module, function: Def, item: Assignment) -> ast.Call | None:
        """A call that takes the instance and is not code of the project."""
        if item.handle is None:
            return None
        view = self.views.view(module, function)
        for call in view.calls():
            values = [*call.args, *(keyword.value for keyword in call.keywords)]
            taken = any(chain_of(value) == item.handle for value in values)
            known = self.inference.type_of(module, call.func)
            if taken and (known is None or isinstance(call.func, ast.Attribute)):
                if self.views.called(module, call) is None and call is not item.spot:
                    return call
        return None
