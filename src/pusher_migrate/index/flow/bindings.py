"""Which names a scope binds, where, and to what, regardless of order.

Source of the rules: the Python language reference, "Naming and binding", and PEP 572 (an assignment
expression in a comprehension binds in the function around it).
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pusher_migrate.index.flow.graph import Node, NodeKind, Scope
from pusher_migrate.index.flow.syntax import own_code
from pusher_migrate.nodes import walk


class BindingKind(enum.StrEnum):
    """How a name gets its value."""

    PARAMETER = "parameter"
    VAR_POSITIONAL = "var_positional"  # *args
    VAR_KEYWORD = "var_keyword"  # **kwargs
    ASSIGN = "assign"  # name = value; also an element of a tuple that is assigned to a tuple
    UNPACK = "unpack"  # an element of value, by position
    STARRED = "starred"  # the rest of value
    AUGMENTED = "augmented"  # name += value
    ANNOTATION = "annotation"  # name: int, without a value: makes the name local, binds nothing
    WALRUS = "walrus"
    ITERATION = "iteration"  # an item of value
    CONTEXT = "context"  # what entering value yields
    EXCEPTION = "exception"  # an instance of value
    CAPTURE = "capture"  # of a match pattern; value only if it captures the whole subject
    IMPORT = "import"
    STAR_IMPORT = "star_import"  # may bind any name
    FUNCTION = "function"
    CLASS = "class"
    TYPE_ALIAS = "type_alias"
    DELETE = "delete"
    GLOBAL = "global"  # declared so: the value may come from outside
    NONLOCAL = "nonlocal"
    UNBOUND = "unbound"  # nothing bound it yet


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """One place that binds (or unbinds) one name. Compared by identity.

    Attributes:
        name: The name; ``*`` for a star import.
        kind: How.
        tree: The syntax that binds: Assign, AnnAssign, AugAssign, For, withitem, alias, arg,
            NamedExpr, ExceptHandler, FunctionDef, ClassDef, Delete, a pattern, Global, ...; the
            scope itself for ``unbound``.
        value: What ``kind`` says of it; None where there is no expression for it.
        position: If the name is within a tuple target that takes ``value`` (or an item of it, or
            what entering it yields) apart, its index at each level: ``(1,)`` for b in
            ``a, b = f()``. Negative after a starred target.
    """

    name: str
    kind: BindingKind
    tree: ast.AST
    value: ast.expr | None = None
    position: tuple[int, ...] = ()


_Taking = ast.Assign | ast.For | ast.AsyncFor | ast.withitem


def parameters(function: Scope) -> Iterator[Binding]:
    """Parameters in order; none for a class body or module."""
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    given = function.args
    for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs]:
        yield Binding(argument.arg, BindingKind.PARAMETER, argument)
    if given.vararg is not None:
        yield Binding(given.vararg.arg, BindingKind.VAR_POSITIONAL, given.vararg)
    if given.kwarg is not None:
        yield Binding(given.kwarg.arg, BindingKind.VAR_KEYWORD, given.kwarg)


def target_bindings(
    tree: _Taking, target: ast.expr, value: ast.expr, kind: BindingKind
) -> Iterator[Binding]:
    """What ``target`` binds when it takes a value; of tuple targets, each name in it.

    Args:
        tree: Goes to the bindings.
        target: A name, tuple, list or starred; others bind no name.
        value: Where the value comes from.
        kind: For a target that is one name.
    """
    stack: list[tuple[ast.expr, ast.expr, BindingKind, tuple[int, ...]]] = [
        (target, value, kind, ())
    ]
    while stack:
        target, value, kind, position = stack.pop()
        match target:
            case ast.Name(id=name):
                yield Binding(name, kind, tree, value, position)
            case ast.Starred(value=inner):
                stack.append((inner, value, BindingKind.STARRED, position))
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                stack += reversed(list(_elements(targets, value, kind, position)))


def _elements(
    targets: Sequence[ast.expr], value: ast.expr, kind: BindingKind, position: tuple[int, ...]
) -> Iterator[tuple[ast.expr, ast.expr, BindingKind, tuple[int, ...]]]:
    starred = any(isinstance(target, ast.Starred) for target in targets)
    if kind is BindingKind.ASSIGN and not starred and isinstance(value, ast.Tuple | ast.List):
        plain = not any(isinstance(element, ast.Starred) for element in value.elts)
        if plain and len(value.elts) == len(targets):
            for target, element in zip(targets, value.elts, strict=True):
                yield target, element, kind, ()
            return
    inner = BindingKind.UNPACK if kind is BindingKind.ASSIGN else kind
    index = 0
    for i, target in enumerate(targets):
        yield target, value, inner, (*position, index)
        index = i + 1 - len(targets) if isinstance(target, ast.Starred) or index < 0 else i + 1


def walruses(code: ast.AST) -> Iterator[Binding]:
    """Assignment expressions in code that bind in the scope around it, in order of evaluation."""
    stack: list[ast.AST | Binding] = [code]
    while stack:
        part = stack.pop()
        match part:
            case Binding():
                yield part
            case ast.NamedExpr(target=target, value=value):
                stack += [Binding(target.id, BindingKind.WALRUS, part, value), value]
            case ast.Assign(targets=targets, value=value):
                stack += [*reversed(targets), value]
            case ast.Lambda(args=arguments):
                stack += reversed(list(ast.iter_child_nodes(arguments)))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                pass
            case ast.AST():
                stack += reversed(list(ast.iter_child_nodes(part)))


def certain_walruses(code: ast.AST, outcome: bool | None = None) -> Iterator[ast.NamedExpr]:
    """Assignment expressions that are evaluated for sure when ``code`` has this truth value.

    ``outcome`` None says nothing of its value. Those behind ``and``, ``or``, in a conditional
    expression, a chained comparison or a comprehension may not be evaluated.
    """
    stack: list[tuple[ast.AST, bool | None]] = [(code, outcome)]
    while stack:
        part, outcome = stack.pop()
        match part:
            case ast.BoolOp(op=operator, values=values):
                if outcome is isinstance(operator, ast.And):
                    stack += [(value, outcome) for value in values]
                else:
                    stack.append((values[0], None))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                stack.append((operand, None if outcome is None else not outcome))
            case ast.NamedExpr(value=value):
                yield part
                stack.append((value, outcome))
            case ast.IfExp(test=test):
                stack.append((test, None))
            case ast.Assert(test=test):
                stack.append((test, True))
            case ast.Compare(left=left, comparators=comparators):
                stack += [(left, None), (comparators[0], None)]
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                stack.append((part.generators[0].iter, None))
            case ast.Lambda(args=arguments):
                stack += [(child, None) for child in ast.iter_child_nodes(arguments)]
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                pass
            case _:
                stack += [(child, None) for child in ast.iter_child_nodes(part)]


def statement_bindings(statement: ast.AST) -> Iterator[Binding]:
    """What a simple statement, nested function or class binds, assignment expressions aside."""
    kind = BindingKind
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from target_bindings(statement, target, value, kind.ASSIGN)
        case ast.AnnAssign(target=ast.Name(), value=None, simple=0):
            pass  # ``(x): int`` declares nothing
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            how = kind.ANNOTATION if value is None else kind.ASSIGN
            yield Binding(name, how, statement, value)
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            yield Binding(name, kind.AUGMENTED, statement, value)
        case ast.Import(names=aliases):
            for alias in aliases:
                yield Binding(alias.asname or alias.name.partition(".")[0], kind.IMPORT, alias)
        case ast.ImportFrom(names=aliases):
            for alias in aliases:
                how = kind.STAR_IMPORT if alias.name == "*" else kind.IMPORT
                yield Binding(alias.asname or alias.name, how, alias)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield Binding(name, kind.FUNCTION, statement)
        case ast.ClassDef(name=name):
            yield Binding(name, kind.CLASS, statement)
        case ast.Delete(targets=targets):
            for part in walk(ast.Tuple(elts=targets, ctx=ast.Del())):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Del):
                    yield Binding(part.id, kind.DELETE, statement)
        case ast.Global(names=names):
            yield from (Binding(name, kind.GLOBAL, statement) for name in names)
        case ast.Nonlocal(names=names):
            yield from (Binding(name, kind.NONLOCAL, statement) for name in names)
        case _ if type(statement).__name__ == "TypeAlias":  # Python 3.12
            alias_name = getattr(statement, "name", None)
            if isinstance(alias_name, ast.Name):
                yield Binding(alias_name.id, kind.TYPE_ALIAS, statement)


def context_bindings(item: ast.withitem) -> Iterator[Binding]:
    """What one item of a with statement binds."""
    if item.optional_vars is not None:
        kind = BindingKind.CONTEXT
        yield from target_bindings(item, item.optional_vars, item.context_expr, kind)


def loop_bindings(loop: ast.For | ast.AsyncFor) -> Iterator[Binding]:
    """What the target of a for loop binds."""
    yield from target_bindings(loop, loop.target, loop.iter, BindingKind.ITERATION)


def handler_bindings(handler: ast.ExceptHandler) -> Iterator[Binding]:
    """What an except clause binds."""
    if handler.name is not None:
        yield Binding(handler.name, BindingKind.EXCEPTION, handler, handler.type)


def pattern_bindings(pattern: ast.pattern, subject: ast.expr) -> Iterator[Binding]:
    """What a case's pattern captures."""
    whole: set[ast.AST] = set()  # patterns that stand for the whole subject
    outer: ast.pattern | None = pattern
    while isinstance(outer, ast.MatchAs):
        whole.add(outer)
        outer = outer.pattern
    for part in walk(pattern):
        match part:
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                value = subject if part in whole else None
                yield Binding(name, BindingKind.CAPTURE, part, value)
            case ast.MatchMapping(rest=str(name)):
                yield Binding(name, BindingKind.CAPTURE, part)


