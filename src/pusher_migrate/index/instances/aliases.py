"""The names under which an object can be reached, and how they change along a path.

A reference is a local name with the attributes that are read from it. It stands for the followed
object, for a part of it (``hotel = room.hotel``), or for a container that the object is in.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding as NameBinding
from pusher_migrate.index.code.scopes import Scope
from pusher_migrate.index.flow.bindings import Binding, BindingKind, node_bindings
from pusher_migrate.index.flow.graph import Edge, EdgeKind, Node, NodeKind

#: A name and the attributes read from it; ``[]`` stands for any item.
Chain = tuple[str, ...]

# More names for one object than people give it.
_MAX_ALIASES = 64

_NOT_BOUND = (
    BindingKind.GLOBAL,
    BindingKind.NONLOCAL,
    BindingKind.ANNOTATION,
    BindingKind.STAR_IMPORT,
)
_PLAIN = (BindingKind.ASSIGN, BindingKind.WALRUS, BindingKind.CAPTURE)


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


class References:
    """Follows the references to one object through one function.

    Args:
        scope: The function's own scope.
        loops: The ``for`` loops around the place where the object is taken: each round of them has
            another object.
        bindings: The bindings of a local name that hold at that place.
    """

    def __init__(
        self,
        scope: Scope,
        loops: Iterable[ast.AST] = (),
        bindings: Callable[[str], list[NameBinding]] | None = None,
    ) -> None:
        self.scope = scope
        self.loops = frozenset(loops)
        self._bindings = bindings or (lambda name: scope.names[name])

    # --- Before ---------------------------------------------------------------------------------

    def aliases(self, chain: Chain, *, holder: bool = False) -> list[Reference]:
        """The object's names at the place where it is taken.

        Args:
            chain: One of them.
            holder: Whether that is a container of it.
        """
        refs = {Reference(chain, holder=holder)}
        changed = True
        while changed and len(refs) < _MAX_ALIASES:
            changed = False
            for name in self.scope.names:
                for binding in self._bindings(name):
                    for found in self._linked(name, binding.kind, binding.value, refs):
                        if found not in refs:
                            refs.add(found)
                            changed = True
        return sorted(refs, key=lambda ref: (ref.chain, ref.part, ref.holder))

    def _linked(
        self, name: str, kind: str, value: ast.expr | None, refs: set[Reference]
    ) -> Iterator[Reference]:
        """References that ``name = value`` makes the same object, or a container of it."""
        if value is None or kind not in ("assign", "for"):
            return
        mine = [ref for ref in refs if ref.chain[0] == name and not ref.part]
        if kind == "for":
            over = chain_of(value)
            if over is not None and any(ref.chain == (name,) and not ref.holder for ref in mine):
                yield Reference(over, holder=True)
            if over is not None and any(ref.chain == over and ref.holder for ref in refs):
                yield Reference((name,))
            return
        for expression in values_of(value):
            chain = chain_of(expression)
            for ref in mine:
                if chain is None:
                    continue
                if "[]" in chain:
                    if not ref.holder and chain[-1] == "[]":
                        yield Reference(chain[:-1], holder=True)
                else:
                    yield Reference((*chain, *ref.chain[1:]), (), ref.holder)
            if chain is not None:
                for ref in [ref for ref in refs if ref.chain == chain and not ref.part]:
                    yield Reference((name,), (), ref.holder)
                if any(ref.holder and (*ref.chain, "[]") == chain for ref in refs):
                    yield Reference((name,))
            elif any(_holds(expression, r.chain) for r in refs if not r.holder and not r.part):
                yield Reference((name,), (), True)

    # --- Names ----------------------------------------------------------------------------------

    def after(self, node: Node, state: State) -> State:
        """The ways to reach the object once a node is completed."""
        refs = set(state)
        for binding in node_bindings(node):
            if binding.kind in _NOT_BOUND or isinstance(binding.tree, ast.AugAssign):
                continue
            new = set(self._new(binding, state))
            refs = {ref for ref in refs if ref.chain[0] != binding.name} | new
        if isinstance(node.tree, ast.Assign | ast.AnnAssign) and node.kind is NodeKind.STATEMENT:
            refs = self._stored(node.tree, refs, state)
        if isinstance(node.tree, ast.Expr) and isinstance(node.tree.value, ast.Call):
            refs |= set(_containers(node.tree.value, state))
        return frozenset(refs)

    def _new(self, binding: Binding, state: State) -> Iterator[Reference]:
        value = binding.value
        if value is None:
            return
        if binding.kind is BindingKind.ITERATION:
            if binding.tree in self.loops:
                return  # The next item: another object.
            chain = chain_of(value)
            for ref in state:
                if chain is not None and begins(chain, ref.chain):
                    part = ref.part if ref.holder else (*ref.part, "[]")
                    yield Reference((binding.name,), part)
                elif not ref.holder and chain is None and _holds(value, ref.chain):
                    yield Reference((binding.name,), ref.part)
            return
        if binding.kind not in (*_PLAIN, BindingKind.UNPACK, BindingKind.STARRED):
            return
        for expression in values_of(value):
            yield from self._named(binding.name, expression, state)

    def _named(self, name: str, value: ast.expr, state: State) -> Iterator[Reference]:
        chain = chain_of(value)
        for ref in state:
            if chain is not None:
                if not begins(chain, ref.chain):
                    continue
                rest = chain[len(ref.chain) :]
                if not ref.holder:
                    yield Reference((name,), (*ref.part, *rest))
                else:
                    yield Reference((name,), ref.part, holder=not rest)
            elif _holds(value, ref.chain):
                # A list, or a form around it.
                yield Reference((name,), ref.part, holder=True)
            elif ref.holder and _taken_from(value, ref.chain):
                yield Reference((name,), ref.part)

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


def binds(edge: Edge) -> bool:
    """Whether the names of a node are bound on the way along an edge.

    A loop that ends has taken no item, and a case that does not match has captured nothing.
    """
    inner = edge.source.kind in (NodeKind.LOOP, NodeKind.CASE)
    return not inner or edge.kind is not EdgeKind.FALSE


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


def parts_of(chain: Chain, state: Iterable[Reference]) -> set[Chain]:
    """What of the object a chain is, by each reference that it begins with."""
    found = set()
    for ref in state:
        if not begins(chain, ref.chain):
            continue
        rest = chain[len(ref.chain) :]
        if not ref.holder:
            found.add((*ref.part, *rest))
        elif rest:
            # An item of a container: it may be the object.
            found.add((*ref.part, *rest[1:]))
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


def _holds(value: ast.expr, chain: Chain) -> bool:
    """Whether a display, a comprehension or the arguments of a call hold the object."""
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        return any(chain_of(item) == chain or _holds(item, chain) for item in value.elts)
    if isinstance(value, ast.Dict):
        return any(chain_of(item) == chain or _holds(item, chain) for item in value.values)
    if isinstance(value, ast.Starred):
        return chain_of(value.value) == chain
    if isinstance(value, ast.Call) and callees.keeps_arguments(value):
        given = [*value.args, *(keyword.value for keyword in value.keywords)]
        return any(chain_of(item) == chain or _holds(item, chain) for item in given)
    return False


def _taken_from(value: ast.expr, chain: Chain) -> bool:
    """``rooms.pop()``, ``next(iter(rooms))``: an item of a container."""
    return isinstance(value, ast.Call) and any(
        isinstance(node, ast.Name) and node.id == chain[0] for node in ast.walk(value)
    )


def _containers(call: ast.Call, state: State) -> Iterator[Reference]:
    """``rooms.append(room)`` puts the object into a container."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in callees.ADDING):
        return
    container = chain_of(call.func.value)
    for ref in state:
        if container is not None and any(chain_of(item) == ref.chain for item in call.args):
            yield Reference(container, ref.part, holder=True)
