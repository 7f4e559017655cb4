"""Which method of the manager means the same as a legacy event, and how it is called instead.

A method is taken only when subscribers of the channel get it, its event is called alike, and its
arguments can be bound where the legacy calls stand. All else is a candidate that a person may take.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pusher_migrate.catalogue.call import CallTemplate, parse_call
from pusher_migrate.draft.carried import carried_keys
from pusher_migrate.draft.plain import takes_plain_value
from pusher_migrate.draft.values import Candidate, Certainty, Replacement
from pusher_migrate.errors import CatalogueError
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.sending.contracts import Contract, Emission, Parameter, Send
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import ClassType, Instance
from pusher_migrate.index.values.values import Record, Text, shape
from pusher_migrate.inventory.events import event_of
from pusher_migrate.model import Location
from pusher_migrate.rewriting.binding import Binder, Binding
from pusher_migrate.rewriting.meanings import Place
from pusher_migrate.syntax.layout import Refusal

_MOST_CANDIDATES = 3
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """The answer for one event.

    Attributes:
        replacement: What it becomes, or None.
        candidates: The nearest methods otherwise.
    """

    replacement: Replacement | None
    candidates: tuple[Candidate, ...] = ()


class Matcher:
    """Finds replacements for legacy events.

    Args:
        index: A project that was indexed with its manager.
    """

    def __init__(self, index: ProjectIndex) -> None:
        self.index = index
        self.inference = index.inference
        self.contracts = list(index.emissions.contracts.values())

    def find(self, name: str, channel: str, sites: list[tuple[Emission, Send]]) -> Found:
        """The method that means the same as an event.

        Args:
            name: The event's name.
            channel: Pattern of its channel.
            sites: The calls that send it.
        """
        near = sorted(
            ((_likeness(name, contract), contract) for contract in self.contracts),
            key=lambda item: (-item[0], item[1].name),
        )
        near = [(value, contract) for value, contract in near if value > 0]
        fitting: list[tuple[float, Contract, Replacement]] = []
        rejected: list[Candidate] = []
        for value, contract in near:
            found = self._replacement(value, contract, channel, sites)
            if isinstance(found, Replacement):
                fitting.append((value, contract, found))
            else:
                rejected.append(Candidate(contract.name, found))
        if fitting and (len(fitting) == 1 or fitting[0][0] > fitting[1][0]):
            return Found(fitting[0][2])
        unclear = [Candidate(c.name, "as near as another one") for _, c, _ in fitting]
        return Found(None, tuple((unclear + rejected)[:_MOST_CANDIDATES]))

    def _replacement(
        self, value: float, contract: Contract, channel: str, sites: list[tuple[Emission, Send]]
    ) -> Replacement | str:
        """What an event becomes by one method, or why it does not."""
        if isinstance(contract.method.node, ast.AsyncFunctionDef):
            return "it is a coroutine"
        channels = {shape(item) for send in contract.sends for item in send.channels}
        if not contract.sends:
            return "what it sends could not be read"
        if channel not in channels:
            return f"it sends to {', '.join(sorted(channels))}, not to {channel}"
        if value < 1 and not _is_alike(value):
            names = ", ".join(sorted({_event_name(send) for send in contract.sends}))
            return f"its event is {names}"
        template = self.template(contract, sites)
        if isinstance(template, str):
            return template
        types = self.types_of(contract, template)
        bound: list[tuple[Emission, Send, Binder, Binding]] = []
        unbound: list[tuple[Location, str]] = []
        for emission, send in sites:
            place = _place(self.index, emission, send)
            if place is None:
                continue
            binder = Binder(place)
            result = binder.bind(template, contract, dict(types))
            if isinstance(result, Refusal):
                location = emission.module.source.location(emission.call)
                unbound.append((location, result.reason))
            else:
                bound.append((emission, send, binder, result))
        if not bound:
            return unbound[0][1] if unbound else "none of the calls stands in a function"
        return self._described(value, contract, template, types, bound, tuple(unbound))

    def _described(
        self,
        value: float,
        contract: Contract,
        template: CallTemplate,
        types: tuple[tuple[str, str], ...],
        bound: list[tuple[Emission, Send, Binder, Binding]],
        unbound: tuple[tuple[Location, str], ...],
    ) -> Replacement:
        after = tuple(event_of(self.index.evaluator, send) for send in contract.sends)
        kept = {key for event in after for key in event.keys or ()}
        lost: dict[str, None] = {}
        carried: dict[str, str] = {}
        for _, send, binder, binding in bound:
            payload = send.payload
            gone = [k for k in payload.keys if k not in kept] if isinstance(payload, Record) else []
            lost.update(dict.fromkeys(gone))
            here = carried_keys(self.index, contract, binder, binding, send)
            carried = {k: v for k, v in {**here, **carried}.items() if k in lost}
        same = value >= 1
        why = "same event name, same channel" if same else "similar event name, same channel"
        return Replacement(
            str(template),
            types,
            Certainty.SURE if same and not unbound else Certainty.LIKELY,
            why,
            after,
            tuple(lost),
            tuple(sorted((key, place) for key, place in carried.items())),
            tuple(self._superseding(contract)),
            unbound,
        )

    def _superseding(self, contract: Contract) -> Iterator[str]:
        """Methods whose event has all that this one's has, on the same channel."""
        for other in self.contracts:
            if other is contract or not (other.sends and contract.sends):
                continue
            wanted = {_wire(send) for send in contract.sends}
            given = [_wire(send) for send in other.sends]
            if None not in wanted and all(
                any(has is not None and has[0] == want[0] and want[1] <= has[1] for has in given)
                for want in wanted
                if want is not None
            ):
                if _models_of(self, other) == _models_of(self, contract):
                    yield other.name

    # --- Calls ------------------------------------------------------------------------------------

    def template(
        self, contract: Contract, sites: Sequence[tuple[Emission, Send]]
    ) -> CallTemplate | str:
        """The call of a method as the catalogue would have it, or why there is none.

        Instances are named after their parameters; what else is required comes from the payload's
        key of that name, where all sites have one, or from a variable of that name.
        """
        common = _common_keys(sites)
        positional: list[str] = []
        keywords: list[str] = []
        for parameter in contract.parameters:
            if parameter.kind.startswith("var"):
                continue
            value = parameter.name
            if self.model_of(contract, parameter) is None:
                if takes_plain_value(self.inference, contract.method, parameter.name):
                    value = f"{{payload.{value}}}" if value in common else value
                elif any(_is_something_else(send, value) for _, send in sites):
                    return f"it takes an object {value!r}, and the payload's {value!r} is none"
            if parameter.has_default:
                if value != parameter.name:
                    keywords.append(f"{parameter.name}={value}")
                continue
            if parameter.kind == "keyword-only":
                keywords.append(f"{parameter.name}={value}")
            else:
                positional.append(value)
        try:
            return parse_call(f"{contract.name}({', '.join([*positional, *keywords])})")
        except CatalogueError as error:
            return error.message

    def model_of(self, contract: Contract, parameter: Parameter) -> ClassType | None:
        """The model that a parameter takes an instance of; None for all else."""
        method = contract.method
        found = self.inference.parameter(method.module, method.node, parameter.node)
        if isinstance(found, Instance) and models.is_model(self.inference, found.cls):
            return found.cls
        return None

    def types_of(self, contract: Contract, template: CallTemplate) -> tuple[tuple[str, str], ...]:
        """Name and model of the instances in a call."""
        return tuple(item for item in self.types_for(contract) if item[0] in template.names)

    def types_for(self, contract: Contract) -> Iterator[tuple[str, str]]:
        """Name and model of the required instances of a method."""
        for parameter in contract.parameters:
            model = self.model_of(contract, parameter)
            if model is not None and not parameter.has_default:
                label = models.label(self.inference, model)
                # A model that its label does not name cannot be written down.
                if models.model_by_label(self.inference, label) == model:
                    yield parameter.name, label


