"""What a call lets a function reach of an object, and under which names it leaves it behind."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.scopes import FUNCTION_NODES, Scope
from pusher_migrate.index.code.syntax import default_of, node_arguments
from pusher_migrate.index.instances.chains import (
    RETURNED,
    Chain,
    Reference,
    State,
    begins,
    expression_of,
    moved,
    order_of,
    part_of,
    place_of,
    result_of,
    shortened,
    values_of,
)
from pusher_migrate.index.instances.links import Link
from pusher_migrate.index.instances.touches import TouchKind
from pusher_migrate.index.types.types import FunctionType

#: The ways in which a function can leave an object that it reaches by a reference.
Exits = Callable[[FunctionType, Reference], Iterable[State]]
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


def _given(
    called: FunctionType, call: ast.Call, is_plain: Callable[[ast.expr], bool]
) -> Iterator[tuple[str, Chain]]:
    """Parameters of a function, and the chains of what a call gives for them."""
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        parameter = callees.parameter_of(called, call, argument)
        for value in values_of(argument) if parameter is not None else ():
            chain = place_of(value)
            if chain is not None and not is_plain(value):
                yield parameter or "", chain
    declared = [*called.node.args.posonlyargs, *called.node.args.args]
    owner = _owner(called, call) if called.bound is not None and declared else None
    if owner is not None:
        yield declared[0].arg, owner


def _owner(called: FunctionType, call: ast.Call) -> Chain | None:
    """What a method gets as ``self``."""
    name = getattr(called.node, "name", "")
    if name != callees.last_name(call):
        if name == "__init__":
            return (result_of(call),)
        if name == "__call__":
            return place_of(call.func)
    if not isinstance(call.func, ast.Attribute):
        return None
    owner = call.func.value
    of_super = isinstance(owner, ast.Call) and callees.last_name(owner) == "super"
    return ("self",) if of_super else place_of(owner)


def _packed(called: FunctionType, call: ast.Call) -> Iterator[tuple[str, Chain]]:
    """What a call gives in ``*args`` and ``**kwargs``, each as the name of that parameter."""
    declared = called.node.args
    for rest, values in (
        (declared.vararg, call.args),
        (declared.kwarg, [keyword.value for keyword in call.keywords]),
    ):
        for value in values if rest is not None else ():
            chain = place_of(value.value if isinstance(value, ast.Starred) else value)
            if chain is not None and callees.parameter_of(called, call, value) is None:
                yield rest.arg if rest is not None else "", chain


class Passage:
    """One call of a function of the project, and the names on both sides of it.

    Args:
        call: The call.
        called: The function.
        caller: The scope of the function that calls.
        same_file: Whether both are in one file.
        is_plain: Whether a value is nothing that can be changed in place.
    """

    def __init__(
        self,
        call: ast.Call,
        called: FunctionType,
        caller: Scope,
        is_plain: Callable[[ast.expr], bool],
        *,
        same_file: bool,
    ) -> None:
        self.call = call
        self.called = called
        self.caller = caller
        self.inner: Scope | None = called.module.scopes.get(called.node) if same_file else None
        self.given = list(_given(called, call, is_plain))
        #: Whether the call makes an object, which may keep what it is given in a base class.
        self.makes = any(chain == (result_of(call),) for _, chain in self.given)
        self.packed = list(_packed(called, call))

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

        for name, chain in self.packed if direct else ():
            if begins(ref.chain, chain):
                yield Reference((name,), ref.part, holder=True)

    def by_default(self, ref: Reference) -> Iterator[Reference]:
        """What a reference is by a parameter whose default, of a function inside, it is."""
        for parameter, chain in self.defaults:
            if begins(ref.chain, chain):
                yield moved(ref, chain, (parameter,))

    @cached_property
    def defaults(self) -> list[tuple[str, Chain]]:
        """The parameters that the call leaves to their defaults, of a function in a function."""
        node, given = self.called.node, {parameter for parameter, _ in self.given}
        if self.inner is None or self.inner.parent is None or self.inner.parent.is_module:
            return []
        found = []
        for argument in node_arguments(node):
            default = default_of(node, argument)
            place = place_of(default) if default is not None else None
            if place is not None and argument.arg not in given:
                found.append((argument.arg, place))
        return found

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

    def leaves(self, ref: Reference, exits: Exits) -> Iterator[Reference]:
        """Where else an object is to be found once the function has returned.

        Args:
            ref: The object, as the caller reaches it.
            exits: Where a function leaves an object.
        """
        for image in self.inside(ref, direct=True):
            for left in frozenset[Reference]().union(*exits(self.called, image)) - {image}:
                for chain in self.outside(left.chain):
                    yield shortened(replace(left, chain=chain))

    def may_have_given(self, refs: Iterable[Reference], stored: Collection[str]) -> bool:
        """Whether the function may have made something what is referred to, or a part of it.

        Args:
            refs: The references.
            stored: The attributes that it sets; ``[]`` for items.
        """
        result = result_of(self.call)
        return any(
            ref.chain[0] == result or self.shares(ref.chain[0]) or ref.chain[-1] in stored
            # What it sets on the object is a part of that.
            or (stored and any(True for _ in self.inside(ref, direct=True)))
            for ref in refs
        )

    def after(self, state: State, exits: Iterable[State]) -> Iterator[State]:
        """The caller's references once the function has returned, for each way that it may run."""
        given = {
            image
            for ref in state
            for image in self._through_parameters(ref, direct=True)
            if len(image.chain) == 1
        }
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
                # What was given keeps its own names: see `kept`.
                if ref not in given
                for chain in self.outside(ref.chain)
            }
            yield frozenset(kept | new)

    def links(self, exits: Exits) -> Iterator[Link]:
        """What the function may have done to the names of the caller.

        Args:
            exits: Where a function leaves an object.
        """
        for first, place in self._sources():
            states = exits(self.called, first)
            left = frozenset[Reference]().union(*states) - {first}
            for ref in sorted(left, key=order_of):
                for target in self.outside(ref.chain):
                    value = expression_of((*place, *ref.part))
                    if ref.holder:
                        yield Link(target, "put", value, self.call)
                    elif target[-1] == "[]":
                        yield Link(target[:-1], "put", value, self.call)
                    else:
                        yield Link(target, "assign", value, self.call)

    def _sources(self) -> Iterator[tuple[Reference, Chain]]:
        """How the function reaches what is the caller's, and what that is."""
        for parameter, chain in self.given:
            yield Reference((parameter,)), chain
        for name, chain in self.packed:
            yield Reference((name,), holder=True), chain
        node = self.called.node
        if self.inner is None or not any(
            isinstance(outer, FUNCTION_NODES) for outer in self.called.module.ancestors(node)
        ):
            return
        for name in dict.fromkeys(part.id for part in ast.walk(node) if isinstance(part, ast.Name)):
            if self.shares(name):
                yield Reference((name,)), (name,)
