"""The inventory as frozen values; how it looks is for ``report``."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pusher_migrate.model import Location

_BROKEN = "PM901"


class System(enum.StrEnum):
    """Through what an event leaves."""

    MANAGER = "manager"
    LEGACY = "legacy"


class FoundBy(enum.StrEnum):
    """What says that a receiver is a client or the manager."""

    TYPE = "type"
    ATTRIBUTE = "attribute"
    VALUE = "value"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Event:
    """One event that leaves, as far as it is statically known.

    Attributes:
        channels: Templates with the holes' source in braces, ``hotel-{room.hotel.id}``.
        shapes: The same with ``*`` for each hole.
        name: Event name, with holes as in ``channels``.
        keys: Top-level payload keys in order; None when the payload is not a dictionary that is
            known.
        optional: Those of them that are there on some paths only.
        complete: False when the payload may have more keys.
        payload: What the payload is made from where its keys are not written down: a serializer, an
            expression; else empty.
        repeated: True when it stands for one event for each element of a list.
        user: True for ``send_to_user``: the channel is a user's id.
        excludes_sender: True when a ``socket_id`` is passed.
        conditional: True when some path through the functions on the way does not send it.
        via: The functions on the way, dotted, the outermost first.
    """

    channels: tuple[str, ...]
    shapes: tuple[str, ...]
    name: str
    keys: tuple[str, ...] | None = None
    optional: tuple[str, ...] = ()
    complete: bool = True
    payload: str = ""
    repeated: bool = False
    user: bool = False
    excludes_sender: bool = False
    conditional: bool = False
    via: tuple[str, ...] = ()

    @property
    def is_name_known(self) -> bool:
        """Whether the name has no holes."""
        return "{" not in self.name

    @property
    def wire_shape(self) -> tuple[tuple[str, ...], bool] | None:
        """The sorted keys and whether they are all; None if they are not known."""
        return (tuple(sorted(self.keys)), self.complete) if self.keys is not None else None


@dataclass(frozen=True, slots=True)
class Emission:
    """One call that sends.

    Attributes:
        location: Where it is.
        system: Through what it sends.
        method: ``trigger``, the manager's method, or the wrapper's dotted name.
        call: The call on one line.
        symbol: Dotted name of the function around it, without the module; empty at module level.
        events: What it sends.
        transactions: The transactions around it, each as kind and place; None when the project
            does not use Django.
        deferred: True when all that it sends waits for the commit.
        loop: The line of the innermost loop around it, None outside of loops.
        handed_to: What calls it, where it is handed over (``Thread``, ``partial``); else empty.
        found_by: What says that it is one.
        in_tests: Whether it stands in a test.
    """

    location: Location
    system: System
    method: str
    call: str
    symbol: str
    events: tuple[Event, ...]
    transactions: tuple[str, ...] | None = None
    deferred: bool = False
    loop: int | None = None
    handed_to: str = ""
    found_by: FoundBy = FoundBy.TYPE
    in_tests: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """A place that makes a client, or a client from outside the tree.

    Attributes:
        name: Dotted name that it is bound to, or of what makes it.
        location: Where; None for one from outside.
        found_by: What says that it is one.
    """

    name: str
    location: Location | None = None
    found_by: FoundBy = FoundBy.TYPE


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function that passes its own parameters on to a client.

    Attributes:
        name: Dotted name.
        location: Where it is defined.
        chain: What it sends through, itself first.
        callers: Number of calls that are known, recursion left out.
        transport: Whether it belongs to the manager's way out.
        dead: Whether nothing in the tree names it but its definition.
    """

    name: str
    location: Location
    chain: tuple[str, ...]
    callers: int
    transport: bool = False
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the manager.

    Attributes:
        name: Its name.
        signature: Its parameters as they are written, without ``self``.
        location: Where it is defined.
        events: What it sends, in terms of its parameters.
        defers: Whether it waits for the commit by itself.
    """

    name: str
    signature: str
    location: Location
    events: tuple[Event, ...]
    defers: bool = False


@dataclass(frozen=True, slots=True)
class Manager:
    """The manager.

    Attributes:
        object: Dotted name of what callers use.
        class_name: Dotted name of its class.
        location: Where the class is defined.
        methods: Its sending methods, in source order.
        drafted: Whether it was found from the code, not from a catalogue.
    """

    object: str
    class_name: str
    location: Location
    methods: tuple[Method, ...]
    drafted: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A pattern of channel names.

    Attributes:
        shape: With ``*`` for each variable part.
        example: One of the templates.
        manager: Number of manager calls that send to it.
        legacy: Number of legacy calls.
        standard: Whether the manager sends to it; None when there is no manager.
    """

    shape: str
    example: str
    manager: int = 0
    legacy: int = 0
    standard: bool | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """One payload shape of an event.

    Attributes:
        keys: Sorted keys; None when they are not known.
        complete: False when there may be more.
        payload: As for `Event`.
        channels: Patterns of the channels that get it, sorted.
        systems: Who sends it.
        places: Where.
    """

    keys: tuple[str, ...] | None
    complete: bool
    payload: str
    channels: tuple[str, ...]
    systems: tuple[System, ...]
    places: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """An event name with several payload shapes (PM402)."""

    name: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Writes of watched state in one module, and how many of them subscribers hear of.

    Attributes:
        path: The module; ``total`` for the sum.
        writes: Statements that persist watched state.
        followed: Those that are followed by an emission on all paths.
        told: Those that any event tells of, too early ones included.
        by_manager: Those that the manager tells of.
        unwatched: Those that nothing tells of and no entry of the catalogue asks for.
    """

    path: str
    writes: int
    followed: int
    told: int
    by_manager: int
    unwatched: int = 0

    @property
    def percentage(self) -> int | None:
        """Whole per cent of the writes that are followed by an emission; None without writes."""
        return round(100 * self.followed / self.writes) if self.writes else None


@dataclass(frozen=True, slots=True)
class Silence:
    """A write of watched state that not all subscribers hear of.

    Attributes:
        location: Where it is persisted.
        symbol: Dotted name of the function around it.
        model: ``app.Model``.
        fields: Names of the watched fields; empty for a deletion.
        verdict: ``not told``, ``told on some paths`` or ``told too early``.
    """

    location: Location
    symbol: str
    model: str
    fields: tuple[str, ...]
    verdict: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was seen and is not an emission that is understood.

    Attributes:
        code: ``PM106``, ``PM901`` or empty.
        location: Where; line 1 for a whole file.
        text: What.
    """

    code: str
    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that is known of a project's emissions, in path and line order.

    Attributes:
        catalogue: Path of the catalogue that was used; empty for none or a draft.
        files: Number of Python files in the tree.
        django: Whether the project uses Django.
        clients: Where clients are made or come from.
        manager: The manager, None when there is none.
        emissions: Every emission outside the transport.
        transport: The client's calls in the transport.
        wrappers: Functions that pass their parameters on to a client.
        channels: Patterns of channel names.
        drifts: Events with several payload shapes.
        coverage: By module, with the total last; None when no state is watched.
        silences: Writes that not all subscribers hear of; None likewise.
        notes: What was seen and not followed, calls that can never send, unreadable files.
    """

    catalogue: str
    files: int
    django: bool
    clients: tuple[Client, ...] = ()
    manager: Manager | None = None
    emissions: tuple[Emission, ...] = ()
    transport: tuple[Location, ...] = ()
    wrappers: tuple[Wrapper, ...] = ()
    channels: tuple[Channel, ...] = ()
    drifts: tuple[Drift, ...] = ()
    coverage: tuple[Coverage, ...] | None = None
    silences: tuple[Silence, ...] | None = None
    notes: tuple[Note, ...] = ()

    @property
    def non_standard(self) -> frozenset[str]:
        """Patterns of channels that the manager does not send to (PM403)."""
        return frozenset(channel.shape for channel in self.channels if channel.standard is False)

    def codes_of(self, emission: Emission) -> tuple[str, ...]:
        """The findings that concern an emission: PM402 and PM403."""
        drifting = {drift.name for drift in self.drifts}
        codes = []
        if any(event.name in drifting for event in emission.events) and not emission.in_tests:
            codes.append("PM402")
        shapes = {shape for event in emission.events for shape in event.shapes}
        if emission.system is System.LEGACY and shapes & self.non_standard:
            codes.append("PM403")
        return tuple(codes)

    @property
    def unreadable(self) -> tuple[str, ...]:
        """A line for each file that could not be looked at, in path order."""
        return tuple(f"{note.location}: {note.text}" for note in self.notes if note.code == _BROKEN)

    @property
    def loops(self) -> tuple[Emission, ...]:
        """The emissions in loops: one request for each round."""
        return tuple(item for item in self.emissions if item.loop is not None)

    def of(self, system: System, in_tests: bool = False) -> tuple[Emission, ...]:
        """The emissions of one system, those in tests or all others."""
        return tuple(
            item for item in self.emissions if item.system is system and item.in_tests is in_tests
        )
