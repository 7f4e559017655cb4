"""Ways to reach an object, as they are written: names with attributes and items."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.modules import Module

#: A name and the attributes read from it; ``[]`` stands for any item.
Chain = tuple[str, ...]

#: Stands for a name in a chain: what the function returns, or yields one by one.
RETURNED = "the returned value"
_RESULT = "the result of the call at "

# A loop that climbs, ``node = node.parent``, would name ever deeper parts without end. Those that
# differ only behind so many steps are taken for one.
_MOST_STEPS = 5
_LONGEST = 4


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


def order_of(ref: Reference) -> tuple[Chain, Chain, bool]:
    """A key to sort references by."""
    return (ref.chain, ref.part, ref.holder)


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


def result_of(call: ast.Call) -> str:
    """Stands for a name in a chain: what a call has returned, for as long as its statement runs."""
    end = (call.end_lineno, call.end_col_offset)
    return f"{_RESULT}{call.lineno}:{call.col_offset}, up to {end[0]}:{end[1]}"


def is_result(name: str) -> bool:
    """Whether the beginning of a chain stands for what a call has returned."""
    return name.startswith(_RESULT)


def place_of(node: ast.expr) -> Chain | None:
    """As `chain_of`, for what is read from the result of a call too: ``pick(rooms).hotel``."""
    steps: list[str] = []
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript):
            steps.append(node.attr if isinstance(node, ast.Attribute) else "[]")
            node = node.value
        elif isinstance(node, ast.Call) and callees.read_attribute(node):
            steps.append(callees.read_attribute(node))
            node = node.args[0]
        else:
            break
    if isinstance(node, ast.Await):
        node = node.value
    if isinstance(node, ast.Name):
        return (node.id, *reversed(steps))
    return (result_of(node), *reversed(steps)) if isinstance(node, ast.Call) else None


def expression_of(chain: Chain) -> ast.expr:
    """A chain as syntax."""
    node: ast.expr = ast.Name(chain[0], ast.Load())
    for step in chain[1:]:
        if step == "[]":
            node = ast.Subscript(node, ast.Constant(0), ast.Load())
        else:
            node = ast.Attribute(node, step, ast.Load())
    return node


def climb(module: Module, use: ast.Name | ast.Call) -> tuple[Chain, ast.expr]:
    """The longest chain that begins with a name or a result, and its outermost node."""
    steps = [use.id if isinstance(use, ast.Name) else result_of(use)]
    top: ast.expr = use
    while True:
        parent = module.parents[top]
        if isinstance(parent, ast.Attribute):
            steps.append(parent.attr)
        elif isinstance(parent, ast.Subscript) and parent.value is top:
            steps.append("[]")
        elif isinstance(parent, ast.Call) and parent.args[:1] == [top]:
            if not callees.read_attribute(parent):
                return tuple(steps), top
            steps.append(callees.read_attribute(parent))
        elif not _is_choice_to_read(module, parent, top):
            return tuple(steps), top
        assert isinstance(parent, ast.expr)
        top = parent


def _is_choice_to_read(module: Module, node: ast.AST, inner: ast.expr) -> bool:
    """``(room or other).status``: what is read from the choice may be read from this."""
    if isinstance(node, ast.IfExp):
        chosen = node.test is not inner
    else:
        chosen = isinstance(node, ast.BoolOp | ast.NamedExpr | ast.Await)
    outer = module.parents.get(node)
    while isinstance(outer, ast.BoolOp | ast.IfExp | ast.NamedExpr | ast.Await):
        outer = module.parents.get(outer)
    return chosen and isinstance(outer, ast.Attribute | ast.Subscript)


def text_of(chain: Chain) -> str:
    """A chain as it is read in a message: ``position[]``."""
    return ".".join(chain).replace(".[]", "[]")


def begins(chain: Chain, start: Chain) -> bool:
    return chain[: len(start)] == start


def is_unknown(part: Chain) -> bool:
    """Whether a part may be anything that has to do with the object, or itself."""
    return any(step.endswith(callees.UNKNOWN) for step in part)


def part_of(part: Chain, *steps: str) -> Chain:
    """A part of a part; an item of an item counts as an item.

    Behind an unknown step there is nothing more to know: see `is_unknown`.
    """
    found = (*part, *steps)
    if is_unknown(found):
        return (callees.UNKNOWN,)
    if "[]" in steps:
        found = tuple(
            step for i, step in enumerate(found) if step != "[]" or found[i - 1 : i] != ("[]",)
        )
    return found[:_MOST_STEPS]


def moved(ref: Reference, start: Chain, to: Chain) -> Reference:
    """A reference that is read from ``start``, once that is reached by ``to``."""
    return shortened(replace(ref, chain=(*to, *ref.chain[len(start) :])))


def shortened(ref: Reference) -> Reference:
    """A reference with no more steps than need be: a long one counts as a container."""
    chain = ref.chain
    # ``node.parent = node`` would do so too: what comes to a step again is somewhere in there.
    length = next((i for i, step in enumerate(chain) if step in chain[:i]), len(chain))
    if length > _LONGEST or length < len(chain):
        return Reference(chain[: min(length, _LONGEST)], ref.part, holder=True)
    return ref


def parts_of(chain: Chain, state: Iterable[Reference]) -> set[Chain]:
    """What of the object a chain is, by each reference that it begins with."""
    found = set()
    for ref in state:
        if not begins(chain, ref.chain):
            continue
        rest = chain[len(ref.chain) :]
        if not ref.holder:
            found.add(part_of(ref.part, *rest))
        elif rest and rest[0] not in callees.MADE_ANEW:
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
                shown = callees.seen_through(node)
                if shown is not None:
                    stack.append(shown)
                else:
                    yield node
