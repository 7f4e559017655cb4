"""What a legacy call sends, in terms of the new method's parameters."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass

from pusher_migrate.index.sending.contracts import Origin, Send
from pusher_migrate.index.types.types import External
from pusher_migrate.index.values.values import Entry, Frame, Record, Text
from pusher_migrate.rewriting.surroundings import Surroundings
from pusher_migrate.scaffold.given import Given
from pusher_migrate.scaffold.moving import Mover, mark_of, marked
from pusher_migrate.syntax.layout import Refusal

_SERIALISING = ("json.dumps", "simplejson.dumps", "orjson.dumps")


@dataclass(frozen=True, eq=False, slots=True)
class Item:
    """One payload key.

    Attributes:
        key: The key.
        value: Expression in the method's terms.
        optional: True when it is only sent where the parameter that is its value is given.
    """

    key: str
    value: ast.expr
    optional: bool = False

    @property
    def form(self) -> tuple[str, str]:
        """Equal for items that surely send the same."""
        return self.key, form_of(self.value)


@dataclass(frozen=True, eq=False, slots=True)
class Delivery:
    """One send of the new method.

    Attributes:
        channel: Expression in the method's terms.
        event: Name of the event.
        items: The payload's keys; None when the payload is a single expression.
        payload: That expression, else None.
        many_channels: True when the channel is a list.
        doubts: Why a person should look at it.
    """

    channel: ast.expr
    event: str
    items: tuple[Item, ...] | None
    payload: ast.expr | None = None
    many_channels: bool = False
    doubts: tuple[str, ...] = ()

    @property
    def target(self) -> tuple[str, str]:
        """Equal for deliveries of one event to surely the same channel."""
        return self.event, form_of(self.channel)

    @property
    def content(self) -> tuple[tuple[str, str], ...]:
        """Equal for deliveries of surely the same payload, in the same order."""
        if self.items is None:
            return (("", form_of(self.payload)),)
        return tuple(item.form for item in self.items)


def delivery_of(
    here: Surroundings, given: Sequence[Given], send: Send, *, partly: bool = False
) -> Delivery | Refusal:
    """Express one send of a legacy call by what the method is given there.

    Args:
        here: What is in scope at the call.
        given: What the method is given.
        send: What the call sends: one event whose name is known.
        partly: Whether a key may be there on some paths only, when a parameter is its value: as
            in the methods that are written here.
    """
    origin = send.origin
    problem = _problem(send)
    if problem is not None or origin is None or origin.channel is None or origin.data is None:
        return Refusal(problem or "the call does not pass channel, event and payload as arguments")
    assert isinstance(send.event, Text) and send.event.literal is not None
    mover = Mover(here, given)
    name = send.event.literal
    channel = _channel(mover, send, origin, origin.channel)
    if isinstance(channel, Refusal):
        return Refusal(f"the channel cannot be written in the method: {channel.reason}")
    many = isinstance(channel, ast.List | ast.Tuple)
    whole = mover.move(origin.data, origin.frame)
    if isinstance(whole, ast.Name) and any(whole.id == item.parameter for item in given):
        return Delivery(channel, name, None, whole, many, tuple(mover.doubts))
    if isinstance(send.payload, Record) and not _is_serialised(here, origin.data, origin.frame):
        items = _items(mover, send.payload, origin, partly)
        if not isinstance(items, Refusal):
            return Delivery(channel, name, items, None, many, tuple(mover.doubts))
        if isinstance(whole, Refusal):
            return items
    if isinstance(whole, Refusal):
        return Refusal(f"the payload cannot be written in the method: {whole.reason}")
    return Delivery(channel, name, None, whole, many, tuple(mover.doubts))


def _problem(send: Send) -> str | None:
    if send.user:
        return "the event is sent to a user, not to a channel"
    if send.origin is None:
        return "the call is a batch; send its events one by one first"
    call = send.origin.call
    if any(keyword.arg in (None, "already_encoded") for keyword in call.keywords):
        return "the call passes more than channel, event and payload"
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return "the call unpacks its arguments"
    return None


def _channel(mover: Mover, send: Send, origin: Origin, node: ast.expr) -> ast.expr | Refusal:
    if len(send.channels) == 1 and isinstance(send.channels[0], Text):
        literal = send.channels[0].literal
        if literal is not None:
            return ast.Constant(literal)
    return mover.move(node, origin.frame)


def _items(
    mover: Mover, payload: Record, origin: Origin, partly: bool
) -> tuple[Item, ...] | Refusal:
    if payload.open:
        return Refusal(
            "the payload may have more keys than are statically known; pass it as an argument of "
            "its own, payload=..., in the catalogue's call"
        )
    items = []
    for entry in payload.entries:
        item = _item(mover, entry, origin, partly)
        if isinstance(item, Refusal):
            return item
        items.append(item)
    return tuple(items)


def _item(mover: Mover, entry: Entry, origin: Origin, partly: bool) -> Item | Refusal:
    if partly and entry.optional and not entry.varies and isinstance(entry.node, ast.Name):
        value = mover.move(entry.node, entry.frame)
        if isinstance(value, ast.Name) and any(value.id == g.parameter for g in mover.given):
            return Item(entry.key, value, optional=True)
    if entry.optional or entry.varies:
        return Refusal(
            f"the payload's {entry.key!r} is not the same on every path; pass the payload as an "
            "argument of its own, payload=..., in the catalogue's call"
        )
    for given in mover.given:
        if given.key == entry.key:
            return Item(entry.key, ast.Name(given.parameter, ast.Load()))
        if given.constant is not None and given.parameter == entry.key:
            if ast.dump(ast.parse(given.constant, mode="eval").body) == ast.dump(entry.node):
                return Item(entry.key, ast.Name(given.parameter, ast.Load()))
    moved = moved_value(mover, entry, origin)
    if isinstance(moved, Refusal):
        advice = f"{entry.key}={{payload.{entry.key}}}"
        return Refusal(
            f"the payload's {entry.key!r} cannot be written in the method: {moved.reason}; "
            f"pass it, {advice}, in the catalogue's call"
        )
    return Item(entry.key, moved)


def moved_value(mover: Mover, entry: Entry, origin: Origin) -> ast.expr | Refusal:
    """The value of a payload key as the method has to write it."""
    same = entry.frame.function is origin.frame.function and not (
        entry.frame.arguments.keys() ^ origin.frame.arguments.keys()
    )
    return mover.move(entry.node, entry.frame, origin.frame.statement if same else None)


def _is_serialised(here: Surroundings, node: ast.expr, frame: Frame) -> bool:
    """Whether the payload is made text before it is sent: then the text has to be the same."""
    if isinstance(node, ast.Name):
        if node.id in frame.arguments:
            return _is_serialised(here, *frame.arguments[node.id])
        _, bindings = here.inference.bindings_at(frame.module, node, frame.statement)
        values = [binding.value for binding in bindings if binding.kind == "assign"]
        return any(
            value is not None and not isinstance(value, ast.Name) and _is_text(here, value, frame)
            for value in values
        )
    return _is_text(here, node, frame)


def _is_text(here: Surroundings, node: ast.expr, frame: Frame) -> bool:
    if not isinstance(node, ast.Call):
        return False
    found = here.inference.type_of(frame.module, node.func)
    return isinstance(found, External) and found.path in _SERIALISING


def form_of(node: ast.expr | None) -> str:
    """Source with Django's ``pk`` and ``room_id`` written as ``id`` and ``room.id``.

    How a name was imported makes no difference either.
    """
    return ast.unparse(_Plain().visit(copy.deepcopy(node))) if node is not None else ""


class _Plain(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.AST:
        mark = mark_of(node)
        return marked(mark.module, mark.name) if mark is not None else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if node.attr == "pk":
            node.attr = "id"
        elif node.attr.endswith("_id") and len(node.attr) > 3:
            owner = ast.Attribute(node.value, node.attr[:-3], ast.Load())
            return ast.Attribute(owner, "id", ast.Load())
        return node
