"""The names under which an object can be reached, and how they change along a path.

A reference is a local name with the attributes that are read from it. It stands for the followed
object, for a part of it (``hotel = room.hotel``), or for a container that the object is in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from pusher_migrate.index.calls import callees
from pusher_migrate.index.flow.bindings import Binding, BindingKind, node_bindings
from pusher_migrate.index.flow.graph import Edge, EdgeKind, Node, NodeKind
from pusher_migrate.index.instances.chains import (
    Chain,
    Reference,
    State,
    begins,
    chain_of,
    holds,
    part_of,
    values_of,
)
from pusher_migrate.index.instances.links import (
    Link,
    linked,
    maybe_linked,
    puts,
    sources,
    taken_from,
)
from pusher_migrate.nodes import walk

# More names for one object than people give it.
_MAX_ALIASES = 64

_NOT_BOUND = (
    BindingKind.GLOBAL,
    BindingKind.NONLOCAL,
    BindingKind.ANNOTATION,
    BindingKind.STAR_IMPORT,
)
_PLAIN = (BindingKind.ASSIGN, BindingKind.WALRUS, BindingKind.CAPTURE)


class References:
    """Follows the references to one object through one function.

    Args:
        loops: The ``for`` loops around the place where the object is taken.
        links: What may have bound its names before.
    """

    def __init__(
        self, loops: Iterable[ast.For | ast.AsyncFor] = (), links: Iterable[Link] = ()
    ) -> None:
        self.loops = tuple(loops)
        self.links = tuple(links)

    # --- Before ---------------------------------------------------------------------------------

    def aliases(self, chain: Chain, *, holder: bool = False) -> list[Reference]:
        """The ways to reach the object at the place where it is taken.

        Args:
            chain: One of them.
            holder: Whether that is a container of it.
        """
        first = {Reference(chain, holder=holder)}
        if "[]" in chain:
            # ``rooms[0]`` may be any item, and so may the one that ``rooms[0].hotel`` is read from.
            first.add(Reference(chain[: chain.index("[]")], holder=True))
        certain = self._closed(first, items=False)
        refs = self._closed(certain, items=True)
        refs |= {
            _iterator(loop)
            for loop in self.loops
            if self._holds_more(loop, refs) and not self._gave_it(loop, certain)
        }
        return sorted(refs, key=lambda ref: (ref.chain, ref.part, ref.holder))

    def possible(self, known: Iterable[Reference]) -> set[Reference]:
        """References beyond those that are known to what only may be the object."""
        known = set(known)
        found = {new for link in self.links for ref in known for new in maybe_linked(link, ref)}
        return self._closed(found, items=True) - known if found else found

    def _closed(self, refs: set[Reference], *, items: bool) -> set[Reference]:
        """All references that the links give; ``items``: also what only may be the object."""
        refs = set(refs)
        changed = True
        while changed and len(refs) < _MAX_ALIASES:
            new = {ref for link in self.links for ref in linked(link, refs, items)} - refs
            refs |= new
            changed = bool(new)
        return refs

    def _gave_it(self, loop: ast.For | ast.AsyncFor, refs: set[Reference]) -> bool:
        """Whether the object is the present item of a loop: its next one is another object."""
        return any(
            link.tree is loop and ref.chain == link.target and not ref.holder and not ref.part
            for link in self.links
            for ref in refs
        )

    def _holds_more(self, loop: ast.For | ast.AsyncFor, refs: set[Reference]) -> bool:
        return any(True for _ in from_iterable(loop.iter, refs))

    # --- Names ----------------------------------------------------------------------------------

    def after(self, node: Node, state: State) -> State:
        """The ways to reach the object once a node is completed."""
        refs = set(state)
        if isinstance(node.tree, ast.For | ast.AsyncFor):
            if node.kind is NodeKind.ITERABLE:
                # From here on the loop may come to the object (again).
                refs -= {ref for ref in refs if ref.chain == _iterator(node.tree).chain}
                found = from_iterable(node.tree.iter, state)
                return frozenset(refs | {_iterator(node.tree, part) for part in found})
            return frozenset(self._item_taken(node.tree, refs))
        for binding in node_bindings(node):
            if binding.kind in _NOT_BOUND or isinstance(binding.tree, ast.AugAssign):
                continue
            new = set(self._new(binding, state))
            if binding.kind == BindingKind.CAPTURE and isinstance(node.statement, ast.Match):
                # ``case [row, *rest]``: an item of the subject, or something of it.
                parts = from_iterable(node.statement.subject, state)
                new |= {Reference((binding.name,), part) for part in parts}
            refs = {ref for ref in refs if ref.chain[0] != binding.name} | new
        if isinstance(node.tree, ast.Assign | ast.AnnAssign) and node.kind is NodeKind.STATEMENT:
            refs = self._stored(node.tree, refs, state)
        if isinstance(node.tree, ast.Expr) and isinstance(node.tree.value, ast.Call):
            refs |= set(_containers(node.tree.value, state))
        if isinstance(node.tree, ast.AugAssign) and node.kind is NodeKind.STATEMENT:
            refs |= set(_put_into(node.tree.target, [node.tree.value], state))
        return frozenset(refs)

    def _item_taken(self, loop: ast.For | ast.AsyncFor, refs: set[Reference]) -> set[Reference]:
        """A loop binds its targets to its next item, which is the object if it comes to that."""
        parts = [ref.part for ref in refs if ref.chain == _iterator(loop).chain]
        for target in walk(loop.target):
            chain = chain_of(target) if isinstance(target, ast.Name | ast.Attribute) else None
            if chain is not None and not isinstance(getattr(target, "ctx", None), ast.Load):
                refs = {ref for ref in refs if not begins(ref.chain, chain)}
                refs |= {Reference(chain, part) for part in parts}
        return refs

    def _new(self, binding: Binding, state: State) -> Iterator[Reference]:
        value = binding.value
        kinds = (*_PLAIN, BindingKind.UNPACK, BindingKind.STARRED)
        if value is None or binding.kind not in kinds:
            return
        yield from self.named(binding.name, value, state)
        if binding.kind == BindingKind.UNPACK:
            for part in from_iterable(value, state):
                yield Reference((binding.name,), part)

    def named(self, name: str, value: ast.expr, state: State) -> set[Reference]:
        """What a name reaches once it is bound to a value."""
        return {ref for each in values_of(value) for ref in self._named(name, each, state)}

    def _named(self, name: str, value: ast.expr, state: State) -> Iterator[Reference]:
        chain = chain_of(value)
        for ref in state:
            if chain is not None:
                if not begins(chain, ref.chain):
                    continue
                rest = chain[len(ref.chain) :]
                if not ref.holder:
                    yield Reference((name,), part_of(ref.part, *rest))
                else:
                    yield Reference((name,), ref.part, holder=not rest)
            elif holds(value, ref.chain):
                # A list, or a form around it.
                yield Reference((name,), ref.part, holder=True)
            elif ref.holder and _mentions(value, ref.chain):
                yield Reference((name,), ref.part)
            elif ref.chain in set(taken_from(value)):
                yield Reference((name,), ref.part if ref.holder else part_of(ref.part, "[]"))

    def _stored(
        self, tree: ast.Assign | ast.AnnAssign, refs: set[Reference], state: State
    ) -> set[Reference]:
        """``self.room = room`` gives the object another name; ``self.room = other`` takes one."""
        targets = tree.targets if isinstance(tree, ast.Assign) else [tree.target]
        for target in targets:
            chain = chain_of(target)
            if chain is None or len(chain) < 2:
                continue
            if chain[-1] != "[]":
                refs = {ref for ref in refs if not begins(ref.chain, chain)}
            for value in values_of(tree.value) if tree.value is not None else ():
                source = chain_of(value)
                for ref in state:
                    if source is not None and source == ref.chain and not ref.holder:
                        if chain[-1] == "[]":
                            refs.add(Reference(chain[:-1], ref.part, holder=True))
                        else:
                            refs.add(Reference(chain, ref.part))
        return refs


def _iterator(loop: ast.For | ast.AsyncFor, part: Chain = ()) -> Reference:
    """What a loop takes its items from, when the object may be among those to come."""
    return Reference((f"<items of the loop at {loop.lineno}:{loop.col_offset}>",), part, True)


def from_iterable(value: ast.expr, refs: Iterable[Reference]) -> Iterator[Chain]:
    """What of the object an item of an iterable may be."""
    chain = chain_of(value)
    for ref in refs:
        if chain is not None and begins(chain, ref.chain):
            rest = chain[len(ref.chain) :]
            if ref.holder:
                yield part_of(ref.part, *rest[1:], *(("[]",) if rest else ()))
            else:
                yield part_of(ref.part, *rest, "[]")
        elif chain is None:
            if ref.chain in set(sources(value)):
                yield ref.part if ref.holder else part_of(ref.part, "[]")
            elif not ref.holder and holds(value, ref.chain):
                yield ref.part


def binds(edge: Edge) -> bool:
    """Whether the names of a node are bound on the way along an edge.

    A loop that ends has taken no item, and a case that does not match has captured nothing.
    """
    inner = edge.source.kind in (NodeKind.LOOP, NodeKind.CASE)
    return not inner or edge.kind is not EdgeKind.FALSE


def _mentions(value: ast.expr, chain: Chain) -> bool:
    """``rooms.pop()``, ``pick(rooms)``: what a call gives may be an item of a container."""
    return isinstance(value, ast.Call) and any(
        isinstance(node, ast.Name) and node.id == chain[0] for node in walk(value)
    )


def _containers(call: ast.Call, state: State) -> Iterator[Reference]:
    """``rooms.append(room)`` puts the object into a container."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in callees.ADDING):
        return
    yield from _put_into(call.func.value, call.args, state)


def _put_into(target: ast.expr, values: Iterable[ast.expr], state: State) -> Iterator[Reference]:
    container = chain_of(target)
    for ref in state:
        if container is not None and any(puts(value, ref) for value in values):
            yield Reference(container, ref.part, holder=True)
