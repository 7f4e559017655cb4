"""Generated functions that emit, and a Django and a manager that record what they do.

A program is run as it is and as it is after the rewrite, each time against `Recorder`, which has
`transaction.atomic`, `on_commit` and the manager's methods with what Django's documentation says of
them: callbacks of a block that is rolled back are dropped, those of the outermost block run when it
ends, and outside of any block they run at once.
"""

from __future__ import annotations

import builtins
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

MODELS = """\
from django.db import models


class Order(models.Model):
    status = models.IntegerField()
    note = models.TextField()
    partner = models.ForeignKey("Order", null=True, on_delete=models.CASCADE)
"""
MANAGER = """\
import pusher

client = pusher.Pusher(app_id="1", key="k", secret="s")


class Notifier:
    def realtime_order(self, order, number):
        client.trigger("orders", "order", {"id": order.id, "number": number})

    def realtime_value(self, value, number):
        client.trigger("values", "value", {"value": value, "number": number})


notifier = Notifier()
"""
HEAD = """\
import logging

from django.db import transaction

from notifications.manager import notifier
from shop.models import Order

logger = logging.getLogger(__name__)


class Rollback(Exception):
    pass


def mark(order):
    order.note = "marked"


def settle(order):
    order.status = 9
    order.save()


def look(order):
    return order.status


def run(order: Order, other: Order, items, flag, number):
    payload = {"k": 1}
    result = None
"""

FLOW = """\
class Flow:
    def __init__(self, order: Order, other: Order):
        self.order = order
        self.other = other

    def run(self, items, flag, number):
"""

# --- Programs -------------------------------------------------------------------------------------

_ORDERS = ("order", "other")
_EMISSIONS = (
    "notifier.realtime_order(order, @)",
    "notifier.realtime_order(other, @)",
    "notifier.realtime_order(order.partner, @)",
    "notifier.realtime_value(order.status, @)",
    "notifier.realtime_value(number, number=@)",
    "notifier.realtime_value(payload, @)",
    "notifier.realtime_value(dict(payload), @)",
    "notifier.realtime_value([order, other], @)",
    'notifier.realtime_value({"order": order, "number": number}, @)',
    "notifier.realtime_value(look(order), @)",
    'notifier.realtime_value(f"{order.note}-{number}", @)',
    "notifier.realtime_value(value=payload.get('k'), number=@)",
)
_USED = ("result = notifier.realtime_order(order, @)", "return notifier.realtime_value(number, @)")
_DEFERRED = (
    "transaction.on_commit(lambda row=order: notifier.realtime_order(row, @))",
    "transaction.on_commit(lambda number=number: notifier.realtime_value(number, @), robust=True)",
)
_STEPS = (
    "order.status = 2",
    "order.status = 3",
    "order.note = 'later'",
    "order.partner.status = 4",
    "other.status = 5",
    "order.save()",
    "order.save(update_fields=['status'])",
    "other.save()",
    "order.partner.save()",
    "order.refresh_from_db()",
    "order = other",
    "other = order",
    "same = order",
    "same = order\nsame.status = 6",
    "partner = order.partner\npartner.note = 'deep'",
    "order = Order()",
    "order = items[0]",
    "orders = [order, other]\norders[0].status = 7",
    "number = number + 1",
    "number += 1",
    "payload = {'k': 2}",
    "payload['k'] = 3",
    "payload.update(k=4)",
    "payload |= {'k': 5}",
    "kept = payload\nkept['k'] = 6",
    "mark(order)",
    "settle(order)",
    "look(order)",
    "setattr(order, 'note', 'set')",
    "result = number",
    "pass",
)
_LEAVING = ("return number", "raise Rollback", "if flag: return None")
_LOOP_LEAVING = ("break", "continue", "if flag: continue")
_HANDLERS = (
    "logger.error('not sent')",
    "pass",
    "result = 'failed'",
    "return 'failed'",
    "raise",
    "notifier.realtime_value('fallback', @)",
)


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


