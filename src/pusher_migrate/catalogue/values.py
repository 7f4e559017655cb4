"""What a catalogue says, as frozen values. How it is written is for `reader`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from pusher_migrate.catalogue.call import CallTemplate
from pusher_migrate.catalogue.matching import Match, all_of, any_of, match_keys, match_shape
from pusher_migrate.catalogue.problems import CatalogueWarning
from pusher_migrate.config import CodeOptions

Scalar = str | int | float | bool
Operation = Literal["create", "update", "delete"]
Handlers = Literal["move", "drop"]
Envelope = Literal["wire", "manager"]
DEFAULT_PREFIX = "realtime_"


@dataclass(frozen=True, slots=True)
class Legacy:
    """What the migration moves away from.

    Attributes:
        clients: Dotted names of Pusher clients, in addition to those that the code shows.
        transport: Globs over dotted names of modules, classes and functions in which ``trigger``
            may stay.
    """

    clients: tuple[str, ...] = ()
    transport: tuple[str, ...] = ()

    def is_transport(self, name: str) -> bool:
        """Whether the dotted name, or a module or class around it, is part of the transport."""
        parts = name.split(".")
        around = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
        return any(fnmatchcase(outer, glob) for glob in self.transport for outer in around)


@dataclass(frozen=True, slots=True)
class Manager:
    """What the migration moves to.

    Attributes:
        object: Dotted name of the object, ``package.module.name``.
        class_name: Dotted name of its class, or None to find it from the object.
        prefix: What the names of its sending methods begin with.
        import_from: Dotted module to import the object from, or None for the one that defines it.
        line: 1-based line of the table.
    """

    object: str
    class_name: str | None = None
    prefix: str = DEFAULT_PREFIX
    import_from: str | None = None
    line: int = field(default=0, compare=False)

    @property
    def module(self) -> str:
        """The module to import from."""
        return self.import_from or self.object.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The name to import."""
        return self.object.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class DjangoOptions:
    """How emissions are deferred to the commit.

    Attributes:
        robust: Whether to pass ``robust=True`` to ``on_commit``; "auto" where the target's Django
            has it (4.2 and later).
        on_commit: False to defer nothing.
        target_version: The target's Django, ``5.2``, or None to find it out.
        handlers: What becomes of a ``try``/``except`` that only logs around an emission: "move"
            takes it into the callback, "drop" leaves it to ``robust=True``, which logs too.
    """

    robust: bool | Literal["auto"] = "auto"
    on_commit: bool = True
    target_version: str | None = None
    handlers: Handlers = "move"


