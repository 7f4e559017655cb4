"""Names in scopes: what binds a name, where it can be seen, which name is free."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count, pairwise

from pusher_migrate.nodes import children, parts_of, walk
from pusher_migrate.syntax.layout import suites_of

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
#: Nodes with names of their own (Python's language reference, 4.2 "Naming and binding").
ScopeNode = (
    ast.Module
    | ast.FunctionDef
    | ast.AsyncFunctionDef
    | ast.ClassDef
    | ast.Lambda
    | ast.ListComp
    | ast.SetComp
    | ast.DictComp
    | ast.GeneratorExp
)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

#: Key under which `bindings` lists ``from module import *``, which binds nobody knows what.
STAR = "*"

_BUILTINS = frozenset(dir(builtins))


def path_to(tree: ast.Module, node: ast.AST) -> list[ast.AST]:
    """The nodes from the module down to a node, both included.

    Args:
        tree: A parse of the file.
        node: A node of this tree, or of another parse of the same text.

    Raises:
        ValueError: The tree has no such node.
    """
    near = _path_by_line(tree, node)
    if near is not None:
        return near
    above = _parents(tree)
    if node is not tree and node not in above:
        same = (
            found
            for found in (above if hasattr(node, "lineno") else ())
            if type(found) is type(node) and _position(found) == _position(node)
        )
        found = next(same, None)
        if found is None:
            raise ValueError(f"the tree has no such {type(node).__name__}")
        node = found
    path = [node]
    while path[-1] is not tree:
        path.append(above[path[-1]])
    return path[::-1]


def _path_by_line(tree: ast.Module, node: ast.AST) -> list[ast.AST] | None:
    """The path to a node of the tree, looked for only in the statements around its line.

    Before Python 3.12, a node in an f-string may say that it stands elsewhere.
    """
    line = getattr(node, "lineno", None)
    if line is None:
        return None
    stack: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while stack:
        found, above = stack.pop()
        path = (*above, found)
        if found is node:
            return list(path)
        for child in children(found):
            if not isinstance(child, ast.stmt) or _covers(child, line):
                stack.append((child, path))
    return None


def _covers(statement: ast.stmt, line: int) -> bool:
    """Whether a line is one of a statement's, its decorators included."""
    if line > (statement.end_lineno or line):
        return False
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return line >= min([statement.lineno, *(item.lineno for item in decorators)])


@lru_cache(maxsize=16)
def _parents(tree: ast.Module) -> Mapping[ast.AST, ast.AST]:
    """For each node of a tree but the first: the node directly around it."""
    return {child: node for node in walk(tree) for child in children(node)}


def scopes_of(path: Sequence[ast.AST]) -> list[ScopeNode]:
    """The scopes whose names the last node of a path can see, the innermost first.

    A class counts only when nothing but its own body is between: its methods do not see its names.
    """
    scopes: list[ScopeNode] = []
    for index in range(len(path) - 1, -1, -1):
        node = path[index]
        below = path[index + 1] if index + 1 < len(path) else None
        if isinstance(node, ast.ClassDef) and scopes:
            continue
        if isinstance(node, ScopeNode) and (below is None or _is_inside(node, below)):
            scopes.append(node)
    return scopes


def dominating(path: Sequence[ast.AST]) -> list[ast.stmt]:
    """The statements that have run, all of them, when control gets to the last node of a path.

    These are the earlier statements of the blocks around it. Those of a function's body have run
    before what comes later in that body, those around the function before it was defined.
    """
    found: list[ast.stmt] = []
    for node, below in pairwise(path):
        for suite in suites_of(node):
            for index, statement in enumerate(suite):
                if statement is below:
                    found.extend(suite[:index])
    return found


@lru_cache(maxsize=64)
def bindings(scope: ScopeNode) -> Mapping[str, list[ast.AST]]:
    """What binds each name of a scope: names, ``alias``, ``arg``, definitions, handlers, patterns.

    Names that the scope declares ``global`` or ``nonlocal`` are not its own.
    """
    found: dict[str, list[ast.AST]] = {}
    elsewhere: set[str] = set()
    for node in own_nodes(scope):
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            elsewhere.update(node.names)
        for name in _bound_by(node):
            found.setdefault(name, []).append(node)
    for argument in _arguments(scope):
        found.setdefault(argument.arg, []).append(argument)
    return {name: nodes for name, nodes in found.items() if name not in elsewhere}


