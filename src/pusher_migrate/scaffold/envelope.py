"""The manager's normalised envelope: the helper that its methods put their payload into."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.code.syntax import argument_for, default_of
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance
from pusher_migrate.index.values.values import Record, Text
from pusher_migrate.scaffold.transport import HelperCall, Transport, helper_calls
from pusher_migrate.syntax.layout import Refusal


@dataclass(frozen=True, eq=False, slots=True)
class Envelope:
    """A call that wraps a payload.

    Attributes:
        callee: Source of what is called.
        payload: Name of the parameter that takes the payload.
        arguments: Name and value of the others that have to be passed.
        keys: Keys of what it gives.
        holder: The key under which the payload is then.
    """

    callee: str
    payload: str
    arguments: tuple[tuple[str, ast.expr], ...]
    keys: tuple[str, ...]
    holder: str


@dataclass(frozen=True, eq=False, slots=True)
class _Use:
    """One neighbour's use of an envelope."""

    contract: Contract
    call: ast.Call
    helper: FunctionType


def envelope_for(
    index: ProjectIndex,
    owner: ClassType,
    neighbours: Sequence[Contract],
    transport: Transport,
    event: str,
    method: str,
    instances: Sequence[tuple[str, ClassType]],
    near: Collection[ast.AST] = (),
) -> Envelope | Refusal:
    """The envelope as the new method has to call it.

    What its parameters are given is taken from the neighbours: a constant where all agree, a part
    of the method's or event's name where that is what all pass, an instance of the same model.

    Args:
        index: The project.
        owner: The class.
        neighbours: Its sending methods.
        transport: What the class sends through.
        event: Name of the event.
        method: Name of the new method.
        instances: Name and model of its parameters that are instances.
        near: The neighbours in the method's own section.
    """
    uses = list(_uses(index, owner, neighbours, transport))
    if not uses:
        return Refusal(
            f'the catalogue sets envelope = "manager", and no method of {owner.name} puts its '
            "payload into an envelope"
        )
    first = uses[0].helper
    uses = [use for use in uses if use.helper.node is first.node]
    known = _payload_of(index, uses)
    if known is None:
        return Refusal(f"what {first.dotted} makes of a payload could not be read from its source")
    name, holder, keys = known
    fillers = _Fillers(index, uses, event, method, instances, near)
    arguments = []
    for parameter in fillers.parameters:
        if parameter == name:
            continue
        value = fillers.value(parameter)
        if isinstance(value, Refusal):
            return value
        if value is not None:
            arguments.append((parameter, value))
    return Envelope(ast.unparse(uses[0].call.func), name, tuple(arguments), keys, holder)


def _uses(
    index: ProjectIndex, owner: ClassType, neighbours: Sequence[Contract], transport: Transport
) -> list[_Use]:
    by_function: dict[ast.AST, HelperCall] = {}
    for used in helper_calls(index, owner):
        if used.callee == transport.callee:
            by_function.setdefault(used.function, used)
    found = []
    for contract in neighbours:
        helper_call = by_function.get(contract.method.node)
        if helper_call is None:
            continue
        payload = _passed(helper_call.call, transport)
        call = _looked_through(index, owner, payload)
        called = index.inference.type_of(owner.module, call.func) if call is not None else None
        if call is not None and isinstance(called, FunctionType):
            found.append(_Use(contract, call, called))
    return found


def _passed(call: ast.Call, transport: Transport) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == transport.payload:
            return keyword.value
    position = transport.order.index(transport.payload)
    return call.args[position] if position < len(call.args) else None


def _looked_through(
    index: ProjectIndex, owner: ClassType, node: ast.expr | None
) -> ast.Call | None:
    if isinstance(node, ast.Name):
        statement = owner.module.statement_around(node)
        _, bindings = index.inference.bindings_at(owner.module, node, statement)
        node = bindings[0].value if len(bindings) == 1 else None
    return node if isinstance(node, ast.Call) else None


def _payload_of(
    index: ProjectIndex, uses: Sequence[_Use]
) -> tuple[str, str, tuple[str, ...]] | None:
    """The parameter that takes the payload, the key that it is put under, and all keys."""
    use = uses[0]
    module = use.contract.method.module
    value = index.evaluator.evaluate(use.call, index.evaluator.frame_at(module, use.call))
    if not isinstance(value, Record) or value.open:
        return None
    held = [
        (entry.node.id, entry.key)
        for entry in value.entries
        if isinstance(entry.node, ast.Name) and entry.frame.function is use.helper.node
    ]
    for name, key in held:
        if all(_is_record(index, each, name) for each in uses):
            return name, key, value.keys
    return None


