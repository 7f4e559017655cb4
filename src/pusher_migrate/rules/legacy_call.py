"""PM101 to PM104: a legacy ``trigger`` call becomes the manager call that the catalogue names.

A call is recognised by what its receiver is (`index.emissions`), matched against the catalogue by
event name, channel and payload keys, and its arguments are bound to what is in scope (`binding`).
What is not certain is refused with a reason; what subscribers notice is part of the change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pusher_migrate.binding import Binder, Binding
from pusher_migrate.catalogue import Event
from pusher_migrate.cst.layout import Refusal
from pusher_migrate.cst.statements import remove_statement
from pusher_migrate.emit import call_text, manager_at, replace_call
from pusher_migrate.index import sdk
from pusher_migrate.index.contracts import Contract, Emission, Send
from pusher_migrate.index.flow_paths import every_path_hits
from pusher_migrate.index.modules import Module
from pusher_migrate.index.syntax import single_return
from pusher_migrate.index.transactions import deferring_call
from pusher_migrate.index.types import ExternalInstance, FunctionType
from pusher_migrate.index.values import Record, Text, shape
from pusher_migrate.model import Applicability, Change, Deferral, Effect, Wire
from pusher_migrate.rule import Context, Outcome
from pusher_migrate.surroundings import Place
from pusher_migrate.wire import WireReader, same_channel

codes = ("PM101", "PM102", "PM103", "PM104", "PM401")


def run(context: Context, found: Sequence[Outcome]) -> Iterator[Outcome]:
    """One change or deferral for each legacy call outside the transport."""
    for emission in context.index.emissions.emissions:
        if emission.system == "legacy":
            yield _Site(context, emission).outcome()


@dataclass(frozen=True, eq=False)
class _Site:
    """One legacy call."""

    context: Context
    emission: Emission

    @property
    def module(self) -> Module:
        return self.emission.module

    @property
    def call(self) -> ast.Call:
        assert isinstance(self.emission.call, ast.Call)
        return self.emission.call

    @property
    def statement(self) -> ast.stmt:
        return self.module.statement_around(self.call)

    def outcome(self) -> Outcome:
        problem = self._position_problem() or self._send_problem()
        if problem is not None:
            return self._defer("PM104", problem)
        send = self.emission.sends[0]
        event_name = send.event.literal if isinstance(send.event, Text) else None
        payload = send.payload
        keys = payload.keys if isinstance(payload, Record) else None
        required = (
            [entry.key for entry in payload.entries if not entry.optional]
            if isinstance(payload, Record)
            else None
        )
        complete = (
            isinstance(payload, Record) and not payload.open and keys == tuple(required or ())
        )
        match = self.context.catalogue.event_for(
            event_name, shape(send.channels[0]), required, complete=complete
        )
        if match.event is not None:
            return self._for_entry(match.event, send)
        if match.undecided:
            lines = ", ".join(str(entry.line) for entry in match.undecided)
            unknown = " and ".join(match.unknown)
            return self._defer(
                "PM104",
                f"the {unknown} of the call is not statically known, so it is not certain which "
                f"catalogue entry applies (line {lines}); write the new call by hand",
            )
        return self._defer(
            "PM102",
            f"the catalogue has no [[event]] for {event_name!r} on {shape(send.channels[0])!r}"
            + self._nearest(event_name or "")
            + "; add one, or leave the call as it is",
        )

    # --- What stands in the way -------------------------------------------------------------------

    def _position_problem(self) -> str | None:
        """Why the call cannot be replaced where it stands, whatever it sends."""
        emission, module = self.emission, self.module
        parent = module.parents[self.call]
        if isinstance(parent, ast.Await):
            return "the call is awaited, and the manager is synchronous; move the call by hand"
        if isinstance(emission.function, ast.AsyncFunctionDef):
            return (
                "the call stands in an async function, and the manager is synchronous; "
                "call it through sync_to_async, or move it out"
            )
        if emission.function is None:
            return "the call runs when the module is loaded, not in a function; move it by hand"
        if isinstance(parent, ast.Lambda):
            if deferring_call(self.context.index.inference, module, self.call) is None:
                return "the call is the value of a lambda; move it into a function of its own first"
        elif not isinstance(parent, ast.Expr):
            return (
                f"the call's value is used ({_use_of(parent)}), and the manager's methods do not "
                "give Pusher's answer; take the value out of use first"
            )
        if any(
            isinstance(part, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom)
            for argument in ast.iter_child_nodes(self.call)
            for part in ast.walk(argument)
        ):
            return "an argument binds a name or waits for something; take it out of the call first"
        return None

    def _send_problem(self) -> str | None:
        """Why what the call sends cannot be sent by one manager method."""
        sends = self.emission.sends
        if len(sends) != 1:
            what = (
                "is a batch" if self.emission.method == "trigger_batch" else "sends several events"
            )
            return f"the call {what}: {len(sends)} events at once; split it by hand"
        send = sends[0]
        if send.socket_id:
            return (
                "socket_id is passed, so that the sender does not hear its own event; the manager "
                "would send it to everybody"
            )
        literal = send.event.literal if isinstance(send.event, Text) else None
        if literal is None:
            name = self.context.index.evaluator.template(send.event)
            return f"the event name is not statically known ({name}); write one call for each event"
        return None

    # --- With a catalogue entry -------------------------------------------------------------------

    def _for_entry(self, entry: Event, send: Send) -> Outcome:
        superseded = self._superseded(entry, send)
        if superseded is not None:
            return superseded
        if entry.call is None:
            methods = ", ".join(entry.superseded_by)
            return self._defer(
                "PM104",
                f"the catalogue (line {entry.line}) says that {methods} supersedes this call, but "
                "none of them is sent for the same instance on every path here",
            )
        contract = self.context.index.emissions.contracts.get(entry.call.method)
        if contract is None:
            return self._defer("PM102", self._missing_method(entry))
        if isinstance(contract.method.node, ast.AsyncFunctionDef):
            return self._defer(
                "PM104", f"{contract.name} is a coroutine and the call stands in a plain function"
            )
        uncovered = self._uncovered_channels(send, contract)
        if uncovered:
            return self._defer("PM104", uncovered)
        binder = self._binder(send)
        binding = binder.bind(entry.call, contract, dict(entry.types))
        if isinstance(binding, Refusal):
            return self._defer("PM104", binding.reason)
        return self._rewrite(entry, send, contract, binder, binding)

    def _binder(self, send: Send) -> Binder:
        function = self.emission.function
        assert function is not None
        return Binder(Place(self.context.index, self.module, function, self.statement, send))

    def _rewrite(
        self, entry: Event, send: Send, contract: Contract, binder: Binder, binding: Binding
    ) -> Outcome:
        receiver = manager_at(self.context, self.module, self.call)
        if isinstance(receiver, Refusal):
            return self._defer("PM104", receiver.reason)
        text = call_text(receiver, binding)
        guard = self._guard()
        edit = replace_call(self.context, self.module, self.call, text, around=guard)
        if isinstance(edit, Refusal):
            return self._defer("PM104", edit.reason)
        effect, doubts = self._effect(entry, send, contract, binder, binding)
        doubts += self._dropped_work(binding)
        lost = [key for key in effect.lost_keys if not entry.accepts_loss(key)]
        notes = []
        if guard is not None:
            notes.append("The check for a client around the call guards nothing any more: removed.")
        idle = self._idle_names(text)
        if idle:
            notes.append(f"Nothing reads {', '.join(idle)} any more.")
        event = send.event.literal if isinstance(send.event, Text) else ""
        return Change(
            code="PM101",
            location=self.module.source.location(self.call),
            title=f"Send {event!r} through {contract.name}",
            reason=self._reason(entry),
            edits=(*receiver.edits, edit),
            applicability=Applicability.REVIEW if doubts else Applicability.SAFE,
            review_reasons=tuple(doubts),
            effect=effect,
            also=("PM401",) if lost else (),
            symbol=self.module.symbol(self.call),
            notes=tuple(notes),
        )

    def _idle_names(self, text: str) -> list[str]:
        """Local variables that only the old call read: they stay, and the reader is told."""
        function = self.emission.function
        assert function is not None
        own = self.module.scopes[function].names
        kept = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
        inside = {n for n in ast.walk(self.call) if isinstance(n, ast.Name)}
        elsewhere = {
            n.id
            for n in ast.walk(function)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n not in inside
        }
        return sorted(
            name
            for name in {n.id for n in inside} - kept - elsewhere
            if name in own and all(b.kind == "assign" for b in own[name])
        )

    def _reason(self, entry: Event) -> str:
        where = f"{self.context.catalogue.path or 'the catalogue'}:{entry.line}"
        said = f"{where} maps this event to {entry.call}."
        return f"{said} {entry.reason}".strip()

    def _guard(self) -> ast.If | None:
        """``if pusher_client:`` around nothing but the call."""
        parent = self.module.parents[self.statement]
        if not isinstance(parent, ast.If) or parent.orelse or len(parent.body) != 1:
            return None
        test = parent.test
        if (
            isinstance(test, ast.Compare)
            and isinstance(test.ops[0], ast.IsNot)
            and isinstance(test.comparators[0], ast.Constant)
            and test.comparators[0].value is None
        ):
            test = test.left
        found = self.context.index.inference.type_of(self.module, test)
        same = isinstance(self.call.func, ast.Attribute) and ast.dump(test) == ast.dump(
            self.call.func.value
        )
        is_client = found == ExternalInstance(sdk.CLIENT) or (same and self.emission.by_name)
        elif_branch = isinstance(outer := self.module.parents[parent], ast.If) and (
            parent in outer.orelse
        )
        return parent if is_client and not elif_branch else None

    # --- What subscribers notice ------------------------------------------------------------------

    def _effect(
        self, entry: Event, send: Send, contract: Contract, binder: Binder, binding: Binding
    ) -> tuple[Effect, list[str]]:
        reader = WireReader(
            self.context.index.evaluator, lambda node: binder.canonical(node, self.statement)
        )
        before = reader.before(send)
        after = reader.after(contract, binding.arguments)
        doubts = list(binding.doubts)
        if self.emission.by_name:
            doubts.append("only its name says that the receiver is a Pusher client")
        if send.conditional and self.emission.target is not None:
            doubts.append(f"{self.emission.method} sends only on some of its paths")
        if not after:
            doubts.append(f"what {contract.name} sends could not be read from its source")
        doubts += self._channel_doubts(entry, send, contract, binding, reader)
        kept = {key for wire in after for key in wire.keys}
        lost = tuple(key for key in before[0].keys if key not in kept)
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

    def _dropped_work(self, binding: Binding) -> list[str]:
        """Calls in the old arguments that are made no more and may do more than compute."""
        inference = self.context.index.inference
        kept = " ".join(binding.arguments.values())
        doubts = []
        for argument in (*self.call.args, *(keyword.value for keyword in self.call.keywords)):
            for part in ast.walk(argument):
                if not isinstance(part, ast.Call):
                    continue
                called = inference.type_of(self.module, part.func)
                text = ast.unparse(part)
                if isinstance(called, FunctionType) and text not in kept:
                    node = called.node
                    pure = isinstance(node, ast.Lambda) or single_return(node) is not None
                    if not pure:
                        doubts.append(f"{text} is not called any more")
        return doubts

    # --- Superseded -------------------------------------------------------------------------------

    def _superseded(self, entry: Event, send: Send) -> Outcome | None:
        """A removal, when the manager already tells the same on the same path (PM103)."""
        declared = set(entry.superseded_by)
        methods = declared | ({entry.call.method} if entry.call is not None else set())
        function = self.emission.function
        if function is None or not isinstance(self.module.parents[self.call], ast.Expr):
            return None
        binder = self._binder(send)
        ours = binder.evidence_canonicals()
        graph = self.context.index.inference.locals.graph(function)
        here = graph.nodes_of(self.statement)
        for other in self.context.index.emissions.emissions:
            if other.function is not function or other.method not in methods:
                continue
            positional, keywords = other.arguments
            theirs = {
                binder.canonical(value, self.module.statement_around(other.call))
                for value in (*positional, *(keyword.value for keyword in keywords))
            }
            if not ours & theirs:
                continue
            there = graph.nodes_at(self.module.statement_around(other.call))
            before = not graph.exists_path(graph.entry, here, avoiding=there)
            if before or every_path_hits(graph, here, there).holds:
                return self._remove(entry, send, other, other.method in declared)
        return None

    def _remove(self, entry: Event, send: Send, other: Emission, declared: bool) -> Outcome:
        edit = remove_statement(self.module.source, self.statement)
        if isinstance(edit, Refusal):
            return self._defer("PM104", edit.reason)
        reader = WireReader(self.context.index.evaluator, ast.unparse)
        before = reader.before(send)
        after = tuple(
            Wire(w.channel, w.event, w.keys, w.complete)
            for s in other.sends
            for w in reader.before(s)
        )
        kept = {key for wire in after for key in wire.keys}
        lost = tuple(key for key in before[0].keys if key not in kept)
        safe = declared and entry.superseded_is_safe
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
                ()
                if safe
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

    def _defer(self, code: str, reason: str) -> Deferral:
        sends = self.emission.sends
        evaluator = self.context.index.evaluator
        what = evaluator.template(sends[0].event) if sends else "?"
        return Deferral(
            code=code,
            location=self.module.source.location(self.call),
            title=f"{self.emission.method.rpartition('.')[2]} of {what!r} left as it is",
            reason=sentence(reason),
            symbol=self.module.symbol(self.call),
        )


def sentence(reason: str) -> str:
    """A reason as a sentence; a name of the code at its start stays as it is."""
    first = reason.split(" ", 1)[0]
    return (reason[:1].upper() + reason[1:] if first.isalpha() else reason) + "."


def _use_of(parent: ast.AST) -> str:
    match parent:
        case ast.Return():
            return "returned"
        case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
            return "assigned"
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return "collected by a comprehension"
        case ast.Call() | ast.keyword():
            return "passed on"
    return f"in a {type(parent).__name__.lower()} expression"