def node_bindings(node: Node) -> Iterator[Binding]:
    """What one node of a graph binds or declares, in order of evaluation."""
    for code in node.code:
        yield from walruses(code)
    match node.kind, node.tree:
        case NodeKind.STATEMENT, ast.AST() as tree:
            yield from statement_bindings(tree)
        case NodeKind.LOOP, ast.For() | ast.AsyncFor() as loop:
            yield from loop_bindings(loop)
        case NodeKind.CONTEXT, ast.withitem() as item:
            yield from context_bindings(item)
        case NodeKind.CASE, ast.match_case(pattern=pattern):
            if isinstance(node.statement, ast.Match):
                yield from pattern_bindings(pattern, node.statement.subject)
        case NodeKind.HANDLER, ast.ExceptHandler() as handler:
            yield from handler_bindings(handler)
        case NodeKind.HANDLER_END, ast.ExceptHandler(name=str(name)):
            yield Binding(name, BindingKind.DELETE, node.tree)


def local_bindings(function: Scope) -> dict[str, tuple[Binding, ...]]:
    """All bindings in a scope's own code, dead code included, by name.

    Names bound in nested functions, classes, lambdas and comprehensions are not the scope's.
    A name with a ``global`` or ``nonlocal`` binding is in the result, but is not a local.
    """
    found: dict[str, list[Binding]] = {}
    for binding in _all(function):
        found.setdefault(binding.name, []).append(binding)
    return {name: tuple(bindings) for name, bindings in found.items()}


