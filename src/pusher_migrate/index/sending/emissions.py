"""Who sends what: direct calls of a client, wrappers around them, the manager and its contract."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from fnmatch import fnmatchcase

from pusher_migrate.index.calls.invocations import Invocation, last_name
from pusher_migrate.index.calls.references import Kept, References, is_use_of
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.sending.clients import find_direct
from pusher_migrate.index.sending.contracts import Contract, Direct, Emission, Send, parameters_of
from pusher_migrate.index.sending.sends import Sending, first_statement
from pusher_migrate.index.sending.wrappers import Wrappers
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.values.values import Frame


class Emissions:
    """All emissions of a project.

    Args:
        inference: Type inference over the project.
        manager: Dotted name of the manager object (or class), None when there is none.
        transport: Globs over dotted names of modules, classes and functions.
        clients: Dotted names that are clients whatever the code says.
        prefix: What the names of the manager's methods start with.

    Attributes:
        emissions: The calls that send, outside the transport, in path and line order.
        transport: The client's calls in the transport.
        contracts: The manager's methods by name.
        wrappers: The functions that pass their own parameters on to a client.
        direct: All calls of clients.
        shadowed: Calls on what only looks like a client.
        unresolved: Calls that could send, on something that is not known.
        kept: Senders that are kept where their calls are not followed.
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
        self.references = References(inference)
        self.prefix = prefix
        self.clients = frozenset(clients)
        self.transport_globs = tuple(transport)
        self.manager_class = self._manager_class(manager)
        self.manager_object = manager or ""
        self.emissions: list[Emission] = []
        found = find_direct(inference, self.references, self.clients)
        self.direct, self.shadowed, self.unresolved = found.direct, found.shadowed, found.unresolved
        self.kept: list[Kept] = found.kept
        self.sending = Sending(inference, self.evaluator, self.direct)
        self.contracts = self._contracts()
        self._through_manager = self._reached_from_manager()
        self.transport: list[Direct] = [
            direct for direct in self.direct if self.is_transport(direct.module, direct.call)
        ]
        methods = {contract.method.node for contract in self.contracts.values()}
        self._wrappers = Wrappers(self.sending, self.references, self.is_transport, methods)
        self.emissions += self._wrappers.follow(self.direct)
        self.kept += self._wrappers.kept
        self.wrappers: dict[FunctionNode, FunctionType] = self._wrappers.found
        self._find_manager_calls()
        self.emissions.sort(key=lambda e: (e.module.path, e.call.lineno, e.call.col_offset))

    def sends_of_call(self, direct: Direct, frame: Frame) -> list[Send]:
        """What one direct call of a client sends, evaluated in a frame."""
        return self.sending.sends_of_call(direct, frame)

    def sends_of(self, function: FunctionType, frame: Frame) -> list[Send]:
        """What a function sends when it runs in a frame, through all functions that it calls."""
        return self.sending.sends_of(function, frame)

    def may_send(self, function: FunctionType) -> bool:
        """True when a function, or one that it calls, calls a client."""
        return self.sending.may_send(function)

    def callers_of(self, wrapper: FunctionType) -> tuple[Invocation, ...]:
        """The calls of a wrapper that are known, recursion left out."""
        return self._wrappers.callers.get(wrapper.node, ())

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
                named = node.name.startswith(self.prefix)
                # Without a prefix, the names with an underscore are the manager's own affair.
                private = not self.prefix and node.name.startswith("_")
                if named and not private and node.name not in contracts:
                    contracts[node.name] = self.contract(cls, node)
        return contracts

    def contract(self, cls: ClassType, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Contract:
        """The contract of one method, read from its source."""
        # Also of an inherited method ``self`` is the manager.
        method = FunctionType(cls.module, node, Instance(self.manager_class or cls))
        frame = Frame(cls.module, node, first_statement(method))
        sends = tuple(self.sends_of(method, frame))
        defers = bool(sends) and all(send.deferred for send in sends)
        return Contract(method, node.name, parameters_of(node), sends, defers)

    def _reached_from_manager(self) -> set[FunctionNode]:
        """The functions that the manager's own code sends through."""
        if self.manager_class is None:
            return set()
        return self.sending.reached(
            FunctionType(cls.module, node, Instance(cls))
            for cls in self.inference.mro(self.manager_class)
            for node in cls.node.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )

    def is_transport(self, module: Module, node: ast.AST) -> bool:
        """True in the manager, what it sends through, and what the catalogue calls transport."""
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

    def _find_manager_calls(self) -> None:
        if self.manager_class is None or not self.contracts:
            return
        token = self.prefix or next(iter(self.contracts))
        project = self.inference.project
        modules = (
            project.modules_holding(token)
            if self.prefix
            else project.modules_naming(*self.contracts)
        )
        seen: set[ast.expr] = set()
        for use in self.references.uses(self.contracts, modules):
            if isinstance(use, Kept):
                if self._contract_of(use.module, use.node) is not None:
                    self.kept.append(use)
            elif use.site not in seen:
                seen.add(use.site)
                self._manager_call(use)

    def _contract_of(self, module: Module, target: ast.expr) -> tuple[Contract, bool] | None:
        """The manager's method that an expression is, and whether only its name says so."""
        found = self.inference.type_of(module, target)
        if isinstance(found, FunctionType):
            contract = self.contracts.get(getattr(found.node, "name", ""))
            same = contract is not None and found.node is contract.method.node
            return (contract, False) if same and contract is not None else None
        if isinstance(target, ast.Attribute) and found is None:
            contract = self.contracts.get(target.attr)
            if contract is not None and last_name(target.value) == self._manager_name:
                return contract, True
        return None

    def _manager_call(self, use: Invocation) -> None:
        known = isinstance(use.type, FunctionType)
        for contract in self.contracts.values() if known else ():
            if is_use_of(use, contract.method):
                found: tuple[Contract, bool] | None = (contract, False)
                break
        else:
            found = self._contract_of(use.module, use.target)
        if found is None or self.is_transport(use.module, use.call):
            return
        contract, by_name = found
        sends = contract.sends
        if not use.runner and not use.partials:
            frame = self.evaluator.frame_at(use.module, use.call)
            method = contract.method
            sends = tuple(self.sends_of(method, self._entered(use, method, frame)))
        self.emissions.append(
            Emission(
                use.module,
                use.site,
                "manager",
                contract.name,
                use.module.named_function_around(use.call),
                sends,
                contract.method,
                by_name,
                bool(use.runner),
                use,
            )
        )

    def _entered(self, use: Invocation, method: FunctionType, frame: Frame) -> Frame:
        receiver = (use.receiver, frame) if use.receiver is not None else None
        given = use.given(self.evaluator, frame)
        statement = first_statement(method)
        return self.evaluator.enter_with(method, given, receiver, statement, frame.depth)

    @property
    def _manager_name(self) -> str:
        return self.manager_object.rpartition(".")[2]
