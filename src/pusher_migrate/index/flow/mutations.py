"""What may change an object between two points of a function: for arguments that are read later."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.index.flow.bindings import (
    Binding,
    BindingKind,
    local_bindings,
    node_bindings,
    parameters,
    pattern_bindings,
)
from pusher_migrate.index.flow.graph import Graph, Node, NodeKind, Nodes
from pusher_migrate.nodes import walk

_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_NOTHING_BOUND = (BindingKind.GLOBAL, BindingKind.NONLOCAL, BindingKind.ANNOTATION)

# ``ast`` shares the objects for these between all expressions: they have no one parent
_SHARED = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)

# Expressions whose value is, or holds, the object that is a direct part of them
_CARRIERS = (
    ast.Starred,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.IfExp,
    ast.BoolOp,
    ast.Await,
    ast.keyword,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
# What keeps a value, or hands it to other code
_TAKERS = (
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.Return,
    ast.Yield,
    ast.YieldFrom,
    ast.Raise,
)


class MutationKind(enum.StrEnum):
    """How an object may be changed, or come where it can be."""

    ATTRIBUTE = "attribute"  # name.x = ..., name.x.y += ..., del name.x
    ITEM = "item"  # name[k] = ..., del name[k]
    CALL = "call"  # name.m(...), name.x.m(...), name(...)
    ARGUMENT = "argument"  # f(name), f([name]), f(*name)
    PART = "part"  # name.x or name[k] is passed on, aliased or iterated over
    ALIAS = "alias"  # other = name, other.x = name, yield name, a function that refers to it
    REBIND = "rebind"  # name = ..., name += ...
    DELETE = "delete"  # del name


@dataclass(frozen=True, slots=True)
class Mutation:
    """One place that may change the object.

    Attributes:
        kind: How.
        name: The name it is done through: the one asked for, or one that may be an alias of it.
        tree: The occurrence of the name, the changed target or the call.
        node: The graph's node (one of them, for what is in a ``finally`` body).
    """

    kind: MutationKind
    name: str
    tree: ast.AST
    node: Node

    @property
    def line(self) -> int:
        """1-based line."""
        return int(getattr(self.tree, "lineno", self.node.line))


def mutations(graph: Graph, name: str, start: Nodes, end: Nodes) -> tuple[Mutation, ...]:
    """What may change the object bound to a name, on some path strictly between two points.

    Seen are uses of the name and of its aliases in this scope. Not seen are changes through other
    references to the same object (a global, an attribute of another object), and by property reads
    and operators. Names that the scope does not bind (globals, ``self`` of an outer function) can
    be asked for too.

    Args:
        graph: The scope's graph.
        name: A plain name.
        start: Paths begin when it is completed; if it runs again, at the last time.
        end: Paths end when it is entered.

    Returns:
        In order of nodes, each occurrence once.
    """
    aliases = _aliases(graph, name)
    found: dict[tuple[ast.AST, MutationKind], Mutation] = {}
    for node in sorted(graph.between(start, end), key=lambda node: node.index):
        for tree, via, kind in _in_node(node, aliases):
            rebound = kind in (MutationKind.REBIND, MutationKind.DELETE)
            if rebound and via != name and not isinstance(tree, ast.AugAssign):
                continue  # an alias that now names something else; += may change a list in place
            found.setdefault((tree, kind), Mutation(kind, via, tree, node))
    return tuple(found.values())


def _aliases(graph: Graph, name: str) -> frozenset[str]:
    """The name, and all that may name the same object at some time, whatever the order."""
    links = graph.cached("alias links", lambda: _links(graph))
    seen = {name}
    stack = [name]
    while stack:
        for other in links.get(stack.pop(), ()):
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return frozenset(seen)


def _links(graph: Graph) -> dict[str, set[str]]:
    links: dict[str, set[str]] = {}
    for name, bindings in local_bindings(graph.function).items():
        for binding in bindings:
            plain = binding.kind in (BindingKind.ASSIGN, BindingKind.WALRUS, BindingKind.CAPTURE)
            if not plain or binding.value is None:
                continue
            for other in _values(binding.value):
                links.setdefault(name, set()).add(other)
                links.setdefault(other, set()).add(name)
    return links


def _values(value: ast.expr) -> Iterator[str]:
    """Names whose object an expression may evaluate to, itself."""
    stack = [value]
    while stack:
        match stack.pop():
            case ast.Name(id=name):
                yield name
            case ast.IfExp(body=body, orelse=orelse):
                stack += [body, orelse]
            case ast.BoolOp(values=values):
                stack += values
            case ast.NamedExpr(target=target, value=inner):
                stack += [target, inner]


def _in_node(node: Node, names: frozenset[str]) -> Iterator[tuple[ast.AST, str, MutationKind]]:
    """All that a node may do to the object of these names: syntax, name and kind."""
    for binding in node_bindings(node):
        if binding.name in names and binding.kind not in _NOTHING_BOUND:
            deleted = binding.kind is BindingKind.DELETE
            yield binding.tree, binding.name, (
                MutationKind.DELETE if deleted else MutationKind.REBIND
            )
    for root in node.code:
        occurrences = [part for part in walk(root) if _is_use(part, names)]
        if occurrences:
            parents = {child: part for part in walk(root) for child in _children(part)}
            for use in occurrences:
                if not _is_shadowed(use, parents):
                    yield from _uses(node, use, parents)
    if isinstance(node.tree, _NESTED) and node.kind is NodeKind.STATEMENT:
        own = local_bindings(node.tree)
        for part in (part for statement in node.tree.body for part in walk(statement)):
            if isinstance(part, ast.Name) and part.id in names and _refers_out(part.id, own):
                yield part, part.id, MutationKind.ALIAS


def _is_use(part: ast.AST, names: frozenset[str]) -> bool:
    return isinstance(part, ast.Name) and part.id in names and isinstance(part.ctx, ast.Load)


def _children(part: ast.AST) -> Iterator[ast.AST]:
    return (child for child in ast.iter_child_nodes(part) if not isinstance(child, _SHARED))


def _refers_out(name: str, own: dict[str, tuple[Binding, ...]]) -> bool:
    return all(binding.kind is BindingKind.NONLOCAL for binding in own.get(name, ())[:1])


def _is_shadowed(use: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a lambda's parameter or a comprehension's target of the same name is meant."""
    name = getattr(use, "id", "")
    child, part = use, parents.get(use)
    while part is not None:
        match part:
            case ast.Lambda() if child is part.body:
                if any(parameter.name == name for parameter in parameters(part)):
                    return True
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                # the first iterable is evaluated outside the comprehension
                if use not in walk(part.generators[0].iter) and any(
                    isinstance(target, ast.Name) and target.id == name
                    for generator in part.generators
                    for target in walk(generator.target)
                ):
                    return True
        child, part = part, parents.get(part)
    return False


