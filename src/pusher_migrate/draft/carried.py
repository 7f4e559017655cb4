"""Where the payload of a manager's method has what a legacy payload had under a key of its own.

``room_id`` with the value ``room.id`` is in ``room``, when that is the serialized room: as ``id``.
"""

from __future__ import annotations

import ast

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.sending.contracts import Contract, Send
from pusher_migrate.index.types.types import Instance
from pusher_migrate.index.values.values import Entry, Frame, Record, Unknown
from pusher_migrate.inventory.payloads import produced
from pusher_migrate.rewriting.binding import Binder, Binding


def carried_keys(
    index: ProjectIndex, contract: Contract, binder: Binder, binding: Binding, send: Send
) -> dict[str, str]:
    """Legacy key and its place in the new payload, ``room.id``, where that is certain by value.

    Args:
        index: The project.
        contract: The new method.
        binder: Binds where the legacy call stands.
        binding: The new call there.
        send: What the legacy call sends.
    """
    payload = send.payload
    if not isinstance(payload, Record):
        return {}
    held = _held(index, contract)
    found: dict[str, str] = {}
    for entry in payload.entries:
        place = _place_of(index, binder, binding, held, entry)
        if place:
            found[entry.key] = place
    return found


def serialized_fields(index: ProjectIndex, contract: Contract) -> dict[str, tuple[str, ...]]:
    """By parameter of a method, the fields of its instance that the payload has, serialized."""
    return {name: fields for name, (_, fields) in _held(index, contract).items()}


def _held(index: ProjectIndex, contract: Contract) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By parameter: the new key under which its instance is serialized, and the fields."""
    held: dict[str, tuple[str, tuple[str, ...]]] = {}
    evaluator = index.evaluator
    for send in contract.sends:
        entries = send.payload.entries if isinstance(send.payload, Record) else ()
        for entry in entries:
            value = evaluator.evaluate(entry.node, entry.frame)
            made = produced(evaluator, value)
            name = _serialized_name(index, value) if isinstance(value, Unknown) else ""
            if made is not None and made.complete and name:
                held.setdefault(name, (entry.key, made.keys))
    return held


def _serialized_name(index: ProjectIndex, value: Unknown) -> str:
    """The parameter that is serialized: ``room`` of ``RoomSerializer(room).data``."""
    node, frame = value.node, value.frame
    receiver = node.value if isinstance(node, ast.Attribute) else None
    if not isinstance(receiver, ast.Call) or len(receiver.args) != 1 or receiver.keywords:
        return ""
    if not isinstance(index.inference.type_of(frame.module, receiver), Instance):
        return ""
    outer = index.evaluator.outermost(Unknown(receiver.args[0], frame))
    return outer.node.id if isinstance(outer.node, ast.Name) else ""


def _place_of(
    index: ProjectIndex,
    binder: Binder,
    binding: Binding,
    held: dict[str, tuple[str, tuple[str, ...]]],
    entry: Entry,
) -> str:
    canonical = _canonical(index, binder, entry)
    for parameter, (key, fields) in held.items():
        text = binding.arguments.get(parameter)
        if text is None:
            continue
        try:
            node = ast.parse(text.strip(), mode="eval").body
        except SyntaxError:
            continue
        instance = binding.instances.get(parameter) or binder.canonical(
            node, binder.place.statement
        )
        owner, _, attribute = canonical.rpartition(".")
        if owner == instance and attribute in fields:
            return f"{key}.{attribute}"
        if entry.key in fields and _is_field_value(canonical):
            return f"{key}.{entry.key}"
    return ""


def _is_field_value(canonical: str) -> bool:
    """Whether a payload's value under a field's own name is a constant, as it was just assigned."""
    return canonical.startswith(("'", '"')) or canonical in ("True", "False")


def _canonical(index: ProjectIndex, binder: Binder, entry: Entry) -> str:
    outer = index.evaluator.outermost(Unknown(entry.node, entry.frame))
    frame: Frame = outer.frame
    if frame.arguments or frame.function is not binder.place.function:
        return ""
    return binder.canonical(outer.node, frame.statement)
