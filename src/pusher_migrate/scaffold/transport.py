"""How the manager sends: its own transport helper, or its envelope, read from its methods."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.scopes import Binding, FunctionNode
from pusher_migrate.index.code.syntax import default_of
from pusher_migrate.index.flow.graph import Graph, Nodes
from pusher_migrate.index.sending.contracts import Contract, Direct
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance
from pusher_migrate.index.values.values import Frame, Items, Unknown
from pusher_migrate.nodes import walk
from pusher_migrate.scaffold.changes import first_change
from pusher_migrate.syntax.layout import Refusal


@dataclass(frozen=True, slots=True)
class Transport:
    """What a method of the manager calls to send channel, event and payload just as they are.

    Attributes:
        callee: Source of what is called, ``self._send``.
        channel: Name of the parameter that takes the channel.
        event: Name of the one that takes the event's name.
        payload: Name of the one that takes the payload.
        order: Names of the parameters that can be passed by position, in order.
        takes_list: Whether the channel may be a list of channels.
        encodes: Whether it makes the payload text itself, so that it must not be text already.
        function: The helper; None for a client's own method.
        conditional: Whether it sends on some of its paths only.
    """

    callee: str
    channel: str
    event: str
    payload: str
    order: tuple[str, ...]
    takes_list: bool = False
    encodes: bool = False
    function: FunctionNode | None = None
    conditional: bool = False

    def arguments(
        self, channel: ast.expr, event: ast.expr, payload: ast.expr, by_keyword: bool
    ) -> tuple[list[ast.expr], list[ast.keyword]]:
        """Arguments of a call, positional ones and keywords."""
        values = {self.channel: channel, self.event: event, self.payload: payload}
        positional: list[ast.expr] = []
        if not by_keyword:
            for name in self.order:
                if name not in values:
                    break
                positional.append(values.pop(name))
        return positional, [ast.keyword(name, value) for name, value in values.items()]


@dataclass(frozen=True, eq=False, slots=True)
class HelperCall:
    """A call by which a function of the manager sends.

    Attributes:
        function: The function of the manager around the call.
        call: The call.
        callee: Source of what is called.
        helper: The function that is called; None for a client's own method.
    """

    function: ast.FunctionDef
    call: ast.Call
    callee: str
    helper: FunctionType | None


def transport_of(index: ProjectIndex, owner: ClassType) -> Transport | Refusal:
    """The transport that the sending methods of a class use most.

    What a private method of the class uses counts where no sending method uses a transport that
    sends everything as it is. A client's own ``trigger`` counts only where the sending methods call
    it themselves: what they send through a helper is not to go past it.
    """
    prefix = index.emissions.prefix
    uses: Counter[str] = Counter()
    found: dict[str, Transport] = {}
    changed: set[str] = set()
    for used in helper_calls(index, owner):
        public = used.function.name.startswith(prefix)
        transport = _transport(index, owner, used)
        if transport is None:
            changed.add(used.callee)
        elif used.helper is not None or public:
            found.setdefault(used.callee, transport)
            uses[used.callee] += 1000 if public else 1
    if found:
        best = max(found, key=lambda callee: uses[callee])
        return found[best]
    unused = list(_unused_helpers(index, owner))
    if len(unused) == 1:
        return unused[0]
    if changed:
        names = " and ".join(sorted(changed))
        return Refusal(
            f"{owner.name} sends through {names}, which does not send channel, event and payload "
            'just as they are; write the method by hand, or set envelope = "manager" in the '
            "catalogue"
        )
    return Refusal(
        f"{owner.name} has no helper that takes channel, event and payload, and no method from "
        "which it could be seen how it sends; write such a helper, or the method, by hand"
    )


def helper_calls(index: ProjectIndex, owner: ClassType) -> Iterator[HelperCall]:
    """The calls in a class's functions by which they send, in source order."""
    module, emissions = owner.module, index.emissions
    direct: dict[ast.Call, Direct] = {
        item.call: item for item in emissions.direct if item.module is module
    }
    for function in functions_of(owner):
        for call in walk(function):
            if not isinstance(call, ast.Call):
                continue
            callee = ast.unparse(call.func)
            if call in direct:
                if direct[call].method == "trigger" and not direct[call].old_style:
                    if _is_stable(function, call.func):
                        yield HelperCall(function, call, callee, None)
                continue
            called = index.inference.type_of(module, call.func)
            if isinstance(called, FunctionType) and emissions.may_send(called):
                if _is_stable(function, call.func) and isinstance(called.node, ast.FunctionDef):
                    yield HelperCall(function, call, callee, called)


def functions_of(owner: ClassType) -> list[ast.FunctionDef]:
    """The plain functions that a class body defines, in source order."""
    return [node for node in owner.node.body if isinstance(node, ast.FunctionDef)]


def neighbours_of(index: ProjectIndex, owner: ClassType) -> list[Contract]:
    """The sending methods that a class itself defines, in source order."""
    own = set(functions_of(owner))
    contracts = [c for c in index.emissions.contracts.values() if c.method.node in own]
    return sorted(contracts, key=lambda contract: contract.method.node.lineno)