@st.composite
def _statement(draw: st.DrawFn, depth: int, in_loop: bool) -> list[str]:
    kinds = ["emission"] * 5 + ["step"] * 5 + ["used", "deferred", "leave"]
    if depth:
        kinds += ["atomic"] * 4 + ["rollback", "if", "for", "while", "try", "guarded", "finally"]
        kinds += ["nested"]
    kind = draw(st.sampled_from(kinds))

    def block(count: int = 3, loop: bool = in_loop) -> list[str]:
        return _indented(draw(_block(depth - 1, loop, count)))

    match kind:
        case "emission":
            return [draw(st.sampled_from(_EMISSIONS))]
        case "used":
            return [draw(st.sampled_from(_USED))]
        case "deferred":
            return [draw(st.sampled_from(_DEFERRED))]
        case "step":
            return draw(st.sampled_from(_STEPS)).split("\n")
        case "leave":
            leaving = _LEAVING + (_LOOP_LEAVING if in_loop else ())
            return [draw(st.sampled_from(leaving))]
        case "atomic":
            return ["with transaction.atomic():", *block()]
        case "rollback":
            inner = ["with transaction.atomic():", *block(), "    raise Rollback"]
            return ["try:", *_indented(inner), "except Rollback:", "    pass"]
        case "if":
            lines = ["if flag:", *block()]
            return [*lines, "else:", *block()] if draw(st.booleans()) else lines
        case "for":
            target = draw(st.sampled_from(("order", "other", "item")))
            return [f"for {target} in items:", *block(loop=True)]
        case "while":
            return ["while number < 3:", "    number += 1", *block(loop=True)]
        case "try":
            emission = draw(st.sampled_from(_EMISSIONS))
            handler = draw(st.sampled_from(_HANDLERS))
            lines = ["try:", f"    {emission}", "except Exception:", f"    {handler}"]
            return [*lines, "else:", *block(1)] if draw(st.booleans()) else lines
        case "guarded":
            handler = draw(st.sampled_from(_HANDLERS))
            return ["try:", *block(), "except Exception:", f"    {handler}"]
        case "finally":
            return ["try:", *block(), "finally:", *block(1)]
        case _:
            return ["def inner():", *block(2, loop=False), "inner()"]


@st.composite
def _block(draw: st.DrawFn, depth: int, in_loop: bool, count: int) -> list[str]:
    parts = draw(st.lists(_statement(depth, in_loop), min_size=1, max_size=count))
    return [line for part in parts for line in part]


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A module with a function ``run``; each emission has a number of its own."""
    lines = [*_indented(draw(_block(3, False, 6))), "    return result"]
    numbers = itertools.count(1)
    body = "\n".join(
        "".join(str(next(numbers)) if char == "@" else char for char in line) for line in lines
    )
    return f"{HEAD}{body}\n"


def as_method(source: str) -> str:
    """The same program, its rows attributes of an object: ``self.order`` for ``order``."""
    start = source.index("def run(")
    head, body = source[:start], source[start:].split("\n", 1)[1]
    body = re.sub(r"(?<![\w.])(order|other)(?!\w)", r"self.\1", body)
    lines = [f"    {line}".rstrip() for line in body.split("\n")]
    return head + FLOW + "\n".join(lines).rstrip() + "\n"


# --- Running them ---------------------------------------------------------------------------------


@dataclass
class Block:
    """An atomic block; what it holds is dropped when it is rolled back."""

    callbacks: list[tuple[Callable[[], object], bool]] = field(default_factory=list)
    rolled_back: bool = False


@dataclass(frozen=True)
class Event:
    """What was sent: the emission's number and its argument as it was then."""

    number: int
    value: object
    blocks: tuple[Block, ...] = field(compare=False, repr=False)

    @property
    def happened(self) -> bool:
        """Whether what it tells of was not rolled back."""
        return not any(block.rolled_back for block in self.blocks)


class Row:
    """A model instance."""

    def __init__(self, name: str = "new", partner: Row | None = None) -> None:
        self.name = name
        self.status = 1
        self.note = ""
        self.partner = partner
        self.stored = {"status": 1, "note": ""}

    def save(self, update_fields: list[str] | None = None) -> None:
        for name in update_fields or self.stored:
            self.stored[name] = getattr(self, name)

    def refresh_from_db(self) -> None:
        for name, value in self.stored.items():
            setattr(self, name, value)