@dataclass(frozen=True, slots=True)
class Event:
    """What some legacy events mean.

    Attributes:
        names: Names or globs of the event.
        channel: Glob over the channel with its holes as ``*``, None for any channel.
        keys: Payload keys that must all be there.
        call: What to call instead; None only when ``superseded_by`` says that nothing is needed.
        accept_lost_keys: Names or globs of payload keys that may get lost.
        accept_changed_values: Names or globs of payload keys whose value may be another one.
        superseded_by: Methods of the manager that make the legacy call needless when they send for
            the same instance on the same path.
        superseded_is_safe: Whether to remove such a call without asking.
        types: Name in ``call`` and the model (``app.Model``) of what it is bound to.
        accept_channel_change: Whether the channel may be another one afterwards.
        scaffold: Whether the method is written when the manager lacks it.
        envelope: What a scaffolded method sends: "wire" the same payload, "manager" the manager's
            own envelope around it.
        reason: Why, for the reviewer.
        line: 1-based line of the entry.
        key_lines: 1-based line of each of its keys.
    """

    names: tuple[str, ...]
    channel: str | None = None
    keys: tuple[str, ...] = ()
    call: CallTemplate | None = None
    accept_lost_keys: tuple[str, ...] = ()
    accept_changed_values: tuple[str, ...] = ()
    superseded_by: tuple[str, ...] = ()
    superseded_is_safe: bool = False
    types: tuple[tuple[str, str], ...] = ()
    accept_channel_change: bool = False
    scaffold: bool = False
    envelope: Envelope = "wire"
    reason: str = ""
    line: int = field(default=0, compare=False)
    key_lines: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    def matches(
        self,
        event_name: str | None,
        channel_shape: str | None = None,
        keys: Collection[str] | None = None,
        *,
        complete: bool = True,
    ) -> bool:
        """Whether the entry certainly means this call; see `judge`."""
        return self.judge(event_name, channel_shape, keys, complete=complete) is Match.YES

    def judge(
        self,
        event_name: str | None,
        channel_shape: str | None = None,
        keys: Collection[str] | None = None,
        *,
        complete: bool = True,
    ) -> Match:
        """Whether the entry means this call, as far as the call is known.

        Args:
            event_name: With ``*`` for each hole; None when it is not known.
            channel_shape: Likewise.
            keys: The payload's keys, None when they are not known.
            complete: False when the payload may have further keys.
        """
        return all_of(self._answers(event_name, channel_shape, keys, complete).values())

    def unknown_facts(
        self,
        event_name: str | None,
        channel_shape: str | None = None,
        keys: Collection[str] | None = None,
        *,
        complete: bool = True,
    ) -> tuple[str, ...]:
        """What would have to be known for `judge` to decide: "channel", "payload keys"."""
        answers = self._answers(event_name, channel_shape, keys, complete)
        return tuple(fact for fact, answer in answers.items() if answer is Match.UNKNOWN)

    def _answers(
        self,
        event_name: str | None,
        channel_shape: str | None,
        keys: Collection[str] | None,
        complete: bool,
    ) -> dict[str, Match]:
        answers = {"event name": any_of(match_shape(name, event_name) for name in self.names)}
        if self.channel is not None:
            answers["channel"] = match_shape(self.channel, channel_shape)
        if self.keys:
            answers["payload keys"] = match_keys(self.keys, keys, complete=complete)
        return answers

    def accepts_loss(self, key: str) -> bool:
        """Whether subscribers may lose this payload key."""
        return any(fnmatchcase(key, glob) for glob in self.accept_lost_keys)

    def accepts_value(self, key: str) -> bool:
        """Whether subscribers may get another value under this payload key."""
        return any(fnmatchcase(key, glob) for glob in self.accept_changed_values)

    def type_of(self, name: str) -> str | None:
        """The model of a name in ``call``, if the catalogue says it."""
        return dict(self.types).get(name)


