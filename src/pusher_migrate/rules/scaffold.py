"""PM107: a legacy call whose manager method is missing: the method is written and called.

An entry of the catalogue with ``scaffold = true`` names a method and what to pass; what the method
sends is read from the legacy calls that the entry is for. Method and call are one change. Calls
that send the same share one method; the edit that writes it is in the change of each, and is made
once. What cannot be written with its meaning is refused with a reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pusher_migrate.catalogue import Event
from pusher_migrate.cst.layout import Refusal
from pusher_migrate.cst.statements import remove_statement
from pusher_migrate.emit import Receiver, call_text, manager_at, replace_call
from pusher_migrate.legacy_site import LegacySite
from pusher_migrate.model import Applicability, Change, Edit, Effect, Wire
from pusher_migrate.rule import Context, Outcome
from pusher_migrate.scaffold.agreement import Agreement, agree, difference, order_differs
from pusher_migrate.scaffold.bound import BoundUnit, bind_unit, optional_slots
from pusher_migrate.scaffold.envelope import Envelope
from pusher_migrate.scaffold.given import Slot, slots_of
from pusher_migrate.scaffold.home import Home, home_of
from pusher_migrate.scaffold.method import envelope_of, new_method
from pusher_migrate.scaffold.units import Site, Unit, units_of
from pusher_migrate.scaffold.writing import NewMethod, method_edits
from pusher_migrate.wire import WireReader

codes = ("PM107",)


def run(context: Context, found: Sequence[Outcome]) -> Iterator[Outcome]:
    """One change or deferral for each legacy call whose method can be written."""
    groups: dict[str, list[Site]] = {}
    for emission in context.index.emissions.emissions:
        if emission.system == "legacy":
            legacy = LegacySite(context, emission)
            entry = entry_to_scaffold(legacy)
            if entry is not None and entry.call is not None:
                groups.setdefault(entry.call.method, []).append(Site(legacy, entry))
    planned: list[Edit] = []
    for method, sites in groups.items():
        yield from _Group(context, method, sites, planned).outcomes()


def entry_to_scaffold(site: LegacySite) -> Event | None:
    """The entry by which a legacy call's method is to be written; None for all other calls."""
    if site.obstacle() is not None:
        return None
    entry = site.match().event
    if entry is None or not entry.scaffold or entry.call is None:
        return None
    if entry.call.method in site.context.index.emissions.contracts:
        return None
    if site.superseding(entry, site.emission.sends[0]) is not None:
        return None
    return entry


