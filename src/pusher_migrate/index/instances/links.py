"""What named an object, or put it into a container, before the place where it is taken."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from pusher_migrate.index.calls import callees
from pusher_migrate.index.flow.graph import Node, NodeKind
from pusher_migrate.index.instances.chains import (
    Chain,
    Reference,
    begins,
    moved,
    part_of,
    place_of,
    values_of,
)
from pusher_migrate.index.instances.containers import (
    contained,
    container_of,
    held,
    items_held,
    sources,
    taken_from,
)


@dataclass(frozen=True, eq=False, slots=True)
class Link:
    """A statement that gave a name to an object, or put one into a container.

    Attributes:
        target: The name, attribute or container.
        kind: ``assign``, ``for`` (an item of the value), ``put`` (into the target), ``unpack`` (an
            item of the value), ``rest`` (a list of some of them) or ``given`` (whatever a call
            makes of its arguments).
        value: The expression.
        tree: The statement.
    """

    target: Chain
    kind: str
    value: ast.expr
    tree: ast.AST


def links_in(nodes: Iterable[Node]) -> Iterator[Link]:
    """The links that nodes of a graph make, but for plain names."""
    for node in nodes:
        tree = node.tree
        if isinstance(tree, ast.Assign):
            for target in tree.targets:
                yield from _stores(target, tree.value, tree)
        elif isinstance(tree, ast.For | ast.AsyncFor) and node.kind is NodeKind.LOOP:
            yield from _stores(tree.target, tree.iter, tree, "for")
        elif isinstance(tree, ast.AnnAssign) and tree.value is not None:
            yield from _stores(tree.target, tree.value, tree)
        elif isinstance(tree, ast.AugAssign):
            container = container_of(tree.target)
            if container is not None:
                yield Link(container, "put", tree.value, tree)
        elif isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Call):
            function = tree.value.func
            if isinstance(function, ast.Attribute) and function.attr in callees.ADDING:
                container = container_of(function.value)
                values = [*tree.value.args, *(word.value for word in tree.value.keywords)]
                for argument in values if container is not None else ():
                    yield Link(container or (), "put", argument, tree)
            store = set_by(tree.value)
            if store is not None:
                yield from _stores(*store, tree)


def _stores(
    target: ast.expr, value: ast.expr, tree: ast.AST, kind: str = "assign"
) -> Iterator[Link]:
    """``self.room = room`` and ``rooms[0] = room``; names are known by their bindings."""
    if isinstance(target, ast.Tuple | ast.List):
        for each, item, exact in taken_apart(target, value):
            yield from _stores(each, item, tree, kind if exact else "unpack")
        return
    chain = place_of(target)
    if chain is None or len(chain) < 2:
        return
    if chain[-1] == "[]":
        yield Link(container_of(target) or (), "put", value, tree)
    else:
        yield Link(chain, kind, value, tree)


def set_by(call: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """``setattr(room, "hotel", hotel)`` as the target and the value of an assignment."""
    name = callees.set_attribute(call)
    if callees.last_name(call) != "setattr" or not name or len(call.args) != 3:
        return None
    return ast.Attribute(call.args[0], name, ast.Store()), call.args[2]


def taken_apart(
    target: ast.Tuple | ast.List, value: ast.expr
) -> Iterator[tuple[ast.expr, ast.expr, bool]]:
    """The targets inside of one, what each gets, and whether that is it or a container of it."""
    values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
    starred = any(isinstance(item, ast.Starred) for item in (*target.elts, *values))
    if len(values) == len(target.elts) and not starred:
        yield from ((*pair, True) for pair in zip(target.elts, values, strict=True))
        return
    for each in target.elts:
        # What the rest holds is taken for one more item of the value.
        yield each.value if isinstance(each, ast.Starred) else each, value, False


def linked(
    link: Link, refs: set[Reference], items: bool, is_plain: Callable[[ast.expr], bool]
) -> Iterator[Reference]:
    """References that a link makes the same object, or a container of it.

    Args:
        link: The link.
        refs: What is known.
        items: Whether an item of a container of it counts as the object, which it may be.
        is_plain: Whether a value is nothing that can be changed in place.
    """
    target, value = link.target, link.value
    if link.kind in ("unpack", "rest", "given"):
        return  # See `maybe_linked`.
    if link.kind == "put":
        values = list(held(ast.List([value]), is_plain))
        for ref in refs:
            yield from contained(values, ref, target)
        return
    mine = [ref for ref in refs if begins(ref.chain, target)]
    itself = [ref for ref in mine if ref.chain == target and not ref.holder]
    if link.kind == "for":
        for over in sources(value):
            yield from (Reference(over, ref.part, holder=True) for ref in itself)
            if items:
                yield from _item_of(over, target, refs)
        if items:
            values = list(items_held(value, is_plain))
            for ref in refs:
                yield from _items_in(contained(values, ref, target), target)
        return
    for expression in values_of(value):
        if is_plain(expression):
            continue
        values = list(held(expression, is_plain))
        for ref in refs:
            yield from contained(values, ref, target)
        if isinstance(expression, ast.Call):
            # ``rows = iter(rooms)``
            for over in sources(expression):
                yield from (
                    Reference(over, ref.part, True)
                    for ref in mine
                    if ref.holder and ref.chain == target
                )
                # ``shown = info.copy()`` has the items of ``info``.
                yield from (Reference((*over, "[]"), part_of(ref.part, "[]")) for ref in itself)
        for container in taken_from(expression):
            yield from (Reference(container, ref.part, holder=True) for ref in itself)
            if items:
                yield from _item_of(container, target, refs)
        chain = place_of(expression)
        if chain is None:
            continue
        for ref in refs:
            if begins(target, ref.chain) and target != ref.chain and not ref.holder:
                # What an attribute of the object is set to is a part of it.
                yield Reference(chain, part_of(ref.part, *target[len(ref.chain) :]))
        for ref in mine:
            if "[]" not in chain:
                yield moved(ref, target, chain)
            elif chain[-1] == "[]" and not ref.holder:
                yield Reference(chain[:-1], ref.part, holder=True)
        for ref in refs:
            if ref.holder:
                if ref.chain == chain:
                    yield Reference(target, ref.part, True)
                elif items and (*ref.chain, "[]") == chain:
                    yield Reference(target, ref.part)
            elif begins(chain, ref.chain):
                yield Reference(target, part_of(ref.part, *chain[len(ref.chain) :]))
            if begins(ref.chain, chain) and ref.chain != chain:
                yield moved(ref, chain, target)


def maybe_linked(
    link: Link, ref: Reference, is_plain: Callable[[ast.expr], bool]
) -> Iterator[Reference]:
    """What may be the object, or hold it, as it was put where the object is taken from.

    ``order`` after ``rows = [order, other]`` for an item of ``rows``, ``rows`` after
    ``first, *rest = rows`` for ``first``, and ``first`` for an item of ``rows``. What was put into
    the object itself, ``order`` for ``rows``, is a part of it.
    """
    if link.kind == "given":
        yield from _given(link, ref, is_plain)
        return
    if link.kind in ("unpack", "rest"):
        if ref.holder and ref.chain in set(sources(link.value)):
            yield Reference(link.target, ref.part, holder=link.kind == "rest")
        found = contained(list(items_held(link.value, is_plain)), ref, link.target)
        yield from found if link.kind == "rest" else _items_in(found, link.target)
    if link.kind == "assign" and begins(ref.chain, link.target) and ref.chain != link.target:
        # ``pair = Pair(room)``: what ``pair.first`` is, was given to it.
        for value in values_of(link.value):
            yield from (Reference(each, ref.part) for each in held(value, is_plain))
    if link.kind == "assign" and ref.holder and isinstance(link.value, ast.Attribute):
        # ``close = box.close``: what is read from what holds it may be it, or act on it.
        chain = place_of(link.value) or ()
        rest = chain[len(ref.chain) :] if begins(chain, ref.chain) else ()
        if rest and rest[0] not in callees.MADE_ANEW:
            yield Reference(link.target, ref.part)
    if ref.chain != link.target:
        return
    part = ref.part if ref.holder else part_of(ref.part, "[]")
    if link.kind in ("unpack", "for"):
        yield from (Reference(over, ref.part, holder=True) for over in sources(link.value))
        yield from (Reference(each, ref.part) for each in items_held(link.value, is_plain))
    elif link.kind == "rest":
        yield from (Reference((*over, "[]"), part) for over in sources(link.value))
        yield from (Reference(each, part) for each in items_held(link.value, is_plain))
    elif link.kind == "put":
        yield from (Reference(each, part) for each in held(ast.List([link.value]), is_plain))
    elif link.kind == "assign":
        for value in values_of(link.value):
            yield from (Reference(each, part) for each in held(value, is_plain))


def _given(link: Link, ref: Reference, is_plain: Callable[[ast.expr], bool]) -> Iterator[Reference]:
    """What may be the object, or not, as code that is not known gave one for the other."""
    places = list(places_given(link.value, is_plain))
    if begins(ref.chain, link.target):
        yield from (Reference(place, (callees.UNKNOWN,)) for place in places)
    elif any(begins(place, ref.chain) or begins(ref.chain, place) for place in places):
        yield Reference(link.target, (callees.UNKNOWN,))


def places_given(value: ast.expr, is_plain: Callable[[ast.expr], bool]) -> Iterator[Chain]:
    """The places of what a call is given, or of a value itself."""
    words = value.keywords if isinstance(value, ast.Call) else []
    given = [*value.args, *(w.value for w in words)] if isinstance(value, ast.Call) else [value]
    for argument in given:
        place = place_of(argument.value if isinstance(argument, ast.Starred) else argument)
        if place is not None and not is_plain(argument):
            yield place


def _items_in(found: Iterable[Reference], target: Chain) -> Iterator[Reference]:
    """What was found in a container, once the target is not that but an item of it."""
    for ref in found:
        if ref.holder:
            yield replace(ref, holder=False)
        else:
            yield moved(ref, (*target, "[]"), target)


def _item_of(container: Chain, target: Chain, refs: set[Reference]) -> Iterator[Reference]:
    """What a name is that was bound to some item of a container: the object, or a part of it."""
    for ref in refs:
        if ref.chain == container:
            yield Reference(target, ref.part if ref.holder else part_of(ref.part, "[]"))
