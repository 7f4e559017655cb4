"""Sends of the index as events of the inventory: values become text."""

from __future__ import annotations

import ast

from pusher_migrate.index.sending.contracts import Send
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.values.values import Items, Record, Text, Unknown, Value, shape
from pusher_migrate.inventory.payloads import produced
from pusher_migrate.inventory.values import Event

_LONGEST = 60


def event_of(evaluator: Evaluator, send: Send) -> Event:
    """One send in words."""
    channels = tuple(dict.fromkeys(_channel(evaluator, value) for value in send.channels))
    if send.user:
        # The SDK sends to this channel of the user (pusher 3.3, ``send_to_user``).
        channels = tuple((text, f"#server-to-user-{pattern}") for text, pattern in channels)
    name = evaluator.template(send.event)
    via = tuple(function.dotted for function in send.chain)
    keys, optional, complete, payload = _payload(evaluator, send.payload)
    return Event(
        tuple(text for text, _ in channels),
        tuple(pattern for _, pattern in channels),
        name,
        keys,
        optional,
        complete,
        payload,
        send.repeated,
        send.user,
        send.socket_id,
        send.conditional,
        via,
    )


def _channel(evaluator: Evaluator, value: Value) -> tuple[str, str]:
    """Template and pattern of a channel; of a list, those of one of its elements."""
    if isinstance(value, Unknown):
        items = evaluator.evaluate(value.node, value.frame)
        if isinstance(items, Items) and len(items.elements) == 1:
            element = evaluator.evaluate(*items.elements[0])
            return evaluator.template(element), shape(element)
    return evaluator.template(value), shape(value)


def _payload(
    evaluator: Evaluator, value: Value
) -> tuple[tuple[str, ...] | None, tuple[str, ...], bool, str]:
    """Keys, optional keys, whether they are all, and what the payload is made from."""
    if isinstance(value, Record):
        optional = tuple(entry.key for entry in value.entries if entry.optional)
        return value.keys, optional, not value.open, ""
    made = produced(evaluator, value)
    if made is not None:
        return made.keys, (), made.complete, made.source
    if isinstance(value, Unknown):
        return None, (), False, shortened(evaluator.source(value))
    if isinstance(value, Text):
        return None, (), False, "a string"
    if isinstance(value, Items):
        return None, (), False, "a list"
    return None, (), False, repr(value.value)


def shortened(text: str) -> str:
    """An expression that fits into a table."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"


def one_line(node: ast.expr) -> str:
    """The source of an expression, formatted by Python, on one line."""
    return " ".join(ast.unparse(node).split())
