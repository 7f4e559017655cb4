"""PM101 to PM104: a legacy ``trigger`` call becomes the manager call that the catalogue names.

A call is recognised by what its receiver is (`index.emissions`), matched against the catalogue by
event name, channel and payload keys, and its arguments are bound to what is in scope (`binding`).
What is not certain is refused with a reason; what subscribers notice is part of the change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pusher_migrate.catalogue import Event
from pusher_migrate.deferral import Deferrals, Kept, Site, in_order, place
from pusher_migrate.index.sending.contracts import Contract, Emission, Send
from pusher_migrate.index.values.values import Text, holes_of, shape
from pusher_migrate.model import Applicability, Change, Deferral, Effect, Wire
from pusher_migrate.rewriting.binding import Binder, Binding
from pusher_migrate.rewriting.detours import differences
from pusher_migrate.rewriting.emit import manager_at
from pusher_migrate.rewriting.kept_values import changed_values
from pusher_migrate.rewriting.legacy_site import LegacySite
from pusher_migrate.rewriting.superseded import told_less
from pusher_migrate.rewriting.wire import WireReader, same_channel
from pusher_migrate.rule import Context, Outcome
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.statements import remove_statement

codes = ("PM101", "PM102", "PM103", "PM104", "PM401")


def run(context: Context, found: Sequence[Outcome]) -> Iterator[Outcome]:
    """One change or deferral for each legacy call outside the transport.

    A rewritten call that cannot be deferred to the commit as well is told of twice: PM202 says why.
    """
    deferrals = Deferrals(context)
    outcomes: dict[Emission, Sequence[Outcome]] = {}
    for emission in context.index.emissions.emissions:
        if emission.system == "legacy":
            own = tuple(_Site(context, emission, deferrals).outcomes())
            if own:
                outcomes[emission] = own
    yield from in_order(context, deferrals, outcomes, found)


@dataclass(frozen=True, eq=False)
class _Site(LegacySite):
    """One legacy call.

    Attributes:
        deferrals: Decides which of the rewritten calls wait for the commit.
        left: Why the rewritten call is not deferred, once that is known.
    """

    deferrals: Deferrals
    left: list[Deferral] = field(default_factory=list)

    def outcomes(self) -> Iterator[Outcome]:
        """The call's change or deferral, and what is to be said of deferring it."""
        outcome = self.outcome()
        if outcome is not None:
            yield outcome
        yield from self.left

    def outcome(self) -> Outcome | None:
        """What becomes of the call; None for one that is for the rule which writes methods."""
        problem = self.obstacle()
        if problem is not None:
            return self.defer("PM104", problem)
        match, send = self.match(), self.emission.sends[0]
        if match.event is not None:
            return self._for_entry(match.event, send)
        if match.undecided:
            lines = ", ".join(str(entry.line) for entry in match.undecided)
            unknown = " and ".join(match.unknown)
            return self.defer(
                "PM104",
                f"the {unknown} of the call is not statically known, so it is not certain which "
                f"catalogue entry applies (line {lines}); write the new call by hand",
            )
        return self.defer(
            "PM102",
            f"the catalogue has no [[event]] for {self.event_name!r} on {shape(send.channels[0])!r}"
            + self._nearest(self.event_name)
            + "; add one, or leave the call as it is",
        )

    # --- With a catalogue entry -------------------------------------------------------------------

    def _for_entry(self, entry: Event, send: Send) -> Outcome | None:
        superseded = self._superseded(entry, send)
        if superseded is not None:
            return superseded
        if entry.call is None:
            methods = ", ".join(entry.superseded_by)
            return self.defer(
                "PM104",
                f"the catalogue (line {entry.line}) says that {methods} supersedes this call, but "
                "none of them is sent for the same instance on every path here",
            )
        contract = self.context.index.emissions.contracts.get(entry.call.method)
        if entry.scaffold and (contract is None or entry.envelope == "wire"):
            return None
        if contract is None:
            return self.defer("PM102", self._missing_method(entry))
        if isinstance(contract.method.node, ast.AsyncFunctionDef):
            return self.defer(
                "PM104", f"{contract.name} is a coroutine and the call stands in a plain function"
            )
        uncovered = self._uncovered_channels(send, contract)
        if uncovered:
            return self.defer("PM104", uncovered)
        binder = self.binder(send)
        binding = binder.bind(entry.call, contract, dict(entry.types))
        if isinstance(binding, Refusal):
            return self.defer("PM104", binding.reason)
        return self._rewrite(entry, send, contract, binder, binding)

    def _rewrite(
        self, entry: Event, send: Send, contract: Contract, binder: Binder, binding: Binding
    ) -> Outcome:
        receiver = manager_at(self.context, self.module, self.call)
        if isinstance(receiver, Refusal):
            return self.defer("PM104", receiver.reason)
        guard = self.guard()
        parts = replace(binding.parts, receiver=receiver.text)
        site = Site(self.module, guard or self.statement, parts, contract, self.call)
        placed = place(self.deferrals, site)
        if isinstance(placed, Refusal):
            return self.defer("PM104", placed.reason)
        if send.deferred and "PM201" not in placed.codes and not self._waits(site):
            return self.defer(
                "PM104",
                f"{self.emission.method} sends after the commit, and {contract.name} at once; "
                "write the new call by hand, in transaction.on_commit",
            )
        if placed.left is not None:
            self.left.append(placed.left)
        effect, doubts = self._effect(entry, send, contract, binder, binding)
        doubts += self.guard_doubts(guard, contract)
        doubts += [*self.dropped_work(binding), *placed.doubts]
        lost = [key for key in effect.lost_keys if not entry.accepts_loss(key)]
        return Change(
            code="PM101",
            location=self.module.source.location(self.call),
            title=f"Send {self.event_name!r} through {contract.name}",
            reason=f"{self._reason(entry)} {placed.said}".strip(),
            # Django's import goes first: where both come at one place, that is their order.
            edits=(*placed.edits[:-1], *receiver.edits, placed.edits[-1]),
            applicability=Applicability.REVIEW if doubts else Applicability.SAFE,
            review_reasons=tuple(doubts),
            effect=effect,
            also=(*(("PM401",) if lost else ()), *placed.codes),
            symbol=self.module.symbol(self.call),
            notes=(*self.notes(guard, parts.render()), *placed.notes),
        )

    def _waits(self, site: Site) -> bool:
        """Whether the new call, written plainly, runs after the commit as well."""
        decision = self.deferrals.decide(site)
        return isinstance(decision, Kept) and decision.already

    def _reason(self, entry: Event) -> str:
        where = f"{self.context.catalogue.path or 'the catalogue'}:{entry.line}"
        said = f"{where} maps this event to {entry.call}."
        return f"{said} {entry.reason}".strip()

    # --- What subscribers notice ------------------------------------------------------------------

    def _effect(
        self, entry: Event, send: Send, contract: Contract, binder: Binder, binding: Binding
    ) -> tuple[Effect, list[str]]:
        reader = WireReader(
            self.context.index.evaluator, lambda node: binder.canonical(node, self.statement)
        )
        before = reader.before(send)
        after = reader.after(contract, binding.arguments)
        doubts = [*binding.doubts, *self.emission.doubts]
        doubts += differences(self.context.index, self.emission, contract)
        if not after:
            doubts.append(f"what {contract.name} sends could not be read from its source")
        doubts += self._channel_doubts(entry, send, contract, binder, binding, reader)
        doubts += changed_values(self.context.index, binder, binding, entry, contract)
        kept = {key for wire in after for key in wire.keys}
        lost = tuple(key for key in before[0].keys if after and key not in kept)
        unaccepted = [key for key in lost if not entry.accepts_loss(key)]
        if unaccepted:
            doubts.append(
                f"subscribers lose the payload keys {', '.join(unaccepted)} (PM401); "
                "accept_lost_keys in the catalogue makes this safe"
            )
        if not before[0].complete:
            doubts.append("the old payload may have more keys than are statically known")
        return Effect(before, after, lost), doubts

    def _channel_doubts(
        self,
        entry: Event,
        send: Send,
        contract: Contract,
        binder: Binder,
        binding: Binding,
        reader: WireReader,
    ) -> list[str]:
        if entry.accept_channel_change:
            return []
        doubts = []
        targets = reader.channels_after(contract, binding.arguments)
        for channel in send.channels:
            old = reader.template(channel)
            answers = [same_channel(old, new) for new in targets]
            stale = next(filter(binder.is_stale, holes_of(channel)), None)
            if stale is not None and targets:
                text = ast.unparse(stale.node)
                doubts.append(
                    f"the channel is made of {text} before the call (line {stale.node.lineno}), "
                    "which may have changed since; the method reads it anew"
                )
                continue
            if True in answers or not targets:
                continue
            new_text = ", ".join(template.text for template in targets)
            verb = "may change" if None in answers else "changes"
            doubts.append(f"the channel {verb} from {old.text} to {new_text}")
        return doubts

    def _uncovered_channels(self, send: Send, contract: Contract) -> str | None:
        if len(send.channels) < 2:
            return None
        sent = {shape(channel) for other in contract.sends for channel in other.channels}
        missing = [shape(channel) for channel in send.channels if shape(channel) not in sent]
        if not missing and len(sent) >= len(send.channels):
            return None
        return (
            f"the call sends to {len(send.channels)} channels and {contract.name} covers only some "
            f"of them (not {', '.join(missing) or 'each'}); split the call by hand"
        )

    # --- Superseded -------------------------------------------------------------------------------

    def _superseded(self, entry: Event, send: Send) -> Outcome | None:
        """A removal, when the manager already tells the same on the same path (PM103)."""
        other = self.superseding(entry, send)
        if other is None:
            return None
        return self._remove(entry, send, other, other.method in entry.superseded_by)

    def _remove(self, entry: Event, send: Send, other: Emission, declared: bool) -> Outcome:
        edit = remove_statement(self.module.source, self.statement)
        if isinstance(edit, Refusal):
            return self.defer("PM104", edit.reason)
        reader = WireReader(self.context.index.evaluator, ast.unparse)
        before = reader.before(send)
        less = tuple(told_less(self.binder(send), entry, send, other))
        after = tuple(
            Wire(w.channel, w.event, w.keys, w.complete)
            for s in other.sends
            for w in reader.before(s)
        )
        kept = {key for wire in after for key in wire.keys}
        lost = tuple(key for key in before[0].keys if key not in kept)
        declared = declared and entry.superseded_is_safe
        safe = declared and not less
        line = other.call.lineno
        event = send.event.literal if isinstance(send.event, Text) else ""
        unaccepted = [key for key in lost if not entry.accepts_loss(key)]
        return Change(
            code="PM103",
            location=self.module.source.location(self.call),
            title=f"Remove the second send of {event!r}",
            reason=(
                f"{other.method} (line {line}) already tells subscribers for the same instance on "
                f"the same path. {entry.reason}"
            ).strip(),
            edits=(edit,),
            applicability=Applicability.SAFE if safe else Applicability.REVIEW,
            review_reasons=(
                less
                if declared
                else (
                    f"who listens to {event!r} as sent here gets {other.method}'s event "
                    'only; superseded = "remove" in the catalogue makes this safe',
                )
            ),
            effect=Effect(before, after, lost),
            also=("PM401",) if unaccepted else (),
            symbol=self.module.symbol(self.call),
        )

    # --- Deferrals --------------------------------------------------------------------------------

    def _missing_method(self, entry: Event) -> str:
        assert entry.call is not None
        manager = self.context.catalogue.manager
        owner = manager.object if manager is not None else "the manager"
        return (
            f"{owner} has no method {entry.call.method}, which the catalogue names (line "
            f"{entry.line}); write it first"
        )

    def _nearest(self, event: str) -> str:
        from difflib import get_close_matches

        sent: dict[str, str] = {}
        for contract in self.context.index.emissions.contracts.values():
            for send in contract.sends:
                if isinstance(send.event, Text) and send.event.literal is not None:
                    sent.setdefault(send.event.literal, contract.name)
        close = get_close_matches(event, sent, n=2, cutoff=0.6)
        return f" (nearest: {', '.join(sent[name] for name in close)})" if close else ""
