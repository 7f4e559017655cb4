"""Compare what two runs sent with what a plan said would change.

The plan is the document of ``migrate --json``. A change speaks of a line of the project as it was;
each time that line's statement ran, the change's ``effect.before`` must be gone from what is sent
and its ``effect.after`` must be new. Everything else must be the same, payloads included.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .recorder import Event
from .sample import Played, Sent


@dataclass(frozen=True)
class Wire:
    """What the plan says of one send; see ``pusher_migrate.model.Wire``."""

    channel: str
    event: str
    keys: frozenset[str]
    complete: bool

    @classmethod
    def parse(cls, data: dict[str, Any]) -> Wire:
        """From the plan."""
        return cls(data["channel"], data["event"], frozenset(data["keys"]), data["complete"])

    def fits(self, event: Event) -> bool:
        """Whether the event is such a send."""
        keys = frozenset(event.payload)
        return (
            _fits(self.channel, event.channel)
            and _fits(self.event, event.name)
            and (keys == self.keys if self.complete else keys >= self.keys)
        )

    def __str__(self) -> str:
        return f"{self.event} on {self.channel} with {', '.join(sorted(self.keys))}"


@dataclass(frozen=True)
class Promise:
    """One change that was applied, as far as subscribers notice it.

    Attributes:
        lost_keys: Keys that ``before`` has and ``after`` has not.
    """

    key: str
    code: str
    path: str
    line: int
    before: tuple[Wire, ...]
    after: tuple[Wire, ...]
    lost_keys: frozenset[str]

    @property
    def gone(self) -> tuple[Wire, ...]:
        """What is no longer sent."""
        return () if self.before == self.after else self.before

    @property
    def new(self) -> tuple[Wire, ...]:
        """What was not sent. The one that supersedes a removed send was sent all along."""
        return () if self.before == self.after or self.code == "PM103" else self.after


def promises(plan: dict[str, Any]) -> tuple[Promise, ...]:
    """The applied changes of a plan."""
    return tuple(
        Promise(
            change["key"],
            change["code"],
            change["path"],
            change["line"],
            tuple(map(Wire.parse, change["effect"]["before"])),
            tuple(map(Wire.parse, change["effect"]["after"])),
            frozenset(change["effect"]["lost_keys"]),
        )
        for change in plan["changes"]
        if change["applied"]
    )


def statement(source: str, line: int) -> tuple[int, int]:
    """The first and last line of the innermost statement at ``line``.

    A compound statement is only its head: its body has statements of its own.
    """
    spans = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt):
            last = node.end_lineno or node.lineno
            if body := getattr(node, "body", None):
                last = max(node.lineno, body[0].lineno - 1)
            spans.append((node.lineno, last))
    return max((span for span in spans if span[0] <= line <= span[1]), default=(line, line))


def executions(promise: Promise, played: Played, project: Path) -> int:
    """How often the statement that the change is about ran in the project as it was."""
    source = (project / promise.path).read_text(encoding="utf-8-sig")
    return played.times(promise.path, *statement(source, promise.line))


def differences(
    before: Played, after: Played, plan: Iterable[Promise], project: Path
) -> Iterator[str]:
    """What changed on the wire and was not said, or was said and did not change.

    Args:
        before: A scene in the project as it was, traced.
        after: The same scene in the changed project.
        plan: What was applied.
        project: The project as it was.
    """
    gone, new = _apart(before.sent, after.sent)
    for promise in plan:
        for _ in range(executions(promise, before, project)):
            replaced = [_take(gone, wire) for wire in promise.gone]
            added = [_take(new, wire) for wire in promise.new]
            for wire, event in zip(promise.gone, replaced, strict=True):
                if event is None:
                    yield f"{before.scene}: {promise.key}: still sent, or never was: {wire}"
            for wire, event in zip(promise.new, added, strict=True):
                if event is None:
                    yield f"{before.scene}: {promise.key}: not sent: {wire}"
            kept = {key for event in added if event for key in event.payload}
            for event in filter(None, replaced if promise.new else ()):
                if frozenset(event.payload) - kept != promise.lost_keys:
                    yield f"{before.scene}: {promise.key}: lost keys are not {promise.lost_keys}"
    for event in gone:
        yield f"{before.scene}: no change says that this is gone: {event}"
    for event in new:
        yield f"{before.scene}: no change says that this is new: {event}"


def _apart(before: Iterable[Sent], after: Iterable[Sent]) -> tuple[list[Event], list[Event]]:
    """The events that only one of the two has."""
    old, young = list(before), list(after)
    common = Counter(sent.identity for sent in old) & Counter(sent.identity for sent in young)
    return _less(old, Counter(common)), _less(young, Counter(common))


def _less(sent: list[Sent], common: Counter[tuple[str, str, str]]) -> list[Event]:
    rest = []
    for one in sent:
        if common[one.identity]:
            common[one.identity] -= 1
        else:
            rest.append(one.event)
    return rest


def _take(events: list[Event], wire: Wire) -> Event | None:
    """Take the first event out that fits."""
    for index, event in enumerate(events):
        if wire.fits(event):
            return events.pop(index)
    return None


def _fits(template: str, text: str) -> bool:
    """Whether the text comes from the template, whose holes are in braces."""
    parts = re.split(r"\{[^{}]*\}", template)
    return re.fullmatch(".+".join(map(re.escape, parts)), text) is not None
