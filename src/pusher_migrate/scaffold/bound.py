"""A catalogue's call bound where legacy calls stand, and what they send in the method's terms."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from pusher_migrate.catalogue.call import CallTemplate, Placeholder, PlaceholderKind
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.sending.contracts import Contract, Send, parameters_of
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.index.values.values import Record
from pusher_migrate.nodes import walk
from pusher_migrate.rewriting.binding import Binder, Binding
from pusher_migrate.rewriting.legacy_site import LegacySite
from pusher_migrate.rule import Context
from pusher_migrate.scaffold.annotations import may_be_none
from pusher_migrate.scaffold.given import Given, Slot, absent, given_at
from pusher_migrate.scaffold.purity import only_computes, only_looks
from pusher_migrate.scaffold.sending import Delivery, delivery_of
from pusher_migrate.scaffold.transport import Transport
from pusher_migrate.scaffold.units import Unit
from pusher_migrate.syntax.layout import Refusal


@dataclass(frozen=True, eq=False, slots=True)
class BoundUnit:
    """Legacy calls with the call that replaces them.

    Attributes:
        unit: The legacy calls.
        binding: The new call's arguments.
        given: What the method is given.
        deliveries: What it has to send, one for each legacy call.
        doubts: Why a person should look at it.
    """

    unit: Unit
    binding: Binding
    given: tuple[Given, ...]
    deliveries: tuple[Delivery, ...]
    doubts: tuple[str, ...]


def optional_slots(slots: tuple[Slot, ...], units: Sequence[Unit]) -> frozenset[str]:
    """Names of the parameters that take a payload key which only some of the calls have."""
    missing = [
        {slot.name for slot in absent(slots, unit.first.legacy.emission.sends[0])} for unit in units
    ]
    some = set().union(*missing) if missing else set()
    return frozenset(name for name in some if any(name not in names for names in missing))


def bind_unit(
    context: Context,
    contract: Contract,
    slots: tuple[Slot, ...],
    optional: frozenset[str],
    unit: Unit,
    transport: Transport | None = None,
) -> BoundUnit | Refusal:
    """Bind the catalogue's call at legacy calls, and express what they send by its arguments.

    Args:
        context: The project.
        contract: The method, or what it is going to be.
        slots: The parameters that the call gives.
        optional: Names of those that not every call gives.
        unit: The legacy calls.
        transport: What the method is to send through; None for one that is there.
    """
    entry = unit.first.entry
    assert entry.call is not None
    send = unit.first.legacy.emission.sends[0]
    lacking = {slot.name for slot in absent(slots, send)} & optional
    if any(slot.name in lacking and slot.argument.keyword is None for slot in slots):
        return Refusal(
            f"the payload has not all keys that {entry.call.method} takes, and they are passed by "
            "position; pass them by keyword in the catalogue"
        )
    passed = tuple(slot for slot in slots if slot.name not in lacking)
    template = CallTemplate(entry.call.method, tuple(slot.argument for slot in passed))
    first = _bind(unit.first.legacy, send, template, contract, dict(entry.types))
    if isinstance(first, Refusal):
        return first
    binder, binding = first
    given = given_at(passed, binding, binder, send)
    deliveries = []
    # The binding's own doubts are about which instance is meant. Here that is not in doubt: what is
    # sent is written in terms of what was bound, or refused.
    doubts: list[str] = []
    for site in unit.sites:
        legacy, own = site.legacy, site.legacy.emission.sends[0]
        if site is not unit.first:
            problem = _same_arguments(legacy, own, template, contract, dict(entry.types), binding)
            if problem is not None:
                return problem
        delivery = delivery_of(binder if site is unit.first else legacy.binder(own), given, own)
        if isinstance(delivery, Refusal):
            return delivery
        problem = _transport_problem(transport, delivery) if transport is not None else None
        if problem is not None:
            return problem
        deliveries.append(delivery)
        doubts += delivery.doubts
        doubts += _doubts(context, legacy, own, binding)
        doubts += _on_some_paths(legacy, own, contract, transport)
    if any(delivery.content != deliveries[0].content for delivery in deliveries):
        return Refusal("the calls side by side do not send the same payload; write it by hand")
    doubts += _none_doubts(binder, passed, optional, send)
    return BoundUnit(unit, binding, given, tuple(deliveries), tuple(doubts))


def planned_contract(module: Module, method: str, slots: Sequence[Slot]) -> Contract:
    """The contract that a method is going to have.

    Args:
        module: The manager's file.
        method: Name of the method.
        slots: Its parameters.
    """
    names = ", ".join(["self", *(slot.name for slot in slots)])
    node = ast.parse(f"def {method}({names}): ...").body[0]
    assert isinstance(node, ast.FunctionDef)
    return Contract(FunctionType(module, node), method, parameters_of(node), ())


def _bind(
    legacy: LegacySite,
    send: Send,
    template: CallTemplate,
    contract: Contract,
    types: dict[str, str],
) -> tuple[Binder, Binding] | Refusal:
    binder = legacy.binder(send)
    binding = binder.bind(template, contract, types)
    return binding if isinstance(binding, Refusal) else (binder, binding)


def _same_arguments(
    legacy: LegacySite,
    send: Send,
    template: CallTemplate,
    contract: Contract,
    types: dict[str, str],
    first: Binding,
) -> Refusal | None:
    """Refuse a second call that would be given other arguments than the first one."""
    fixed = tuple(
        argument
        for argument in template.arguments
        if not (
            isinstance(argument.value, Placeholder)
            and argument.value.kind is PlaceholderKind.CHANNEL
        )
    )
    bound = _bind(legacy, send, CallTemplate(template.method, fixed), contract, types)
    if isinstance(bound, Refusal):
        return bound
    _, binding = bound
    effects = any(
        isinstance(part, ast.Call)
        and not only_computes(legacy.context.index.inference, legacy.module, part)
        for argument in (*legacy.call.args, *legacy.call.keywords)
        for part in walk(argument)
    )
    texts = set(binding.arguments.values()) <= set(first.arguments.values())
    if effects or not texts:
        return Refusal("the calls side by side are not given the same; write the new call by hand")
    return None


def _transport_problem(transport: Transport, delivery: Delivery) -> Refusal | None:
    if delivery.many_channels and not transport.takes_list:
        return Refusal(
            f"the call sends to a list of channels, and {transport.callee} takes one; "
            "send to each by itself first"
        )
    if delivery.items is None and transport.encodes:
        return Refusal(
            f"{transport.callee} makes the payload text, and this payload may be text already"
        )
    return None


def _doubts(context: Context, legacy: LegacySite, send: Send, binding: Binding) -> list[str]:
    doubts = [*legacy.dropped_work(binding), *legacy.emission.doubts]
    doubts += _other_work(context, send)
    return doubts


def _on_some_paths(
    legacy: LegacySite, send: Send, contract: Contract, transport: Transport | None
) -> list[str]:
    """Whether the event is sent on other occasions by the method than it was by the call.

    Not where both go through the same function, which then decides for both.
    """
    before = {function.node for function in send.chain}
    if transport is not None:
        after, name = {transport.function}, transport.callee
        conditional = transport.conditional
    else:
        after = {function.node for each in contract.sends for function in each.chain}
        name = contract.name
        conditional = bool(contract.sends) and all(each.conditional for each in contract.sends)
    if send.conditional and conditional and before & after:
        return []
    doubts = []
    if send.conditional and legacy.emission.target is not None:
        doubts.append(f"{legacy.emission.method} sends only on some of its paths")
    if conditional:
        doubts.append(f"{name} sends only on some of its paths")
    else:
        doubts += legacy.guard_doubts(legacy.guard(), contract)
    return doubts


def _other_work(context: Context, send: Send) -> list[str]:
    """What the functions on the way do besides sending: the new call does not do it."""
    index = context.index
    sending = send.origin.call if send.origin is not None else None
    found = []
    for function in send.chain:
        for node in walk(function.node):
            if not isinstance(node, ast.Call) or node is sending:
                continue
            called = index.inference.type_of(function.module, node.func)
            if isinstance(called, FunctionType) and index.emissions.may_send(called):
                continue
            if not only_looks(index.inference, function.module, node):
                found.append(f"{function.dotted} also calls {ast.unparse(node)}")
    return found


def _none_doubts(
    binder: Binder, slots: Sequence[Slot], optional: frozenset[str], send: Send
) -> list[str]:
    """Optional keys whose value may be None here: then they are not sent any more."""
    doubts = []
    for slot in slots:
        payload = send.payload
        entry = payload.get(slot.payload_key) if isinstance(payload, Record) else None
        if slot.name in optional and entry is not None:
            if may_be_none(binder.inference, entry.frame.module, entry.node):
                doubts.append(
                    f"the payload's {entry.key!r} may be None, and is left out of the event then"
                )
    return doubts