def snapshot(value: object) -> object:
    """A value as it is now, whatever happens to it later."""
    if isinstance(value, Row):
        return value.name, value.status, value.note, snapshot(value.partner)
    if isinstance(value, dict):
        return {key: snapshot(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [snapshot(item) for item in value]
    return value


class Recorder:
    """Django's transactions, the manager and a logger, for one run."""

    def __init__(self, failing: frozenset[int] = frozenset()) -> None:
        self.events: list[Event] = []
        self.logged: list[tuple[str, tuple[Block, ...]]] = []
        self.blocks: list[Block] = []
        self.failing = failing

    @contextmanager
    def atomic(self) -> Iterator[None]:
        block = Block()
        self.blocks.append(block)
        try:
            yield
        except BaseException:
            self.blocks.pop()
            block.rolled_back = True
            raise
        self.blocks.pop()
        if self.blocks:
            self.blocks[-1].callbacks += block.callbacks
            return
        for callback, robust in block.callbacks:
            self._call(callback, robust)

    def on_commit(
        self, callback: Callable[[], object], using: str | None = None, robust: bool = False
    ) -> None:
        if self.blocks:
            self.blocks[-1].callbacks.append((callback, robust))
        else:
            self._call(callback, robust)

    def _call(self, callback: Callable[[], object], robust: bool) -> None:
        try:
            callback()
        except Exception:
            if not robust:
                raise
            self.logged.append(("robust", ()))

    def send(self, value: object, number: int) -> str:
        if number in self.failing:
            raise OSError(number)
        self.events.append(Event(number, snapshot(value), tuple(self.blocks)))
        return f"sent {number}"

    def error(self, *_: object) -> None:
        self.logged.append(("error", tuple(self.blocks)))

    def load(self, source: str) -> dict[str, Any]:
        """The names of a module, its imports answered by this recorder."""
        notifier = SimpleNamespace(
            realtime_order=lambda order, number: self.send(order, number),
            realtime_value=lambda value, number: self.send(value, number),
        )
        transaction = SimpleNamespace(atomic=self.atomic, on_commit=self.on_commit)
        modules = {
            "logging": SimpleNamespace(getLogger=lambda _: SimpleNamespace(error=self.error)),
            "django.db": SimpleNamespace(transaction=transaction),
            "notifications.manager": SimpleNamespace(notifier=notifier),
            "shop.models": SimpleNamespace(Order=Row),
        }
        names: dict[str, Any] = {
            "__name__": "program",
            "__builtins__": {**vars(builtins), "__import__": lambda name, *_: modules[name]},
        }
        exec(compile(source, "program.py", "exec"), names)
        return names


@dataclass(frozen=True)
class Run:
    """What one run did; what was logged inside of blocks that were rolled back is left out."""

    outcome: object
    events: list[Event]
    logged: list[str]


class Undone(Exception):
    """Rolls the outermost block back."""


def run(source: str, mode: str, flag: bool, failing: frozenset[int] = frozenset()) -> Run:
    """Run a program.

    Args:
        source: The program.
        mode: ``autocommit``, ``commit`` (inside a block that ends well) or ``rollback``.
        flag: Its condition.
        failing: Numbers of the emissions that raise.
    """
    recorder = Recorder(failing)
    names = recorder.load(source)
    order, other = Row("order", Row("partner")), Row("other", Row("other partner"))
    items = [Row(f"item {n}", Row(f"partner {n}")) for n in range(2)]

    def call() -> object:
        if "Flow" in names:
            return snapshot(names["Flow"](order, other).run(items, flag, 0))
        return snapshot(names["run"](order, other, items, flag, 0))

    outcome: object
    try:
        if mode == "autocommit":
            outcome = call()
        else:
            with recorder.atomic():
                outcome = call()
                if mode == "rollback":
                    raise Undone
    except Exception as error:
        outcome = type(error).__name__
    logged = [text for text, blocks in recorder.logged if not any(b.rolled_back for b in blocks)]
    return Run(outcome, recorder.events, logged)
