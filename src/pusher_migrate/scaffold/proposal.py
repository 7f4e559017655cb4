"""Propose a call, and with it a method, for legacy events that no method of the manager can take.

An instance of a model is a parameter where several values come from it, and its values are where
they do not, or where it is deleted. What the legacy calls compute from it moves into the method;
all else is evaluated at the call and passed as a value.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pusher_migrate.catalogue.call import (
    Argument,
    CallTemplate,
    NameRef,
    Placeholder,
    PlaceholderKind,
)
from pusher_migrate.catalogue.signatures import Parameter, Signature
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.code.project import snake_case
from pusher_migrate.index.sending.contracts import Emission, Send
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import ClassType, Instance
from pusher_migrate.index.values.values import Text
from pusher_migrate.rewriting.meanings import Place
from pusher_migrate.scaffold.needs import WHOLE, Needs, needs_of
from pusher_migrate.scaffold.units import side_by_side
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.names import is_usable

_PAYLOAD = "payload"
_NO_WORD = re.compile(r"[^0-9a-zA-Z]+")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A call for the catalogue, and the method that it is of.

    Attributes:
        call: The call, for ``call`` of an ``[[event]]`` with ``scaffold = true``.
        signature: The method.
        types: Name and model (``app.Model``) of what the call's names are bound to, for ``types``.
    """

    call: CallTemplate
    signature: Signature
    types: tuple[tuple[str, str], ...] = ()


def propose(index: ProjectIndex, sites: Sequence[tuple[Emission, Send]]) -> Proposal | Refusal:
    """A method for the legacy calls of one event.

    Args:
        index: A project that was indexed with its manager.
        sites: The calls, and what each sends: one event. To one channel, or, for calls that are to
            be made one, to several.

    Returns:
        Why there is none, as a clause, where the calls have nothing from which one could be made.
    """
    found: list[Needs] = []
    for emission, send in sites:
        place = _place(index, emission, send)
        if place is None or not isinstance(send.event, Text) or send.event.literal is None:
            continue
        needs = needs_of(place, send)
        if isinstance(needs, Refusal):
            return needs
        found.append(needs)
    if not found:
        return Refusal("none of the calls stands in a function and names its event")
    proposer = _Proposer(index, found)
    return proposer.proposal()


def sent_together(
    sites: Sequence[tuple[Emission, Send]],
) -> list[tuple[tuple[Emission, Send], ...]]:
    """The calls side by side that send one payload to several channels: one method could do it.

    Entries for each of the channels with the same call say so in the catalogue.

    Args:
        sites: Legacy calls, in the order of the text.
    """
    by_statement = {
        emission.module.statement_around(emission.call): (emission, send)
        for emission, send in sites
    }
    found = []
    used: set[Emission] = set()
    for emission, send in sites:
        message = _message(emission, send)
        if emission in used or message is None:
            continue
        run: list[tuple[Emission, Send]] = []
        statement = emission.module.statement_around(emission.call)
        for following in side_by_side(emission.module, statement):
            other = by_statement.get(following)
            if other is None or _message(*other) != message:
                break
            run.append(other)
        channels = {ast.unparse(s.origin.channel) for _, s in run if s.origin and s.origin.channel}
        if len(run) > 1 and len(channels) == len(run):
            found.append(tuple(run))
            used |= {own for own, _ in run}
    return found


def _message(emission: Emission, send: Send) -> tuple[str, str] | None:
    """Event and payload as they are written; None when they are not known."""
    event = send.event.literal if isinstance(send.event, Text) else None
    if event is None or send.origin is None or send.origin.data is None:
        return None
    if emission.target is not None:
        return event, " ".join(ast.unparse(argument) for argument in emission.arguments[0][-1:])
    return event, ast.unparse(send.origin.data)


