"""PM107: a legacy call whose manager method is missing: the method is written and called.

An entry of the catalogue with ``scaffold = true`` names a method and what to pass; what the method
sends is read from the legacy calls that the entry is for. Method and call are one change. Calls
that send the same share one method; the edit that writes it is in the change of each, and is made
once. What cannot be written with its meaning is refused with a reason.

Once the method is there, a call that is left moves to it (PM101) only if the method sends the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pusher_migrate.catalogue import Event
from pusher_migrate.deferral import Deferrals
from pusher_migrate.deferral.order import in_order
from pusher_migrate.index.sending.contracts import Contract, Emission, parameters_of
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.model import Applicability, Change, Edit
from pusher_migrate.rewriting.legacy_site import LegacySite
from pusher_migrate.rule import Context, Outcome
from pusher_migrate.scaffold.agreement import agree, difference, order_differs
from pusher_migrate.scaffold.bound import BoundUnit, bind_unit, optional_slots, planned_contract
from pusher_migrate.scaffold.effect import effect_of
from pusher_migrate.scaffold.existing import optional_keys, sent_by, slots_for
from pusher_migrate.scaffold.given import Slot, slots_of
from pusher_migrate.scaffold.home import Home, home_of
from pusher_migrate.scaffold.method import envelope_of, new_method
from pusher_migrate.scaffold.moved_call import MovedCall, moved_call
from pusher_migrate.scaffold.sending import Delivery
from pusher_migrate.scaffold.target import Target
from pusher_migrate.scaffold.units import Site, Unit, units_of
from pusher_migrate.scaffold.writing import method_edits
from pusher_migrate.syntax.layout import Refusal

codes = ("PM107", "PM101")


def run(context: Context, found: Sequence[Outcome]) -> Iterator[Outcome]:
    """One change or deferral for each legacy call whose method can be written, or was."""
    groups: dict[str, list[Site]] = {}
    for emission in context.index.emissions.emissions:
        if emission.system == "legacy":
            legacy = LegacySite(context, emission)
            entry = entry_to_scaffold(legacy)
            if entry is not None and entry.call is not None:
                groups.setdefault(entry.call.method, []).append(Site(legacy, entry))
    deferrals = Deferrals(context)
    outcomes: dict[Emission, tuple[Outcome, ...]] = {}
    planned: list[Edit] = []
    for method, sites in groups.items():
        group = _Group(context, deferrals, method, sites, planned)
        group.fill()
        outcomes.update(group.outcomes)
    yield from _each_once(in_order(context, deferrals, outcomes, found))


def entry_to_scaffold(site: LegacySite) -> Event | None:
    """The entry by which a legacy call's method is to be written; None for all other calls."""
    if site.obstacle() is not None:
        return None
    entry = site.match().event
    if entry is None or not entry.scaffold or entry.call is None:
        return None
    # With an envelope of its own the method changes the wire, and PM101 says how.
    if entry.envelope != "wire" and entry.call.method in site.context.index.emissions.contracts:
        return None
    if site.superseding(entry, site.emission.sends[0]) is not None:
        return None
    return entry


