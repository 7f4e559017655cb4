"""What a send looks like to subscribers, and what changes for them from one send to another."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pusher_migrate.index.sending.contracts import Contract, Send
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.values.values import Record, Text, Unknown, Value
from pusher_migrate.model import Wire


@dataclass(frozen=True, slots=True)
class Template:
    """A channel or event name.

    Attributes:
        text: With the holes' source in braces.
        literal: The text with every hole as ``*``.
        holes: Canonical source of each hole: equal for holes that are surely equal.
    """

    text: str
    literal: str
    holes: tuple[str, ...] = ()


class WireReader:
    """Describes sends.

    Args:
        evaluator: Evaluates the project's expressions.
        canonical: Gives the source of an expression with local aliases looked through.
    """

    def __init__(self, evaluator: Evaluator, canonical: Callable[[ast.expr], str]) -> None:
        self.evaluator = evaluator
        self.canonical = canonical

    def before(self, send: Send) -> tuple[Wire, ...]:
        """What subscribers get from a legacy send, one value for each channel."""
        return tuple(self._wire(self.template(channel), send) for channel in send.channels)

    def after(self, contract: Contract, arguments: Mapping[str, str]) -> tuple[Wire, ...]:
        """What they get from a manager method that is called with these arguments."""
        return tuple(
            self._wire(self._renamed(channel, arguments), send, arguments)
            for send in contract.sends
            for channel in send.channels
        )

    def channels_after(self, contract: Contract, arguments: Mapping[str, str]) -> list[Template]:
        """The channels that the method sends to."""
        return [
            self._renamed(channel, arguments)
            for send in contract.sends
            for channel in send.channels
        ]

    def template(self, value: Value) -> Template:
        """A channel of a legacy send."""
        return self._template(value, lambda node: node)

    def _renamed(self, value: Value, arguments: Mapping[str, str]) -> Template:
        parsed = {
            name: ast.parse(text.strip(), mode="eval").body for name, text in arguments.items()
        }
        return self._template(value, lambda node: _Renaming(parsed).visit(copy.deepcopy(node)))

    def _template(self, value: Value, rename: Callable[[ast.expr], ast.expr]) -> Template:
        parts = value.parts if isinstance(value, Text) else (value,)
        text = literal = ""
        holes = []
        for part in parts:
            if isinstance(part, str):
                text += part
                literal += part
            elif isinstance(part, Unknown):
                outer = self.evaluator.outermost(part)
                node = rename(self.evaluator.expression(outer.node, outer.frame))
                text += f"{{{ast.unparse(node)}}}"
                literal += "*"
                holes.append(self.canonical(node))
            else:
                text += "{...}"
                literal += "*"
                holes.append("")
        return Template(text, literal, tuple(holes))

    def _wire(
        self, channel: Template, send: Send, arguments: Mapping[str, str] | None = None
    ) -> Wire:
        event = (
            self.template(send.event) if arguments is None else self._renamed(send.event, arguments)
        )
        payload = send.payload
        if not isinstance(payload, Record):
            return Wire(channel.text, event.text, (), False)
        # A key that is only sent on some paths is none that a subscriber can count on.
        keys = tuple(entry.key for entry in payload.entries if not entry.optional)
        complete = not payload.open and len(keys) == len(payload.entries)
        return Wire(channel.text, event.text, keys, complete)


class _Renaming(ast.NodeTransformer):
    def __init__(self, arguments: Mapping[str, ast.expr]) -> None:
        self.arguments = arguments

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.arguments.get(node.id, node)


def same_channel(before: Template, after: Template) -> bool | None:
    """Whether two channels are equal: True, False, or None when that is not statically known."""
    if before.literal != after.literal:
        return False
    if before.holes == after.holes and "" not in before.holes:
        return True
    return None
