"""From an index to a draft, and to the catalogue that the draft is."""

from __future__ import annotations

import ast

from pusher_migrate.catalogue import Catalogue, parse_catalogue
from pusher_migrate.draft.events import draft_events
from pusher_migrate.draft.manager import find_manager
from pusher_migrate.draft.states import draft_states
from pusher_migrate.draft.text import draft_text
from pusher_migrate.draft.values import DRAFT, Draft, DraftClient, DraftEvent
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.index.sending.emissions import Emissions
from pusher_migrate.inventory.clients import clients_of
from pusher_migrate.inventory.values import FoundBy
from pusher_migrate.model import Location

_WHY = {
    FoundBy.TYPE: "made of pusher.Pusher",
    FoundBy.NAME: "by its name only: its code is not in the tree",
}


def make_draft(index: ProjectIndex) -> Draft:
    """Infer a catalogue.

    Args:
        index: A project that was indexed without a manager.
    """
    manager = find_manager(index)
    if manager is not None:
        emissions = Emissions(index.inference, manager.class_name, (), (), manager.prefix)
        index = ProjectIndex(index.project, index.inference, emissions)
    events = draft_events(index)
    states = draft_states(index, _replacements(index, events)) if manager is not None else ()
    return Draft(
        tuple(_clients(index)),
        tuple(_transport(index)),
        manager,
        tuple(sorted(events, key=_order)),
        states,
        len(index.project.paths),
        tuple(sorted(Location(p, e.line, e.column) for p, e in index.project.errors.items())),
    )


def catalogue_of(draft: Draft) -> Catalogue:
    """A draft as the catalogue that its text is.

    Raises:
        CatalogueErrors: The text is not a catalogue, which would be a mistake of ours.
    """
    return parse_catalogue(draft_text(draft), DRAFT)


def _order(event: DraftEvent) -> tuple[str, str, int, Location]:
    """Of the entries for one event and channel the one with most keys comes first."""
    return (event.name, event.channel, -len(event.keys or ()), event.sites[0])


def _clients(index: ProjectIndex) -> list[DraftClient]:
    found: dict[str, str] = {}
    for client in clients_of(index):
        plain = all(part.isidentifier() for part in client.name.split("."))
        if plain and client.found_by in _WHY:
            found.setdefault(client.name, _WHY[client.found_by])
    return [DraftClient(name, why) for name, why in found.items()]


def _transport(index: ProjectIndex) -> list[tuple[str, str]]:
    """The functions outside the manager through which it sends."""
    manager = index.emissions.manager_class
    if manager is None:
        return []
    found: dict[str, str] = {manager.dotted: "the manager itself"}
    for direct in index.emissions.transport:
        function = direct.module.named_function_around(direct.call)
        if function is None:
            continue
        name = direct.module.dotted(function)
        if not name.startswith(f"{manager.dotted}."):
            found.setdefault(name, "the manager sends through it")
    return sorted(found.items())


def _replacements(index: ProjectIndex, events: tuple[DraftEvent, ...]) -> dict[ast.expr, Contract]:
    """The method that each legacy call becomes."""
    by_place: dict[Location, Contract] = {}
    for event in events:
        if event.replacement is not None:
            method = event.replacement.call.partition("(")[0]
            contract = index.emissions.contracts[method]
            by_place.update(dict.fromkeys(event.sites, contract))
    found = {}
    for emission in index.emissions.emissions:
        location = emission.module.source.location(emission.call)
        if emission.system == "legacy" and location in by_place:
            found[emission.call] = by_place[location]
    return found
