"""Watched states of a draft: fields whose writes the code tells of by a method of the manager."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pusher_migrate.draft.carried import serialized_fields
from pusher_migrate.draft.evidence import Evidence, Gatherer
from pusher_migrate.draft.match import Matcher, words_of
from pusher_migrate.draft.values import Certainty, DraftState
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.sending.contracts import Contract, Parameter
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import ClassType, Instance
from pusher_migrate.index.values.values import Text, shape
from pusher_migrate.model import Location

# One function may do it by chance.
_ENOUGH = 2
_CERTAINTY = [Certainty.SURE, Certainty.LIKELY]


def draft_states(
    index: ProjectIndex, replacements: Mapping[ast.expr, Contract]
) -> tuple[DraftState, ...]:
    """States by model and field, those for certain values first.

    Args:
        index: A project that was indexed with its manager.
        replacements: Method that a legacy emission becomes.
    """
    found: dict[ClassType, list[Evidence]] = {}
    for item in Gatherer(index, replacements).gather():
        found.setdefault(item.model, []).append(item)
    drafter = _Drafter(index)
    states: list[DraftState] = []
    for model in sorted(found, key=lambda cls: cls.dotted):
        states += drafter.of_model(model, found[model])
    return tuple(_merged(states))


class _Drafter:
    def __init__(self, index: ProjectIndex) -> None:
        self.index = index
        self.matcher = Matcher(index)

    def of_model(self, model: ClassType, evidence: Sequence[Evidence]) -> list[DraftState]:
        """The entries of one model, those for certain values first.

        Fields that are written by themselves show what tells of them. A field that is only written
        along with others has an entry if something tells of it that nothing of those explains.
        """
        label = models.label(self.index.inference, model)
        if models.model_by_label(self.index.inference, label) != model:
            return []
        fields = sorted({field for item in evidence for field in item.fields})
        explained: dict[str, set[Contract]] = {field: set() for field in fields}
        states: list[DraftState] = []
        for field in fields:
            here = [item for item in evidence if field in item.fields]
            for value, contract, told, everywhere in _special(field, here):
                explained[field].add(contract)
                state = self._state(label, field, contract, told, value, ())
                states.append(replace(state, proposed=not everywhere))
        for alone in (True, False):
            for field in fields:
                here = [item for item in evidence if field in item.fields]
                if any((item.fields == (field,)) for item in here) is not alone:
                    continue
                general = self._general(label, model, field, here, alone, explained)
                states += [general] if general is not None else []
        return states

    def _general(
        self,
        label: str,
        model: ClassType,
        field: str,
        evidence: Sequence[Evidence],
        alone: bool,
        explained: dict[str, set[Contract]],
    ) -> DraftState | None:
        """The entry for all values of a field that have none of their own."""
        telling = [
            item
            for item in evidence
            if not any(_is_special(item.contract, value) for value in _values(item, field))
            and (
                item.fields == (field,)
                if alone
                else not any(item.contract in explained[other] for other in item.fields)
            )
        ]
        contract = _most_frequent(telling)
        if contract is None:
            return None
        # Next to several fields, one emission says little of any of them.
        if not alone and sum(item.contract is contract for item in telling) < _ENOUGH:
            return None
        explained[field].add(contract)
        told = [item for item in evidence if item.contract is contract]
        others = tuple(self._satisfying(model, field, contract))
        return self._state(label, field, contract, told, None, others)

    def _state(
        self,
        label: str,
        field: str,
        contract: Contract,
        evidence: Sequence[Evidence],
        value: str | None,
        others: tuple[str, ...],
    ) -> DraftState:
        types = dict(self.matcher.types_for(contract))
        arguments = [
            self._argument(parameter, evidence, types)
            for parameter in contract.parameters
            if not parameter.has_default
        ]
        listed = next((item.changed_fields for item in evidence if item.changed_fields), "")
        if listed and not any(p.name == listed and not p.has_default for p in contract.parameters):
            arguments.append(f"{listed}={{changed_fields}}")
        emit = f"{contract.name}({', '.join(arguments)})"
        sites = tuple(sorted({item.location for item in evidence}))
        return DraftState(
            label,
            (field,),
            ((field, (value,)),) if value is not None else (),
            "update",
            emit,
            tuple(types.items()),
            others,
            Certainty.SURE if len(sites) >= _ENOUGH else Certainty.LIKELY,
            sites,
        )

    def _argument(
        self, parameter: Parameter, evidence: Sequence[Evidence], types: dict[str, str]
    ) -> str:
        """What the entry passes for a parameter: the parameter's name, or what all callers pass."""
        text = parameter.name
        if parameter.name not in types:
            passed = {
                ast.unparse(item.arguments[parameter.name])
                for item in evidence
                if parameter.name in item.arguments
            }
            attribute = self._attribute(parameter, evidence) if len(passed) == 1 else None
            if attribute is not None:
                name, path, label = attribute
                if types.setdefault(name, label) == label:
                    text = f"{name}.{path}"
        return f"{parameter.name}={text}" if parameter.kind == "keyword-only" else text

    def _attribute(
        self, parameter: Parameter, evidence: Sequence[Evidence]
    ) -> tuple[str, str, str] | None:
        """Name, attributes and model of an argument like ``room.room_number``."""
        for item in evidence:
            node = item.arguments.get(parameter.name)
            path: list[str] = []
            while isinstance(node, ast.Attribute):
                path.insert(0, node.attr)
                node = node.value
            if not path or not isinstance(node, ast.Name):
                continue
            found = self.index.inference.type_of(item.module, node)
            if isinstance(found, Instance) and models.is_model(self.index.inference, found.cls):
                label = models.label(self.index.inference, found.cls)
                if models.model_by_label(self.index.inference, label) == found.cls:
                    return node.id, ".".join(path), label
        return None

    def _satisfying(self, model: ClassType, field: str, contract: Contract) -> Iterator[str]:
        """Further methods on the same channel whose payload has the field's new value."""
        channels = _channels(contract)
        for other in self.index.emissions.contracts.values():
            if other is contract or not _channels(other) & channels:
                continue
            for parameter in other.parameters:
                if self.matcher.model_of(other, parameter) == model:
                    if field in serialized_fields(self.index, other).get(parameter.name, ()):
                        yield other.name


