"""What subscribers notice of a call that moved to a method written for it: by default nothing."""

from __future__ import annotations

from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.model import Effect, Wire
from pusher_migrate.rewriting.wire import WireReader
from pusher_migrate.scaffold.bound import BoundUnit
from pusher_migrate.scaffold.envelope import Envelope


def effect_of(evaluator: Evaluator, bound: BoundUnit, envelope: Envelope | None) -> Effect:
    """The wire before and after.

    Args:
        evaluator: Evaluates the project's expressions.
        bound: The legacy calls.
        envelope: What the method puts the payload into; None when it sends it as it is.
    """
    before: list[Wire] = []
    for site in bound.unit.sites:
        send = site.legacy.emission.sends[0]
        binder, statement = site.legacy.binder(send), site.legacy.statement
        reader = WireReader(evaluator, lambda node, b=binder, s=statement: b.canonical(node, s))  # type: ignore[misc]
        before += reader.before(send)
    if envelope is None:
        return Effect(tuple(before), tuple(before))
    after = tuple(Wire(wire.channel, wire.event, envelope.keys) for wire in before)
    lost = tuple(key for key in before[0].keys if key not in envelope.keys)
    return Effect(tuple(before), after, lost)