@dataclass(frozen=True, eq=False)
class _Group:
    """The legacy calls that one new method is for.

    Attributes:
        planned: Edits of the manager's file so far; those of this method are added.
    """

    context: Context
    method: str
    sites: list[Site]
    planned: list[Edit]

    def outcomes(self) -> Iterator[Outcome]:
        entries = self._entries()
        home = home_of(self.context, self.method)
        slots = self._slots(entries)
        for problem in (home, slots):
            if isinstance(problem, Refusal):
                yield from (site.legacy.defer("PM107", problem.reason) for site in self.sites)
                return
        assert isinstance(home, Home) and not isinstance(slots, Refusal)
        units, alone = units_of(self.sites, entries)
        for site in alone:
            channels = " and ".join(repr(entry.channel) for entry in entries)
            yield site.legacy.defer(
                "PM107",
                f"the catalogue says that one {self.method} sends to {channels}, and the other "
                "call does not stand next to this one; write the call by hand",
            )
        optional = optional_slots(slots, units)
        bound: list[BoundUnit] = []
        for unit in units:
            result = bind_unit(self.context, home, slots, optional, unit)
            if isinstance(result, Refusal):
                yield from self._defer_unit(unit, result.reason)
            else:
                bound.append(result)
        if bound:
            yield from self._write(home, slots, optional, bound)

    def _entries(self) -> list[Event]:
        return [
            entry
            for entry in self.context.catalogue.events
            if entry.scaffold and entry.call is not None and entry.call.method == self.method
        ]

    def _slots(self, entries: Sequence[Event]) -> tuple[Slot, ...] | Refusal:
        calls = [entry.call for entry in entries if entry.call is not None]
        if any(call != calls[0] for call in calls) or len({e.envelope for e in entries}) > 1:
            lines = " and ".join(str(entry.line) for entry in entries)
            return Refusal(
                f"the entries of the catalogue for {self.method} (lines {lines}) do not agree on "
                "its arguments and envelope; make them equal"
            )
        return slots_of(calls[0])

    def _write(
        self,
        home: Home,
        slots: tuple[Slot, ...],
        optional: frozenset[str],
        bound: list[BoundUnit],
    ) -> Iterator[Outcome]:
        keys = frozenset(slot.payload_key for slot in slots if slot.name in optional)
        agreement = agree([unit.deliveries for unit in bound], keys)
        model = bound[agreement.model]
        members = [bound[number] for number in agreement.members]
        for number, unit in enumerate(bound):
            if number not in agreement.members:
                what = difference(unit.deliveries, agreement.deliveries, keys)
                where = model.unit.first.legacy.location
                yield from self._defer_unit(
                    unit.unit, f"{self.method} is written for {where}, and here {what}"
                )
        method = new_method(self.context, home, self.method, slots, optional, agreement, members)
        envelope = envelope_of(self.context, home, method, slots, model)
        if isinstance(envelope, Refusal):
            for unit in members:
                yield from self._defer_unit(unit.unit, envelope.reason)
            return
        edits = method_edits(
            self.context,
            home.owner,
            home.behind,
            method,
            home.transport,
            home.style,
            envelope,
            self.planned,
        )
        if isinstance(edits, Refusal):
            for unit in members:
                yield from self._defer_unit(unit.unit, edits.reason)
            return
        self.planned.extend(edits)
        for unit in members:
            yield self._change(unit, members, method, edits, agreement, envelope)

    def _change(
        self,
        bound: BoundUnit,
        members: list[BoundUnit],
        method: NewMethod,
        method_edits: tuple[Edit, ...],
        agreement: Agreement,
        envelope: Envelope | None,
    ) -> Outcome:
        first = bound.unit.first
        legacy = first.legacy
        receiver = manager_at(self.context, legacy.module, legacy.call)
        if isinstance(receiver, Refusal):
            return legacy.defer("PM107", receiver.reason)
        guard = legacy.guard() if len(bound.unit.sites) == 1 else None
        text = call_text(receiver, bound.binding)
        edits = self._call_edits(bound.unit, receiver, text, guard)
        if isinstance(edits, Refusal):
            return legacy.defer("PM107", edits.reason)
        effect, doubts = self._effect(bound, envelope)
        doubts += bound.doubts
        if order_differs(bound.deliveries, agreement.deliveries):
            doubts.append("the payload's keys come in another order")
        lost = [key for key in effect.lost_keys if not first.entry.accepts_loss(key)]
        return Change(
            code="PM107",
            location=legacy.module.source.location(legacy.call),
            title=f"Write {method.signature} and send {legacy.event_name!r} through it",
            reason=self._reason(first.entry),
            edits=(*method_edits, *edits),
            applicability=Applicability.REVIEW if doubts else Applicability.SAFE,
            review_reasons=tuple(dict.fromkeys(doubts)),
            effect=effect,
            also=("PM401",) if lost else (),
            symbol=legacy.module.symbol(legacy.call),
            notes=(*legacy.notes(guard, text), *self._others(bound, members)),
        )

    def _call_edits(
        self, unit: Unit, receiver: Receiver, text: str, guard: ast.If | None
    ) -> tuple[Edit, ...] | Refusal:
        legacy = unit.first.legacy
        edit = replace_call(self.context, legacy.module, legacy.call, text, around=guard)
        if isinstance(edit, Refusal):
            return edit
        edits = [*receiver.edits, edit]
        for site in unit.sites[1:]:
            removed = remove_statement(legacy.module.source, site.legacy.statement)
            if isinstance(removed, Refusal):
                return removed
            edits.append(removed)
        return tuple(edits)

    def _effect(self, bound: BoundUnit, envelope: Envelope | None) -> tuple[Effect, list[str]]:
        before: list[Wire] = []
        for site in bound.unit.sites:
            send = site.legacy.emission.sends[0]
            binder = site.legacy.binder(send)
            reader = WireReader(
                self.context.index.evaluator,
                lambda node, b=binder, s=site: b.canonical(node, s.legacy.statement),  # type: ignore[misc]
            )
            before += reader.before(send)
        if envelope is None:
            return Effect(tuple(before), tuple(before)), []
        after = tuple(Wire(w.channel, w.event, envelope.keys) for w in before)
        lost = tuple(key for key in before[0].keys if key not in envelope.keys)
        said = f"the payload is inside the manager's envelope, under {envelope.holder!r}"
        return Effect(tuple(before), after, lost), [said]

    def _reason(self, entry: Event) -> str:
        where = f"{self.context.catalogue.path or 'the catalogue'}:{entry.line}"
        said = f"{where} maps this event to {entry.call}, which the manager lacks: it is written."
        return f"{said} {entry.reason}".strip()

    def _others(self, bound: BoundUnit, members: list[BoundUnit]) -> tuple[str, ...]:
        others = [str(unit.unit.first.legacy.location) for unit in members if unit is not bound]
        if not others:
            return ()
        return (f"The same method is for {', '.join(others)}.",)

    def _defer_unit(self, unit: Unit, reason: str) -> Iterator[Outcome]:
        for site in unit.sites:
            yield site.legacy.defer("PM107", reason)
