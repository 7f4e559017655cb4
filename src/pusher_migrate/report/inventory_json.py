"""An inventory as JSON, as ``docs/inventory-json.md`` and its schema document it."""

from __future__ import annotations

import json
from typing import Any

from pusher_migrate import __version__
from pusher_migrate.inventory.values import (
    Channel,
    Client,
    Coverage,
    Drift,
    Emission,
    Event,
    Inventory,
    Manager,
    Method,
    Note,
    Shape,
    Silence,
    System,
    Wrapper,
)
from pusher_migrate.model import Location

#: Raised when a key changes its meaning or goes; new keys may come without.
SCHEMA_VERSION = 1


def inventory_json(inventory: Inventory, root: str) -> str:
    """The document that ``inventory --format json`` prints, with a newline at its end.

    Args:
        inventory: What was found.
        root: Absolute path of the project's root.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "pusher-migrate", "version": __version__},
        "root": root,
        **inventory_data(inventory),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def inventory_data(inventory: Inventory) -> dict[str, Any]:
    """The inventory itself, without what depends on the run."""
    return {
        "catalogue": inventory.catalogue or None,
        "django": inventory.django,
        "summary": _summary(inventory),
        "clients": [_client(client) for client in inventory.clients],
        "manager": _manager(inventory.manager) if inventory.manager is not None else None,
        "emissions": [_emission(item, inventory) for item in inventory.emissions],
        "transport": [_place(location) for location in inventory.transport],
        "wrappers": [_wrapper(wrapper) for wrapper in inventory.wrappers],
        "channels": [_channel(channel) for channel in inventory.channels],
        "drifts": [_drift(drift) for drift in inventory.drifts],
        "coverage": _rows(inventory.coverage),
        "untold": _untold(inventory.silences),
        "notes": [_note(note) for note in inventory.notes],
    }


def _summary(inventory: Inventory) -> dict[str, int]:
    seen = [item for item in inventory.emissions if not item.in_tests]
    return {
        "files": inventory.files,
        "emissions": len(seen),
        "manager": len(inventory.of(System.MANAGER)),
        "legacy": len(inventory.of(System.LEGACY)),
        "in_tests": len(inventory.emissions) - len(seen),
        "in_transactions": sum(bool(item.transactions) and not item.deferred for item in seen),
        "deferred": sum(item.deferred for item in seen),
        "in_loops": sum(item.loop is not None for item in seen),
        "drifting_events": len(inventory.drifts),
        "non_standard_channels": len(inventory.non_standard),
    }


def _client(client: Client) -> dict[str, Any]:
    place = _place(client.location) if client.location is not None else None
    return {"name": client.name, "place": place, "found_by": str(client.found_by)}


def _manager(manager: Manager) -> dict[str, Any]:
    return {
        "object": manager.object,
        "class": manager.class_name,
        "place": _place(manager.location),
        "drafted": manager.drafted,
        "methods": [_method(method) for method in manager.methods],
    }


def _method(method: Method) -> dict[str, Any]:
    return {
        "name": method.name,
        "signature": method.signature,
        "place": _place(method.location),
        "events": [_event(event) for event in method.events],
        "defers": method.defers,
    }


def _emission(item: Emission, inventory: Inventory) -> dict[str, Any]:
    return {
        **_place(item.location),
        "symbol": item.symbol,
        "system": str(item.system),
        "method": item.method,
        "call": item.call,
        "codes": list(inventory.codes_of(item)),
        "events": [_event(event) for event in item.events],
        "transactions": list(item.transactions) if item.transactions is not None else None,
        "deferred": item.deferred,
        "loop": item.loop,
        "handed_to": item.handed_to or None,
        "found_by": str(item.found_by),
        "in_tests": item.in_tests,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "channels": list(event.channels),
        "shapes": list(event.shapes),
        "name": event.name,
        "keys": list(event.keys) if event.keys is not None else None,
        "optional_keys": list(event.optional),
        "complete": event.complete,
        "payload": event.payload or None,
        "repeated": event.repeated,
        "user": event.user,
        "excludes_sender": event.excludes_sender,
        "conditional": event.conditional,
        "via": list(event.via),
    }


def _wrapper(wrapper: Wrapper) -> dict[str, Any]:
    return {
        "name": wrapper.name,
        "place": _place(wrapper.location),
        "chain": list(wrapper.chain),
        "callers": wrapper.callers,
        "transport": wrapper.transport,
        "dead": wrapper.dead,
    }


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "shape": channel.shape,
        "example": channel.example,
        "manager": channel.manager,
        "legacy": channel.legacy,
        "standard": channel.standard,
    }


def _drift(drift: Drift) -> dict[str, Any]:
    return {"event": drift.name, "shapes": [_shape(shape) for shape in drift.shapes]}


def _shape(shape: Shape) -> dict[str, Any]:
    return {
        "keys": list(shape.keys) if shape.keys is not None else None,
        "complete": shape.complete,
        "payload": shape.payload or None,
        "channels": list(shape.channels),
        "systems": [str(system) for system in shape.systems],
        "places": [_place(place) for place in shape.places],
    }


def _rows(rows: tuple[Coverage, ...] | None) -> list[dict[str, Any]] | None:
    if rows is None:
        return None
    return [
        {
            "path": row.path,
            "writes": row.writes,
            "followed": row.followed,
            "told": row.told,
            "by_manager": row.by_manager,
            "unwatched": row.unwatched,
            "percentage": row.percentage,
        }
        for row in rows
    ]


def _untold(silences: tuple[Silence, ...] | None) -> list[dict[str, Any]] | None:
    if silences is None:
        return None
    return [
        {
            **_place(item.location),
            "symbol": item.symbol,
            "model": item.model,
            "fields": list(item.fields),
            "verdict": item.verdict,
        }
        for item in silences
    ]


def _note(note: Note) -> dict[str, Any]:
    return {"code": note.code or None, **_place(note.location), "text": note.text}


def _place(location: Location) -> dict[str, Any]:
    return {"path": location.path, "line": location.line, "column": location.column}
