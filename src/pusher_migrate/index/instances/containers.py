"""What lists, displays, forms and iterables hold of an object, and give of it one by one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.scopes import Comprehension
from pusher_migrate.index.instances.chains import (
    Chain,
    Reference,
    begins,
    chain_of,
    moved,
    part_of,
    place_of,
)


def container_of(value: ast.expr) -> Chain | None:
    """The outermost container that something is put into: ``rows[key]`` is a part of ``rows``.

    ``rows.setdefault(key, []).append(room)`` puts it there too.
    """
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr in callees.TAKING:
            return container_of(value.func.value)
    place = place_of(value)
    while place is not None and place[-1] == "[]":
        place = place[:-1]
    return place


def contained(items: Iterable[Chain], ref: Reference, target: Chain) -> Iterator[Reference]:
    """How an object is reached by a container that it, or parts of it, are put into.

    Args:
        items: What is put there, see `held`.
        ref: The object.
        target: The container.
    """
    for item in items:
        if begins(item, ref.chain):
            rest = item[len(ref.chain) :]
            if ref.holder and rest[:1] and rest[0] in callees.MADE_ANEW:
                continue
            yield Reference(target, part_of(ref.part, *rest[1 if ref.holder else 0 :]), True)
        elif begins(ref.chain, item):
            yield moved(ref, item, (*target, "[]"))


def held(value: ast.expr, is_plain: Callable[[ast.expr], bool]) -> Iterator[Chain]:
    """The places whose objects a display, or the result of a call, holds.

    Args:
        value: The expression.
        is_plain: Whether a value is nothing that can be changed in place: it is left out.
    """
    stack = [value]
    while stack:
        match stack.pop():
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                pass
            case ast.Dict(values=items):
                pass
            case ast.Starred(value=item):
                items = [item]
            case ast.BinOp(left=left, right=right):
                items = [left, right]
            case ast.Call() as call if callees.keeps_arguments(call):
                items = [*call.args, *(keyword.value for keyword in call.keywords)]
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp() as made:
                yield from _comprehended(made, is_plain)
                continue
            case _:
                continue
        for item in items:
            place = place_of(item)
            if place is not None and not is_plain(item):
                yield place
        stack += items


def _comprehended(
    made: Comprehension,
    is_plain: Callable[[ast.expr], bool],
) -> Iterator[Chain]:
    """``[row for row in rows]`` holds items of ``rows``."""
    items = {
        target.id: [
            *((*source, "[]") for source in sources(generator.iter)),
            *items_held(generator.iter, is_plain),
        ]
        for generator in made.generators
        for target in ast.walk(generator.target)
        if isinstance(target, ast.Name)
    }
    item = made.value if isinstance(made, ast.DictComp) else made.elt
    stack = list(held(ast.List([item]), is_plain))
    while stack:
        name, *rest = stack.pop()
        if name in items:
            stack += [(*place, *rest) for place in items[name] if place[0] not in items]
        else:
            yield (name, *rest)


def items_held(iterable: ast.expr, is_plain: Callable[[ast.expr], bool]) -> Iterator[Chain]:
    """The places whose objects an iterable that is written out gives: ``zip([room], rooms)``."""
    yield from held(iterable, is_plain)
    if isinstance(iterable, ast.Call):
        if copied := callees.copied_by(iterable):
            for argument in copied:
                yield from items_held(argument, is_plain)
        elif isinstance(iterable.func, ast.Attribute) and iterable.func.attr in callees.VIEWS:
            yield from items_held(iterable.func.value, is_plain)


def sources(iterable: ast.expr) -> Iterator[Chain]:
    """The containers whose own items an iterable gives: ``rows``, ``enumerate(rooms)``."""
    if isinstance(iterable, ast.Subscript) and isinstance(iterable.slice, ast.Slice):
        yield from sources(iterable.value)
        return
    chain = place_of(iterable)
    if chain is not None:
        yield chain
    if isinstance(iterable, ast.Call):
        if copied := callees.copied_by(iterable):
            for argument in copied:
                yield from sources(argument)
        elif isinstance(iterable.func, ast.Attribute) and iterable.func.attr in callees.VIEWS:
            yield from sources(iterable.func.value)
    elif isinstance(iterable, ast.List | ast.Tuple | ast.Set):
        for element in iterable.elts:
            if isinstance(element, ast.Starred):
                yield from sources(element.value)
    elif isinstance(iterable, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        # ``(row for row in rows if row.open)``
        for generator in iterable.generators:
            if isinstance(iterable.elt, ast.Name) and isinstance(generator.target, ast.Name):
                if iterable.elt.id == generator.target.id:
                    yield from sources(generator.iter)


def from_iterable(value: ast.expr, refs: Iterable[Reference]) -> Iterator[Chain]:
    """What of the object an item of an iterable may be."""
    chain, containers = place_of(value), set(sources(value))
    items = list(items_held(value, lambda item: False))
    for ref in refs:
        if chain is not None and begins(chain, ref.chain):
            rest = chain[len(ref.chain) :]
            if ref.holder:
                yield part_of(ref.part, *rest[1:], *(("[]",) if rest else ()))
            else:
                yield part_of(ref.part, *rest, "[]")
        elif ref.chain in containers:
            yield ref.part if ref.holder else part_of(ref.part, "[]")
        else:
            yield from (each.part for each in contained(items, ref, ("",)) if each.holder)


def comprehended(tree: Comprehension, refs: Iterable[Reference]) -> frozenset[Reference]:
    """What the names of a comprehension may be of the object."""
    return frozenset(
        Reference((target.id,), part)
        for generator in tree.generators
        for part in from_iterable(generator.iter, refs)
        for target in ast.walk(generator.target)
        if isinstance(target, ast.Name)
    )


def taken_from(value: ast.expr) -> Iterator[Chain]:
    """The containers of which one item is taken: ``rooms.pop()``, ``list(rooms)[0]``."""
    if isinstance(value, ast.Subscript) and not isinstance(value.slice, ast.Slice):
        if chain_of(value) is None:
            yield from sources(value.value)
        return
    if not isinstance(value, ast.Call):
        return
    if isinstance(value.func, ast.Name) and value.func.id in callees.GIVING_ONE:
        for argument in value.args:
            yield from sources(argument)
    elif value.keywords:
        return  # ``Room.objects.get(pk=1)`` makes an object of its own.
    elif isinstance(value.func, ast.Attribute) and value.func.attr in callees.TAKING:
        container = place_of(value.func.value)
        if container is not None:
            yield container