def _is_stable(function: ast.FunctionDef, target: ast.expr) -> bool:
    """Whether another method can reach the callee by the same words: no local variable of it."""
    while isinstance(target, ast.Attribute):
        target = target.value
    if not isinstance(target, ast.Name):
        return False
    positional = [*function.args.posonlyargs, *function.args.args]
    if positional and target.id == positional[0].arg:
        return True
    bound = {a.arg for a in walk(function.args) if isinstance(a, ast.arg)}
    bound |= {
        node.id
        for node in walk(function)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    bound |= {
        (alias.asname or alias.name).partition(".")[0]
        for node in walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return target.id not in bound


def _transport(index: ProjectIndex, owner: ClassType, used: HelperCall) -> Transport | None:
    if used.helper is None:
        channel, event, payload = sdk.TRIGGER[:3]
        return Transport(used.callee, channel, event, payload, sdk.TRIGGER, takes_list=True)
    return verbatim(index, used.helper, used.callee)


def verbatim(index: ProjectIndex, helper: FunctionType, callee: str) -> Transport | None:
    """The helper as a transport, when it sends just what it is given; else None.

    Args:
        index: The project.
        helper: A function that sends.
        callee: Source of what is called.
    """
    node = helper.node
    if not isinstance(node, ast.FunctionDef):
        return None
    sends = index.emissions.sends_of(helper, Frame(helper.module, node, node.body[0]))
    if len(sends) != 1 or len(sends[0].channels) != 1 or sends[0].socket_id or sends[0].user:
        return None
    origin = sends[0].origin
    if origin is None:
        return None
    roles = []
    for value, passed in zip(
        (sends[0].channels[0], sends[0].event, sends[0].payload),
        (origin.channel, origin.event, origin.data),
        strict=True,
    ):
        known = value.parameter if isinstance(value, Unknown) else None
        if known is None or known[0] is not node or passed is None:
            return None
        if _is_changed(index, passed, origin.frame):
            return None
        roles.append(known[1])
    if len(set(roles)) != 3:
        return None
    if any(_is_needed(node, argument, roles, helper) for argument in _arguments(node)):
        return None
    positional = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    if helper.bound is not None:
        positional = positional[1:]
    channel, event, payload = roles
    encoding = _encoding(index, origin.data, origin.frame)
    if encoding is not None and not _encodes_as_the_sdk(encoding):
        return None
    listed = isinstance(index.evaluator.evaluate(_given(origin.channel), origin.frame), Items)
    return Transport(
        callee,
        channel,
        event,
        payload,
        tuple(positional),
        takes_list=not listed,
        encodes=encoding is not None,
        function=node,
        conditional=sends[0].conditional,
    )


def _given(node: ast.expr | None) -> ast.expr:
    assert node is not None
    return node


def _is_changed(index: ProjectIndex, node: ast.expr, frame: Frame) -> bool:
    """Whether what is passed for a parameter may be changed on the way through the helpers."""
    inference = index.inference
    while True:
        names = [part.id for part in walk(node) if isinstance(part, ast.Name)]
        function = frame.function
        if function is None or isinstance(function, ast.Lambda):
            return False
        graph = inference.locals.graph(function)
        end = graph.heads_of(frame.statement)
        own = frame.module.scopes[function].names
        local = [name for name in names if name in own]
        starts = {name: _start(graph, frame, own[name]) for name in local}
        for name in local:
            if first_change(inference, frame.module, graph, name, starts[name], end) is not None:
                return True
        passed = [frame.arguments[name] for name in local if name in frame.arguments]
        assigned = [
            (binding.value, frame.at(frame.module.statement_around(binding.node)))
            for name in local
            for binding in own[name]
            if binding.kind == "assign" and binding.value is not None
        ]
        following = [*passed, *assigned]
        if not following:
            return False
        if len(following) > 1:
            return True
        node, frame = following[0]


def _start(graph: Graph, frame: Frame, bindings: list[Binding]) -> Nodes:
    """Where a local name begins to hold its value."""
    if any(binding.kind == "parameter" for binding in bindings):
        return graph.entry
    return graph.nodes_of(frame.module.statement_around(bindings[0].node))


def _encoding(index: ProjectIndex, node: ast.expr | None, frame: Frame) -> ast.Call | None:
    """The call by which a helper makes the payload text itself."""
    while isinstance(node, ast.Name):
        if node.id in frame.arguments:
            node, frame = frame.arguments[node.id]
            continue
        _, bindings = index.inference.bindings_at(frame.module, node, frame.statement)
        value = bindings[0].value if len(bindings) == 1 else None
        if value is None:
            return None
        frame, node = frame.at(frame.module.statement_around(bindings[0].node)), value
    return node if isinstance(node, ast.Call) else None


def _encodes_as_the_sdk(call: ast.Call) -> bool:
    """Whether the text is what the SDK would make of the payload (pusher 3.3, ``util.py``)."""
    options = {keyword.arg: keyword.value for keyword in call.keywords}
    ascii_only = options.pop("ensure_ascii", None)
    plain = isinstance(ascii_only, ast.Constant) and ascii_only.value is False
    return plain and set(options) <= {"cls", "default"} and len(call.args) == 1


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def _is_needed(
    node: ast.FunctionDef, argument: ast.arg, roles: list[str], helper: FunctionType
) -> bool:
    """Whether a helper must be given something besides channel, event and payload."""
    if argument.arg in roles or default_of(node, argument) is not None:
        return False
    positional = [*node.args.posonlyargs, *node.args.args]
    return not (helper.bound is not None and positional and positional[0] is argument)


def _unused_helpers(index: ProjectIndex, owner: ClassType) -> Iterator[Transport]:
    """The helpers of a class that has no sending method yet."""
    receiver = Instance(owner)
    for function in functions_of(owner):
        helper = FunctionType(owner.module, function, receiver)
        bound = index.inference.member(receiver, function.name)
        if isinstance(bound, FunctionType) and index.emissions.may_send(helper):
            transport = verbatim(index, bound, f"self.{function.name}")
            if transport is not None:
                yield transport
