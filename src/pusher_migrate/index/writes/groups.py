"""What a persisting call writes, of the assignments that reach it: a write group."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pusher_migrate.catalogue.values import Known, Operation
from pusher_migrate.index.flow.assumptions import Assumptions
from pusher_migrate.index.flow.graph import Node
from pusher_migrate.index.instances.functions import View, Views
from pusher_migrate.index.writes.watch import Watch, WatchedModel
from pusher_migrate.index.writes.writes import Assignment, Kind, Site


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


def write_at(
    views: Views, watch: Watch, site: Site, assignments: Iterable[Assignment]
) -> Write | None:
    """What a site writes; None when that is nothing watched.

    Args:
        views: The project's functions.
        watch: What is watched.
        site: The site.
        assignments: The assignments that reach it.
    """
    values = dict(site.values)
    assigned = [item for item in assignments if item.field not in site.owned]
    model = site.model or next((a.model for a in assigned if a.model is not None), None)
    typed = model is not None
    for item in assigned:
        names = [item.field] if item.field is not None else []
        for name in names:
            field = _field(watch, model, name)
            known = values.get(field, ())
            values[field] = tuple(dict.fromkeys((*known, *item.values)))
    if model is None:
        model = next((m for m in watch.models if set(values) & set(m.fields)), None)
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
        _certain(views, watch, site, model, values, assigned),
    )


def _certain(
    views: Views,
    watch: Watch,
    site: Site,
    model: WatchedModel,
    values: dict[str, tuple[Known | None, ...]],
    assigned: list[Assignment],
) -> frozenset[str]:
    """The fields that are written on all paths to a site."""
    if site.function is None:
        return frozenset(values)
    view = views.view(site.module, site.function)
    ends = view.graph.nodes_at(site.call)
    found = set()
    for name in values:
        explicit = site.kind is not Kind.SAVE or (
            site.fields is not None and name in site.fields and not site.open
        )
        nodes: set[Node] = set()
        for item in assigned:
            if item.field is not None and _field(watch, model, item.field) == name:
                nodes |= set(view.graph.nodes_at(item.spot))
        if explicit or site.operation != "update" or not reaches_around(view, ends, nodes):
            found.add(name)
    return frozenset(found)


def _field(watch: Watch, model: WatchedModel | None, name: str) -> str:
    """The field that is written under a name: a foreign key also by its column."""
    if model is not None:
        return model.columns.get(name, name)
    return next((m.columns[name] for m in watch.models if name in m.columns), name)


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
