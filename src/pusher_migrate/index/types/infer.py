"""Type inference: what an expression is, found from the code alone.

One small engine serves every question of the tool: is this receiver a Pusher client, is this the
manager, which model is ``booking.assigned_room``? It answers only when all bindings that can reach
a name agree; otherwise the type is unknown. What Django adds is in ``django.py`` and ``models.py``.
"""

from __future__ import annotations

import ast
import sys

from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.project import Project
from pusher_migrate.index.code.scopes import Binding, FunctionNode, Scope
from pusher_migrate.index.code.syntax import (
    calls_named,
    final_bindings,
    returns_of,
    self_assignments,
)
from pusher_migrate.index.flow.locals import Locals
from pusher_migrate.index.types import (
    bound,
    calls,
    collected,
    importing,
    managers,
    members,
    narrowing,
    overrides,
    parameters,
    settings,
    tables,
)
from pusher_migrate.index.types.annotations import annotation
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    FunctionType,
    Instance,
    Many,
    ModuleType,
    Namespace,
    NoneType,
    Table,
    TupleOf,
    Type,
    join,
)

# Questions within questions. An answer that was cut short depends on what was asked before it, so
# the limit is far beyond what code needs, as far as Python's own stack allows: a question takes
# about ten frames.
MAX_DEPTH = 400
_FRAMES = 12
_FRAMES_OF_OTHERS = 280


