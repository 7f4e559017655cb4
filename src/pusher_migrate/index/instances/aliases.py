"""The names under which an object can be reached, and how they change along a path.

A reference is a local name with the attributes that are read from it. It stands for the followed
object, for a part of it (``hotel = room.hotel``), or for a container that the object is in.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.scopes import COMPREHENSIONS
from pusher_migrate.index.flow.bindings import Binding, BindingKind
from pusher_migrate.index.flow.graph import Node, NodeKind
from pusher_migrate.index.instances.body import Body
from pusher_migrate.index.instances.calling import Exits, Passage
from pusher_migrate.index.instances.chains import (
    RETURNED,
    Chain,
    Reference,
    State,
    begins,
    moved,
    order_of,
    part_of,
    place_of,
    result_of,
    values_of,
)
from pusher_migrate.index.instances.containers import (
    comprehended,
    contained,
    container_of,
    from_iterable,
    held,
    taken_from,
)
from pusher_migrate.index.instances.links import (
    Link,
    linked,
    maybe_linked,
    places_given,
    set_by,
    taken_apart,
)
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.nodes import walk

# More names for one object, its parts and what holds them than are looked at one by one: beyond, a
# person is asked. Rows that refer to rows of their own kind have many that nobody uses.
_MAX_ALIASES = 160

_NOT_BOUND = (
    BindingKind.GLOBAL,
    BindingKind.NONLOCAL,
    BindingKind.ANNOTATION,
    BindingKind.STAR_IMPORT,
)
_TAKEN = (BindingKind.UNPACK, BindingKind.CONTEXT)
_PLAIN = (BindingKind.ASSIGN, BindingKind.WALRUS, BindingKind.CAPTURE)


class References:
    """Follows the references to one object through one function.

    Args:
        body: The function.
        loops: The ``for`` loops around the place where the object is taken.
        links: What may have bound its names before.
        passages: The calls before.
        exits: Where a function leaves an object.
        stored: The attributes that a function sets.
    """

    def __init__(
        self,
        body: Body,
        loops: Iterable[ast.For | ast.AsyncFor],
        links: Iterable[Link],
        passages: Iterable[Passage],
        exits: Exits,
        stored: Callable[[FunctionType], Collection[str]],
    ) -> None:
        self.body = body
        self.loops = tuple(loops)
        self.links = list(links)
        self._passages = list(passages)
        self._exits = exits
        self._stored_by = stored
        self._asked: set[tuple[Passage, Reference]] = set()
        self._given: set[Passage] = set()
        #: Whether there were too many ways to reach the object, so that not all were looked for.
        self.cut_short = False

    # --- Before ---------------------------------------------------------------------------------

    def aliases(self, known: Iterable[Reference]) -> list[Reference]:
        """The ways to reach the object at the place where it is taken.

        Args:
            known: Some of them, or containers of it.
        """
        first = set(known)
        # ``rooms[0]`` may be any item, and so may the one that ``rooms[0].hotel`` is read from.
        first |= {
            Reference(ref.chain[: ref.chain.index("[]")], ref.part, holder=True)
            for ref in first
            if "[]" in ref.chain
        }
        certain = self._closed(first, items=False)
        refs = self._closed(certain, items=True)
        refs |= {
            _iterator(loop)
            for loop in self.loops
            if self._holds_more(loop, refs) and not self._gave_it(loop, certain)
        }
        return sorted(refs, key=order_of)

    def possible(self, known: Iterable[Reference]) -> set[Reference]:
        """References beyond those that are known to what only may be the object."""
        known = set(known)
        found = known
        changed = True
        while changed and len(found) < _MAX_ALIASES:
            new = {
                new
                for link in self.links
                for ref in found
                for new in maybe_linked(link, ref, self.body.is_plain)
            }
            changed = not new <= found
            found = self._closed(found | new, items=True) if changed else found
        self.cut_short |= changed
        return found - known

    def _closed(self, refs: set[Reference], *, items: bool) -> set[Reference]:
        """All references that the links give; ``items``: also what only may be the object."""
        refs = set(refs)
        changed = True
        while changed and len(refs) < _MAX_ALIASES:
            self._look_into_calls(refs)
            new = (
                self._left_by_calls(refs)
                | {
                    ref
                    for link in self.links
                    for ref in linked(link, refs, items, self.body.is_plain)
                }
                - refs
            )
            refs |= new
            changed = bool(new)
        self.cut_short |= changed
        return refs

    def _look_into_calls(self, refs: set[Reference]) -> None:
        """Add the links of the calls that may have made something the object."""
        for passage in self._passages:
            if passage not in self._given:
                if passage.may_have_given(refs, self._stored_by(passage.called)):
                    self._given.add(passage)
                    self.links += passage.links(self._exits)

    def _left_by_calls(self, refs: set[Reference]) -> set[Reference]:
        """Where else calls have left the object."""
        found: set[Reference] = set()
        for ref in refs:
            for passage in self._passages:
                if (passage, ref) not in self._asked:
                    self._asked.add((passage, ref))
                    found.update(passage.leaves(ref, self._exits))
        return found

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
            return frozenset(self._with_rows(node, self._item_taken(node.tree, refs)))
        for binding in self.body.bindings(node):
            if binding.kind in _NOT_BOUND or isinstance(binding.tree, ast.AugAssign):
                continue
            inner = state
            if binding.kind == BindingKind.WALRUS:
                # ``[last := room for room in rooms]``
                comprehensions = (u for u in self.body.uses(node) if isinstance(u, COMPREHENSIONS))
                inner = state.union(*(comprehended(tree, state) for tree in comprehensions))
            new = set(self._new(binding, inner))
            if binding.kind == BindingKind.CAPTURE and isinstance(node.statement, ast.Match):
                # ``case [row, *rest]``: an item of the subject, or something of it.
                parts = from_iterable(node.statement.subject, state)
                new |= {Reference((binding.name,), part) for part in parts}
            refs = {ref for ref in refs if ref.chain[0] != binding.name} | new
        if isinstance(node.tree, ast.Assign | ast.AnnAssign) and node.kind is NodeKind.STATEMENT:
            refs = self._assigned(node.tree, refs, state)
        if isinstance(node.tree, ast.Expr) and isinstance(node.tree.value, ast.Call):
            refs |= set(self._containers(node.tree.value, state))
            store = set_by(node.tree.value)
            if store is not None:
                refs = self._stored([store[0]], store[1], refs, state)
        if isinstance(node.tree, ast.AugAssign) and node.kind is NodeKind.STATEMENT:
            refs |= set(self._put_into(node.tree.target, [node.tree.value], state))
        return frozenset(self._with_rows(node, refs).union(self._given_back(node, state)))

    def _with_rows(self, node: Node, refs: set[Reference]) -> set[Reference]:
        """With the object under the foreign keys that Django sets on the row that a node names."""
        for link in self.body.attributes_set(node) if refs else ():
            refs = refs.union(linked(link, refs, False, self.body.is_plain))
        return refs

    def given_by(self, call: ast.Call, state: State) -> State:
        """What a call of no function of the project gives: ``sorted(rooms)``, ``rooms.get(1)``."""
        name = (result_of(call),)
        found = set(state)
        if callees.last_name(call) in callees.GIVING_ITEMS:
            found.update(Reference(name, part, True) for part in from_iterable(call, state))
        for container in taken_from(call):
            for ref in state:
                if ref.chain == container:
                    part = ref.part if ref.holder else part_of(ref.part, "[]")
                    found.add(Reference(name, part))
        for attribute, value in callees.made_with(call):
            for ref in self.named(name[0], value, state):
                found.add(moved(ref, name, (*name, attribute)))
        if self.body.gives_what_it_gets(call):
            places = list(places_given(call, self.body.is_plain)) if state else []
            if any(begins(p, r.chain) or begins(r.chain, p) for r in state for p in places):
                found.add(Reference(name, (callees.UNKNOWN,)))
        function, items = place_of(call.func), list(held(call, self.body.is_plain))
        for ref in state:
            found.update(contained(items, ref, name))
            if ref.holder and ref.chain == function:
                found.add(Reference(name, ref.part))  # ``partial(pick, room)()``
        return frozenset(found)

    def _item_taken(self, loop: ast.For | ast.AsyncFor, refs: set[Reference]) -> set[Reference]:
        """A loop binds its targets to its next item, which is the object if it comes to that."""
        parts = [ref.part for ref in refs if ref.chain == _iterator(loop).chain]
        for target in walk(loop.target):
            chain = place_of(target) if isinstance(target, ast.Name | ast.Attribute) else None
            if chain is not None and not isinstance(getattr(target, "ctx", None), ast.Load):
                refs = {ref for ref in refs if not begins(ref.chain, chain)}
                refs |= {Reference(chain, part) for part in parts}
        return refs

    def _new(self, binding: Binding, state: State) -> Iterator[Reference]:
        value = binding.value
        kinds = (*_PLAIN, *_TAKEN, BindingKind.STARRED)
        if value is None or binding.kind not in kinds:
            return
        yield from self.named(binding.name, value, state)
        if binding.kind in _TAKEN:
            for part in from_iterable(value, state):
                yield Reference((binding.name,), part)

    def named(self, name: str, value: ast.expr, state: State) -> set[Reference]:
        """What a name reaches once it is bound to a value."""
        return {
            ref
            for each in values_of(value)
            if not self.body.is_plain(each)
            for ref in self._named(name, each, state)
        }

    def _named(self, name: str, value: ast.expr, state: State) -> Iterator[Reference]:
        chain, items = place_of(value), list(held(value, self.body.is_plain))
        containers = set(taken_from(value))
        for ref in state:
            if chain is not None and begins(chain, ref.chain):
                rest = chain[len(ref.chain) :]
                if not ref.holder:
                    yield Reference((name,), part_of(ref.part, *rest))
                elif not rest or rest[0] not in callees.MADE_ANEW:
                    yield Reference((name,), part_of(ref.part, *rest[1:]), holder=not rest)
            elif chain is not None and begins(ref.chain, chain):
                yield moved(ref, chain, (name,))
            elif found := list(contained(items, ref, (name,))):
                # A list, or a form around it.
                yield from found
            elif ref.holder and self.body.is_unknown(value) and _mentions(value, ref.chain):
                yield Reference((name,), ref.part)
            elif ref.chain in containers:
                yield Reference((name,), ref.part if ref.holder else part_of(ref.part, "[]"))

    def _assigned(
        self, tree: ast.Assign | ast.AnnAssign, refs: set[Reference], state: State
    ) -> set[Reference]:
        targets: list[ast.expr] = tree.targets if isinstance(tree, ast.Assign) else [tree.target]
        return self._stored(targets, tree.value, refs, state) if tree.value is not None else refs

    def _stored(
        self, targets: list[ast.expr], value: ast.expr, refs: set[Reference], state: State
    ) -> set[Reference]:
        """``self.room = room`` gives the object another name; ``self.room = other`` takes one."""
        stores = [
            store
            for target in targets
            for store in _stores(target, value, True)
            if not self.body.is_plain(store[0])
        ]
        for _, chain, _, _ in stores:
            if chain[-1] != "[]":
                refs = {ref for ref in refs if not begins(ref.chain, chain)}
        for _, chain, item, exact in stores:
            if exact:
                new = self.named(chain[0], item, state)
            else:
                new = {Reference(chain[:1], part) for part in from_iterable(item, state)}
            for ref in new:
                if chain[-1] == "[]" and len(ref.chain) == 1:
                    refs.add(Reference(chain[:-1], ref.part, holder=True))
                else:
                    refs.add(moved(ref, ref.chain[:1], chain))
        return refs

    def _given_back(self, node: Node, state: State) -> Iterator[Reference]:
        """What the function gives to its caller: as its result, or one by one."""
        if isinstance(node.tree, ast.Return) and node.tree.value is not None:
            yield from self.named(RETURNED, node.tree.value, state)
        elif isinstance(node.tree, ast.expr):
            yield from self.named(RETURNED, node.tree, state)  # the body of a lambda
        for part in self.body.yields(node):
            if isinstance(part, ast.YieldFrom):
                for each in from_iterable(part.value, state):
                    yield Reference((RETURNED,), each, holder=True)
            elif part.value is not None:
                for ref in self.named(RETURNED, part.value, state):
                    yield replace(ref, holder=True)

    def _containers(self, call: ast.Call, state: State) -> Iterator[Reference]:
        """``rooms.append(room)`` puts the object into a container."""
        if not (isinstance(call.func, ast.Attribute) and call.func.attr in callees.ADDING):
            return
        values = [*call.args, *(word.value for word in call.keywords)]
        yield from self._put_into(call.func.value, values, state)

    def _put_into(
        self, target: ast.expr, values: Iterable[ast.expr], state: State
    ) -> Iterator[Reference]:
        container = container_of(target)
        if container is not None:
            items = list(held(ast.List([*values]), self.body.is_plain))
            for ref in state:
                yield from contained(items, ref, container)


def _stores(
    target: ast.expr, value: ast.expr, exact: bool
) -> Iterator[tuple[ast.expr, Chain, ast.expr, bool]]:
    """The attributes and items that an assignment sets, to a value or (not exact) an item of it."""
    if isinstance(target, ast.Tuple | ast.List):
        for each, item, itself in taken_apart(target, value):
            yield from _stores(each, item, exact and itself)
    else:
        chain = place_of(target)
        if chain is not None and len(chain) > 1:
            yield target, chain, value, exact


def _iterator(loop: ast.For | ast.AsyncFor, part: Chain = ()) -> Reference:
    """What a loop takes its items from, when the object may be among those to come."""
    return Reference((f"<items of the loop at {loop.lineno}:{loop.col_offset}>",), part, True)


def _mentions(value: ast.expr, chain: Chain) -> bool:
    """``rooms.pop()``, ``pick(rooms)``: what a call gives may be an item of a container."""
    return isinstance(value, ast.Call) and any(
        isinstance(node, ast.Name) and node.id == chain[0] for node in walk(value)
    )
