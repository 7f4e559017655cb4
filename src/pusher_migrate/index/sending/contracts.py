"""What the index says of sending: direct calls, emissions, and the manager's contract."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.index.calls.invocations import Invocation
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.index.values.values import Frame, Value


@dataclass(frozen=True, eq=False, slots=True)
class Origin:
    """The call of a client that a send is, with its arguments as they are written.

    Values forget how a text was put together; who moves the expressions elsewhere needs them.

    Attributes:
        call: The call.
        frame: Where its arguments are evaluated.
        channel: Channels, None when the call does not pass them.
        event: Event name, likewise.
        data: Payload, likewise.
    """

    call: ast.Call
    frame: Frame
    channel: ast.expr | None
    event: ast.expr | None
    data: ast.expr | None


@dataclass(frozen=True, eq=False, slots=True)
class Send:
    """One event that leaves through a client.

    Attributes:
        channels: One value for each channel; one unknown when their number is not known.
        event: Event name.
        payload: Data.
        deferred: True when it is sent through ``on_commit`` somewhere on the way.
        conditional: True when some path through the functions on the way does not send it.
        socket_id: True when a ``socket_id`` is passed: the sender does not hear its own event.
        chain: The functions passed through, the outermost first.
        user: True for ``send_to_user``: the channel is a user's.
        origin: The call; None for a part of a batch.
        repeated: True when it stands for one event for each element of a batch, or of a list of
            channels, of which the length is not known.
    """

    channels: tuple[Value, ...]
    event: Value
    payload: Value
    deferred: bool = False
    conditional: bool = False
    socket_id: bool = False
    chain: tuple[FunctionType, ...] = ()
    user: bool = False
    origin: Origin | None = None
    repeated: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Direct:
    """A call of a client's own method, wherever it stands.

    Attributes:
        by_name: True when only the receiver's name speaks for a client.
        old_style: ``client["channel"].trigger(event, data)``.
        invocation: How the method is called: here, by a thread, through a partial.
        found_by: ``type``; ``attribute`` when the tree keeps clients under the receiver's attribute
            or key; ``value`` when one of its values is a client; ``name``; ``unresolved`` when only
            the method's name speaks for a send.
    """

    module: Module
    call: ast.Call
    method: str
    by_name: bool = False
    old_style: bool = False
    invocation: Invocation | None = None
    found_by: str = "type"

    @property
    def runs_later(self) -> bool:
        """Whether the method is handed over to something that calls it."""
        return self.invocation is not None and bool(self.invocation.runner)

    @property
    def site(self) -> ast.expr:
        """What stands for the call in reports."""
        return self.invocation.site if self.invocation is not None else self.call


@dataclass(frozen=True, eq=False, slots=True)
class Emission:
    """A call that sends, outside the transport.

    Attributes:
        system: ``legacy`` or ``manager``.
        call: The call; for ``partial(manager.realtime_x, room)`` the partial.
        method: ``trigger``, the wrapper's or the manager method's name.
        target: The wrapper or manager method; None for a direct call of a client.
        function: The ``def`` around the call.
        sends: What it sends.
        by_name: True when the receiver was recognised by its name only.
        reference: True when the method is passed on (``partial``, ``on_commit(manager.method)``).
        invocation: How it is called.
        found_by: As for `Direct`.
    """

    module: Module
    call: ast.expr
    system: str
    method: str
    function: ast.FunctionDef | ast.AsyncFunctionDef | None
    sends: tuple[Send, ...]
    target: FunctionType | None = None
    by_name: bool = False
    reference: bool = False
    invocation: Invocation | None = None
    found_by: str = "type"

    @property
    def doubts(self) -> list[str]:
        """That it is not certain that the receiver is a client, when that is so."""
        if not self.by_name:
            return []
        if self.found_by == "value":
            return [
                "only one of the receiver's values is a client; what the other one is, is unknown"
            ]
        by = "attribute" if self.found_by == "attribute" else "name"
        return [f"only its {by} says that the receiver is a Pusher client"]

    @property
    def arguments(self) -> tuple[list[ast.expr], list[ast.keyword]]:
        """Positional and keyword arguments that the method gets."""
        if self.invocation is not None:
            return self.invocation.written
        if not isinstance(self.call, ast.Call):
            return [], []
        return self.call.args[1:] if self.reference else self.call.args, self.call.keywords


@dataclass(frozen=True, eq=False, slots=True)
class Parameter:
    """A parameter of a manager method; ``kind`` as ``inspect.Parameter`` names it."""

    name: str
    kind: str
    has_default: bool
    node: ast.arg


@dataclass(frozen=True, eq=False, slots=True)
class Contract:
    """What one manager method takes and what it sends, read from its source.

    Attributes:
        defers: True when the method itself defers all that it sends to the commit.
    """

    method: FunctionType
    name: str
    parameters: tuple[Parameter, ...]
    sends: tuple[Send, ...]
    defers: bool = False


@dataclass(eq=False)
class Shadowed:
    """A call on a name that is no client but looks like one (PM106)."""

    module: Module
    call: ast.Call
    bound_to: str


def parameters_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Parameter, ...]:
    """The parameters of a method in order, without ``self``."""
    declared = node.args
    positional = [*declared.posonlyargs, *declared.args]
    first_default = len(positional) - len(declared.defaults)
    static = any(
        isinstance(decorator, ast.Name) and decorator.id == "staticmethod"
        for decorator in node.decorator_list
    )
    result = [
        Parameter(
            argument.arg,
            "positional-only" if argument in declared.posonlyargs else "positional",
            index >= first_default,
            argument,
        )
        for index, argument in enumerate(positional)
    ]
    result = result if static else result[1:]
    if declared.vararg is not None:
        result.append(Parameter(declared.vararg.arg, "var-positional", True, declared.vararg))
    for argument, default in zip(declared.kwonlyargs, declared.kw_defaults, strict=True):
        result.append(Parameter(argument.arg, "keyword-only", default is not None, argument))
    if declared.kwarg is not None:
        result.append(Parameter(declared.kwarg.arg, "var-keyword", True, declared.kwarg))
    return tuple(result)
