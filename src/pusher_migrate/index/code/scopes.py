"""Which name is bound where: bindings, scopes, and what each kind of statement binds.

Names follow Python's own scoping rules (language reference, "Naming and binding"): class bodies are
not visible from the functions inside them, comprehensions are scopes of their own, ``global`` and
``nonlocal`` redirect a binding.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
ScopeNode = ast.Module | ast.ClassDef | FunctionNode | Comprehension

FUNCTION_NODES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SCOPE_NODES = (ast.Module, ast.ClassDef, *FUNCTION_NODES, *COMPREHENSIONS)


@dataclass(slots=True, eq=False)
class Binding:
    """One place where a name gets a value.

    Attributes:
        name: The name that is bound.
        kind: ``assign``, ``augmented``, ``import``, ``parameter``, ``function``, ``class``,
            ``for``, ``with``, ``except``, ``delete``, ``match``, ``unpack`` or ``unpack-rest``
            (``first, *rest = rows``).
        node: The statement, alias, argument or definition that binds.
        value: The expression that the name is bound to (``assign``), iterates over (``for``) or is
            entered from (``with``); for ``unpack`` the whole right side.
        position: For ``unpack``, the index of the name in the target tuple; else None.
    """

    name: str
    kind: str
    node: ast.AST
    value: ast.expr | None = None
    position: int | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """The names of one module, class, function, lambda or comprehension."""

    node: ast.AST
    parent: Scope | None
    names: dict[str, list[Binding]] = field(default_factory=dict)
    redirected: dict[str, str] = field(default_factory=dict)

    def bind(self, binding: Binding) -> None:
        """Add a binding; ``global`` and ``nonlocal`` names land in the scope that they name."""
        target = self
        redirect = self.redirected.get(binding.name)
        if redirect == "global":
            while target.parent is not None:
                target = target.parent
        elif redirect == "nonlocal" and self.parent is not None:
            found = self.parent.find(binding.name)
            target = found if found is not None else self
        target.names.setdefault(binding.name, []).append(binding)

    def find(self, name: str) -> Scope | None:
        """The scope in which ``name``, read in this one, is bound; None for builtins."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            if scope.redirected.get(name) == "global":
                while scope.parent is not None:
                    scope = scope.parent
                return scope if name in scope.names else None
            if name in scope.names and (first or not isinstance(scope.node, ast.ClassDef)):
                return scope
            # A comprehension in a class body reads its names as the class body does only for the
            # first iterable; treating it as "not first" errs towards "not found".
            first = False
            scope = scope.parent
        return None

    @property
    def is_module(self) -> bool:
        """True for the outermost scope of a file."""
        return self.parent is None


NESTED = frozenset(
    {ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, *COMPREHENSIONS}
)


def declare(body: list[ast.stmt], scope: Scope) -> None:
    """Note ``global`` and ``nonlocal`` before anything is bound."""
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Global | ast.Nonlocal):
            kind = "global" if isinstance(node, ast.Global) else "nonlocal"
            for name in node.names:
                scope.redirected[name] = kind
        elif isinstance(node, ast.stmt) and type(node) not in NESTED:
            for field_name in ("body", "orelse", "finalbody", "handlers", "cases"):
                stack.extend(getattr(node, field_name, ()))
        elif isinstance(node, ast.ExceptHandler | ast.match_case):
            stack.extend(node.body)


def bind_parameters(arguments: ast.arguments, scope: Scope) -> None:
    groups = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    groups += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
    for argument in groups:
        scope.bind(Binding(argument.arg, "parameter", argument))


