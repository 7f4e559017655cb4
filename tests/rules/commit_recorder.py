"""A Django and a manager that record what a program does: transactions, events and log lines.

`Recorder` has ``transaction.atomic``, ``on_commit`` and the manager's methods with what Django's
documentation says of them: callbacks of a block that is rolled back are dropped, those of the
outermost block run when it ends, and outside of any block they run at once.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType, SimpleNamespace
from typing import Any

_MOST_LINES = 1000


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


def snapshot(value: object, within: tuple[object, ...] = ()) -> object:
    """A value as it is now, whatever happens to it later."""
    if any(value is outer for outer in within):
        return "itself"
    around = (*within, value)
    if isinstance(value, Row):
        return value.name, value.status, value.note, snapshot(value.partner, around)
    if isinstance(value, dict):
        return {key: snapshot(item, around) for key, item in value.items()}
    if isinstance(value, set):
        return sorted((snapshot(item, around) for item in value), key=repr)
    if isinstance(value, list | tuple):
        return [snapshot(item, around) for item in value]
    return value


class Recorder:
    """Django's transactions, the manager and a logger, for one run."""

    def __init__(self, failing: frozenset[int] = frozenset()) -> None:
        self.events: list[Event] = []
        self.logged: list[tuple[str, tuple[Block, ...]]] = []
        self.blocks: list[Block] = []
        self.failing = failing

    def atomic(self, decorated: Callable[..., object] | None = None) -> Any:
        """A context manager and decorator, as Django's is."""
        return self._atomic() if decorated is None else self._atomic()(decorated)

    @contextmanager
    def _atomic(self) -> Iterator[None]:
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


class Endless(BaseException):
    """The program has run for so many lines that it may never end."""


@contextmanager
def limited(lines: int) -> Iterator[None]:
    """Stop what runs inside after so many lines of generated code."""
    left = lines

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if frame.f_code.co_filename != "program.py":
            return None
        left -= 1
        if left < 0:
            raise Endless
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


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
        with limited(_MOST_LINES):
            if mode == "autocommit":
                outcome = call()
            else:
                with recorder.atomic():
                    outcome = call()
                    if mode == "rollback":
                        raise Undone
    except (Exception, Endless) as error:
        outcome = type(error).__name__
    logged = [text for text, blocks in recorder.logged if not any(b.rolled_back for b in blocks)]
    return Run(outcome, recorder.events, logged)
