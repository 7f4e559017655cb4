"""One parsed file: its syntax tree, who contains whom, and its scopes.

Nothing here knows about Django or Pusher.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from pusher_migrate.index.code.scopes import (
    BINDERS,
    COMPREHENSIONS,
    FUNCTION_NODES,
    NESTED,
    Comprehension,
    FunctionNode,
    Scope,
    bind_parameters,
    bind_target,
    bind_walrus,
    declare,
)
from pusher_migrate.nodes import child_fields
from pusher_migrate.source import SourceFile


class Module:
    """A parsed file of the project.

    Args:
        source: The decoded file.
        tree: Its syntax tree, from ``ast``.
        name: Dotted name under which the project imports it.
        is_package: True for ``__init__.py``.

    Attributes:
        parents: The node around each node; operators and contexts have none.
        scopes: The scope of each node that has one.
        calls: All calls, in the order of the walk.
        functions: All functions and lambdas.
        classes: All classes.
        imports: All import statements.
        holds_tests: Whether tests are in it, once somebody has asked; see `types.testing`.
        stores: The attributes that are assigned or deleted, by name.
        attributes: All attributes, in the order of the walk.
        leaves: All names and constants, in the order of the walk.
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
        self.stores: dict[str, list[ast.Attribute]] = {}
        self.attributes: list[ast.Attribute] = []
        self.holds_tests: bool | None = None
        self.leaves: list[ast.Name | ast.Constant] = []
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

    @cached_property
    def names(self) -> dict[str, list[ast.Name]]:
        """All uses of each name in the file, in no particular order."""
        found: dict[str, list[ast.Name]] = {}
        for leaf in self.leaves:
            if isinstance(leaf, ast.Name):
                found.setdefault(leaf.id, []).append(leaf)
        return found

    @cached_property
    def loads(self) -> dict[str, list[ast.expr]]:
        """The expressions that read a name or attribute, by its last part; ``getattr`` counts."""
        found: dict[str, list[ast.expr]] = {}
        for leaf in self.leaves:
            if isinstance(leaf, ast.Name) and leaf.ctx.__class__ is ast.Load:
                found.setdefault(leaf.id, []).append(leaf)
        for attribute in self.attributes:
            if attribute.ctx.__class__ is ast.Load:
                found.setdefault(attribute.attr, []).append(attribute)
        for call in self.calls_by_name.get("getattr", ()):
            name = _got(call)
            if name:
                found.setdefault(name, []).append(call)
        return found

    @cached_property
    def texts(self) -> dict[str, list[ast.Constant]]:
        """The strings of the file that could be a name, by what they say."""
        found: dict[str, list[ast.Constant]] = {}
        for leaf in self.leaves:
            if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                if leaf.value.isidentifier():
                    found.setdefault(leaf.value, []).append(leaf)
        return found

    @cached_property
    def calls_by_name(self) -> dict[str, list[ast.Call]]:
        """The calls by the last name of what is called, each in the order of the walk."""
        found: dict[str, list[ast.Call]] = {}
        for call in self.calls:
            target = call.func
            if isinstance(target, ast.Attribute):
                found.setdefault(target.attr, []).append(call)
            elif isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(call)
        return found

    @cached_property
    def tested_names(self) -> frozenset[str]:
        """The names that the file asks ``isinstance`` of."""
        calls = (call for call in self.calls_by_name.get("isinstance", ()) if call.args)
        return frozenset(call.args[0].id for call in calls if isinstance(call.args[0], ast.Name))

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
        """Dotted name, within the module, of the definition around ``node``; may be empty."""
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


def _got(call: ast.Call) -> str:
    """``"send"`` of ``getattr(client, "send")``; empty for other calls."""
    if isinstance(call.func, ast.Name) and call.func.id == "getattr" and len(call.args) >= 2:
        name = call.args[1]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            return name.value
    return ""


class _Collector:
    """Fills a module's tables in one walk over its tree, without recursion for plain nodes."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.parents = module.parents
        # Words that hardly any file has, and that are looked for in each body.
        self.declares = "global" in module.source.text or "nonlocal" in module.source.text

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

    def walk(self, stack: list[Any], scope: Scope) -> None:
        module = self.module
        parents, attributes, calls = self.parents, module.attributes, module.calls
        leaves: list[Any] = module.leaves
        push = stack.append
        later: list[ast.AST] = []
        # The hottest loop of the program: each node of each parsed file comes by.
        while stack:
            node = stack.pop()
            kind = node.__class__
            if kind is ast.Attribute:
                attributes.append(node)
                if node.ctx.__class__ is not ast.Load:
                    module.stores.setdefault(node.attr, []).append(node)
                value = node.value
                parents[value] = node
                if value.__class__ in _LEAVES:
                    leaves.append(value)
                else:
                    push(value)
                continue
            if kind is ast.Call:
                calls.append(node)
            elif kind in _SPECIAL:
                if kind in _LEAVES:
                    leaves.append(node)
                    continue
                handler = BINDERS.get(kind)
                if handler is not None:
                    handler(node, scope)
                if kind is ast.Import or kind is ast.ImportFrom:
                    module.imports.append(node)
                    for alias in node.names:
                        parents[alias] = node
                    continue
                if kind in NESTED:
                    later.append(node)
                    for child in reversed(_outer_children(node)):
                        parents[child] = node
                        push(child)
                    continue
                if kind is ast.NamedExpr:
                    bind_walrus(node, scope)
            inner = []
            for name in _FIELDS[kind]:
                value = getattr(node, name)
                if value.__class__ is list:
                    for child in value:
                        if child is not None:
                            parents[child] = node
                            if child.__class__ in _LEAVES:
                                leaves.append(child)
                            else:
                                inner.append(child)
                elif value is not None:
                    parents[value] = node
                    if value.__class__ in _LEAVES:
                        leaves.append(value)
                    else:
                        inner.append(value)
            inner.reverse()
            stack += inner
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
            if self.declares:
                declare(node.body, scope)
            bind_parameters(node.args, scope)
            self.body(node, scope, node.body)
        elif isinstance(node, ast.Lambda):
            module.functions.append(node)
            bind_parameters(node.args, scope)
            module.parents[node.body] = node
            self.walk([node.body], scope)
        else:
            assert isinstance(node, COMPREHENSIONS)
            stack: list[ast.AST] = []
            for generator in node.generators:
                module.parents[generator] = node
                bind_target(generator.target, "for", generator, generator.iter, scope)
                for part in (generator.target, generator.iter, *generator.ifs):
                    module.parents[part] = generator
                    stack.append(part)
            elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            for element in elements:
                module.parents[element] = node
                stack.append(element)
            self.walk(stack, scope)


#: Nodes without nodes inside that matter, and that bind nothing.
_LEAVES = frozenset({ast.Name, ast.Constant})
#: Nodes for which more is to be done than to walk on.
_SPECIAL = frozenset({*_LEAVES, *BINDERS, *NESTED, ast.NamedExpr})


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields with nodes of each kind of node."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        fields = self[kind] = child_fields(kind)  # type: ignore[arg-type]
        return fields


_FIELDS = _Fields()


def _outer_children(node: Any) -> list[ast.AST]:
    """The parts of a definition that are evaluated where it stands."""
    # Python 3.12 and later; they have a scope of their own, which nothing here asks for.
    generic = getattr(node, "type_params", ())
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *generic, *node.bases, *node.keywords]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        returns = [node.returns] if node.returns is not None else []
        return [*node.decorator_list, *generic, node.args, *returns]
    return [node.args] if isinstance(node, ast.Lambda) else []