def bind_target(
    target: ast.expr, kind: str, node: ast.AST, value: ast.expr | None, scope: Scope
) -> None:
    if isinstance(target, ast.Name):
        scope.bind(Binding(target.id, kind, node, value))
    elif isinstance(target, ast.Starred):
        bind_target(target.value, "unpack", node, None, scope)
    elif isinstance(target, ast.Tuple | ast.List):
        starred = any(isinstance(element, ast.Starred) for element in target.elts)
        matched = (
            value.elts
            if kind == "assign"
            and isinstance(value, ast.Tuple | ast.List)
            and len(value.elts) == len(target.elts)
            and not starred
            and not any(isinstance(element, ast.Starred) for element in value.elts)
            else None
        )
        for index, element in enumerate(target.elts):
            if matched is not None:
                bind_target(element, "assign", node, matched[index], scope)
            elif isinstance(element, ast.Name):
                how = "unpack" if kind in ("assign", "unpack") else f"{kind}-unpack"
                position = None if starred else index
                scope.bind(Binding(element.id, how, node, value, position))
            elif isinstance(element, ast.Starred) and kind == "assign":
                bind_target(element.value, "unpack-rest", node, value, scope)
            else:
                bind_target(element, "unpack", node, None, scope)


def bind_walrus(node: ast.NamedExpr, scope: Scope) -> None:
    target = scope
    while isinstance(target.node, COMPREHENSIONS) and target.parent is not None:
        target = target.parent
    target.bind(Binding(node.target.id, "assign", node, node.value))


def _bind_assign(node: ast.Assign, scope: Scope) -> None:
    for target in node.targets:
        bind_target(target, "assign", node, node.value, scope)


def _bind_annotated(node: ast.AnnAssign, scope: Scope) -> None:
    if isinstance(node.target, ast.Name):
        scope.bind(Binding(node.target.id, "assign", node, node.value))


def _bind_augmented(node: ast.AugAssign, scope: Scope) -> None:
    if isinstance(node.target, ast.Name):
        scope.bind(Binding(node.target.id, "augmented", node, node.value))


def _bind_for(node: ast.For | ast.AsyncFor, scope: Scope) -> None:
    bind_target(node.target, "for", node, node.iter, scope)


def _bind_with(node: ast.With | ast.AsyncWith, scope: Scope) -> None:
    for item in node.items:
        if item.optional_vars is not None:
            bind_target(item.optional_vars, "with", node, item.context_expr, scope)


def _bind_handler(node: ast.ExceptHandler, scope: Scope) -> None:
    if node.name:
        scope.bind(Binding(node.name, "except", node, node.type))


def _bind_delete(node: ast.Delete, scope: Scope) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            scope.bind(Binding(target.id, "delete", node))


def _bind_import(node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
    for alias in node.names:
        if alias.name == "*":
            scope.bind(Binding("*", "import", alias))
        else:
            local = alias.asname or (
                alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name
            )
            scope.bind(Binding(local, "import", alias))


def _bind_definition(node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
    scope.bind(Binding(node.name, "function", node))


def _bind_class(node: ast.ClassDef, scope: Scope) -> None:
    scope.bind(Binding(node.name, "class", node))


def _bind_match(node: ast.MatchAs | ast.MatchStar, scope: Scope) -> None:
    if node.name:
        scope.bind(Binding(node.name, "match", node))


def _bind_match_mapping(node: ast.MatchMapping, scope: Scope) -> None:
    if node.rest:
        scope.bind(Binding(node.rest, "match", node))


BINDERS: dict[type[ast.AST], Callable[[Any, Scope], None]] = {
    ast.Assign: _bind_assign,
    ast.AnnAssign: _bind_annotated,
    ast.AugAssign: _bind_augmented,
    ast.For: _bind_for,
    ast.AsyncFor: _bind_for,
    ast.With: _bind_with,
    ast.AsyncWith: _bind_with,
    ast.ExceptHandler: _bind_handler,
    ast.Delete: _bind_delete,
    ast.Import: _bind_import,
    ast.ImportFrom: _bind_import,
    ast.FunctionDef: _bind_definition,
    ast.AsyncFunctionDef: _bind_definition,
    ast.ClassDef: _bind_class,
    ast.MatchAs: _bind_match,
    ast.MatchStar: _bind_match,
    ast.MatchMapping: _bind_match_mapping,
}
