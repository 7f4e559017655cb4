"""Ways to reach an object, as they are written: names with attributes and items."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.modules import Module

#: A name and the attributes read from it; ``[]`` stands for any item.
Chain = tuple[str, ...]

# A loop that climbs, ``node = node.parent``, would name ever deeper parts without end. Those that
# differ only behind so many steps are taken for one.
_MOST_STEPS = 5


@dataclass(frozen=True, slots=True)
class Reference:
    """A way to reach the object.

    Attributes:
        chain: How it is written.
        part: What of the object it is; empty for the object itself.
        holder: True for a container or wrapper that the object is in.
    """

    chain: Chain
    part: Chain = ()
    holder: bool = False


State = frozenset[Reference]


def chain_of(node: ast.expr) -> Chain | None:
    """``a.b[0].c`` as names, items as ``[]``; None for other expressions."""
    steps: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            steps.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):
            steps.append("[]")
            node = node.value
        elif isinstance(node, ast.Name):
            return (node.id, *reversed(steps))
        else:
            return None


def climb(module: Module, use: ast.Name) -> tuple[Chain, ast.expr]:
    """The longest chain that begins with a name, and its outermost node."""
    steps = [use.id]
    top: ast.expr = use
    while True:
        parent = module.parents[top]
        if isinstance(parent, ast.Attribute):
            steps.append(parent.attr)
        elif isinstance(parent, ast.Subscript) and parent.value is top:
            steps.append("[]")
        else:
            return tuple(steps), top
        top = parent


def text_of(chain: Chain) -> str:
    """A chain as it is read in a message: ``position[]``."""
    return ".".join(chain).replace(".[]", "[]")


def begins(chain: Chain, start: Chain) -> bool:
    return chain[: len(start)] == start


def part_of(part: Chain, *steps: str) -> Chain:
    """A part of a part."""
    return (*part, *steps)[:_MOST_STEPS]


def parts_of(chain: Chain, state: Iterable[Reference]) -> set[Chain]:
    """What of the object a chain is, by each reference that it begins with."""
    found = set()
    for ref in state:
        if not begins(chain, ref.chain):
            continue
        rest = chain[len(ref.chain) :]
        if not ref.holder:
            found.add(part_of(ref.part, *rest))
        elif rest:
            # An item of a container: it may be the object.
            found.add(part_of(ref.part, *rest[1:]))
    return found


def values_of(value: ast.expr) -> Iterator[ast.expr]:
    """The expressions whose object an expression may evaluate to, itself."""
    stack = [value]
    while stack:
        node = stack.pop()
        match node:
            case ast.IfExp(body=body, orelse=orelse):
                stack += [body, orelse]
            case ast.BoolOp(values=values):
                stack += values
            case ast.NamedExpr(value=inner) | ast.Await(value=inner):
                stack.append(inner)
            case _:
                yield node


def holds(value: ast.expr, chain: Chain) -> bool:
    """Whether a display, a comprehension or the arguments of a call hold the object."""
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        return any(chain_of(item) == chain or holds(item, chain) for item in value.elts)
    if isinstance(value, ast.Dict):
        return any(chain_of(item) == chain or holds(item, chain) for item in value.values)
    if isinstance(value, ast.Starred):
        return chain_of(value.value) == chain
    if isinstance(value, ast.Call) and callees.keeps_arguments(value):
        given = [*value.args, *(keyword.value for keyword in value.keywords)]
        return any(chain_of(item) == chain or holds(item, chain) for item in given)
    return False