class _Proposer:
    """Puts what the calls of one event need together."""

    def __init__(self, index: ProjectIndex, found: Sequence[Needs]) -> None:
        self.index = index
        self.found = found
        self.contracts = list(index.emissions.contracts.values())

    def proposal(self) -> Proposal | Refusal:
        """The proposal."""
        instances = self._instances()
        named = {cls: self._name_of(cls) for cls in instances}
        if len(set(named.values())) < len(named):
            return Refusal("two models would give parameters of one name")
        classes = sorted(instances, key=lambda cls: self._position(named[cls]))
        arguments = [Argument(NameRef(named[cls])) for cls in classes]
        taken = set(named.values())
        keys = self._keys(frozenset(instances))
        if keys is None:
            whole = self._whole_payload()
            if isinstance(whole, Refusal):
                return whole
            arguments.append(Argument(whole, _PAYLOAD))
            taken.add(_PAYLOAD)
        optional = set()
        for key in keys or ():
            name = _free(self._parameter(key, classes, named), taken)
            taken.add(name)
            arguments.append(Argument(Placeholder(PlaceholderKind.PAYLOAD, key=key), name))
            if any(key not in needs.keys for needs in self.found):
                optional.add(name)
        for hole, text in self._holes(frozenset(instances), frozenset(keys or ())):
            name = _free(text, taken)
            taken.add(name)
            arguments.append(Argument(Placeholder(PlaceholderKind.CHANNEL, hole=hole), name))
        method = self._method_name([named[cls] for cls in classes])
        if isinstance(method, Refusal):
            return method
        names = [named[cls] for cls in classes]
        names += [argument.keyword for argument in arguments if argument.keyword]
        parameters = [Parameter(name, has_default=name in optional) for name in names]
        parameters.sort(key=lambda parameter: parameter.has_default)
        types = tuple((named[cls], models.label(self.index.inference, cls)) for cls in classes)
        return Proposal(
            CallTemplate(method, tuple(arguments)), Signature(method, tuple(parameters)), types
        )

    # --- What is passed ---------------------------------------------------------------------------

    def _instances(self) -> list[ClassType]:
        """The models of which an instance is passed, in the order in which they are first used."""
        kept: list[ClassType] = []
        for cls in dict.fromkeys(cls for needs in self.found for cls in needs.instances):
            everywhere = all(cls in needs.instances for needs in self.found)
            alone = all(needs.roots_of(cls) == 1 for needs in self.found)
            several = any(needs.count(cls) > 1 for needs in self.found)
            lasting = not any(cls in needs.deleted for needs in self.found)
            if everywhere and alone and several and lasting:
                kept.append(cls)
        return kept

    def _keys(self, instances: frozenset[ClassType]) -> list[str] | None:
        """The payload keys whose values are passed; None when the payload is passed as a whole."""
        if any(needs.whole for needs in self.found):
            return None
        keys: dict[str, None] = {}
        for needs in self.found:
            for key in needs.keys:
                forms = {other.form(key, instances) for other in self.found}
                if None in forms or len(forms) > 1:
                    keys[key] = None
        return None if WHOLE in keys else list(keys)

    def _whole_payload(self) -> NameRef | Refusal:
        texts = {needs.payload_text for needs in self.found}
        text = texts.pop() if len(texts) == 1 else None
        if text is None:
            return Refusal(
                "the payload's keys are not known on every path, and it is not in a variable of "
                "one name that could be passed; put it into one first"
            )
        name, *attributes = text.split(".")
        return NameRef(name, tuple(attributes))

    def _holes(
        self, instances: frozenset[ClassType], keys: frozenset[str]
    ) -> Iterable[tuple[int, str]]:
        """Number and name of each part of the channel that has to be passed."""
        for number in range(1, max(len(needs.holes) for needs in self.found) + 1):
            holes = [n.holes[number - 1] for n in self.found if len(n.holes) >= number]
            given = all(
                hole.form(instances) is not None or hole.canonical in needs.canonicals(keys)
                for needs, hole in zip(self.found, holes, strict=False)
            )
            forms = {hole.form(instances) for hole in holes}
            if not given or (None not in forms and len(forms) > 1):
                yield number, holes[0].name

    # --- Names ------------------------------------------------------------------------------------

    def _name_of(self, cls: ClassType) -> str:
        """What the manager's other methods call an instance of a model, or its own name."""
        for contract in self.contracts:
            for parameter in contract.parameters:
                method = contract.method
                found = self.index.inference.parameter(method.module, method.node, parameter.node)
                if isinstance(found, Instance) and found.cls == cls:
                    return parameter.name
        return snake_case(cls.name)

    def _position(self, name: str) -> float:
        """Where the manager's other methods have a parameter of this name, on the average."""
        found = [
            position
            for contract in self.contracts
            for position, parameter in enumerate(contract.parameters)
            if parameter.name == name
        ]
        return sum(found) / len(found) if found else 100.0

    def _parameter(
        self, key: str, classes: Sequence[ClassType], named: dict[ClassType, str]
    ) -> str:
        """The name for a value: its key, with a word before it where that alone is no name."""
        name = _slug(key)
        if is_usable(name) and name not in ("self", "cls"):
            return name
        return f"{named[classes[0]]}_{name}" if classes else f"event_{name}"

    def _method_name(self, instances: Sequence[str]) -> str | Refusal:
        prefix = self.index.emissions.prefix
        event = _slug(self.found[0].event)
        domains = [*instances, *self._domains(), *(_slug(word) for word in self._channel_words())]
        named = any(event == domain or event.startswith(f"{domain}_") for domain in domains)
        names = [event] if named else [f"{domain}_{event}" for domain in domains] or [event]
        names.append(f"{names[0]}_event")
        for name in names:
            if name and f"{prefix}{name}".isidentifier() and self._is_free(f"{prefix}{name}"):
                return f"{prefix}{name}"
        return Refusal(f"no free name for a method was found for {self.found[0].event!r}")

    def _domains(self) -> list[str]:
        """First words of the names of the manager's other methods."""
        prefix = self.index.emissions.prefix
        words = [
            contract.name.removeprefix(prefix).partition("_")[0] for contract in self.contracts
        ]
        return [word for word in dict.fromkeys(words) if self.found[0].event.startswith(word)]

    def _channel_words(self) -> list[str]:
        first = self.found[0].channel_start
        return [word for word in _NO_WORD.split(first) if word][:1]

    def _is_free(self, method: str) -> bool:
        manager = self.index.emissions.manager_class
        if manager is None:
            return True
        classes = self.index.inference.mro(manager)
        return all(method not in cls.module.scopes[cls.node].names for cls in classes)


def _place(index: ProjectIndex, emission: Emission, send: Send) -> Place | None:
    call, module = emission.call, emission.module
    if emission.function is None or not isinstance(call, ast.Call) or emission.reference:
        return None
    return Place(index, module, emission.function, module.statement_around(call), send, call)


def _slug(text: str) -> str:
    return _NO_WORD.sub("_", snake_case(text)).strip("_").lower()


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else f"{name}_value"
