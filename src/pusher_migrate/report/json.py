"""A plan as JSON, as ``docs/plan-json.md`` and ``docs/plan.schema.json`` document it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pusher_migrate import __version__
from pusher_migrate.model import Change, Deferral, Effect, Location, Wire
from pusher_migrate.report.outcome import MigrateOutcome

#: Raised when a key changes its meaning or goes; new keys may come without.
SCHEMA_VERSION = 1


def outcome_json(
    outcome: MigrateOutcome, diffs: Mapping[str, str], root: str, catalogue: str
) -> str:
    """The document that ``migrate --json`` prints, with a newline at its end.

    Args:
        outcome: What was planned and done.
        diffs: The diff of each change by the change's key; see `review`.
        root: Absolute path of the project's root.
        catalogue: Where the catalogue was read; empty when there is none.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "pusher-migrate", "version": __version__},
        "root": root,
        "catalogue": catalogue or None,
        "exit_code": int(outcome.exit_code),
        "summary": {"files_looked_at": outcome.plan.files, **outcome.counts()},
        "changes": [
            change_data(change, diffs.get(change.key, ""), change.key in outcome.applied)
            for change in outcome.plan.changes
        ],
        "deferrals": [deferral_data(deferral) for deferral in outcome.plan.deferrals],
        "digests": dict(sorted(outcome.plan.digests.items())),
        "problems": list(outcome.problems),
        "notes": list(outcome.plan.notes),
    }
    return json.dumps(document, indent=2) + "\n"


def change_data(change: Change, diff: str, applied: bool) -> dict[str, Any]:
    """One change.

    Args:
        change: The change.
        diff: Its diff, on top of those of the changes before it.
        applied: Whether it is in the files now.
    """
    return {
        "key": change.key,
        "code": change.code,
        "codes": list(change.codes),
        **_place(change.location),
        "symbol": change.symbol,
        "title": change.title,
        "reason": change.reason,
        "applicability": str(change.applicability),
        "review_reasons": list(change.review_reasons),
        "requires": list(change.requires),
        "effect": _effect(change.effect),
        "notes": list(change.notes),
        "edits": [
            {
                "path": edit.path,
                "start": edit.start,
                "end": edit.end,
                "replacement": edit.replacement,
            }
            for edit in change.edits
        ],
        "diff": diff,
        "applied": applied,
    }


def deferral_data(deferral: Deferral) -> dict[str, Any]:
    """One finding that is left alone."""
    return {
        "code": deferral.code,
        **_place(deferral.location),
        "symbol": deferral.symbol,
        "title": deferral.title,
        "reason": deferral.reason,
        "actionable": deferral.actionable,
        "suppressed": deferral.suppressed,
    }


def _place(location: Location) -> dict[str, Any]:
    return {"path": location.path, "line": location.line, "column": location.column}


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "before": [_wire(wire) for wire in effect.before],
        "after": [_wire(wire) for wire in effect.after],
        "lost_keys": list(effect.lost_keys),
    }


def _wire(wire: Wire) -> dict[str, Any]:
    return {
        "channel": wire.channel,
        "event": wire.event,
        "keys": list(wire.keys),
        "complete": wire.complete,
    }
