"""Put together what a new method takes and sends."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from pusher_migrate.catalogue.call import NameRef
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.types import ClassType, Instance
from pusher_migrate.rule import Context
from pusher_migrate.scaffold.annotations import annotation_of
from pusher_migrate.scaffold.bound import BoundUnit, planned_contract
from pusher_migrate.scaffold.envelope import Envelope, envelope_for
from pusher_migrate.scaffold.given import Slot
from pusher_migrate.scaffold.home import Home
from pusher_migrate.scaffold.moving import mark_of, marked
from pusher_migrate.scaffold.names import marks_in, name_all
from pusher_migrate.scaffold.sending import Delivery
from pusher_migrate.scaffold.writing import NewMethod, Parameter
from pusher_migrate.syntax.layout import Refusal


def new_method(
    context: Context,
    home: Home,
    name: str,
    slots: Sequence[Slot],
    optional: frozenset[str],
    deliveries: tuple[Delivery, ...],
    members: Sequence[BoundUnit],
) -> NewMethod:
    """The method for legacy calls that agree on what it sends.

    Args:
        context: The project.
        home: Where it goes.
        name: Its name.
        slots: Its parameters.
        optional: Names of those that not every call gives.
        deliveries: What it sends.
        members: The legacy calls.
    """
    parameters = [
        Parameter(
            slot.name,
            slot.name in optional,
            (
                _annotation(context, home, name, slot, slots, members)
                if home.style.annotated
                else None
            ),
        )
        for slot in slots
    ]
    parameters.sort(key=lambda parameter: parameter.optional)
    return NewMethod(name, tuple(parameters), deliveries)


def envelope_of(
    context: Context,
    home: Home,
    method: NewMethod,
    slots: Sequence[Slot],
    member: BoundUnit,
) -> Envelope | Refusal | None:
    """The manager's envelope for a method; None where the catalogue keeps the wire."""
    entry = member.unit.first.entry
    if entry.envelope != "manager":
        return None
    instances = [
        (slot.name, model)
        for slot in slots
        if (model := _model(home, method.name, slot, slots, member)) is not None
    ]
    return envelope_for(
        context.index,
        home.owner,
        home.neighbours,
        home.transport,
        method.deliveries[0].event,
        method.name,
        instances,
        home.near,
    )


def _model(
    home: Home, name: str, slot: Slot, slots: Sequence[Slot], member: BoundUnit
) -> ClassType | None:
    """The model of a parameter that gets an instance."""
    value = slot.argument.value
    entry = member.unit.first.entry
    if not isinstance(value, NameRef) or entry.call is None:
        return None
    legacy = member.unit.first.legacy
    binder = legacy.binder(legacy.emission.sends[0])
    contract = planned_contract(home.owner.module, name, slots)
    model = binder.expected(value.name, entry.call, contract, dict(entry.types))
    if model is None:
        return None
    found: object = Instance(model)
    for attribute in value.attributes:
        if not isinstance(found, Instance):
            return None
        found = binder.inference.member(found, attribute)
    return found.cls if isinstance(found, Instance) else None


def _annotation(
    context: Context,
    home: Home,
    name: str,
    slot: Slot,
    slots: Sequence[Slot],
    members: Sequence[BoundUnit],
) -> ast.expr | None:
    models = {_model(home, name, slot, slots, member) for member in members}
    model = models.pop() if len(models) == 1 else None
    if model is not None:
        annotation: ast.expr | None = marked(model.module.name, model.name)
    else:
        passed = [
            (_file(member), node)
            for member in members
            for given in member.given
            if given.parameter == slot.name
            for node in given.nodes
        ]
        annotation = annotation_of(context.index.inference, passed) if passed else None
    if annotation is None or mark_of(annotation) is None:
        return annotation
    # An annotation is read when the module is loaded: an import in the method would be too late.
    named = name_all(context, home.owner, marks_in([annotation]))
    return None if isinstance(named, Refusal) or named.lines else annotation


def _file(member: BoundUnit) -> Module:
    return member.unit.first.legacy.module
