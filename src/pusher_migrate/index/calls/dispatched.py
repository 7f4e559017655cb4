"""Who runs when a signal of the project itself is sent.

Source: Django, "Signals", "Defining and sending signals": ``send()`` and ``send_robust()``, and
their asynchronous forms, call all receivers at once, with ``sender`` and the keywords that they are
given; a receiver that is connected for one sender hears of that one only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import final_bindings, keyword_of
from pusher_migrate.index.types.importing import imported_binding
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    FunctionType,
    Instance,
    ModuleType,
)

_CLASSES = frozenset({"django.dispatch.Signal", "django.dispatch.dispatcher.Signal"})
_SENDING = frozenset({"send", "send_robust", "asend", "asend_robust"})
_OF_MODELS = "django.db.models.signals."

#: What a signal is known by: the scope that defines it, and its name there.
Identity = tuple[ast.AST, str]


@dataclass(frozen=True, eq=False, slots=True)
class Dispatched:
    """A receiver that the sending of a signal runs.

    Attributes:
        function: It.
        call: Its call as if it stood where the signal is sent.
        certain: False when it may be connected for another sender only.
    """

    function: FunctionType
    call: ast.Call
    certain: bool


@dataclass(frozen=True, eq=False, slots=True)
class _Connection:
    module: Module
    function: FunctionType
    target: ast.expr
    sender: ast.expr | None


class Dispatch:
    """The signals of one project; keeps who receives them.

    Args:
        inference: The project.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self._connections: dict[Identity, list[_Connection]] = {}

    def run_by(self, module: Module, call: ast.Call) -> list[Dispatched]:
        """The receivers that a call runs; none when it sends no signal of the project."""
        if not self._sends(module, call):
            return []
        assert isinstance(call.func, ast.Attribute)
        identity = self._identity(module, call.func.value)
        if identity is None:
            return []
        found = []
        sender = call.args[0] if call.args else keyword_of(call, "sender")
        for connection in self._receiving(identity):
            if connection.sender is None:
                fits: bool | None = True
            else:
                fits = self._same_sender(connection, module, sender)
            if fits is not False:
                keywords = [k for k in call.keywords if k.arg != "sender"]
                keywords += [ast.keyword("sender", sender)] if sender is not None else []
                made = ast.copy_location(ast.Call(connection.target, [], keywords), call)
                module.parents.setdefault(made, call)
                found.append(Dispatched(connection.function, made, fits is True))
        return found

    def is_known(self, module: Module, call: ast.Call) -> bool:
        """Whether a call sends a signal of the project: those that `run_by` gives receive it."""
        if not self._sends(module, call):
            return False
        assert isinstance(call.func, ast.Attribute)
        return self._identity(module, call.func.value) is not None

    def is_unknown(self, module: Module, call: ast.Call) -> bool:
        """Whether a call sends a signal of which it is not known who receives it."""
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in _SENDING:
            return False
        found = self.inference.type_of(module, call.func.value)
        if isinstance(found, External) and found.path.startswith(_OF_MODELS):
            return True
        return self._is_signal(found) and self._identity(module, call.func.value) is None

    def _sends(self, module: Module, call: ast.Call) -> bool:
        return (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in _SENDING
            and self._is_signal(self.inference.type_of(module, call.func.value))
        )

    def _is_signal(self, found: object) -> bool:
        if isinstance(found, ExternalInstance):
            return found.path in _CLASSES
        return isinstance(found, Instance) and not _CLASSES.isdisjoint(
            self.inference.external_bases(found.cls)
        )

    # --- Which signal -----------------------------------------------------------------------------

    def _identity(self, module: Module, node: ast.expr) -> Identity | None:
        """Where a signal is defined; None when that cannot be seen."""
        if isinstance(node, ast.Name):
            return self._named(module, node)
        if not isinstance(node, ast.Attribute):
            return None
        owner = self.inference.type_of(module, node.value)
        if isinstance(owner, ModuleType):
            name = ast.Name(node.attr, ast.Load())
            name = ast.copy_location(name, node)
            owner.module.parents.setdefault(name, owner.module.tree.body[-1])
            return self._named(owner.module, name) if owner.module.tree.body else None
        cls = owner.cls if isinstance(owner, Instance) else owner
        for base in self.inference.mro(cls) if isinstance(cls, ClassType) else ():
            if node.attr in base.module.scopes[base.node].names:
                return base.node, node.attr
        return None

    def _named(self, module: Module, node: ast.Name) -> Identity | None:
        scope = module.scope_at(node).find(node.id)
        if scope is None or not scope.is_module:
            imported = imported_binding(self.inference, module, node) if scope is not None else None
            return (imported[0].tree, imported[1].name) if imported is not None else None
        bindings = final_bindings(module, scope.names[node.id])
        if len(bindings) == 1 and bindings[0].kind == "import":
            imported = imported_binding(self.inference, module, node)
            return (imported[0].tree, imported[1].name) if imported is not None else None
        return module.tree, node.id

    # --- Who receives it --------------------------------------------------------------------------

    def _receiving(self, identity: Identity) -> list[_Connection]:
        known = self._connections.get(identity)
        if known is None:
            known = self._connections[identity] = [
                connection
                for module in self.inference.project.modules_naming(identity[1])
                for signal, connection in self._connected(module)
                if self._identity(module, signal) == identity
            ]
        return known

    def _connected(self, module: Module) -> Iterator[tuple[ast.expr, _Connection]]:
        """All connections that a file makes, with the signals: by decorator and by ``connect``."""
        for node in module.functions:
            for decorator in () if isinstance(node, ast.Lambda) else node.decorator_list:
                if not (isinstance(decorator, ast.Call) and decorator.args):
                    continue
                target = self.inference.type_of(module, decorator.func)
                if not (isinstance(target, External) and target.path.endswith(".receiver")):
                    continue
                assert not isinstance(node, ast.Lambda)
                name = ast.copy_location(ast.Name(node.name, ast.Load()), node)
                made = _Connection(
                    module, FunctionType(module, node), name, keyword_of(decorator, "sender")
                )
                first = decorator.args[0]
                for signal in first.elts if isinstance(first, ast.List | ast.Tuple) else [first]:
                    yield signal, made
        for call in module.calls:
            if not (isinstance(call.func, ast.Attribute) and call.func.attr == "connect"):
                continue
            target_node = call.args[0] if call.args else keyword_of(call, "receiver")
            found = self.inference.type_of(module, target_node) if target_node is not None else None
            if target_node is not None and isinstance(found, FunctionType):
                sender = call.args[1] if len(call.args) > 1 else keyword_of(call, "sender")
                yield call.func.value, _Connection(module, found, target_node, sender)

    def _same_sender(
        self, connection: _Connection, module: Module, sender: ast.expr | None
    ) -> bool | None:
        """Whether a receiver is connected for a sender; None when that cannot be seen."""
        assert connection.sender is not None
        wanted = self.inference.type_of(connection.module, connection.sender)
        given = self.inference.type_of(module, sender) if sender is not None else None
        if not isinstance(wanted, ClassType) or not isinstance(given, ClassType):
            return None
        return wanted == given
