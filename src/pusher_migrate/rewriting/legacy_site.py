"""One legacy call as the rules that move it see it: what stands in the way, what is around it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from pusher_migrate.catalogue import Event
from pusher_migrate.catalogue.values import EventMatch
from pusher_migrate.index.calls.on_commit import deferring_call
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.flow import reaching
from pusher_migrate.index.flow.graph import Graph, Node
from pusher_migrate.index.flow.mutations import MutationKind, mutations
from pusher_migrate.index.flow.paths import every_path_hits
from pusher_migrate.index.sending.contracts import Contract, Emission, Send
from pusher_migrate.index.values.values import Record, Text, shape
from pusher_migrate.model import Deferral, Location
from pusher_migrate.nodes import walk
from pusher_migrate.rewriting.binding import Binder, Binding
from pusher_migrate.rewriting.client_guard import guard_of, may_be_missing
from pusher_migrate.rewriting.detours import only_reads
from pusher_migrate.rewriting.meanings import Place
from pusher_migrate.rule import Context


@dataclass(frozen=True, eq=False)
class LegacySite:
    """A legacy call outside the transport.

    Attributes:
        context: What the rules may read.
        emission: The call.
    """

    context: Context
    emission: Emission

    @property
    def module(self) -> Module:
        """The call's file."""
        return self.emission.module

    @property
    def call(self) -> ast.Call:
        """The call itself; where its method is handed over, the call that takes it."""
        if self.emission.invocation is not None:
            return self.emission.invocation.call
        assert isinstance(self.emission.call, ast.Call)
        return self.emission.call

    @property
    def location(self) -> Location:
        """Where it is."""
        return self.module.source.location(self.call)

    @property
    def statement(self) -> ast.stmt:
        """The statement around it."""
        return self.module.statement_around(self.call)

    @property
    def function(self) -> ast.FunctionDef | ast.AsyncFunctionDef:
        """The function around it; only for a call without an obstacle."""
        assert self.emission.function is not None
        return self.emission.function

    @property
    def event_name(self) -> str:
        """Name of the event; only for a call without an obstacle."""
        event = self.emission.sends[0].event
        return (event.literal or "") if isinstance(event, Text) else ""

    def match(self) -> EventMatch:
        """What the catalogue says of the call, when it sends one event."""
        send = self.emission.sends[0]
        payload = send.payload
        keys = required = None
        if isinstance(payload, Record):
            keys = payload.keys
            required = [entry.key for entry in payload.entries if not entry.optional]
        complete = (
            isinstance(payload, Record) and not payload.open and keys == tuple(required or ())
        )
        event_name = send.event.literal if isinstance(send.event, Text) else None
        return self.context.catalogue.event_for(
            event_name, shape(send.channels[0]), required, complete=complete
        )

    def binder(self, send: Send) -> Binder:
        """Binds names where the call stands."""
        place = Place(
            self.context.index, self.module, self.function, self.statement, send, self.call
        )
        return Binder(place)

    def defer(self, code: str, reason: str) -> Deferral:
        """The call left as it is."""
        sends = self.emission.sends
        evaluator = self.context.index.evaluator
        what = evaluator.template(sends[0].event) if sends else "?"
        return Deferral(
            code=code,
            location=self.location,
            title=f"{self.emission.method.rpartition('.')[2]} of {what!r} left as it is",
            reason=sentence(reason),
            symbol=self.module.symbol(self.call),
        )

    # --- What stands in the way -------------------------------------------------------------------

    def obstacle(self) -> str | None:
        """Why no manager call can take the call's place, whatever the catalogue says."""
        return self._position_problem() or self._send_problem()

    def _position_problem(self) -> str | None:
        """Why the call cannot be replaced where it stands, whatever it sends."""
        emission, module = self.emission, self.module
        if emission.reference:
            runner = emission.invocation.runner if emission.invocation is not None else "a call"
            return (
                f"the method is handed over to {runner}, which calls it; hand over the manager's "
                "method by hand"
            )
        parent = module.parents[self.call]
        decorated = self._decorated()
        if decorated is not None:
            return (
                f"the event goes out at each call of {decorated.name}, by this decorator; send it "
                f"in {decorated.name} by hand, in place of the decorator"
            )
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
        elif _is_only_conditional(module, self.call):
            return "the call is made on a condition inside an expression; make it an if first"
        elif not isinstance(parent, ast.Expr):
            return (
                f"the call's value is used ({_use_of(parent)}), and the manager's methods do not "
                "give Pusher's answer; take the value out of use first"
            )
        if any(
            isinstance(part, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom)
            for argument in ast.iter_child_nodes(self.call)
            for part in walk(argument)
        ):
            return "an argument binds a name or waits for something; take it out of the call first"
        return None

    def _decorated(self) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The function at whose calls the event goes out, where the site is its decorator.

        The decorator itself runs when the function is defined; what it gives in place of the
        function is an inner function, which sends.
        """
        parent = self.module.parents[self.call]
        if not isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        target = self.emission.target
        if self.call not in parent.decorator_list or target is None:
            return None
        # The last function on the way is the one in which the client is called.
        origins = [(send.origin, send.chain) for send in self.emission.sends]
        inner = [
            origin.frame.module.function_around(origin.call) is not chain[-1].node
            for origin, chain in origins
            if origin is not None and chain
        ]
        return parent if inner and all(inner) else None

    def _send_problem(self) -> str | None:
        """Why what the call sends cannot be sent by one manager method."""
        sends = self.emission.sends
        if len(sends) != 1:
            what = (
                "is a batch" if self.emission.method == "trigger_batch" else "sends several events"
            )
            return f"the call {what}: {len(sends)} events at once; split it by hand"
        send = sends[0]
        if send.repeated:
            return (
                "the call sends one event for each element of a list of which the length is not "
                "known; write a loop over manager calls by hand"
            )
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

    def superseding(self, entry: Event, send: Send) -> Emission | None:
        """The manager's own send for the same instance on the same path, if there is one."""
        methods = set(entry.superseded_by)
        # A method that is written for this very call stands for it, not for another one as well.
        named = entry.call is not None and not entry.scaffold
        own = entry.call.method if named and entry.call is not None else ""
        methods |= {own} - {""}
        function = self.emission.function
        if function is None or not isinstance(self.module.parents[self.call], ast.Expr):
            return None
        others = [
            other
            for other in self.context.index.emissions.emissions
            if other.function is function and other.method in methods
        ]
        if not others:
            return None
        binder = self.binder(send)
        ours = binder.evidence_canonicals()
        told = self._told(entry, send)
        graph = self.context.index.inference.locals.graph(function)
        here = graph.nodes_of(self.statement)
        for other in others:
            positional, keywords = other.arguments
            theirs = {
                binder.canonical(value, self.module.statement_around(other.call))
                for value in (*positional, *(keyword.value for keyword in keywords))
            }
            same = told if told else ours
            if not (same <= theirs if other.method == own and told else same & theirs):
                continue
            there = graph.nodes_at(self.module.statement_around(other.call))
            shared = {expression.partition(".")[0] for expression in same & theirs}
            if self._is_told_before(graph, there, here, shared):
                return other
            if every_path_hits(graph, here, there).holds:
                # Not for a row of a loop, when only the last one is told of behind the loop.
                if not graph.exists_path(here, _bindings(graph, shared), avoiding=there):
                    return other
        return None

    def _told(self, entry: Event, send: Send) -> set[str]:
        """The instances that the call of an entry would be about here; empty if not known."""
        if entry.call is None:
            return set()
        contract = self.context.index.emissions.contracts.get(entry.call.method)
        if contract is None:
            return set()
        binding = self.binder(send).bind(entry.call, contract, dict(entry.types))
        return set(binding.instances.values()) if isinstance(binding, Binding) else set()

    def _is_told_before(
        self, graph: Graph, there: tuple[Node, ...], here: tuple[Node, ...], names: set[str]
    ) -> bool:
        """Whether the manager told of the same instance, in the state that it is in here."""
        if graph.exists_path(graph.entry, here, avoiding=there):
            return False
        if graph.exists_path(_bindings(graph, names), here, avoiding=there):
            return False
        return not any(
            change.kind is MutationKind.ATTRIBUTE or _saves(change.tree)
            for name in names
            for change in mutations(graph, name, there, here)
        )

    # --- What goes with it ------------------------------------------------------------------------

    def guard(self) -> ast.If | None:
        """``if pusher_client:`` around nothing but the call."""
        return guard_of(self.context.index.inference, self.emission, self.statement)

    def guard_doubts(self, guard: ast.If | None, contract: Contract) -> list[str]:
        """What is sent where the guard kept it from being sent."""
        inference = self.context.index.inference
        if guard is None or not may_be_missing(inference, self.module, guard):
            return []
        if contract.sends and all(send.conditional for send in contract.sends):
            return []  # Told of by itself.
        return [
            f"{ast.unparse(guard.test)} (line {guard.lineno}) does not hold where there is no "
            f"client, and {contract.name} checks nothing"
        ]

    def idle_names(self, text: str, also: Sequence[ast.Call] = ()) -> list[str]:
        """Local variables that only the old call read: they stay, and the reader is told.

        Args:
            text: The new call.
            also: Further calls that it takes the place of.
        """
        own = self.module.scopes[self.function].names
        kept = {n.id for n in walk(ast.parse(text)) if isinstance(n, ast.Name)}
        gone = (self.call, *also)
        inside = {n for call in gone for n in walk(call) if isinstance(n, ast.Name)}
        elsewhere = {
            n.id
            for n in walk(self.function)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n not in inside
        }
        return sorted(
            name
            for name in {n.id for n in inside} - kept - elsewhere
            if name in own and all(b.kind == "assign" for b in own[name])
        )

    def notes(
        self, guard: ast.If | None, text: str, also: Sequence[ast.Call] = ()
    ) -> tuple[str, ...]:
        """What the reader should know of what the new call leaves behind."""
        notes = []
        if guard is not None:
            notes.append("The check for a client around the call guards nothing any more: removed.")
        idle = self.idle_names(text, also)
        if idle:
            notes.append(f"Nothing reads {', '.join(idle)} any more.")
        return tuple(notes)

    def dropped_work(self, binding: Binding) -> list[str]:
        """Calls in the old arguments that are made no more and may do more than compute."""
        kept = " ".join(binding.arguments.values())
        doubts = []
        for argument in (*self.call.args, *(keyword.value for keyword in self.call.keywords)):
            for part in walk(argument):
                if not isinstance(part, ast.Call):
                    continue
                text = ast.unparse(part)
                if text not in kept and not only_reads(self.context.index, self.module, part):
                    doubts.append(f"{text} is not called any more")
        return doubts


def _bindings(graph: Graph, names: set[str]) -> list[Node]:
    """Where names get a value, parameters left out."""
    held = reaching.definitions(graph)
    return [each.node for name in names for each in held.of(name) if each.node is not graph.entry]


def _saves(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("save", "asave", "refresh_from_db", "arefresh_from_db")
    )


def sentence(reason: str) -> str:
    """A reason as a sentence; a name of the code at its start stays as it is."""
    first = reason.split(" ", 1)[0]
    return (reason[:1].upper() + reason[1:] if first.isalpha() else reason) + "."


def _is_only_conditional(module: Module, call: ast.Call) -> bool:
    """Whether a call only stands in a condition that nobody reads: ``ready and send()``."""
    parent = module.parents[call]
    if not isinstance(parent, ast.BoolOp | ast.IfExp):
        return False
    while isinstance(parent, ast.BoolOp | ast.IfExp):
        parent = module.parents[parent]
    return isinstance(parent, ast.Expr)


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