def _each_once(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """One outcome for the calls that share one; of two that are for review, the first."""
    found: dict[str, Outcome] = {}
    for outcome in outcomes:
        key = f"{outcome.code}:{outcome.location}"
        known = found.get(key)
        if known is None or (isinstance(known, Change) and not known.review_reasons):
            found[key] = outcome
    yield from found.values()


@dataclass(frozen=True, eq=False)
class _Group:
    """The legacy calls that one method is for.

    Attributes:
        deferrals: Decides which of the new calls wait for the commit.
        planned: Edits of the manager's file so far; those of this method are added.
        outcomes: What becomes of each call.
    """

    context: Context
    deferrals: Deferrals
    method: str
    sites: list[Site]
    planned: list[Edit]
    outcomes: dict[Emission, tuple[Outcome, ...]] = field(default_factory=dict)

    def fill(self) -> None:
        """Find the outcomes."""
        entries = self._entries()
        contract = self.context.index.emissions.contracts.get(self.method)
        units, alone = units_of(self.sites, entries)
        for site in alone:
            channels = " and ".join(repr(entry.channel) for entry in entries)
            self._defer(
                [site],
                f"the catalogue says that one {self.method} sends to {channels}, and the other "
                "call does not stand next to this one; write the call by hand",
            )
        if contract is not None:
            self._move_to(contract, units)
        else:
            self._write(entries, units)

    def _entries(self) -> list[Event]:
        return [
            entry
            for entry in self.context.catalogue.events
            if entry.scaffold and entry.call is not None and entry.call.method == self.method
        ]

    # --- A method that is there -------------------------------------------------------------------

    def _move_to(self, contract: Contract, units: Sequence[Unit]) -> None:
        sent = sent_by(self.context.index, contract)
        for unit in units:
            call = unit.first.entry.call
            assert call is not None
            if isinstance(sent, Refusal):
                self._defer(
                    unit.sites,
                    f"{sent.reason}, so that it is not certain that the event stays the same; "
                    "remove scaffold = true in the catalogue to take the method as it is",
                )
                continue
            slots = slots_for(contract, call)
            keys = optional_keys(sent)
            optional = frozenset(slot.name for slot in slots if slot.payload_key in keys)
            bound = bind_unit(self.context, contract, slots, optional, unit)
            if isinstance(bound, Refusal):
                self._defer(unit.sites, bound.reason)
                continue
            what = difference(bound.deliveries, sent, keys)
            if what:
                self._defer(
                    unit.sites,
                    f"{self.method} is there, and here {what}; or remove scaffold = true in the "
                    "catalogue to take the method as it is",
                )
                continue
            self._move(bound, Target(contract, sent))

    # --- A method that is missing -----------------------------------------------------------------

    def _write(self, entries: Sequence[Event], units: Sequence[Unit]) -> None:
        home = home_of(self.context, self.method)
        slots = self._slots(entries)
        if isinstance(home, Refusal) or isinstance(slots, Refusal):
            problem = home if isinstance(home, Refusal) else slots
            assert isinstance(problem, Refusal)
            for unit in units:
                self._defer(unit.sites, problem.reason)
            return
        optional = optional_slots(slots, units)
        contract = planned_contract(home.owner.module, self.method, slots)
        bound: list[BoundUnit] = []
        for unit in units:
            result = bind_unit(self.context, contract, slots, optional, unit, home.transport)
            if isinstance(result, Refusal):
                self._defer(unit.sites, result.reason)
            else:
                bound.append(result)
        if bound:
            self._agree(home, slots, optional, bound)

    def _slots(self, entries: Sequence[Event]) -> tuple[Slot, ...] | Refusal:
        calls = [entry.call for entry in entries if entry.call is not None]
        if any(call != calls[0] for call in calls) or len({e.envelope for e in entries}) > 1:
            lines = " and ".join(str(entry.line) for entry in entries)
            return Refusal(
                f"the entries of the catalogue for {self.method} (lines {lines}) do not agree on "
                "its arguments and envelope; make them equal"
            )
        return slots_of(calls[0])

    def _agree(
        self,
        home: Home,
        slots: tuple[Slot, ...],
        optional: frozenset[str],
        bound: Sequence[BoundUnit],
    ) -> None:
        keys = frozenset(slot.payload_key for slot in slots if slot.name in optional)
        agreement = agree([unit.deliveries for unit in bound], keys)
        model = bound[agreement.model]
        members = [bound[number] for number in agreement.members]
        for number, other in enumerate(bound):
            if number not in agreement.members:
                what = difference(other.deliveries, agreement.deliveries, keys)
                where = model.unit.first.legacy.location
                self._defer(
                    other.unit.sites, f"{self.method} is written for {where}, and here {what}"
                )
        target = self._target(home, slots, optional, agreement.deliveries, members)
        for member in members:
            if isinstance(target, Refusal):
                self._defer(member.unit.sites, target.reason)
            else:
                self._move(member, target, members)

    def _target(
        self,
        home: Home,
        slots: tuple[Slot, ...],
        optional: frozenset[str],
        deliveries: tuple[Delivery, ...],
        members: Sequence[BoundUnit],
    ) -> Target | Refusal:
        method = new_method(self.context, home, self.method, slots, optional, deliveries, members)
        envelope = envelope_of(self.context, home, method, slots, members[0])
        if isinstance(envelope, Refusal):
            return envelope
        written = method_edits(self.context, home, method, envelope, self.planned)
        if isinstance(written, Refusal):
            return written
        self.planned.extend(written.edits)
        node = written.node
        contract = Contract(
            FunctionType(home.owner.module, node), self.method, parameters_of(node), ()
        )
        return Target(contract, deliveries, written.edits, method.signature, envelope)

    # --- Both -------------------------------------------------------------------------------------

    def _move(self, bound: BoundUnit, target: Target, members: Sequence[BoundUnit] = ()) -> None:
        moved = moved_call(self.context, self.deferrals, bound, target.contract)
        if isinstance(moved, Refusal):
            self._defer(bound.unit.sites, moved.reason)
            return
        change = self._change(bound, target, moved, members)
        own = (change,) if moved.left is None else (change, moved.left)
        for site in bound.unit.sites:
            self.outcomes[site.legacy.emission] = own

    def _change(
        self,
        bound: BoundUnit,
        target: Target,
        moved: MovedCall,
        members: Sequence[BoundUnit],
    ) -> Change:
        first = bound.unit.first
        legacy = first.legacy
        effect = effect_of(self.context.index.evaluator, bound, target.envelope)
        doubts = [*bound.doubts]
        if target.envelope is not None:
            doubts.append(
                f"the payload is inside the manager's envelope, under {target.envelope.holder!r}"
            )
        if order_differs(bound.deliveries, target.deliveries):
            doubts.append("the payload's keys come in another order")
        lost = [key for key in effect.lost_keys if not first.entry.accepts_loss(key)]
        also = ("PM401",) if lost else ()
        reason, notes = self._reason(first.entry, target), moved.notes
        if moved.deferred is not None:
            doubts += moved.deferred.doubts
            reason = f"{reason} {moved.deferred.reason}"
            notes = (*notes, *moved.deferred.notes)
            also = (*also, "PM201")
        written = bool(target.edits)
        title = f"Send {legacy.event_name!r} through {self.method}"
        if written:
            title = f"Write {target.signature} and send {legacy.event_name!r} through it"
        return Change(
            code="PM107" if written else "PM101",
            location=legacy.location,
            title=title,
            reason=reason,
            edits=(*target.edits, *moved.edits),
            applicability=Applicability.REVIEW if doubts else Applicability.SAFE,
            review_reasons=tuple(dict.fromkeys(doubts)),
            effect=effect,
            also=also,
            symbol=legacy.module.symbol(legacy.call),
            notes=(*notes, *_others(bound, members)),
        )

    def _reason(self, entry: Event, target: Target) -> str:
        where = f"{self.context.catalogue.path or 'the catalogue'}:{entry.line}"
        said = f"{where} maps this event to {entry.call}"
        said += ", which the manager lacks: it is written." if target.edits else "."
        return f"{said} {entry.reason}".strip()

    def _defer(self, sites: Sequence[Site], reason: str) -> None:
        for site in sites:
            self.outcomes[site.legacy.emission] = (site.legacy.defer("PM107", reason),)


def _others(bound: BoundUnit, members: Sequence[BoundUnit]) -> tuple[str, ...]:
    others = [str(unit.unit.first.legacy.location) for unit in members if unit is not bound]
    return (f"The same method is for {', '.join(others)}.",) if others else ()
