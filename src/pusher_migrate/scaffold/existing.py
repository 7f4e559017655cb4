"""What a method that is there already sends, in the terms of its parameters.

A second run finds the method that the first one wrote. A legacy call that is left, or that came
since, may move to it when it sends the same.
"""

from __future__ import annotations

import ast

from pusher_migrate.catalogue.call import CallTemplate
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.sending.contracts import Contract, Send
from pusher_migrate.index.values.values import Frame
from pusher_migrate.rewriting.meanings import Place
from pusher_migrate.rewriting.surroundings import Surroundings
from pusher_migrate.scaffold.given import Given, Slot
from pusher_migrate.scaffold.sending import Delivery, delivery_of
from pusher_migrate.syntax.layout import Refusal


def sent_by(index: ProjectIndex, contract: Contract) -> tuple[Delivery, ...] | Refusal:
    """What a method sends, each send in the terms of its parameters, in order.

    Args:
        index: The project.
        contract: The method.
    """
    given = tuple(Given(item.name, canonical=item.name) for item in contract.parameters)
    found = []
    for send in contract.sends:
        delivery = _delivery(index, contract, send, given)
        if isinstance(delivery, Refusal):
            return Refusal(
                f"what {contract.name} sends could not be read from its source: {delivery.reason}"
            )
        found.append(delivery)
    if not found:
        return Refusal(f"what {contract.name} sends could not be read from its source")
    return tuple(found)


def slots_for(contract: Contract, template: CallTemplate) -> tuple[Slot, ...]:
    """The parameters of a method that a catalogue's call gives, in the order of its arguments.

    The call is known to fit the method: the catalogue is checked against it first.
    """
    positional = [item.name for item in contract.parameters]
    slots: list[Slot] = []
    for argument in template.arguments:
        name = argument.keyword or positional[len(slots)]
        slots.append(Slot(name, argument))
    return tuple(slots)


def optional_keys(deliveries: tuple[Delivery, ...]) -> frozenset[str]:
    """The payload keys that a method sends only where it is given their value."""
    return frozenset(
        item.key for delivery in deliveries for item in delivery.items or () if item.optional
    )


def _delivery(
    index: ProjectIndex, contract: Contract, send: Send, given: tuple[Given, ...]
) -> Delivery | Refusal:
    if send.origin is None:
        return Refusal("it sends a batch")
    here = inside(index, contract, send)
    if here is None:
        return Refusal("it does not pass channel, event and payload on")
    return delivery_of(here, given, send, partly=True)


def inside(index: ProjectIndex, contract: Contract, send: Send) -> Surroundings | None:
    """What is in scope where a method sends, or None when that is not seen from the method."""
    node = contract.method.node
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    frame = _outermost(send.origin.frame, node) if send.origin is not None else None
    if frame is None:
        return None
    return Surroundings(Place(index, contract.method.module, node, frame.statement))


def _outermost(frame: Frame, node: ast.AST) -> Frame | None:
    """The frame of the method itself, from that of the client's call."""
    seen = 0
    while frame.function is not node:
        frames = {id(caller): caller for _, caller in frame.arguments.values()}
        inner = [f for f in frames.values() if f.function is not None]
        if not inner or seen > 20:
            return None
        frame, seen = inner[0], seen + 1
    return frame