@dataclass(frozen=True, slots=True)
class EventMatch:
    """What the catalogue says of one legacy call.

    Attributes:
        event: The entry that applies, or None.
        undecided: When ``event`` is None, the entries of which one may apply, in file order.
            Empty when the catalogue has nothing for the call.
        unknown: When undecided, what is not known of the call: "event name", "channel",
            "payload keys".
    """

    event: Event | None = None
    undecided: tuple[Event, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """Watched fields of a model, and the emission that their writes need.

    Attributes:
        model: ``app.Model``.
        fields: Names of the fields.
        when: Field and the values of it that the entry is for; without it, all values that no
            entry with ``when`` names.
        emit: The calls to insert, in order.
        satisfied_by: Further methods that tell subscribers of the same.
        owner: Dotted name of the function that should do such writes, or None.
        on: The operations that count as a write.
        types: As for `Event`.
        reason: Why, for the reviewer.
        line: 1-based line of the entry.
        key_lines: 1-based line of each of its keys.
    """

    model: str
    fields: tuple[str, ...]
    emit: tuple[CallTemplate, ...]
    when: tuple[tuple[str, tuple[Scalar, ...]], ...] = ()
    satisfied_by: tuple[str, ...] = ()
    owner: str | None = None
    on: tuple[Operation, ...] = ("update",)
    types: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    line: int = field(default=0, compare=False)
    key_lines: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of the manager that satisfy the entry, its own first."""
        own = (call.method for call in self.emit)
        return tuple(dict.fromkeys((*own, *self.satisfied_by)))

    def type_of(self, name: str) -> str | None:
        """The model of a name in ``emit``, if the catalogue says it."""
        return dict(self.types).get(name)

    def judge(self, written: Mapping[str, Known | None], operation: Operation) -> Match:
        """Whether the entry is for this write, were it the only one of its model.

        Args:
            written: Name of each field that is written and its value, None for one that is not
                statically known. Of a creation, the fields that are given.
            operation: What is done to the row. A deletion writes no field and concerns all.
        """
        if operation not in self.on:
            return Match.NO
        if operation == "update" and not written.keys() & set(self.fields):
            return Match.NO
        return all_of(_one_of(values, written.get(name)) for name, values in self.when)


@dataclass(frozen=True, slots=True)
class Known:
    """A value that a field is known to get (a wrapper, because None is such a value too)."""

    value: object


def _one_of(values: Collection[Scalar], known: Known | None) -> Match:
    if known is None:
        return Match.UNKNOWN
    # By type as well: in Python True equals 1, in a catalogue they are different things.
    same = any(type(v) is type(known.value) and v == known.value for v in values)
    return Match.YES if same else Match.NO


@dataclass(frozen=True, slots=True)
class StateMatch:
    """What the catalogue says of one write.

    Attributes:
        states: The entries that apply, in file order; each needs its emission.
        undecided: Entries with ``when`` that may apply too: the value is not statically known.
    """

    states: tuple[State, ...] = ()
    undecided: tuple[State, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A whole catalogue.

    Attributes:
        legacy: ``[legacy]``.
        manager: ``[manager]``; None in a catalogue without entries that need one.
        django: ``[django]``.
        events: ``[[event]]``, in file order.
        states: ``[[state]]``, in file order.
        check: ``[check]``.
        exclude: ``[files] exclude``.
        path: Where it was read, as the user would type it; empty for one made in memory.
        warnings: What is valid and surely not meant.
    """

    legacy: Legacy = field(default_factory=Legacy)
    manager: Manager | None = None
    django: DjangoOptions = field(default_factory=DjangoOptions)
    events: tuple[Event, ...] = ()
    states: tuple[State, ...] = ()
    check: CodeOptions = field(default_factory=CodeOptions)
    exclude: tuple[str, ...] = ()
    path: str = ""
    warnings: tuple[CatalogueWarning, ...] = ()

    def event_for(
        self,
        event_name: str | None,
        channel_shape: str | None = None,
        keys: Collection[str] | None = None,
        *,
        complete: bool = True,
    ) -> EventMatch:
        """The entry for a legacy call: the first in file order that matches.

        When an earlier entry may match, because something is not known of the call, none is
        chosen: which one is right is decided at run time. Arguments as for `Event.judge`.
        """
        undecided: list[Event] = []
        unknown: dict[str, None] = {}
        for event in self.events:
            answer = event.judge(event_name, channel_shape, keys, complete=complete)
            if answer is Match.YES and not undecided:
                return EventMatch(event)
            if answer is not Match.NO:
                undecided.append(event)
                facts = event.unknown_facts(event_name, channel_shape, keys, complete=complete)
                unknown.update(dict.fromkeys(facts))
            if answer is Match.YES:
                break
        return EventMatch(None, tuple(undecided), tuple(unknown))

    def states_for(
        self, model: str, written: Mapping[str, Known | None], operation: Operation = "update"
    ) -> StateMatch:
        """The entries for one write: all that apply, in file order.

        An entry without ``when`` is for the values that no entry with ``when`` names, so it does
        not apply where one that shares a watched field with it does. Where only the value is
        unknown, it applies, and the entries with ``when`` are given as undecided.

        Args:
            model: ``app.Model``.
            written: As for `State.judge`.
            operation: As for `State.judge`.
        """
        own = [state for state in self.states if state.model == model]
        answers = [(state, state.judge(written, operation)) for state in own]
        special = {
            name
            for state, answer in answers
            if state.when and answer is Match.YES
            for name in state.fields
        }
        states = [
            state
            for state, answer in answers
            if answer is Match.YES and (state.when or not special & set(state.fields))
        ]
        undecided = [state for state, answer in answers if answer is Match.UNKNOWN]
        return StateMatch(tuple(states), tuple(undecided))
