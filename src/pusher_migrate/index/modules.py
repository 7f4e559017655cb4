"""One parsed file: its syntax tree, who contains whom, and which name is bound where.

Names follow Python's own scoping rules (language reference, "Naming and binding"): class bodies are
not visible from the functions inside them, comprehensions are scopes of their own, ``global`` and
``nonlocal`` redirect a binding. Nothing here knows about Django or Pusher.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pusher_migrate.source import SourceFile

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
        kind: ``assign``, ``augmented``, ``import``, ``parameter``, ``function``, ``class``, ``for``,
            ``with``, ``except``, ``delete``, ``match`` or ``unpack``.
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
        """The scope in which ``name``, read in this one, is bound; None for builtins and unknowns."""
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


class Module:
    """A parsed file of the project.

    Args:
        source: The decoded file.
        tree: Its syntax tree, from ``ast``.
        name: Dotted name under which the project imports it.
        is_package: True for ``__init__.py``.
    """

    def __init__(self, source: SourceFile, tree: ast.Module, name: str, is_package: bool) -> None:
        self.source = source
        self.tree = tree
        self.name = name
        self.is_package = is_package
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scopes: dict[ast.AST, Scope] = {}
        self.calls: list[ast.Call] = []
        self.functions: list[FunctionNode] = []
        self.classes: list[ast.ClassDef] = []
        self.imports: list[ast.Import | ast.ImportFrom] = []
        _Collector(self).collect()

    @property
    def path(self) -> str:
        """Path relative to the project root, with forward slashes."""
        return self.source.path

    @property
    def package(self) -> str:
        """Dotted name of the package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @property
    def scope(self) -> Scope:
        """The module's own scope."""
        return self.scopes[self.tree]

    @cached_property
    def qualnames(self) -> dict[ast.AST, str]:
        """Qualified name of each function and class, ``Class.method``; lambdas are ``<lambda>``."""
        names: dict[ast.AST, str] = {}
        for node in self.scopes:
            if isinstance(node, ast.Module | Comprehension):
                continue
            own = "<lambda>" if isinstance(node, ast.Lambda) else node.name  # type: ignore[attr-defined]
            outer = self.definition_around(node)
            names[node] = f"{names[outer]}.{own}" if outer is not None else own
        return names

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around ``node``, the innermost first."""
        current = self.parents.get(node)
        while current is not None:
            yield current
            current = self.parents.get(current)

    def scope_at(self, node: ast.AST) -> Scope:
        """The scope in which ``node`` is evaluated.

        Decorators, defaults and annotations of a function, the bases of a class and the first
        iterable of a comprehension are evaluated outside it.
        """
        child = node
        for parent in self.ancestors(node):
            scope = self.scopes.get(parent)
            if scope is not None and _inside(parent, child):
                return scope
            child = parent
        return self.scope

    def function_around(self, node: ast.AST) -> FunctionNode | None:
        """The innermost function or lambda whose body holds ``node``."""
        scope: Scope | None = self.scope_at(node)
        while scope is not None:
            if isinstance(scope.node, FUNCTION_NODES):
                return scope.node
            scope = scope.parent
        return None

    def named_function_around(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The innermost ``def`` whose body holds ``node``, lambdas looked through."""
        function = self.function_around(node)
        while isinstance(function, ast.Lambda):
            function = self.function_around(function)
        return function

    def definition_around(self, node: ast.AST) -> ast.AST | None:
        """The innermost function, lambda or class around ``node``."""
        scope: Scope | None = self.scope_at(node)
        while scope is not None:
            if isinstance(scope.node, ast.ClassDef | FunctionNode):
                return scope.node
            scope = scope.parent
        return None

    def class_around(self, node: ast.AST) -> ast.ClassDef | None:
        """The class whose body directly holds the function ``node``."""
        parent = self.parents.get(node)
        while isinstance(parent, ast.If | ast.Try):
            parent = self.parents.get(parent)
        return parent if isinstance(parent, ast.ClassDef) else None

    def statement_around(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds ``node`` (or is it)."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.stmt):
            current = self.parents.get(current)
        assert isinstance(current, ast.stmt), "an expression always stands in a statement"
        return current

    def symbol(self, node: ast.AST) -> str:
        """Dotted name of the definition around ``node``, without the module; empty at module level."""
        outer = self.definition_around(node)
        return self.qualnames[outer] if outer is not None else ""

    def dotted(self, node: ast.AST) -> str:
        """Full dotted name of a function or class of this module."""
        return f"{self.name}.{self.qualnames[node]}"

    def __repr__(self) -> str:
        return f"Module({self.name!r})"


def _inside(scope_node: ast.AST, child: ast.AST) -> bool:
    """True when ``child``, a direct child of ``scope_node``, is evaluated in its scope."""
    if isinstance(scope_node, ast.Lambda):
        return child is scope_node.body
    if isinstance(scope_node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        # The last statements of a definition are its body; what else it has stands outside.
        return isinstance(child, ast.stmt)
    if isinstance(scope_node, COMPREHENSIONS):
        return True
    return True


class _Collector:
    """Fills a module's tables in one walk over its tree, without recursion for plain nodes."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.pending_nonlocal: list[tuple[Scope, Binding]] = []

    def collect(self) -> None:
        module = self.module
        root = Scope(module.tree, None)
        module.scopes[module.tree] = root
        self.body(module.tree, root, module.tree.body)

    def body(self, owner: ast.AST, scope: Scope, statements: list[ast.stmt]) -> None:
        """Walk the statements of one scope, then the definitions found in them."""
        parents = self.module.parents
        stack: list[ast.AST] = []
        for statement in reversed(statements):
            parents[statement] = owner
            stack.append(statement)
        self.walk(stack, scope)

    def walk(self, stack: list[ast.AST], scope: Scope) -> None:
        module = self.module
        parents = module.parents
        later: list[ast.AST] = []
        while stack:
            node = stack.pop()
            kind = type(node)
            handler = _BINDERS.get(kind)
            if handler is not None:
                handler(node, scope)
            if kind is ast.Call:
                module.calls.append(node)  # type: ignore[arg-type]
            elif kind is ast.Import or kind is ast.ImportFrom:
                module.imports.append(node)  # type: ignore[arg-type]
                for alias in node.names:  # type: ignore[attr-defined]
                    parents[alias] = node
                continue
            elif kind in _NESTED:
                later.append(node)
                children = _outer_children(node)
                for child in reversed(children):
                    parents[child] = node
                    stack.append(child)
                continue
            elif kind is ast.NamedExpr:
                _bind_walrus(node, scope)  # type: ignore[arg-type]
            children = []
            for name in node._fields:
                value = getattr(node, name, None)
                if isinstance(value, ast.AST):
                    if value._fields or isinstance(value, ast.stmt | ast.expr):
                        children.append(value)
                elif isinstance(value, list):
                    children.extend(item for item in value if isinstance(item, ast.AST))
            for child in reversed(children):
                parents[child] = node
                stack.append(child)
        for node in later:
            self.nested(node, scope)

    def nested(self, node: ast.AST, outer: Scope) -> None:
        module = self.module
        scope = Scope(node, outer)
        module.scopes[node] = scope
        if isinstance(node, ast.ClassDef):
            module.classes.append(node)
            self.body(node, scope, node.body)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            module.functions.append(node)
            _declare(node.body, scope)
            _bind_parameters(node.args, scope)
            self.body(node, scope, node.body)
        elif isinstance(node, ast.Lambda):
            module.functions.append(node)
            _bind_parameters(node.args, scope)
            module.parents[node.body] = node
            self.walk([node.body], scope)
        else:
            assert isinstance(node, COMPREHENSIONS)
            stack: list[ast.AST] = []
            for generator in node.generators:
                module.parents[generator] = node
                _bind_target(generator.target, "for", generator, generator.iter, scope)
                for part in (generator.target, generator.iter, *generator.ifs):
                    module.parents[part] = generator
                    stack.append(part)
            elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            for element in elements:
                module.parents[element] = node
                stack.append(element)
            self.walk(stack, scope)


_NESTED = frozenset(
    {ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, *COMPREHENSIONS}
)


def _outer_children(node: ast.AST) -> list[ast.AST]:
    """The parts of a definition that are evaluated where it stands."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        parts: list[ast.AST] = [*node.decorator_list, node.args]
        if node.returns is not None:
            parts.append(node.returns)
        return parts
    if isinstance(node, ast.Lambda):
        return [node.args]
    return []


def _declare(body: list[ast.stmt], scope: Scope) -> None:
    """Note ``global`` and ``nonlocal`` before anything is bound."""
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Global | ast.Nonlocal):
            kind = "global" if isinstance(node, ast.Global) else "nonlocal"
            for name in node.names:
                scope.redirected[name] = kind
        elif isinstance(node, ast.stmt) and type(node) not in _NESTED:
            for field_name in ("body", "orelse", "finalbody", "handlers", "cases"):
                stack.extend(getattr(node, field_name, ()))
        elif isinstance(node, ast.ExceptHandler | ast.match_case):
            stack.extend(node.body)


def _bind_parameters(arguments: ast.arguments, scope: Scope) -> None:
    groups = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    groups += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
    for argument in groups:
        scope.bind(Binding(argument.arg, "parameter", argument))


def _bind_target(
    target: ast.expr, kind: str, node: ast.AST, value: ast.expr | None, scope: Scope
) -> None:
    if isinstance(target, ast.Name):
        scope.bind(Binding(target.id, kind, node, value))
    elif isinstance(target, ast.Starred):
        _bind_target(target.value, "unpack", node, None, scope)
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
                _bind_target(element, "assign", node, matched[index], scope)
            elif isinstance(element, ast.Name):
                how = "unpack" if kind in ("assign", "unpack") else f"{kind}-unpack"
                position = None if starred else index
                scope.bind(Binding(element.id, how, node, value, position))
            else:
                _bind_target(element, "unpack", node, None, scope)


def _bind_walrus(node: ast.NamedExpr, scope: Scope) -> None:
    target = scope
    while isinstance(target.node, COMPREHENSIONS) and target.parent is not None:
        target = target.parent
    target.bind(Binding(node.target.id, "assign", node, node.value))


def _bind_assign(node: ast.Assign, scope: Scope) -> None:
    for target in node.targets:
        _bind_target(target, "assign", node, node.value, scope)


def _bind_annotated(node: ast.AnnAssign, scope: Scope) -> None:
    if isinstance(node.target, ast.Name):
        scope.bind(Binding(node.target.id, "assign", node, node.value))


def _bind_augmented(node: ast.AugAssign, scope: Scope) -> None:
    if isinstance(node.target, ast.Name):
        scope.bind(Binding(node.target.id, "augmented", node, node.value))


def _bind_for(node: ast.For | ast.AsyncFor, scope: Scope) -> None:
    _bind_target(node.target, "for", node, node.iter, scope)


def _bind_with(node: ast.With | ast.AsyncWith, scope: Scope) -> None:
    for item in node.items:
        if item.optional_vars is not None:
            _bind_target(item.optional_vars, "with", node, item.context_expr, scope)


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


_BINDERS: dict[type[ast.AST], Callable[[Any, Scope], None]] = {
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
