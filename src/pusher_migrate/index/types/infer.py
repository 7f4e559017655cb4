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
    decorator_name,
    default_of,
    final_bindings,
    returns_of,
    self_assignments,
)
from pusher_migrate.index.flow.locals import Locals
from pusher_migrate.index.types import (
    calls,
    django,
    importing,
    managers,
    mixins,
    models,
    overrides,
    settings,
    tables,
    vendored,
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
            return base.value or tables.stored(self, module, node.value)
        if isinstance(base, ExternalInstance) and base.path == sdk.CLIENT:
            return ExternalInstance(f"{sdk.CLIENT}[]")
        return None

    def iterated(self, base: Type | None) -> Type | None:
        """The type of one element when something of this type is iterated over."""
        if isinstance(base, Many):
            return base.element
        if isinstance(base, TupleOf):
            return join(list(base.elements))
        return None

    # --- Names ----------------------------------------------------------------------------------

    def _name(self, module: Module, node: ast.Name) -> Type | None:
        scope = module.scope_at(node).find(node.id)
        if scope is None:
            return importing.star_import(self, module, node.id)
        if scope.is_module:
            return self.module_name(module, node.id)
        bindings = self.locals.bindings_at(module, scope, node, module.statement_around(node))
        return self._joined(module, scope, bindings)

    def module_name(self, module: Module, name: str) -> Type | None:
        """The type that a module-level name has once the module is loaded."""
        key = (module, name)
        if key in self._names:
            return self._names[key]
        self._names[key] = None
        result: Type | None = None
        bindings = module.scope.names.get(name)
        if bindings is not None:
            result = self._joined(module, module.scope, final_bindings(module, bindings))
        else:
            result = importing.star_import(self, module, name)
            if result is None and module.is_package:
                result = importing.submodule(self, module.name, name, module)
        self._names[key] = result
        return result

    def _joined(self, module: Module, scope: Scope, bindings: list[Binding]) -> Type | None:
        types = [
            self._binding(module, scope, binding)
            for binding in bindings
            if binding.kind not in ("delete", "augmented")
        ]
        return join(types)

    def _binding(self, module: Module, scope: Scope, binding: Binding) -> Type | None:
        value = binding.value
        match binding.kind:
            case "assign":
                declared = self._declared(module, binding.node)
                if declared is not None:
                    return declared
                return self.type_of(module, value) if value is not None else NoneType()
            case "unpack" if value is not None and binding.position is not None:
                base = self.type_of(module, value)
                if isinstance(base, TupleOf) and binding.position < len(base.elements):
                    return base.elements[binding.position]
                return self.iterated(base) if isinstance(base, Many) else None
            case "for" if value is not None:
                return self.iterated(self.type_of(module, value))
            case "for-unpack" if value is not None:
                return self._enumerated(module, value, binding.position)
            case "with" if value is not None:
                return self._entered(module, value)
            case "function":
                assert isinstance(binding.node, ast.FunctionDef | ast.AsyncFunctionDef)
                return FunctionType(module, binding.node)
            case "class":
                assert isinstance(binding.node, ast.ClassDef)
                copied = vendored.sdk_class(self.project, module, binding.node)
                return copied or ClassType(module, binding.node)
            case "import":
                return importing.imported(self, module, binding)
            case "parameter":
                assert isinstance(binding.node, ast.arg)
                return self.parameter(module, scope.node, binding.node)
        return None

    def _declared(self, module: Module, node: ast.AST) -> Type | None:
        if isinstance(node, ast.AnnAssign):
            return self.annotation(module, node.annotation)
        return None

    def _enumerated(self, module: Module, value: ast.expr, position: int | None) -> Type | None:
        """``for index, room in enumerate(rooms)`` and ``for a, b in zip(x, y)``."""
        if (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Name)
            and position is not None
        ):
            if value.func.id == "enumerate" and position == 1 and value.args:
                return self.iterated(self.type_of(module, value.args[0]))
            if value.func.id == "zip" and position < len(value.args):
                return self.iterated(self.type_of(module, value.args[position]))
        element = self.iterated(self.type_of(module, value))
        if (
            isinstance(element, TupleOf)
            and position is not None
            and position < len(element.elements)
        ):
            return element.elements[position]
        return None

    def _entered(self, module: Module, value: ast.expr) -> Type | None:
        base = self.type_of(module, value)
        if isinstance(base, Many) and isinstance(value, ast.Call):
            return base.element if calls.is_context_manager(self, module, value) else None
        if isinstance(base, Instance):
            enter = self.member(base, "__enter__")
            if isinstance(enter, FunctionType):
                return self.returned(enter)
        return None

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
                return self._class_member(base, name, base)
            case Instance(cls):
                return self._class_member(cls, name, base)
            case Many():
                return managers.member(self, base, name)
            case Table(value):
                return tables.method(value, name)
        return None

    def _class_member(self, cls: ClassType, name: str, owner: ClassType | Instance) -> Type | None:
        on_instance = isinstance(owner, Instance)
        for base in self.mro(cls):
            bindings = base.module.scopes[base.node].names.get(name)
            if bindings:
                final = final_bindings(base.module, bindings)
                definition = final[-1].node
                if isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
                    return self._method(base, definition, owner)
                field = models.field_of(self, base, name)
                if field is not None:
                    return models.field_type(self, base, field) if on_instance else None
                rows = managers.manager_of(self, base.module, name, final[-1].value, cls)
                if rows is not None:
                    return rows
                found = self._joined(base.module, base.module.scopes[base.node], final)
                if isinstance(found, NoneType | None):
                    return self._assigned(cls, name) or found
                if isinstance(found, FunctionType):
                    return FunctionType(found.module, found.node, owner)
                return found
        if on_instance:
            assigned = self._assigned(cls, name)
            if assigned is not None:
                return assigned
        if on_instance and self.external_bases(cls) & sdk.CONSTRUCTORS:
            return External(f"{sdk.CLIENT}().{name}")  # A subclass of Pusher.
        implied = django.implied_member(self, cls, name, on_instance)
        return implied or mixins.member(self, cls, name, on_instance)

    def _method(
        self,
        base: ClassType,
        definition: ast.FunctionDef | ast.AsyncFunctionDef,
        owner: ClassType | Instance,
    ) -> Type | None:
        decorators = {decorator_name(item) for item in definition.decorator_list}
        if decorators & {"property", "cached_property"}:
            if isinstance(owner, Instance):
                return self.returned(FunctionType(base.module, definition, owner))
            return None
        if "staticmethod" in decorators:
            return FunctionType(base.module, definition)
        if "classmethod" in decorators:
            bound = owner.cls if isinstance(owner, Instance) else owner
            return FunctionType(base.module, definition, bound)
        return FunctionType(base.module, definition, owner if isinstance(owner, Instance) else None)

    def _assigned(self, cls: ClassType, name: str) -> Type | None:
        """The type of an instance attribute from the ``self.name = ...`` of the class's methods."""
        key = (cls, name)
        if key in self._members:
            return self._members[key]
        self._members[key] = None
        types: list[Type | None] = []
        for base in self.mro(cls):
            for statement, value in self_assignments(base.module, base.node, name):
                declared = self._declared(base.module, statement)
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
        if argument.annotation is not None:
            declared = self.annotation(module, argument.annotation)
            if declared is not None and not mixins.is_protocol(self, declared):
                return declared
        assert isinstance(function, FunctionNode)
        cls = module.class_around(function)
        if cls is not None and not isinstance(function, ast.Lambda):
            decorators = {decorator_name(item) for item in function.decorator_list}
            positional = [*function.args.posonlyargs, *function.args.args]
            if positional and positional[0] is argument and "staticmethod" not in decorators:
                owner = ClassType(module, cls)
                return owner if "classmethod" in decorators else Instance(owner)
        implied = django.implied_parameter(self, module, function, argument)
        if implied is not None:
            return implied
        default = default_of(function, argument)
        if default is not None:
            found = self.type_of(module, default)
            if found is not None and not isinstance(found, NoneType):
                return found
        passed = calls.passed(self, module, function, argument)
        if passed is not None and not isinstance(passed, NoneType):
            return passed
        named = models.model_by_name(self, argument.arg, module)
        if named is None and isinstance(passed, NoneType):
            return passed
        return named

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
        return self._joined(module, scope, self.locals.bindings_at(module, scope, node, statement))