def _place(index: ProjectIndex, emission: Emission, send: Send) -> Place | None:
    if emission.function is None:
        return None
    module = emission.module
    statement = module.statement_around(emission.call)
    return Place(index, module, emission.function, statement, send)


def _common_keys(sites: Iterable[tuple[Emission, Send]]) -> set[str]:
    """The payload keys that all sites surely send."""
    common: set[str] | None = None
    for _, send in sites:
        payload = send.payload
        keys = (
            {entry.key for entry in payload.entries if not entry.optional}
            if isinstance(payload, Record)
            else set()
        )
        common = keys if common is None else common & keys
    return common or set()


def _is_something_else(send: Send, name: str) -> bool:
    """Whether a payload has another thing than the variable of a name under it."""
    entry = send.payload.get(name) if isinstance(send.payload, Record) else None
    return entry is not None and not (isinstance(entry.node, ast.Name) and entry.node.id == name)


def _models_of(matcher: Matcher, contract: Contract) -> list[ClassType]:
    found = (
        matcher.model_of(contract, parameter)
        for parameter in contract.parameters
        if not parameter.has_default
    )
    return [model for model in found if model is not None]


def _wire(send: Send) -> tuple[str, frozenset[str]] | None:
    """Channel and surely sent keys; None when the payload is not known."""
    if not isinstance(send.payload, Record) or len(send.channels) != 1:
        return None
    keys = frozenset(entry.key for entry in send.payload.entries if not entry.optional)
    return shape(send.channels[0]), keys


def _event_name(send: Send) -> str:
    return shape(send.event)


def words_of(name: str) -> tuple[str, ...]:
    """The words of an event's or method's name, whatever case it is written in."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def _likeness(name: str, contract: Contract) -> float:
    """How alike an event's name and a method's events are: 1 for the same name, 0 for nothing.

    Names are alike when one has all words of the other and both end in the same one, which is
    what happened: ``room_status_updated`` and ``room_updated``.
    """
    best = 0.0
    for send in contract.sends:
        other = send.event.literal if isinstance(send.event, Text) else None
        if other is None:
            continue
        if other == name:
            return 1.0
        mine, theirs = words_of(name), words_of(other)
        if mine == theirs and mine:
            best = max(best, 0.95)
            continue
        common = set(mine) & set(theirs)
        if not common:
            continue
        ratio = len(common) / len(set(mine) | set(theirs))
        contained = common in (set(mine), set(theirs))
        if contained and mine[-1] == theirs[-1]:
            best = max(best, 0.5 + ratio / 4)
        else:
            best = max(best, ratio / 4)
    return best


def _is_alike(value: float) -> bool:
    return value > 0.5
