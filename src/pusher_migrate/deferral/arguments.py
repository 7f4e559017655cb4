"""The arguments of a call that is to be deferred: what they hold on to, and how they are bound."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from pusher_migrate.deferral.readiness import Readiness
from pusher_migrate.deferral.values import Site
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.scopes import FUNCTION_NODES, Scope
from pusher_migrate.index.instances.aftermath import Aftermath
from pusher_migrate.index.instances.chains import Chain, chain_of, expression_of
from pusher_migrate.index.instances.containers import taken_from
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    FunctionType,
    Instance,
    ModuleType,
    Returning,
    Type,
)
from pusher_migrate.nodes import walk
from pusher_migrate.syntax.calls import CallParts, parse_expression
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.on_commit import BoundCall, bind_call

# Fields whose values are objects that can be changed in place.
_MUTABLE_FIELDS = ("JSONField", "ArrayField", "HStoreField", "ManyToManyField", "FileField")
_NOT_JSON_FIELDS = (
    "DateTimeField",
    "DateField",
    "TimeField",
    "DurationField",
    "DecimalField",
    "UUIDField",
)
_NOT_JSON_CALLS = frozenset(
    {
        "django.utils.timezone.now",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.date.today",
        "decimal.Decimal",
        "uuid.uuid4",
        "uuid.uuid1",
    }
)


class Arguments:
    """The arguments of one site.

    Args:
        site: Where.
        index: The project.
        aftermath: Follows objects through functions.
    """

    def __init__(self, site: Site, index: ProjectIndex, aftermath: Aftermath) -> None:
        self.site = site
        self.aftermath = aftermath
        self.inference = index.inference
        self.module = site.module
        texts = [*site.parts.positional, *(text for _, text in site.parts.keywords)]
        self.nodes = [parse_expression(text.strip().lstrip("*")) for text in texts]

    # --- Names ------------------------------------------------------------------------------------

    @cached_property
    def scopes(self) -> list[Scope]:
        """The scopes of the functions around the place, the innermost first."""
        found = []
        scope: Scope | None = self.module.scope_at(self.site.anchor)
        while scope is not None:
            if isinstance(scope.node, FUNCTION_NODES):
                found.append(scope)
            scope = scope.parent
        return found

    @cached_property
    def local_names(self) -> frozenset[str]:
        """Names of local variables at the place, imports and definitions left out.

        What an ``import`` or a ``def`` in the function binds is the same whenever it is read.
        """
        return frozenset(
            name
            for scope in self.scopes
            for name, bindings in scope.names.items()
            if any(binding.kind not in ("import", "function", "class") for binding in bindings)
        )

    def type_of(self, node: ast.expr) -> Type | None:
        """The type of an expression that is written at the place."""
        if isinstance(node, ast.Attribute):
            base = self.type_of(node.value)
            return self.inference.member(base, node.attr) if base is not None else None
        if isinstance(node, ast.Call):
            called = self.type_of(node.func)
            if isinstance(called, ClassType):
                return Instance(called)
            if isinstance(called, Returning):
                return called.result
            return self.inference.returned(called) if isinstance(called, FunctionType) else None
        if not isinstance(node, ast.Name):
            return None
        scope = self.module.scope_at(self.site.anchor).find(node.id)
        if scope is None:
            return None
        if scope.is_module:
            return self.inference.module_name(self.module, node.id)
        return self.inference.local_type(self.module, scope, node.id, self.site.statement)

    def is_instance(self, node: ast.expr) -> bool:
        """Whether an expression is known to be an instance of a model."""
        found = self.type_of(node)
        return isinstance(found, Instance) and models.is_model(self.inference, found.cls)

    # --- Binding ----------------------------------------------------------------------------------

    def bound(self) -> BoundCall | Refusal:
        """The call with its arguments bound by value."""
        parts = self.site.parts
        return bind_call(
            CallParts(parts.receiver, parts.method, parts.positional, parts.keywords),
            local_names=self.local_names,
            constants=self._constants(),
            parameters=self._parameters(),
        )

    def _parameters(self) -> list[str]:
        """Names of the parameters that positional arguments are for, as far as those are known."""
        if self.site.contract is None:
            return []
        count = next(
            (i for i, text in enumerate(self.site.parts.positional) if text.startswith("*")), None
        )
        return [parameter.name for parameter in self.site.contract.parameters][:count]

    def _constants(self) -> frozenset[str]:
        """Names in capitals that belong to a module or class, not to the function."""
        found = set()
        for outer in self.nodes:
            for node in walk(outer):
                chain = chain_of(node) if isinstance(node, ast.Name | ast.Attribute) else None
                if chain is None or "[]" in chain or not chain[-1].isupper():
                    continue
                scope = self.module.scope_at(self.site.anchor).find(chain[0])
                if scope is None or not scope.is_module:
                    continue
                if len(chain) == 1:
                    if len(scope.names[chain[0]]) == 1:
                        found.add(chain[0])
                    continue
                root = self.inference.module_name(self.module, chain[0])
                if isinstance(root, ClassType | ModuleType | External):
                    found.add(".".join(chain))
        return frozenset(found)

    # --- What they hold on to ---------------------------------------------------------------------

    def carried(self) -> list[Chain]:
        """The objects that the bound values are, or hold: what is done to them later shows."""
        found: dict[Chain, None] = {}
        for node in self.nodes:
            for chain in self._carried(node):
                found[chain] = None
        return list(found)

    def _carried(self, node: ast.expr) -> Iterator[Chain]:
        shown = callees.seen_through(node)
        if shown is not None:
            yield from self._carried(shown)
            return
        match node:
            case ast.Name(id=name):
                if name in self.local_names or name == "self":
                    yield (name,)
            case ast.Attribute() | ast.Subscript():
                chain = chain_of(node)
                if chain is None:
                    yield from self._carried(node.value)
                elif chain[0] in self.local_names or chain[0] == "self":
                    if not self._is_scalar(node, chain):
                        yield chain
            case ast.Call():
                if callees.last_name(node) in callees.GIVING_ITEMS:
                    yield from self._carried_items(node)
                elif callees.keeps_arguments(node):
                    for argument in (*node.args, *(word.value for word in node.keywords)):
                        yield from self._carried(argument)
                elif isinstance(called := self.type_of(node.func), FunctionType):
                    scope = self.module.scope_at(self.site.anchor)
                    for value in self.aftermath.returned(self.module, scope, node, called):
                        yield from self._carried(value)
                        yield from self._carried_by_calls(node)
                else:
                    for container in taken_from(node):
                        yield from self._carried(expression_of((*container, "[]")))
                    if isinstance(node.func, ast.Name):
                        yield from self._carried(node.func)  # ``partial(pick, room)``, called
            case ast.JoinedStr() | ast.Compare() | ast.Constant():
                pass
            case ast.Lambda():
                for inner in walk(node.body):
                    if isinstance(inner, ast.Name):
                        yield from self._carried(inner)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                made = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
                for each in made:
                    yield from self._carried(each)
                for generator in node.generators:
                    yield from self._carried_items(generator.iter)
            case ast.Starred(value=value):
                yield from self._carried_items(value)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        yield from self._carried(child)

    def _carried_items(self, iterable: ast.expr) -> Iterator[Chain]:
        """The objects that a copy of something holds: its items, which it does not copy."""
        shown = callees.seen_through(iterable)
        if shown is not None:
            iterable = shown
        chain = chain_of(iterable)
        if isinstance(iterable, ast.Call) and callees.last_name(iterable) in callees.GIVING_ITEMS:
            for value in callees.copied_by(iterable):  # None of them for ``dict(room=room)``.
                yield from self._carried_items(value)
        elif isinstance(iterable, ast.Subscript) and isinstance(iterable.slice, ast.Slice):
            yield from self._carried_items(iterable.value)
        elif chain is not None:
            yield from self._carried(expression_of((*chain, "[]")))
        else:
            yield from self._carried(iterable)
        if isinstance(iterable, ast.Call):
            for word in iterable.keywords:
                yield from self._carried(word.value)

    def _carried_by_calls(self, call: ast.Call) -> Iterator[Chain]:
        """``pick(first(rooms))``: what is given back may be what the inner call gave."""
        for argument in (*call.args, *(word.value for word in call.keywords)):
            if isinstance(argument, ast.Call):
                yield from self._carried(argument)

    def _is_scalar(self, node: ast.expr, chain: Chain) -> bool:
        """Whether a value is known to be one that cannot be changed in place."""
        if models.is_key(chain[-1]):
            return True
        found = self.type_of(node)
        if isinstance(found, ExternalInstance) and found.path.startswith("django.db.models."):
            return not found.path.removesuffix("()").endswith(_MUTABLE_FIELDS)
        return False

    def read(self) -> list[Chain]:
        """All local objects that the arguments mention, and those whose attributes they read."""
        found: dict[Chain, None] = {}
        for outer in self.nodes:
            for node in walk(outer):
                chain = chain_of(node) if isinstance(node, ast.Name | ast.Attribute) else None
                if chain is None or "[]" in chain:
                    continue
                if chain[0] in self.local_names or chain[0] == "self":
                    for length in range(1, len(chain) + 1):
                        found[chain[:length]] = None
        return list(found)

    def keys_read(self) -> set[Chain]:
        """The objects whose primary key is an argument of its own."""
        return {
            chain[:-1]
            for outer in self.nodes
            for node in walk(outer)
            if isinstance(node, ast.Attribute) and node.attr in ("id", "pk")
            for chain in [chain_of(node)]
            if chain is not None
        }

    # --- Kinds of values --------------------------------------------------------------------------

    def unready(self) -> str | None:
        """Why the value of an argument is not there yet, as a clause; None when all are."""
        readiness = Readiness(self.inference)
        for node in self.nodes:
            readiness.place(self.module, node, self.site.statement)
            found = readiness.unready(self.module, node)
            if found is not None:
                return f"the argument {ast.unparse(node)} {found.value}"
        return None

    def not_json(self) -> Iterator[str]:
        """Arguments that Pusher's SDK cannot dump, where the method puts them into the payload."""
        contract = self.site.contract
        if contract is None:
            return
        for name, node in self._by_parameter(contract):
            if self._is_not_json(node) and _put_as_it_is(contract.method.node, name):
                yield ast.unparse(node)

    def _by_parameter(self, contract: Contract) -> Iterator[tuple[str, ast.expr]]:
        count = len(self.site.parts.positional)
        names = [parameter.name for parameter in contract.parameters]
        yield from zip(names, self.nodes[:count], strict=False)
        keywords = [name for name, _ in self.site.parts.keywords]
        yield from zip(keywords, self.nodes[count:], strict=True)

    def _is_not_json(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            called = self.type_of(node.func)
            return isinstance(called, External) and called.path in _NOT_JSON_CALLS
        found = self.type_of(node)
        if not isinstance(found, ExternalInstance):
            return False
        field = found.path.removesuffix("()").rpartition(".")[2]
        return field in _NOT_JSON_FIELDS or found.path in _NOT_JSON_CALLS


def _put_as_it_is(method: ast.AST, parameter: str) -> bool:
    """Whether a method has a dictionary with the bare parameter as a value."""
    return any(
        isinstance(value, ast.Name) and value.id == parameter
        for node in walk(method)
        if isinstance(node, ast.Dict)
        for value in node.values
    )