def _values(item: Evidence, field: str) -> tuple[str, ...]:
    return tuple(
        value for written in item.written if written.field == field for value in written.values
    )


def _is_special(contract: Contract, value: str) -> bool:
    """Whether a method's event is called after a value: ``booking_cancelled``, ``"CANCELLED"``."""
    words = words_of(value.replace("_", " ").title().replace(" ", "_"))
    events = [send.event.literal for send in contract.sends if isinstance(send.event, Text)]
    return bool(words) and any(set(words) <= set(words_of(name or "")) for name in events)


def _channels(contract: Contract) -> set[str]:
    return {shape(channel) for send in contract.sends for channel in send.channels}


def _special(
    field: str, evidence: Sequence[Evidence]
) -> Iterator[tuple[str, Contract, list[Evidence], bool]]:
    """Values that have a method of their own, with all that tells of them, one for each channel.

    Yields:
        The value, the method, what speaks for it, and whether all functions that write the value
        and tell of it send it. The first method of a value counts as sent everywhere.
    """
    values = dict.fromkeys(value for item in evidence for value in _values(item, field))
    for value in sorted(values):
        told = [item for item in evidence if value in _values(item, field)]
        functions = {item.function for item in told}
        named = [item.contract for item in told if _is_special(item.contract, value)]
        done: set[str] = set()
        for contract in dict.fromkeys([*named, *(item.contract for item in told)]):
            channels = _channels(contract)
            if not named or channels & done:
                continue
            here = [item for item in told if item.contract is contract]
            everywhere = not done or {item.function for item in here} == functions
            done |= channels
            yield value, contract, here, everywhere


def _most_frequent(evidence: Sequence[Evidence]) -> Contract | None:
    counted: dict[Contract, set[Location]] = {}
    for item in evidence:
        counted.setdefault(item.contract, set()).add(item.location)
    ranked = sorted(counted, key=lambda contract: (-len(counted[contract]), contract.name))
    return ranked[0] if ranked else None


def _merged(states: list[DraftState]) -> Iterator[DraftState]:
    """General entries of one model that send the same, as one entry."""
    done: list[DraftState] = []
    for state in states:
        for position, known in enumerate(done):
            same = (known.model, known.emit, known.operation, known.satisfied_by)
            if not (state.when or known.when) and same == (
                state.model,
                state.emit,
                state.operation,
                state.satisfied_by,
            ):
                done[position] = replace(
                    known,
                    fields=(*known.fields, *state.fields),
                    sites=tuple(sorted({*known.sites, *state.sites})),
                    certainty=max(known.certainty, state.certainty, key=_CERTAINTY.index),
                )
                break
        else:
            done.append(state)
    yield from done
