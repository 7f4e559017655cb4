"""Which calls a write lacks, by the entries of the catalogue that ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pusher_migrate.catalogue import State
from pusher_migrate.catalogue.call import CallTemplate


@dataclass(frozen=True, slots=True)
class Needed:
    """One call that a write lacks, and the entries that ask for it."""

    call: CallTemplate
    states: tuple[State, ...]

    @property
    def fields(self) -> frozenset[str]:
        """The fields that the entries watch."""
        return frozenset(name for state in self.states for name in state.fields)


def needed_calls(states: Sequence[State]) -> list[Needed]:
    """The calls for some entries, in the catalogue's order, each once.

    An entry that another one's call satisfies needs none of its own.
    """
    kept = list(states)
    for state in states:
        others = {call.method for other in kept if other is not state for call in other.emit}
        own = {call.method for call in state.emit}
        if others & set(state.satisfied_by) and not own & others:
            kept.remove(state)
    found: dict[CallTemplate, list[State]] = {}
    for state in kept:
        for call in state.emit:
            found.setdefault(call, []).append(state)
    return [Needed(call, tuple(own)) for call, own in found.items()]