def own_nodes(scope: ScopeNode) -> Iterator[ast.AST]:
    """The nodes that run in a scope itself, not in the functions, classes and lambdas in it.

    Of a comprehension inside there is only its ``:=``, which binds here.
    """
    stack = list(_body_of(scope))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, _FUNCTIONS):
            stack.extend((*node.decorator_list, *_outer(node.args), *_some(node.returns)))
        elif isinstance(node, ast.Lambda):
            stack.extend(_outer(node.args))
        elif isinstance(node, ast.ClassDef):
            stack.extend((*node.decorator_list, *node.bases, *node.keywords))
        elif isinstance(node, _COMPREHENSIONS):
            stack += [child for child in walk(node) if isinstance(child, ast.NamedExpr)]
        else:
            stack += children(node)


def own_statements(scope: ScopeNode) -> Iterator[ast.AST]:
    """The statements among `own_nodes`, with handlers and cases, in the same order."""
    stack = [node for node in _body_of(scope) if isinstance(node, ast.stmt)]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            stack += parts_of(node)


def identifiers(tree: ast.AST) -> frozenset[str]:
    """All names that occur in a tree as names: read, bound or declared, in any scope."""
    found: set[str] = set()
    for node in walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            found.update(node.names)
        else:
            found.update(_bound_by(node))
    return frozenset(found)


def names_read(nodes: Iterable[ast.AST]) -> list[str]:
    """The names that these trees read, each once, in the order of the text."""
    reads = [
        node
        for tree in nodes
        for node in walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    ]
    reads.sort(key=lambda node: (node.lineno, node.col_offset))
    return list(dict.fromkeys(node.id for node in reads))


def is_usable(name: str) -> bool:
    """Whether a name may be given to something: an identifier, no keyword, no builtin."""
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and name not in _BUILTINS
        and name.strip("_") != ""
    )


def is_builtin(name: str) -> bool:
    """Whether Python itself gives a meaning to the name."""
    return name in _BUILTINS


def free_name(candidates: Iterable[str], is_taken: Callable[[str], bool]) -> str:
    """The first usable candidate that is not taken, else the last one with a number.

    Raises:
        ValueError: There are no candidates.
    """
    last = None
    for last in candidates:
        if is_usable(last) and not is_taken(last):
            return last
    if last is None:
        raise ValueError("no candidates for a name")
    return next(name for n in count(2) if not is_taken(name := f"{last}_{n}"))


@lru_cache(maxsize=16)
def reads_unbound(tree: ast.Module, name: str) -> bool:
    """Whether the module reads a name in a place where no function around binds it."""

    def reads(scope: ScopeNode, bound: bool) -> bool:
        for node in own_nodes(scope):
            if isinstance(node, ScopeNode):
                # What a class binds its methods do not see, so that its own reads count too.
                own = not isinstance(node, ast.ClassDef) and name in bindings(node)
                if isinstance(node, _COMPREHENSIONS):
                    if not bound and not own and name in names_read([node]):
                        return True
                elif reads(node, bound or own):
                    return True
            elif not bound and _reads(node, name):
                return True
        return False

    return reads(tree, False)


def _reads(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def _bound_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Load):
            yield node.id
    elif isinstance(node, ast.NamedExpr):
        yield node.target.id
    elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.partition(".")[0]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        if node.name:
            yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _arguments(scope: ScopeNode) -> list[ast.arg]:
    if not isinstance(scope, (*_FUNCTIONS, ast.Lambda)):
        return []
    args = scope.args
    extra = [argument for argument in (args.vararg, args.kwarg) if argument]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *extra]


def _body_of(scope: ScopeNode) -> list[ast.AST]:
    if isinstance(scope, ast.Lambda):
        return [scope.body]
    if isinstance(scope, _COMPREHENSIONS):
        return [generator.target for generator in scope.generators]
    return list(scope.body)


def _is_inside(scope: ScopeNode, child: ast.AST) -> bool:
    """Whether a child of a scope's node runs in that scope (decorators and defaults do not)."""
    if isinstance(scope, ast.Module):
        return True
    if isinstance(scope, ast.Lambda):
        return child is scope.body
    if isinstance(scope, _COMPREHENSIONS):
        return child is not scope.generators[0]
    return any(child is statement for statement in scope.body)


def _outer(arguments: ast.arguments) -> list[ast.AST]:
    """What of a function's arguments runs where the function is defined."""
    annotated = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        *_some(arguments.vararg),
        *_some(arguments.kwarg),
    ]
    annotations = [arg.annotation for arg in annotated if isinstance(arg, ast.arg)]
    return [node for node in (*arguments.defaults, *arguments.kw_defaults, *annotations) if node]


def _some(node: ast.AST | None) -> list[ast.AST]:
    return [] if node is None else [node]


def _position(node: ast.AST) -> tuple[object, ...]:
    names = ("lineno", "col_offset", "end_lineno", "end_col_offset")
    return tuple(getattr(node, name, None) for name in names)
