"""Who sends what: direct calls of a client, wrappers around them, the manager and its contract."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from pusher_migrate.index import sdk
from pusher_migrate.index.clients import find_direct, last_name
from pusher_migrate.index.contracts import (
    Contract,
    Direct,
    Emission,
    Origin,
    Send,
    parameters_of,
)
from pusher_migrate.index.evaluate import Evaluator
from pusher_migrate.index.infer import Inference
from pusher_migrate.index.modules import Module
from pusher_migrate.index.scopes import FunctionNode
from pusher_migrate.index.transactions import deferring_call, is_partial
from pusher_migrate.index.types import (
    ClassType,
    FunctionType,
    Instance,
)
from pusher_migrate.index.values import Frame, Items, Record, Unknown, Value

MAX_CHAIN = 8


class Emissions:
    """All emissions of a project.

    Args:
        inference: Type inference over the project.
        manager: Dotted name of the manager object (or class), None when there is none.
        transport: Globs over dotted names of modules, classes and functions.
        clients: Dotted names that are clients whatever the code says.
        prefix: What the names of the manager's methods start with.
    """

    def __init__(
        self,
        inference: Inference,
        manager: str | None = None,
        transport: Iterable[str] = (),
        clients: Iterable[str] = (),
        prefix: str = "realtime_",
    ) -> None:
        self.inference = inference
        self.evaluator = Evaluator(inference)
        self.prefix = prefix
        self.clients = frozenset(clients)
        self.transport_globs = tuple(transport)
        self.manager_class = self._manager_class(manager)
        self.manager_object = manager or ""
        self.wrappers: dict[FunctionNode, FunctionType] = {}
        self.emissions: list[Emission] = []
        self.transport: list[Direct] = []
        self._direct_in: dict[ast.AST | None, list[Direct]] = {}
        self._sending: dict[FunctionNode, bool] = {}
        self.direct, self.shadowed = find_direct(inference, self.clients)
        for direct in self.direct:
            around = direct.module.named_function_around(direct.call)
            self._direct_in.setdefault(around, []).append(direct)
        self.contracts = self._contracts()
        self._through_manager = self._reached_from_manager()
        self._find_sites()
        self.emissions.sort(key=lambda e: (e.module.path, e.call.lineno, e.call.col_offset))

    def sends_of_call(self, direct: Direct, frame: Frame) -> list[Send]:
        """What one direct call of a client sends, evaluated in a frame."""
        call = direct.call
        if direct.old_style:
            assert isinstance(call.func, ast.Attribute)
            passed = _bound(call, sdk.OLD_TRIGGER)
            subscript = call.func.value
            channel = subscript.slice if isinstance(subscript, ast.Subscript) else call
            return [
                self._send(frame, call, channel, passed.get("event"), passed.get("data"), passed)
            ]
        passed = _bound(call, sdk.METHODS[direct.method])
        if direct.method == "trigger_batch":
            return self._batch(frame, call, passed.get("batch"))
        channel_name = "user_id" if direct.method == "send_to_user" else "channels"
        event, data = passed.get("event_name"), passed.get("data")
        user = direct.method == "send_to_user"
        return [self._send(frame, call, passed.get(channel_name), event, data, passed, user)]

    def _send(
        self,
        frame: Frame,
        call: ast.Call,
        channel: ast.expr | None,
        event: ast.expr | None,
        data: ast.expr | None,
        passed: dict[str, ast.expr],
        user: bool = False,
    ) -> Send:
        evaluate = self.evaluator.evaluate
        channels: tuple[Value, ...] = (Unknown(call, frame),)
        if channel is not None:
            value = evaluate(channel, frame)
            channels = (value,)
            items = self._looped_over(value) if isinstance(value, Unknown) else value
            if isinstance(items, Items) and not items.open:
                channels = tuple(evaluate(*element) for element in items.elements)
        excluded = passed.get("socket_id")
        silent = excluded is None or (isinstance(excluded, ast.Constant) and excluded.value is None)
        return Send(
            channels,
            evaluate(event, frame) if event is not None else Unknown(call, frame),
            evaluate(data, frame) if data is not None else Unknown(call, frame),
            socket_id=not silent,
            user=user,
            origin=Origin(call, frame, channel, event, data),
        )

    def _looped_over(self, value: Unknown) -> Value | None:
        """What ``channel`` runs through in ``for channel in (a, b): client.trigger(channel, ...)``."""
        node, frame = value.node, value.frame
        if not isinstance(node, ast.Name):
            return None
        _, bindings = self.inference.bindings_at(frame.module, node, frame.statement)
        if len(bindings) != 1 or bindings[0].kind != "for" or bindings[0].value is None:
            return None
        statement = frame.module.statement_around(bindings[0].node)
        return self.evaluator.evaluate(bindings[0].value, frame.at(statement))

    def _batch(self, frame: Frame, call: ast.Call, batch: ast.expr | None) -> list[Send]:
        value = self.evaluator.evaluate(batch, frame) if batch is not None else None
        sends = []
        if isinstance(value, Items):
            for node, home in value.elements:
                item = self.evaluator.evaluate(node, home)
                if isinstance(item, Record):
                    parts = {entry.key: entry for entry in item.entries}
                    values = [
                        (
                            self.evaluator.evaluate(parts[key].node, parts[key].frame)
                            if key in parts
                            else Unknown(call, frame)
                        )
                        for key in ("channel", "name", "data")
                    ]
                    silent = "socket_id" not in parts
                    sends.append(Send((values[0],), values[1], values[2], socket_id=not silent))
        unknown = Unknown(call, frame)
        return sends or [Send((unknown,), unknown, unknown)]

    # --- What functions send ----------------------------------------------------------------------

    def sends_of(
        self, function: FunctionType, frame: Frame, seen: tuple[FunctionNode, ...] = ()
    ) -> list[Send]:
        """What a function sends when it runs in a frame, through all functions that it calls."""
        node, module = function.node, function.module
        if node in seen or len(seen) >= MAX_CHAIN or isinstance(node, ast.Lambda):
            return []
        sends: list[Send] = []
        for call in _calls_within(node):
            at = frame.at(module.statement_around(call))
            found: list[Send] = []
            direct = next(
                (d for d in self._direct_in.get(self._home(module, call), ()) if d.call is call),
                None,
            )
            if direct is not None:
                found = self.sends_of_call(direct, at)
            else:
                called = self.inference.type_of(module, call.func)
                if isinstance(called, FunctionType) and self.may_send(called):
                    inner = self.evaluator.enter(called, call, at, _first_statement(called))
                    found = self.sends_of(called, inner, (*seen, node))
            if found:
                deferred = deferring_call(self.inference, module, call) is not None
                conditional = _conditional(module, call, node)
                sends += [_passed_on(send, function, deferred, conditional) for send in found]
        return sends

    def may_send(self, function: FunctionType) -> bool:
        """True when a function, or one that it calls, calls a client."""
        node = function.node
        known = self._sending.get(node)
        if known is not None:
            return known
        self._sending[node] = False
        if isinstance(node, ast.Lambda):
            return False
        module = function.module
        result = False
        for call in _calls_within(node):
            home = self._direct_in.get(self._home(module, call), ())
            if any(direct.call is call for direct in home):
                result = True
                break
            called = self.inference.type_of(module, call.func)
            if (
                isinstance(called, FunctionType)
                and called.node is not node
                and self.may_send(called)
            ):
                result = True
                break
        self._sending[node] = result
        return result

    def _home(self, module: Module, call: ast.Call) -> ast.AST | None:
        return module.named_function_around(call)

    # --- The manager ------------------------------------------------------------------------------

    def _manager_class(self, manager: str | None) -> ClassType | None:
        found = self.inference.resolve(manager) if manager else None
        if isinstance(found, Instance):
            return found.cls
        return found if isinstance(found, ClassType) else None

    def _contracts(self) -> dict[str, Contract]:
        contracts: dict[str, Contract] = {}
        if self.manager_class is None:
            return contracts
        for cls in self.inference.mro(self.manager_class):
            for node in cls.node.body:
                if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                if node.name.startswith(self.prefix) and node.name not in contracts:
                    contracts[node.name] = self.contract(cls, node)
        return contracts

    def contract(self, cls: ClassType, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Contract:
        """The contract of one method, read from its source."""
        method = FunctionType(cls.module, node, Instance(cls))
        frame = Frame(cls.module, node, _first_statement(method))
        sends = tuple(self.sends_of(method, frame))
        defers = bool(sends) and all(send.deferred for send in sends)
        return Contract(method, node.name, parameters_of(node), sends, defers)

    def _reached_from_manager(self) -> set[FunctionNode]:
        """The functions that the manager's own code sends through."""
        if self.manager_class is None:
            return set()
        reached: set[FunctionNode] = set()
        stack = [
            FunctionType(cls.module, node, Instance(cls))
            for cls in self.inference.mro(self.manager_class)
            for node in cls.node.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        while stack:
            function = stack.pop()
            if function.node in reached:
                continue
            reached.add(function.node)
            for call in _calls_within(function.node):
                called = self.inference.type_of(function.module, call.func)
                if isinstance(called, FunctionType) and self.may_send(called):
                    stack.append(called)
        return reached

    # --- Sites ------------------------------------------------------------------------------------

    def is_transport(self, module: Module, node: ast.AST) -> bool:
        """True in the manager, what it sends through, and the catalogue's transport."""
        function = module.named_function_around(node)
        if function is not None and function in self._through_manager:
            return True
        names = [module.name]
        outer = module.definition_around(node)
        while outer is not None:
            if self.manager_class is not None and outer is self.manager_class.node:
                return True
            names.append(module.dotted(outer))
            outer = module.definition_around(outer)
        return any(fnmatchcase(name, glob) for name in names for glob in self.transport_globs)

    def _find_sites(self) -> None:
        pending: list[FunctionType] = []
        for direct in self.direct:
            if self.is_transport(direct.module, direct.call):
                self.transport.append(direct)
            frame = self.evaluator.frame_at(direct.module, direct.call)
            sends = tuple(self.sends_of_call(direct, frame))
            wrapper = self._wrapper_of(direct.module, direct.call, sends)
            if wrapper is not None:
                pending.append(wrapper)
            if direct not in self.transport and wrapper is None:
                self.emissions.append(
                    Emission(
                        direct.module,
                        direct.call,
                        "legacy",
                        direct.method,
                        direct.module.named_function_around(direct.call),
                        sends,
                        by_name=direct.by_name,
                    )
                )
        self._follow_wrappers(pending)
        self._find_manager_calls()

    def _wrapper_of(
        self, module: Module, call: ast.Call, sends: tuple[Send, ...]
    ) -> FunctionType | None:
        """The function whose own parameter is the channel, event or payload of a send."""
        for send in sends:
            for value in (*send.channels, send.event, send.payload):
                if not isinstance(value, Unknown) or value.parameter is None:
                    continue
                owner, _ = value.parameter
                if isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef):
                    return self._as_method(module, owner)
        return None

    def _as_method(
        self, module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> FunctionType:
        cls = module.class_around(node)
        return FunctionType(module, node, Instance(ClassType(module, cls)) if cls else None)

    def _follow_wrappers(self, pending: list[FunctionType]) -> None:
        while pending:
            wrapper = pending.pop()
            if wrapper.node in self.wrappers:
                continue
            self.wrappers[wrapper.node] = wrapper
            self._sending[wrapper.node] = True
            for module, call, _ in self.inference.callers(wrapper):
                if module.named_function_around(call) is wrapper.node:
                    continue  # Recursion: the outer call is the site.
                frame = self.evaluator.frame_at(module, call)
                called = self.inference.type_of(module, call.func)
                assert isinstance(called, FunctionType)
                inner = self.evaluator.enter(called, call, frame, _first_statement(called))
                sends = tuple(self.sends_of(called, inner))
                outer = self._wrapper_of(module, call, sends)
                if outer is not None and outer.node is not wrapper.node:
                    pending.append(outer)
                elif outer is None and not self.is_transport(module, call):
                    self.emissions.append(
                        Emission(
                            module,
                            call,
                            "legacy",
                            called.dotted,
                            module.named_function_around(call),
                            sends,
                            called,
                        )
                    )

    def _find_manager_calls(self) -> None:
        if self.manager_class is None:
            return
        for module in self.inference.project.modules_holding(self.prefix):
            references: set[ast.AST] = set()
            for call in module.calls:
                self._manager_call(module, call, references)

    def _manager_call(self, module: Module, call: ast.Call, references: set[ast.AST]) -> None:
        candidates: list[tuple[ast.expr, ast.expr, bool]] = [(call.func, call, False)]
        if call.args and is_partial(self.inference, module, call):
            candidates.append((call.args[0], call, True))
        else:
            values = [*call.args, *(keyword.value for keyword in call.keywords)]
            candidates += [(value, value, True) for value in values]
        for target, site, reference in candidates:
            if not isinstance(target, ast.Attribute) or target.attr not in self.contracts:
                continue
            contract = self.contracts[target.attr]
            found = self.inference.type_of(module, target)
            known = isinstance(found, FunctionType) and found.node is contract.method.node
            by_name = found is None and last_name(target.value) == self._manager_name
            if not (known or by_name) or self.is_transport(module, call) or site in references:
                continue
            references.add(site)
            sends = contract.sends
            if isinstance(site, ast.Call) and not reference:
                frame = self.evaluator.frame_at(module, call)
                inner = self.evaluator.enter(
                    contract.method, call, frame, _first_statement(contract.method)
                )
                sends = tuple(self.sends_of(contract.method, inner))
            function = module.named_function_around(call)
            self.emissions.append(
                Emission(
                    module,
                    site,
                    "manager",
                    contract.name,
                    function,
                    sends,
                    contract.method,
                    by_name,
                    reference,
                )
            )

    @property
    def _manager_name(self) -> str:
        return self.manager_object.rpartition(".")[2]


def _bound(call: ast.Call, names: tuple[str, ...]) -> dict[str, ast.expr]:
    """Arguments of a call by the SDK's parameter names, up to a ``*args``."""
    bound: dict[str, ast.expr] = {}
    for name, argument in zip(names, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            break
        bound[name] = argument
    for keyword in call.keywords:
        if keyword.arg is not None:
            bound[keyword.arg] = keyword.value
    # The old name of the parameter, and the singular that people write.
    if "channels" in names and "channels" not in bound and "channel" in bound:
        bound["channels"] = bound["channel"]
    return bound


def _calls_within(function: FunctionNode) -> Iterator[ast.Call]:
    """The calls in a function's body, those in its lambdas and inner functions included."""
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                yield node


def _first_statement(function: FunctionType) -> ast.stmt:
    node = function.node
    if isinstance(node, ast.Lambda):
        return function.module.statement_around(node)
    return node.body[0]


def _conditional(module: Module, call: ast.Call, function: ast.AST) -> bool:
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
    return Send(
        send.channels,
        send.event,
        send.payload,
        send.deferred or deferred,
        send.conditional or conditional,
        send.socket_id,
        (function, *send.chain),
        send.user,
        send.origin,
    )