def _uses(
    node: Node, use: ast.AST, parents: dict[ast.AST, ast.AST]
) -> Iterator[tuple[ast.AST, str, MutationKind]]:
    """Follow the object outward through the expression that it is used in."""
    name = getattr(use, "id", "")
    if _in_lambda(use, parents):
        yield use, name, MutationKind.ALIAS
        return
    current, whole = use, True  # whole: the object itself, not a part of it
    while (parent := parents.get(current)) is not None:
        match parent:
            case ast.Attribute() | ast.Subscript() if parent.value is current:
                whole = False
                if not isinstance(parent.ctx, ast.Load):
                    attribute = isinstance(parent, ast.Attribute)
                    yield parent, name, MutationKind.ATTRIBUTE if attribute else MutationKind.ITEM
                    return
            case ast.Call() if parent.func is current:
                yield parent, name, MutationKind.CALL
                return
            case ast.Call():
                yield use, name, MutationKind.ARGUMENT if whole else MutationKind.PART
                return
            case ast.IfExp() if parent.test is current:
                return
            case ast.NamedExpr():
                yield use, name, MutationKind.ALIAS if whole else MutationKind.PART
            case _ if isinstance(parent, _CARRIERS):
                pass
            case _ if isinstance(parent, _TAKERS):
                if isinstance(parent, ast.AnnAssign) and parent.value is not current:
                    return
                yield use, name, MutationKind.ALIAS if whole else MutationKind.PART
                return
            case ast.comprehension() if parent.iter is current:
                yield use, name, MutationKind.PART
                return
            case ast.withitem():
                yield use, name, MutationKind.CALL  # its __enter__ and __exit__
                return
            case _:
                return
        current = parent
    kind = _at_root(node, current, whole)
    if kind is not None:
        yield use, name, kind


def _at_root(node: Node, root: ast.AST, whole: bool) -> MutationKind | None:
    """What a node does with the value of one of its expressions."""
    if node.kind is NodeKind.ITERABLE:
        return MutationKind.PART
    if node.kind is NodeKind.SUBJECT and isinstance(node.tree, ast.Match):
        taken_apart = any(
            True
            for case in node.tree.cases
            for _ in pattern_bindings(case.pattern, node.tree.subject)
        )
        return MutationKind.PART if taken_apart else None
    if node.kind is NodeKind.STATEMENT and root is not node.tree:
        if root in getattr(node.tree, "decorator_list", ()):
            return MutationKind.CALL
        return MutationKind.ALIAS if whole else MutationKind.PART  # defaults, bases
    return None


def _in_lambda(use: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    child, part = use, parents.get(use)
    while part is not None:
        if isinstance(part, ast.Lambda) and child is part.body:
            return True
        child, part = part, parents.get(part)
    return False