class Inference:
    """Answers type questions about one project; every answer is kept.

    Args:
        project: The tree.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.locals = Locals()
        self._depth = 0
        room = (sys.getrecursionlimit() - _FRAMES_OF_OTHERS) // _FRAMES
        self._max_depth = min(MAX_DEPTH, room)
        self._types: dict[ast.AST, Type | None] = {}
        self._names: dict[tuple[Module, str], Type | None] = {}
        self._returns: dict[FunctionNode, Type | None] = {}
        self._members: dict[tuple[ClassType, str], Type | None] = {}
        self._subclasses: dict[ClassType, list[ClassType]] = {}
        self._calls_by_name: dict[str, list[tuple[Module, ast.Call]]] = {}

    # --- Expressions ----------------------------------------------------------------------------

    def type_of(self, module: Module, expression: ast.expr) -> Type | None:
        """The type of an expression where it stands, or None when it is not known."""
        if expression in self._types:
            return self._types[expression]
        if self._depth > self._max_depth:
            return None
        self._types[expression] = None  # A question that leads back to itself has no answer.
        self._depth += 1
        try:
            result = self._infer(module, expression)
        finally:
            self._depth -= 1
        self._types[expression] = result
        return result

    def _infer(self, module: Module, node: ast.expr) -> Type | None:
        match node:
            case ast.Name():
                return self._name(module, node)
            case ast.Attribute():
                base = self.type_of(module, node.value)
                if isinstance(base, Table) and base.value is None:
                    base = Table(collected.values(self, module, node.value))
                return self.member(base, node.attr) if base is not None else None
            case ast.Call():
                return self.call(module, node)
            case ast.Constant(value=None):
                return NoneType()
            case ast.Await() | ast.Starred():
                return self.type_of(module, node.value)
            case ast.NamedExpr():
                return self.type_of(module, node.value)
            case ast.IfExp():
                return join([self.type_of(module, node.body), self.type_of(module, node.orelse)])
            case ast.BoolOp(op=ast.Or()):
                return join([self.type_of(module, value) for value in node.values])
            case ast.List() | ast.Set() | ast.Tuple():
                elements = tuple(self.type_of(module, element) for element in node.elts)
                if isinstance(node, ast.Tuple):
                    return TupleOf(elements)
                element = join(list(elements))
                return Many(element) if element is not None else None
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                element = self.type_of(module, node.elt)
                return Many(element) if element is not None else None
            case ast.Subscript():
                return self._subscript(module, node)
            case ast.Dict() | ast.DictComp():
                return tables.display(self, module, node)
            case ast.Lambda():
                return FunctionType(module, node)
        return None

    def _subscript(self, module: Module, node: ast.Subscript) -> Type | None:
        base = self.type_of(module, node.value)
        if isinstance(base, Many):
            return base if isinstance(node.slice, ast.Slice) else base.element
        if isinstance(base, TupleOf) and isinstance(node.slice, ast.Constant):
            index = node.slice.value
            if isinstance(index, int) and -len(base.elements) <= index < len(base.elements):
                return base.elements[index]
        if isinstance(base, Table):
            if base.value is None and isinstance(node.value, ast.Name):
                return collected.values(self, module, node.value) or tables.stored(
                    self, module, node.value
                )
            return base.value or tables.stored(self, module, node.value)
        if isinstance(base, ExternalInstance) and base.path == sdk.CLIENT:
            return ExternalInstance(f"{sdk.CLIENT}[]")
        return None

    # --- Names ----------------------------------------------------------------------------------

    def _name(self, module: Module, node: ast.Name) -> Type | None:
        scope = module.scope_at(node).find(node.id)
        if scope is None:
            return importing.star_import(self, module, node.id)
        if scope.is_module:
            return self.module_name(module, node.id)
        bindings = self.locals.bindings_at(module, scope, node, module.statement_around(node))
        found = bound.joined(self, module, scope, bindings)
        return narrowing.narrowed(self, module, scope, node.id, node, found)

    def module_name(self, module: Module, name: str) -> Type | None:
        """The type that a module-level name has once the module is loaded."""
        key = (module, name)
        if key in self._names:
            return self._names[key]
        self._names[key] = None
        result: Type | None = None
        bindings = module.scope.names.get(name)
        if bindings is not None:
            result = bound.joined(self, module, module.scope, final_bindings(module, bindings))
        else:
            result = importing.star_import(self, module, name)
            if result is None and module.is_package:
                result = importing.submodule(self, module.name, name, module)
        self._names[key] = result
        return result

    # --- Imports --------------------------------------------------------------------------------

    def import_source(self, module: Module, statement: ast.ImportFrom) -> Type | None:
        """The module that a ``from`` import takes its names from."""
        return importing.import_source(self, module, statement)

    def resolve(self, dotted: str) -> Type | None:
        """What a dotted name of the catalogue stands for: ``pkg.module.Class.attribute``."""
        return importing.resolve(self, dotted)

    # --- Members --------------------------------------------------------------------------------

    def member(self, base: Type | None, name: str) -> Type | None:
        """The type of ``base.name``."""
        match base:
            case ModuleType(module):
                return self.module_name(module, name) or importing.submodule(
                    self, module.name, name, module
                )
            case Namespace(path):
                found = self.project.find_module(f"{path}.{name}")
                module_found = self.project.module(found) if found else None
                return ModuleType(module_found) if module_found else Namespace(f"{path}.{name}")
            case External(path):
                if path == settings.OBJECT:
                    return settings.setting(self, name) or External(f"{path}.{name}")
                return External(f"{path}.{name}")
            case ExternalInstance(path):
                return External(f"{path}().{name}")
            case ClassType():
                return members.of_class(self, base, name, base)
            case Instance(cls):
                return members.of_class(self, cls, name, base)
            case Many():
                return managers.member(self, base, name)
            case Table(value):
                return tables.method(value, name)
        return None

    def assigned(self, cls: ClassType, name: str) -> Type | None:
        """The type of an instance attribute from the ``self.name = ...`` of the class's methods."""
        key = (cls, name)
        if key in self._members:
            return self._members[key]
        self._members[key] = None
        types: list[Type | None] = []
        for base in self.mro(cls):
            for statement, value in self_assignments(base.module, base.node, name):
                declared = bound.declared_type(self, base.module, statement)
                types.append(declared or (self.type_of(base.module, value) if value else None))
        result = join(types) if types else None
        self._members[key] = result
        return result

    def mro(self, cls: ClassType) -> list[ClassType]:
        """The class and its bases inside the project, depth first (enough without diamonds)."""
        order: list[ClassType] = []
        stack = [cls]
        while stack:
            current = stack.pop()
            if current in order:
                continue
            order.append(current)
            bases = [self.type_of(current.module, base) for base in current.node.bases]
            stack.extend(base for base in reversed(bases) if isinstance(base, ClassType))
        return order

    def subclasses(self, cls: ClassType) -> list[ClassType]:
        """The classes of the project that derive from a class, at any distance."""
        if cls not in self._subclasses:
            self._subclasses[cls] = overrides.subclasses(self, cls)
        return self._subclasses[cls]

    def external_bases(self, cls: ClassType) -> set[str]:
        """Dotted names of the bases that lie outside the tree."""
        names: set[str] = set()
        for current in self.mro(cls):
            for base in current.node.bases:
                expression = base.value if isinstance(base, ast.Subscript) else base
                found = self.type_of(current.module, expression)
                if isinstance(found, External):
                    names.add(found.path)
        return names

    # --- Calls ----------------------------------------------------------------------------------

    def call(self, module: Module, node: ast.Call) -> Type | None:
        """The type of a call's value."""
        return calls.value(self, module, node)

    def returned(self, function: FunctionType) -> Type | None:
        """The type that a function of the project returns."""
        node = function.node
        if node in self._returns:
            return self._returns[node]
        self._returns[node] = None
        result: Type | None
        if isinstance(node, ast.Lambda):
            result = self.type_of(function.module, node.body)
        else:
            result = self.annotation(function.module, node.returns) if node.returns else None
            if result is None:
                values = list(returns_of(node))
                types = [self.type_of(function.module, value) for value in values]
                result = join(types) if types else calls.yielded(self, function)
        self._returns[node] = result
        return result

    # --- Parameters and annotations -------------------------------------------------------------

    def parameter(self, module: Module, function: ast.AST, argument: ast.arg) -> Type | None:
        """The type of a parameter: annotation, ``self``, default, what callers pass, its name."""
        return parameters.given(self, module, function, argument)

    def callers(self, function: FunctionType) -> list[tuple[Module, ast.Call, bool]]:
        """All calls in the tree that are known to call a function.

        Returns:
            Module, call, and whether the call passes ``self`` by its receiver.
        """
        return calls.callers(self, function)

    def calls_named(self, name: str) -> list[tuple[Module, ast.Call]]:
        """All calls in the tree whose function ends in this name, in path and line order."""
        if name not in self._calls_by_name:
            modules = self.project.calling(name)
            found = [(module, call) for module in modules for call in calls_named(module, name)]
            self._calls_by_name[name] = found
        return self._calls_by_name[name]

    def annotation(self, module: Module, node: ast.expr | None) -> Type | None:
        """The type of the values that an annotation admits."""
        return annotation(self, module, node)

    # --- For the evaluation of values -------------------------------------------------------------

    def bindings_at(
        self, module: Module, node: ast.Name, statement: ast.stmt
    ) -> tuple[Scope | None, list[Binding]]:
        """The bindings of a name that can hold when ``statement`` reads it, with their scope."""
        scope = module.scope_at(node).find(node.id)
        if scope is None:
            return None, []
        if scope.is_module or isinstance(scope.node, ast.ClassDef):
            return scope, final_bindings(module, scope.names[node.id])
        return scope, self.locals.bindings_at(module, scope, node, statement)

    def local_type(
        self, module: Module, scope: Scope, name: str, statement: ast.stmt
    ) -> Type | None:
        """The type of a local name as a statement finds it."""
        node = ast.Name(name, ast.Load())
        bindings = self.locals.bindings_at(module, scope, node, statement)
        found = bound.joined(self, module, scope, bindings)
        return narrowing.narrowed(self, module, scope, name, statement, found)
