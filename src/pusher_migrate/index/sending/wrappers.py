"""Functions that pass their own parameters on to a client: the sends are their callers'."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable

from pusher_migrate.index.calls.invocations import Invocation
from pusher_migrate.index.calls.references import Kept, References, is_use_of
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import decorator_name
from pusher_migrate.index.sending.contracts import Direct, Emission, Send
from pusher_migrate.index.sending.sends import Sending
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance
from pusher_migrate.index.values.values import Unknown

IsTransport = Callable[[Module, ast.AST], bool]


class Wrappers:
    """Finds wrappers and the calls of them that are emissions.

    Args:
        sending: What functions send.
        references: Where they are named.
        is_transport: Whether a place belongs to the transport.
        methods: The manager's sending methods: a call of one is no legacy call, though it may pass
            a parameter on as its payload.

    Attributes:
        found: All wrappers.
        callers: The calls of each, recursion left out.
        kept: Wrappers that are kept where their calls are not followed.
    """

    def __init__(
        self,
        sending: Sending,
        references: References,
        is_transport: IsTransport,
        methods: Collection[FunctionNode] = (),
    ) -> None:
        self.methods = frozenset(methods)
        self.sending = sending
        self.inference = sending.inference
        self.evaluator = sending.evaluator
        self.references = references
        self.is_transport = is_transport
        self.found: dict[FunctionNode, FunctionType] = {}
        self.callers: dict[FunctionNode, tuple[Invocation, ...]] = {}
        self.kept: list[Kept] = []
        self._inner: dict[FunctionNode, list[Emission]] = {}
        self._sites: set[ast.AST] = set()

    def follow(self, direct: Iterable[Direct]) -> list[Emission]:
        """The emissions that the calls of clients and the calls of their wrappers are.

        A wrapper that nobody is seen to call keeps its own call as an emission of which channel,
        event or payload is not known: the code may be run by a framework.
        """
        emissions: list[Emission] = []
        pending: list[FunctionType] = []
        for item in direct:
            frame = self.evaluator.frame_at(item.module, item.call)
            sends = tuple(self.sending.sends_of_call(item, frame))
            emission = _of_direct(item, sends)
            wrapper = self._wrapper_of(item.module, item.call, sends)
            if wrapper is not None:
                pending.append(wrapper)
                self._inner.setdefault(wrapper.node, []).append(emission)
            elif not self.is_transport(item.module, item.call):
                emissions.append(emission)
                self._sites.add(item.call)
        while pending:
            wrapper = pending.pop()
            if wrapper.node not in self.found and wrapper.node not in self.methods:
                self.found[wrapper.node] = wrapper
                emissions += self._calls_of(wrapper, pending)
        return emissions

    def _calls_of(self, wrapper: FunctionType, pending: list[FunctionType]) -> list[Emission]:
        uses = list(self._uses(wrapper))
        self.callers[wrapper.node] = tuple(uses)
        if not uses:
            return [
                emission
                for emission in self._inner.get(wrapper.node, ())
                if not self.is_transport(emission.module, emission.call)
            ]
        emissions = []
        for use in uses:
            frame = self.evaluator.frame_at(use.module, use.call)
            sends = tuple(self.sending.sends_through(use, frame))
            # What the wrapper sends whoever calls it is an emission of its own.
            varying = tuple(
                s for s in sends if s.origin is None or s.origin.call not in self._sites
            )
            sends = varying or sends
            emission = _of_wrapper(use, sends)
            outer = self._wrapper_of(use.module, use.call, sends)
            if outer is not None and outer.node is not wrapper.node:
                pending.append(outer)
                self._inner.setdefault(outer.node, []).append(emission)
            elif outer is None and not self.is_transport(use.module, use.call):
                emissions.append(emission)
        return emissions

    def _uses(self, wrapper: FunctionType) -> Iterable[Invocation]:
        seen: set[ast.expr] = set()
        for use in self.references.uses(_names_of(wrapper)):
            if isinstance(use, Kept):
                found = self.inference.type_of(use.module, use.node)
                if isinstance(found, FunctionType) and found.node is wrapper.node:
                    self.kept.append(use)
                continue
            if not is_use_of(use, wrapper) or use.call in seen:
                continue
            seen.add(use.call)
            if not _is_within(use.module, use.call, wrapper.node):
                yield use  # Otherwise it is recursion: the outer call is the site.

    def _wrapper_of(
        self, module: Module, call: ast.Call, sends: tuple[Send, ...]
    ) -> FunctionType | None:
        """The innermost function around a call whose parameter is what a send sends."""
        owners = {
            value.parameter[0]
            for send in sends
            for value in (*send.channels, send.event, send.payload)
            if isinstance(value, Unknown) and value.parameter is not None
        }
        for function in module.ancestors(call):
            if isinstance(function, FunctionNode) and function in owners:
                if _is_followed(module, function):
                    return _as_method(module, function)
        return None


def _of_direct(item: Direct, sends: tuple[Send, ...]) -> Emission:
    return Emission(
        item.module,
        item.site,
        "legacy",
        item.method,
        item.module.named_function_around(item.call),
        sends,
        by_name=item.by_name,
        reference=item.runs_later,
        invocation=item.invocation,
        found_by=item.found_by,
    )


def _of_wrapper(use: Invocation, sends: tuple[Send, ...]) -> Emission:
    wrapper = use.type
    assert isinstance(wrapper, FunctionType)
    return Emission(
        use.module,
        use.site,
        "legacy",
        wrapper.dotted,
        use.module.named_function_around(use.call),
        sends,
        wrapper,
        reference=bool(use.runner),
        invocation=use,
    )


def _names_of(function: FunctionType) -> list[str]:
    """What a function is called by; of a lambda, the names it is assigned to."""
    node = function.node
    if not isinstance(node, ast.Lambda):
        return [node.name]
    parent = function.module.parents.get(node)
    targets = parent.targets if isinstance(parent, ast.Assign) else []
    return [
        target.id if isinstance(target, ast.Name) else target.attr
        for target in targets
        if isinstance(target, ast.Name | ast.Attribute)
    ]


def _is_followed(module: Module, owner: FunctionNode) -> bool:
    """Whether the callers of a function can be found: a lambda must have a name."""
    return not isinstance(owner, ast.Lambda) or isinstance(module.parents.get(owner), ast.Assign)


def _as_method(module: Module, node: FunctionNode) -> FunctionType:
    cls = module.class_around(node)
    static = not isinstance(node, ast.Lambda) and any(
        decorator_name(item) == "staticmethod" for item in node.decorator_list
    )
    owner = Instance(ClassType(module, cls)) if cls is not None and not static else None
    return FunctionType(module, node, owner)


def _is_within(module: Module, call: ast.AST, function: ast.AST) -> bool:
    return any(parent is function for parent in module.ancestors(call))
