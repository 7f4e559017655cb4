"""Which fields are written next to which emissions: what a draft of states is inferred from."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import own_nodes
from pusher_migrate.index.sending.contracts import Contract, Emission
from pusher_migrate.index.types import models
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.index.types.types import ClassType, Instance
from pusher_migrate.index.values.values import Items, Text
from pusher_migrate.model import Location
from pusher_migrate.rewriting.binding import Binder
from pusher_migrate.rewriting.meanings import Place

Def = ast.FunctionDef | ast.AsyncFunctionDef
_SAVES = frozenset({"save", "asave"})


@dataclass(frozen=True, eq=False, slots=True)
class Written:
    """One assignment to a field of a model.

    Attributes:
        model: The model.
        instance: The instance, its local aliases looked through.
        field: Name of the field.
        values: The strings that it may get; empty when that is not known.
        statement: The assignment.
    """

    model: ClassType
    instance: str
    field: str
    values: tuple[str, ...]
    statement: ast.stmt


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """A function that writes fields of an instance and tells of it.

    Attributes:
        contract: The manager's method.
        model: The model.
        written: Fields and the values that they may get.
        location: The emission.
        module: The file.
        function: The function.
        arguments: What the manager's call passes for each parameter; empty for legacy calls.
        changed_fields: Parameter that gets the names of the written fields; empty for none.
    """

    contract: Contract
    model: ClassType
    written: tuple[Written, ...]
    location: Location
    module: Module
    function: Def
    arguments: Mapping[str, ast.expr]
    changed_fields: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the written fields, each once."""
        return tuple(dict.fromkeys(item.field for item in self.written))


class Gatherer:
    """Gathers evidence.

    Args:
        index: A project that was indexed with its manager.
        replacements: Method that a legacy emission becomes.
    """

    def __init__(self, index: ProjectIndex, replacements: Mapping[ast.expr, Contract]) -> None:
        self.index = index
        self.inference = index.inference
        self.replacements = replacements
        self._written: dict[Def, list[Written]] = {}

    def gather(self) -> Iterator[Evidence]:
        """All evidence, in the order of the emissions."""
        for emission in self.index.emissions.emissions:
            if is_test_module(self.inference, emission.module):
                continue
            contract = self._contract(emission)
            if contract is not None and emission.function is not None:
                yield from self._of(emission, emission.function, contract)

    def _contract(self, emission: Emission) -> Contract | None:
        if emission.system == "manager":
            return self.index.emissions.contracts.get(emission.method)
        return self.replacements.get(emission.call)

    def _of(self, emission: Emission, function: Def, contract: Contract) -> Iterator[Evidence]:
        subject = self.subject(contract)
        if subject is None:
            return
        _, model = subject
        binder = self._binder(emission, function)
        told = self._told(emission, binder)
        written = tuple(
            item
            for item in self._writes(emission.module, function, binder)
            if item.model == model
            and item.instance in told
            and _runs_with(emission.module, emission.call, item.statement, function)
        )
        if written:
            location = emission.module.source.location(emission.call)
            passed = _passed(emission, contract)
            listed = self._listing(emission.module, passed, {item.field for item in written})
            yield Evidence(
                contract, model, written, location, emission.module, function, passed, listed
            )

    def subject(self, contract: Contract) -> tuple[str, ClassType] | None:
        """The parameter and model that a method is about: its first instance."""
        method = contract.method
        for parameter in contract.parameters:
            found = self.inference.parameter(method.module, method.node, parameter.node)
            if isinstance(found, Instance) and models.is_model(self.inference, found.cls):
                return parameter.name, found.cls
        return None

    def _binder(self, emission: Emission, function: Def) -> Binder:
        module = emission.module
        statement = module.statement_around(emission.call)
        send = emission.sends[0] if emission.sends else None
        return Binder(Place(self.index, module, function, statement, send))

    def _told(self, emission: Emission, binder: Binder) -> set[str]:
        """The instances that an emission is about, as canonical expressions."""
        if emission.system != "manager":
            return binder.evidence_canonicals()
        positional, keywords = emission.arguments
        values = [*positional, *(keyword.value for keyword in keywords)]
        return {
            binder.canonical(value, binder.place.statement)
            for value in values
            if isinstance(value, ast.Name | ast.Attribute)
        }

    # --- Writes -----------------------------------------------------------------------------------

    def _writes(self, module: Module, function: Def, binder: Binder) -> list[Written]:
        """The fields that a function assigns to instances that it saves."""
        known = self._written.get(function)
        if known is not None:
            return known
        saved: set[str] = set()
        assigned: list[Written] = []
        for node in own_nodes(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in _SAVES:
                    statement = module.statement_around(node)
                    saved.add(binder.canonical(node.func.value, statement))
            elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    assigned += self._assigned(module, target, node, binder)
        found = [item for item in assigned if item.instance in saved]
        self._written[function] = found
        return found

    def _assigned(
        self, module: Module, target: ast.expr, statement: ast.stmt, binder: Binder
    ) -> Iterator[Written]:
        if not isinstance(target, ast.Attribute):
            return
        found = self.inference.type_of(module, target.value)
        if not isinstance(found, Instance) or not models.is_model(self.inference, found.cls):
            return
        if target.attr not in models.all_fields(self.inference, found.cls):
            return
        instance = binder.canonical(target.value, statement)
        value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        yield Written(found.cls, instance, target.attr, self._values(module, value), statement)

    def _values(self, module: Module, value: ast.expr | None) -> tuple[str, ...]:
        if isinstance(value, ast.IfExp):
            both = (self._values(module, value.body), self._values(module, value.orelse))
            return both[0] + both[1] if all(both) else ()
        if value is None:
            return ()
        found = self.index.evaluator.evaluate(value, self.index.evaluator.frame_at(module, value))
        literal = found.literal if isinstance(found, Text) else None
        return (literal,) if literal is not None else ()

    def _listing(self, module: Module, passed: Mapping[str, ast.expr], fields: set[str]) -> str:
        """The parameter to which a call passes a list of the names of written fields."""
        evaluator = self.index.evaluator
        for name, node in passed.items():
            value = evaluator.evaluate(node, evaluator.frame_at(module, node))
            if isinstance(value, Items) and value.elements:
                texts = [evaluator.evaluate(*element) for element in value.elements]
                literals = {text.literal for text in texts if isinstance(text, Text)}
                if literals and literals <= fields:
                    return name
        return ""


def _runs_with(module: Module, call: ast.AST, write: ast.stmt, function: Def) -> bool:
    """Whether an emission depends on no condition that the write does not depend on too."""
    around_write = set(module.ancestors(write))
    child = call
    for parent in module.ancestors(call):
        if parent is function:
            return True
        decides = isinstance(parent, ast.If | ast.IfExp | ast.While) and child is not parent.test
        if (decides or isinstance(parent, ast.match_case | ast.ExceptHandler | ast.BoolOp)) and (
            parent not in around_write
        ):
            return False
        child = parent
    return True


def _passed(emission: Emission, contract: Contract) -> dict[str, ast.expr]:
    """What a call of the manager passes for each parameter."""
    if emission.system != "manager":
        return {}
    positional, keywords = emission.arguments
    names = [parameter.name for parameter in contract.parameters]
    given = dict(zip(names, positional, strict=False))
    given.update({k.arg: k.value for k in keywords if k.arg is not None})
    return given
