"""A draft as frozen values; `text` writes it down."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pusher_migrate.inventory.values import Event as Sent
from pusher_migrate.model import Location

#: What a draft is called where a catalogue's path would be shown.
DRAFT = "the draft"


class Certainty(enum.StrEnum):
    """How surely something was inferred."""

    SURE = "sure"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True)
class DraftClient:
    """A client.

    Attributes:
        name: Dotted name.
        why: What says that it is one.
    """

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class DraftManager:
    """The manager.

    Attributes:
        object: Dotted name of what callers use.
        class_name: Dotted name of its class.
        prefix: What its sending methods begin with.
        import_from: The module to import the object from, None for the one that defines it.
        methods: Number of its sending methods.
        callers: Number of calls of them.
        certainty: How surely it is the manager.
        why: What it was inferred from.
    """

    object: str
    class_name: str
    prefix: str
    import_from: str | None
    methods: int
    callers: int
    certainty: Certainty
    why: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A method of the manager that was looked at for an event.

    Attributes:
        method: Its name.
        why_not: Why it was not taken.
    """

    method: str
    why_not: str


@dataclass(frozen=True, slots=True)
class Replacement:
    """What an event becomes.

    Attributes:
        call: The call as the catalogue has it.
        types: Name and model of each name in it that is an instance.
        certainty: How surely it means the same.
        why: What it was inferred from.
        after: What the method sends.
        lost: Payload keys that subscribers get no more.
        carried: Of those, where the new payload has the same: key and place, ``room.id``.
        superseded_by: Further methods that tell of the same.
        unbound: The sites at which the call cannot be bound, with the reason.
    """

    call: str
    types: tuple[tuple[str, str], ...]
    certainty: Certainty
    why: str
    after: tuple[Sent, ...]
    lost: tuple[str, ...] = ()
    carried: tuple[tuple[str, str], ...] = ()
    superseded_by: tuple[str, ...] = ()
    unbound: tuple[tuple[Location, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NewMethod:
    """A method that the manager lacks and that could be written for an event.

    Attributes:
        call: The call of it, as the catalogue has it.
        types: As for `Replacement`.
    """

    call: str
    types: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DraftEvent:
    """Legacy calls that send the same event to the same kind of channel with the same keys.

    Attributes:
        name: Event name, or its pattern.
        channel: Pattern of the channel.
        keys: Payload keys that are always there; None when the payload is not known.
        before: What is sent, as the first of the sites has it.
        sites: Where.
        replacement: What it becomes; None when no method means the same.
        candidates: The nearest methods that were not taken.
        proposal: A method that could be written, when there is no replacement.
        obstacle: Why no entry can be written at all: the event's name is not known.
    """

    name: str
    channel: str
    keys: tuple[str, ...] | None
    before: Sent
    sites: tuple[Location, ...]
    replacement: Replacement | None = None
    candidates: tuple[Candidate, ...] = ()
    proposal: NewMethod | None = None
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class DraftState:
    """Fields of a model whose writes are told by a method.

    Attributes:
        model: ``app.Model``.
        fields: The fields.
        when: Field and values that it is for; empty for all.
        operation: ``update``, ``create`` or ``delete``.
        emit: The call as the catalogue has it.
        types: As for `Replacement`.
        satisfied_by: Further methods that carry the fields.
        certainty: How surely.
        sites: The emissions next to such writes.
        proposed: True for what is only proposed: some code that does the same write tells of it
            otherwise.
    """

    model: str
    fields: tuple[str, ...]
    when: tuple[tuple[str, tuple[str, ...]], ...]
    operation: str
    emit: str
    types: tuple[tuple[str, str], ...]
    satisfied_by: tuple[str, ...]
    certainty: Certainty
    sites: tuple[Location, ...]
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted catalogue.

    Attributes:
        clients: Clients, those found by their names included.
        transport: Dotted names where ``trigger`` may stay, each with the reason.
        manager: The manager; None when the code has none.
        events: Legacy events, those with a replacement first in each group.
        states: Watched states.
        files: Number of files that were looked at.
        unreadable: Files that could not be read.
    """

    clients: tuple[DraftClient, ...] = ()
    transport: tuple[tuple[str, str], ...] = ()
    manager: DraftManager | None = None
    events: tuple[DraftEvent, ...] = ()
    states: tuple[DraftState, ...] = ()
    files: int = 0
    unreadable: tuple[Location, ...] = ()

    @property
    def matched(self) -> tuple[DraftEvent, ...]:
        """The events that have a replacement."""
        return tuple(event for event in self.events if event.replacement is not None)