def _is_record(index: ProjectIndex, use: _Use, name: str) -> bool:
    node = argument_for(use.helper.node, use.call, name, use.helper.bound is not None)
    if node is None:
        return False
    frame = index.evaluator.frame_at(use.contract.method.module, use.call)
    return isinstance(index.evaluator.evaluate(node, frame), Record)


class _Fillers:
    """Finds what the other parameters of an envelope are given."""

    def __init__(
        self,
        index: ProjectIndex,
        uses: Sequence[_Use],
        event: str,
        method: str,
        instances: Sequence[tuple[str, ClassType]],
        near: Collection[ast.AST],
    ) -> None:
        self.index = index
        self.uses = uses
        self.event = event
        self.method = method
        self.instances = instances
        self.near = [use.contract.method.node in near for use in uses]
        self.helper = uses[0].helper
        declared = self.helper.node.args
        positional = [a.arg for a in (*declared.posonlyargs, *declared.args)]
        self.parameters = [
            *(positional[1:] if self.helper.bound is not None else positional),
            *(a.arg for a in declared.kwonlyargs),
        ]

    def value(self, name: str) -> ast.expr | Refusal | None:
        """What to pass for a parameter; None to leave it out."""
        passed = [
            argument_for(use.helper.node, use.call, name, use.helper.bound is not None)
            for use in self.uses
        ]
        declared = self.helper.node.args
        argument = next(
            a
            for a in (*declared.posonlyargs, *declared.args, *declared.kwonlyargs)
            if a.arg == name
        )
        if None in passed and default_of(self.helper.node, argument) is not None:
            return None
        given = [node for node in passed if node is not None]
        return (
            (self._constant(given) if None not in passed else None)
            or self._instance(given)
            or Refusal(
                f"the manager's envelope {self.helper.dotted} takes {name!r}, and its uses do not "
                "show what to pass there; write the method by hand"
            )
        )

    def _constant(self, given: Sequence[ast.expr]) -> ast.expr | None:
        texts = [node.value for node in given if isinstance(node, ast.Constant)]
        if len(texts) < len(given):
            return None
        for derive in self._derivations():
            derived = [derive(*self._names(use)) for use in self.uses]
            if len(set(derived)) > 1 and derived == texts:
                return ast.Constant(derive(self.event, self._suffix(self.method)))
        near = {text for text, is_near in zip(texts, self.near, strict=True) if is_near}
        alike = near or set(texts)
        return ast.Constant(alike.pop()) if len(alike) == 1 else None

    def _derivations(self) -> tuple[Callable[[str, str], str], ...]:
        return (
            lambda event, suffix: event,
            lambda event, suffix: suffix,
            lambda event, suffix: event.replace("-", "_"),
            lambda event, suffix: suffix.partition("_")[0],
            lambda event, suffix: suffix.partition("_")[2],
        )

    def _names(self, use: _Use) -> tuple[str, str]:
        sends = use.contract.sends
        event = sends[0].event if sends else None
        literal = event.literal if isinstance(event, Text) else None
        return literal or "", self._suffix(use.contract.name)

    def _suffix(self, method: str) -> str:
        return method.removeprefix(self.index.emissions.prefix)

    def _instance(self, given: Sequence[ast.expr]) -> ast.expr | None:
        """An instance of the model that all neighbours pass: a parameter, or a relation of one."""
        inference = self.index.inference
        found = {
            inference.type_of(use.contract.method.module, node)
            for use, node in zip(self.uses, given, strict=False)
        }
        kinds = {item.cls for item in found if isinstance(item, Instance)}
        if len(kinds) != 1 or any(not isinstance(item, Instance) for item in found):
            return None
        wanted = kinds.pop()
        for name, cls in self.instances:
            if cls == wanted:
                return ast.Name(name, ast.Load())
        relations = [
            ast.Attribute(ast.Name(name, ast.Load()), field.name, ast.Load())
            for name, cls in self.instances
            for field in models.all_fields(inference, cls).values()
            if field.kind in ("ForeignKey", "OneToOneField")
            and models.relation_target(inference, cls, field) == wanted
        ]
        return relations[0] if len(relations) == 1 else None
