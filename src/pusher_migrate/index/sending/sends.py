"""What functions send: the calls of a client in them and in all that they call."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pusher_migrate.index.calls.invocations import Invocation, calls_within, invocation_at
from pusher_migrate.index.calls.on_commit import deferring_call
from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.flow.graph import EdgeKind
from pusher_migrate.index.sending.contracts import Direct, Origin, Send
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.index.values import passing
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.values.passing import Argument
from pusher_migrate.index.values.values import Frame, Items, Record, Scalar, Unknown, Value

# Functions within functions, and events of one function: more than people write, and an end where
# helpers call helpers in ever more ways.
MAX_CHAIN = 40
MAX_SENDS = 200


class Sending:
    """Evaluates what calls and functions send.

    Args:
        inference: Type inference over the project.
        evaluator: Evaluates channels, events and payloads.
        direct: All calls of clients.
    """

    def __init__(
        self, inference: Inference, evaluator: Evaluator, direct: Iterable[Direct]
    ) -> None:
        self.inference = inference
        self.evaluator = evaluator
        self._direct = {item.call: item for item in direct}
        self._sending: dict[FunctionNode, bool] = {}
        self._callees: dict[FunctionNode, list[Invocation | Direct]] = {}

    # --- One call ---------------------------------------------------------------------------------

    def sends_of_call(self, direct: Direct, frame: Frame) -> list[Send]:
        """What one call of a client sends, evaluated in a frame."""
        call = direct.call
        names = sdk.OLD_TRIGGER if direct.old_style else sdk.METHODS[direct.method]
        invocation = direct.invocation or _plain(direct)
        given = invocation.given(self.evaluator, frame)
        arguments = passing.by_name(given, names)
        if direct.method == "trigger_batch":
            return self._batch(frame, call, arguments.get("batch"))
        if direct.old_style:
            receiver = invocation.receiver
            channel = receiver.slice if isinstance(receiver, ast.Subscript) else call
            arguments["channels"] = (channel, frame)
            arguments["event_name"] = arguments.pop("event", (call, frame))
        elif "channels" not in arguments and "channel" in given.keywords:
            # The singular that people write, and the parameter's name of old.
            arguments["channels"] = given.keywords["channel"]
        user = direct.method == "send_to_user"
        if user and "user_id" in arguments:
            arguments["channels"] = arguments["user_id"]
        return [self._send(frame, call, arguments, user)]

    def _send(
        self, frame: Frame, call: ast.Call, arguments: dict[str, Argument], user: bool
    ) -> Send:
        channel, event, data = (arguments.get(name) for name in ("channels", "event_name", "data"))
        excluded = arguments.get("socket_id")
        given = self.evaluator.evaluate(*excluded) if excluded is not None else Scalar(None)
        silent = isinstance(given, Scalar) and given.value is None
        channels = self._value(channel, call, frame)
        return Send(
            self._channels(channel, call, frame),
            self._value(event, call, frame),
            self._value(data, call, frame),
            socket_id=not silent,
            user=user,
            origin=Origin(call, frame, *(_here(item, frame) for item in (channel, event, data))),
            repeated=isinstance(channels, Items) and channels.open,
        )

    def _value(self, argument: Argument | None, call: ast.Call, frame: Frame) -> Value:
        return self.evaluator.evaluate(*argument) if argument else Unknown(call, frame)

    def _channels(
        self, argument: Argument | None, call: ast.Call, frame: Frame
    ) -> tuple[Value, ...]:
        value = self._value(argument, call, frame)
        if isinstance(value, Unknown):
            looped = self._looped_over(value)
            value = looped if isinstance(looped, Items) and not looped.open else value
        if not isinstance(value, Items):
            return (value,)
        if value.open or not value.elements:
            return (Unknown(*(argument or (call, frame))),)
        return tuple(self.evaluator.evaluate(*element) for element in value.elements)

    def _looped_over(self, value: Unknown) -> Value | None:
        """What ``channel`` runs through in ``for channel in (a, b): trigger(channel, ...)``."""
        node, frame = value.node, value.frame
        if not isinstance(node, ast.Name):
            return None
        _, bindings = self.inference.bindings_at(frame.module, node, frame.statement)
        if len(bindings) != 1 or bindings[0].kind != "for" or bindings[0].value is None:
            return None
        statement = frame.module.statement_around(bindings[0].node)
        return self.evaluator.evaluate(bindings[0].value, frame.at(statement))

    def _batch(self, frame: Frame, call: ast.Call, batch: Argument | None) -> list[Send]:
        value = self.evaluator.evaluate(*batch) if batch is not None else None
        sends = []
        value_is_open = isinstance(value, Items) and value.open
        for element in value.elements if isinstance(value, Items) else ():
            item = self.evaluator.evaluate(*element)
            if not isinstance(item, Record):
                unknown = Unknown(*element)
                sends.append(Send((unknown,), unknown, unknown, repeated=value_is_open))
                continue
            parts = {entry.key: (entry.node, entry.frame) for entry in item.entries}
            channel, name, data = (
                self._value(parts.get(key), call, frame) for key in ("channel", "name", "data")
            )
            sends.append(
                Send(
                    (channel,),
                    name,
                    data,
                    socket_id="socket_id" in parts,
                    repeated=value_is_open,
                )
            )
        unknown = Unknown(*batch) if batch is not None else Unknown(call, frame)
        return sends or [Send((unknown,), unknown, unknown)]

    # --- Functions --------------------------------------------------------------------------------

    def sends_of(
        self, function: FunctionType, frame: Frame, seen: tuple[FunctionNode, ...] = ()
    ) -> list[Send]:
        """What a function sends when it runs in a frame, through all functions that it calls."""
        node, module = function.node, function.module
        if node in seen or len(seen) >= MAX_CHAIN:
            return []
        sends: list[Send] = []
        for callee in self.callees(function):
            if len(sends) > MAX_SENDS:
                break
            call = callee.call
            at = frame.at(module.statement_around(call))
            if isinstance(callee, Direct):
                found = self.sends_of_call(callee, at)
            else:
                found = self.sends_through(callee, at, (*seen, node))
            if found:
                deferred = deferring_call(self.inference, module, call) is not None
                conditional = self._conditional(module, call, node)
                sends += [_passed_on(send, function, deferred, conditional) for send in found]
        return sends

    def _conditional(self, module: Module, call: ast.Call, function: FunctionNode) -> bool:
        """Whether a function can end without the call though nothing is raised."""
        if _under_branch(module, call, function):
            return True
        graph = self.inference.locals.graph(function)
        avoided = graph.nodes_at(call)
        seen, stack = set(avoided), [graph.entry]
        while stack and avoided:
            node = stack.pop()
            if node is graph.exit:
                return True
            if node not in seen:
                seen.add(node)
                steps = graph.successors(node)
                stack += [edge.target for edge in steps if edge.kind is not EdgeKind.EXCEPTION]
        return False

    def sends_through(
        self, invocation: Invocation, frame: Frame, seen: tuple[FunctionNode, ...] = ()
    ) -> list[Send]:
        """What the function sends that an invocation runs."""
        called = invocation.type
        if not isinstance(called, FunctionType) or not self.may_send(called):
            return []
        return self.sends_of(called, self.entered(invocation, frame), seen)

    def entered(self, invocation: Invocation, frame: Frame) -> Frame:
        """The frame inside the function that an invocation runs."""
        called = invocation.type
        assert isinstance(called, FunctionType)
        receiver = invocation.receiver
        return self.evaluator.enter_with(
            called,
            invocation.given(self.evaluator, frame),
            (receiver, frame) if receiver is not None else None,
            first_statement(called),
            frame.depth,
        )

    def callees(self, function: FunctionType) -> list[Invocation | Direct]:
        """The calls in a function that are those of a client or run functions of the project."""
        known = self._callees.get(function.node)
        if known is None:
            known = self._callees[function.node] = []
            for call in calls_within(function.node):
                direct = self._direct.get(call)
                if direct is not None:
                    known.append(direct)
                    continue
                invocation = invocation_at(self.inference, function.module, call)
                if invocation is not None and isinstance(invocation.type, FunctionType):
                    known.append(invocation)
        return known

    def may_send(self, function: FunctionType) -> bool:
        """True when a function, or one that it calls, calls a client."""
        if function.node in self._sending:
            return self._sending[function.node]
        visited: set[FunctionNode] = set()
        result = self._reaches_client(function, visited)
        if not result:
            # Nothing that was visited reaches one, as all that it calls was visited too.
            self._sending.update(dict.fromkeys(visited, False))
        self._sending[function.node] = result
        return result

    def _reaches_client(self, function: FunctionType, visited: set[FunctionNode]) -> bool:
        stack = [function]
        while stack:
            current = stack.pop()
            if current.node in visited:
                continue
            if self._sending.get(current.node):
                return True
            visited.add(current.node)
            for callee in self.callees(current):
                if isinstance(callee, Direct):
                    return True
                assert isinstance(callee.type, FunctionType)
                stack.append(callee.type)
        return False

    def reached(self, functions: Iterable[FunctionType]) -> set[FunctionNode]:
        """The functions themselves and those that they send through."""
        found: set[FunctionNode] = set()
        stack = list(functions)
        while stack:
            function = stack.pop()
            if function.node in found:
                continue
            found.add(function.node)
            stack += self._senders_called(function)
        return found

    def _senders_called(self, function: FunctionType) -> Iterator[FunctionType]:
        for callee in self.callees(function):
            called = callee.type if isinstance(callee, Invocation) else None
            if isinstance(called, FunctionType) and self.may_send(called):
                yield called


def first_statement(function: FunctionType) -> ast.stmt:
    """The statement with which a function begins."""
    node = function.node
    if isinstance(node, ast.Lambda):
        return function.module.statement_around(node)
    return node.body[0]


def _plain(direct: Direct) -> Invocation:
    call = direct.call
    arguments, keywords = tuple(call.args), tuple(call.keywords)
    return Invocation(direct.module, call, call.func, None, arguments, keywords)


def _here(argument: Argument | None, frame: Frame) -> ast.expr | None:
    """The expression of an argument when the call's own frame evaluates it."""
    return argument[0] if argument is not None and argument[1] is frame else None


def _under_branch(module: Module, call: ast.Call, function: ast.AST) -> bool:
    """True when the call stands under a branch or loop of the function."""
    for parent in module.ancestors(call):
        if parent is function:
            return False
        if isinstance(
            parent, ast.If | ast.IfExp | ast.For | ast.While | ast.ExceptHandler | ast.Match
        ):
            return True
    return False


def _passed_on(send: Send, function: FunctionType, deferred: bool, conditional: bool) -> Send:
    return replace(
        send,
        deferred=send.deferred or deferred,
        conditional=send.conditional or conditional,
        chain=(function, *send.chain),
    )