def _all(function: Scope) -> Iterator[Binding]:
    yield from parameters(function)
    if isinstance(function, ast.Lambda):
        yield from walruses(function.body)
        return
    stack: list[ast.AST] = list(reversed(function.body))
    while stack:
        tree = stack.pop()
        inner: list[ast.AST] = []
        match tree:
            case ast.If(test=test) | ast.While(test=test):
                yield from walruses(test)
                inner = [*tree.body, *tree.orelse]
            case ast.For() | ast.AsyncFor():
                yield from walruses(tree.iter)
                yield from loop_bindings(tree)
                inner = [*tree.body, *tree.orelse]
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    yield from walruses(item)
                    yield from context_bindings(item)
                inner = [*tree.body]
            case ast.Try() | ast.TryStar():
                inner = [*tree.body, *tree.handlers, *tree.orelse, *tree.finalbody]
            case ast.ExceptHandler():
                if tree.type is not None:
                    yield from walruses(tree.type)
                yield from handler_bindings(tree)
                inner = [*tree.body]
            case ast.Match(subject=subject, cases=cases):
                yield from walruses(subject)
                for case in cases:
                    yield from pattern_bindings(case.pattern, subject)
                    if case.guard is not None:
                        yield from walruses(case.guard)
                    inner += case.body
            case _:
                for code in own_code(tree):
                    yield from walruses(code)
                yield from statement_bindings(tree)
        stack += reversed(inner)
