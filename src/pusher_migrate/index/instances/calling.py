"""What a call lets a function reach of an object, and under which names it leaves it behind."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.scopes import FUNCTION_NODES, Scope
from pusher_migrate.index.code.syntax import node_arguments
from pusher_migrate.index.instances.chains import (
    RETURNED,
    Chain,
    Reference,
    State,
    begins,
    expression_of,
    moved,
    part_of,
    place_of,
    result_of,
    shortened,
)
from pusher_migrate.index.instances.links import Link
from pusher_migrate.index.instances.touches import TouchKind
from pusher_migrate.index.types.types import FunctionType

#: What is done, and to which part of the object.
Effect = tuple[TouchKind, Chain]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What running a function does about an object.

    Attributes:
        effects: What may be done to it.
        exits: The ways to reach it once the function has returned, one set for each way to run; in
            the function's own names, without those that end with it.
    """

    effects: frozenset[Effect]
    exits: frozenset[State]

    def of(self, part: Chain) -> Outcome:
        """The same for a part of an object."""
        return Outcome(
            frozenset((kind, part_of(part, *inner)) for kind, inner in self.effects),
            frozenset(
                frozenset(replace(ref, part=part_of(part, *ref.part)) for ref in state)
                for state in self.exits
            ),
        )


@dataclass(frozen=True, slots=True)
class Relation:
    """What a function leaves behind of something that it can reach.

    Attributes:
        source: That thing: a parameter or a name of the function around.
        target: Where it is then, or a part of it.
        part: Which.
        holder: Whether the target is a container of it.
    """

    source: str
    target: Chain
    part: Chain
    holder: bool


def outlives(scope: Scope, ref: Reference, first: Reference) -> bool:
    """Whether a reference means something to a caller once the function has ended.

    Args:
        scope: That of the function.
        ref: The reference.
        first: The one that was there when it began.
    """
    name = ref.chain[0]
    if name == RETURNED or scope.find(name) is not scope:
        return True
    bindings = scope.names[name]
    if not any(binding.kind == "parameter" for binding in bindings):
        return False
    if len(ref.chain) > 1:
        return True
    # ``rooms.append(room)``: the list was given by the caller.
    return ref.holder and len(bindings) == 1 and ref != first


def given(called: FunctionType, call: ast.Call) -> Iterator[tuple[str, Chain]]:
    """Parameters of a function, and the chains of what a call gives for them."""
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        chain, parameter = place_of(argument), callees.parameter_of(called, call, argument)
        if chain is not None and parameter is not None:
            yield parameter, chain
    declared = [*called.node.args.posonlyargs, *called.node.args.args]
    if called.bound is not None and declared and isinstance(call.func, ast.Attribute):
        owner = call.func.value
        of_super = isinstance(owner, ast.Call) and callees.last_name(owner) == "super"
        chain = ("self",) if of_super else place_of(owner)
        if chain is not None:
            yield declared[0].arg, chain


class Passage:
    """One call of a function of the project, and the names on both sides of it.

    Args:
        call: The call.
        called: The function.
        caller: The scope of the function that calls.
        same_file: Whether both are in one file.
    """

    def __init__(
        self, call: ast.Call, called: FunctionType, caller: Scope, *, same_file: bool
    ) -> None:
        self.call = call
        self.called = called
        self.caller = caller
        self.inner: Scope | None = called.module.scopes.get(called.node) if same_file else None
        self.given = list(given(called, call))

    def inside(self, ref: Reference, *, direct: bool) -> Iterator[Reference]:
        """What a reference is in the function: read from what it is given, or known to both.

        Args:
            ref: One of the caller.
            direct: Whether what is itself given counts.
        """
        yield from self._through_parameters(ref, direct=direct)
        if self.shares(ref.chain[0]):
            yield ref

    def _through_parameters(self, ref: Reference, *, direct: bool) -> Iterator[Reference]:
        for parameter, chain in self.given:
            if begins(ref.chain, chain) and (direct or len(ref.chain) > len(chain)):
                yield moved(ref, chain, (parameter,))
            elif direct and begins(chain, ref.chain):
                rest = chain[len(ref.chain) + ref.holder :]
                yield Reference((parameter,), part_of(ref.part, *rest))

    def shares(self, name: str) -> bool:
        """Whether a name means the same on both sides."""
        if self.inner is None:
            return False
        own = self.caller.find(name)
        return own is not None and own is self.inner.find(name)

    def outside(self, chain: Chain) -> Iterator[Chain]:
        """What a chain of the function is for the caller, once the function has returned."""
        name, *rest = chain
        if name == RETURNED:
            yield (result_of(self.call), *rest)
        elif self.inner is not None and self.shares(name):
            yield chain
        for parameter, place in self.given:
            if parameter == name:
                yield (*place, *rest)

    def concerns(self, refs: Iterable[Reference]) -> bool:
        """Whether the function can reach what is referred to, or has given it."""
        result = result_of(self.call)
        return any(
            ref.chain[0] == result
            or self.shares(ref.chain[0])
            or any(begins(ref.chain, chain) or begins(chain, ref.chain) for _, chain in self.given)
            for ref in refs
        )

    def after(self, state: State, exits: Iterable[State]) -> Iterator[State]:
        """The caller's references once the function has returned, for each way that it may run."""
        # A name that the function cannot set anew keeps its object.
        kept = {
            ref
            for ref in state
            if not self.shares(ref.chain[0])
            and not any(True for _ in self._through_parameters(ref, direct=False))
        }
        for exit_ in exits:
            new = {
                shortened(replace(ref, chain=chain))
                for ref in exit_
                for chain in self.outside(ref.chain)
            }
            yield frozenset(kept | new)

    def links(self, relations: Iterable[Relation]) -> Iterator[Link]:
        """What the function may have done to the names of the caller."""
        for relation in relations:
            for target in self.outside(relation.target):
                for source in self.outside((relation.source,)):
                    value = expression_of((*source, *relation.part))
                    if relation.holder:
                        yield Link(target, "put", value, self.call)
                    elif target[-1] == "[]":
                        yield Link(target[:-1], "put", value, self.call)
                    else:
                        yield Link(target, "assign", value, self.call)


def sources_of(called: FunctionType) -> list[str]:
    """The names under which a function reaches what is not its own: see `Relation`."""
    scope = called.module.scopes[called.node]
    names = [argument.arg for argument in node_arguments(called.node)]
    if not any(isinstance(node, FUNCTION_NODES) for node in called.module.ancestors(called.node)):
        return names
    for node in ast.walk(called.node):
        if isinstance(node, ast.Name) and node.id not in names:
            found = scope.find(node.id)
            if found is not None and found is not scope and isinstance(found.node, FUNCTION_NODES):
                names.append(node.id)
    return names
