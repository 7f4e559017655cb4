"""What the new method is given: its parameters, and what each of them is at one legacy call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.catalogue.call import (
    Argument,
    CallTemplate,
    Constant,
    NameRef,
    Placeholder,
    PlaceholderKind,
)
from pusher_migrate.index.sending.contracts import Send
from pusher_migrate.index.values.values import Record, Text, Unknown
from pusher_migrate.rewriting.binding import Binder, Binding
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.names import is_usable


@dataclass(frozen=True, eq=False, slots=True)
class Given:
    """One argument at one call.

    Attributes:
        parameter: Name of the parameter that gets it.
        canonical: The argument with local aliases looked through; empty unless it is a chain of
            names.
        nodes: The expressions in the legacy call that the argument stands for.
        key: The payload key whose value it is; empty when it is none.
        constant: Source of a constant that the catalogue passes; None for all else.
    """

    parameter: str
    canonical: str = ""
    nodes: frozenset[ast.expr] = frozenset()
    key: str = ""
    constant: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter of the new method.

    Attributes:
        name: Its name.
        argument: What the catalogue's call passes for it.
    """

    name: str
    argument: Argument

    @property
    def payload_key(self) -> str:
        """The payload key that it takes the value of; empty when it takes something else."""
        value = self.argument.value
        if isinstance(value, Placeholder) and value.kind is PlaceholderKind.PAYLOAD:
            return value.key
        return ""


def slots_of(template: CallTemplate) -> tuple[Slot, ...] | Refusal:
    """The parameters that the method of a catalogue's call has, in the order of its arguments."""
    slots: list[Slot] = []
    for argument in template.arguments:
        name = argument.keyword or _name_of(argument)
        if name is None or not is_usable(name) or name in ("self", "cls"):
            return Refusal(
                f"the argument {argument.value} of {template.method} gives its parameter no usable "
                "name; pass it by another keyword in the catalogue"
            )
        if isinstance(argument.value, Placeholder) and (
            argument.value.kind is PlaceholderKind.CHANGED_FIELDS
        ):
            return Refusal(
                f"{argument.value} is of a write of state, and {template.method} replaces a legacy "
                "call; leave it out"
            )
        if any(slot.name == name for slot in slots):
            return Refusal(
                f"two arguments of {template.method} would be called {name!r}; pass one of them "
                "by another keyword in the catalogue"
            )
        slots.append(Slot(name, argument))
    return tuple(slots)


def given_at(
    slots: tuple[Slot, ...], binding: Binding, binder: Binder, send: Send
) -> tuple[Given, ...]:
    """What each parameter is at a call, of which the template is bound there.

    Args:
        slots: The parameters for which the call passes an argument.
        binding: The template bound at the call.
        binder: What bound it.
        send: What the call sends.
    """
    return tuple(_given(slot, binding, binder, send) for slot in slots)


def _given(slot: Slot, binding: Binding, binder: Binder, send: Send) -> Given:
    value = slot.argument.value
    text = binding.arguments[slot.name]
    statement = binder.place.statement
    if isinstance(value, Constant):
        return Given(slot.name, constant=value.source)
    nodes: tuple[Unknown, ...] = ()
    key = slot.payload_key
    if not key and isinstance(value, NameRef) and not value.attributes:
        # The binder takes a plain name from the payload where it has such a key.
        key = value.name if value.name not in binding.instances else ""
    if key and isinstance(send.payload, Record):
        entry = send.payload.get(key)
        nodes = (Unknown(entry.node, entry.frame),) if entry is not None else ()
        key = key if nodes else ""
    elif isinstance(value, Placeholder):
        channel = send.channels[0]
        holes = channel.holes if isinstance(channel, Text) else ()
        nodes = holes[value.hole - 1 : value.hole]
    canonical = ""
    if not nodes:
        parsed = ast.parse(text, mode="eval").body
        canonical = binder.canonical(parsed, statement) if _is_chain(parsed) else ""
    found = set()
    for node in nodes:
        outer = binder.evaluator.outermost(node)
        found |= {node.node, outer.node}
        here = outer.frame.statement is statement and not outer.frame.arguments
        if here and _is_chain(outer.node):
            canonical = binder.canonical(outer.node, statement)
    return Given(slot.name, canonical, frozenset(found), key)


def _name_of(argument: Argument) -> str | None:
    """The name that a positional argument gives to its parameter."""
    match argument.value:
        case NameRef(name, attributes):
            return attributes[-1] if attributes else name
        case Placeholder(PlaceholderKind.PAYLOAD, key):
            return key
    return None


def _is_chain(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def absent(slots: tuple[Slot, ...], send: Send) -> Iterator[Slot]:
    """The parameters whose payload key a send surely does not have."""
    payload = send.payload
    if isinstance(payload, Record) and not payload.open:
        yield from (s for s in slots if s.payload_key and payload.get(s.payload_key) is None)
