"""What may raise where a call stands, once the ``try`` around it goes into the callback.

The defaults of the callback are evaluated at the place of the call, and nothing catches there what
they raise: neither a name that has no value yet, nor an attribute of what may be None.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable

from pusher_migrate.deferral.arguments import Arguments
from pusher_migrate.deferral.values import Site
from pusher_migrate.index.calls.callees import last_name
from pusher_migrate.index.code.scopes import Binding, Scope
from pusher_migrate.index.code.syntax import default_of
from pusher_migrate.index.flow.bindings import BindingKind
from pusher_migrate.index.flow.reaching import definitions
from pusher_migrate.index.types import models
from pusher_migrate.index.types.django import signals_of
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, Instance, Many
from pusher_migrate.syntax.names import STAR, is_builtin

# What gives an instance or raises, as methods of a manager and as functions.
_OF_MANAGERS = frozenset({"get", "create", "earliest", "latest"})
_GIVING = frozenset({"get_object_or_404", "get_object"})
_PAIRS = frozenset({"get_or_create", "update_or_create"})
_UNBINDING = frozenset({"delete", "except"})


class Evaluation:
    """Judges expressions that are evaluated at one site.

    Args:
        site: Where.
        arguments: The site's arguments.
    """

    def __init__(self, site: Site, arguments: Arguments) -> None:
        self.site = site
        self.module = site.module
        self.arguments = arguments
        self.inference: Inference = arguments.inference
        self.scope = self.module.scope_at(site.anchor)

    # --- Names ------------------------------------------------------------------------------------

    def without_value(self, texts: Iterable[str]) -> str | None:
        """The first name in some expressions that may have no value at the site."""
        names = dict.fromkeys(name for text in texts for name in _names_in(text))
        return next((name for name in names if self._may_be_unbound(name)), None)

    def _may_be_unbound(self, name: str) -> bool:
        scope = self.scope.find(name)
        if scope is None:
            module = self.scope
            while module.parent is not None:
                module = module.parent
            return not is_builtin(name) and STAR not in module.names
        graph = self.inference.locals.graph_of(scope)
        held = definitions(graph)
        if scope is self.scope:
            return held.maybe_unbound(self.site.statement, name) or (
                name in held.rebound_inside and _is_unbound_somewhere(scope, name)
            )
        if _is_unbound_somewhere(scope, name):
            return True
        # Code of an inner function runs once what is around it has come to its definition; that of
        # a function of the module, once the module is loaded.
        where = graph.exit if scope.is_module else self._statement_in(scope)
        absent = (BindingKind.UNBOUND, BindingKind.GLOBAL, BindingKind.NONLOCAL)
        found = held.at(where, name)
        return not found or any(each.kind in absent for each in found)

    def _statement_in(self, scope: Scope) -> ast.AST:
        """The statement of an outer function in which the site is."""
        inner: ast.AST = self.site.statement
        for parent in self.module.ancestors(inner):
            if parent is scope.node:
                break
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = parent
        return inner

    # --- Expressions ------------------------------------------------------------------------------

    def may_raise(self, text: str) -> bool:
        """Whether an expression may raise although all of its names have values."""
        return self._may_raise(ast.parse(text.strip(), mode="eval").body)

    def _may_raise(self, node: ast.expr) -> bool:
        match node:
            case ast.Name() | ast.Constant() | ast.Lambda():
                return False
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return any(self._may_raise(item) for item in items)
            case ast.Dict(keys=keys, values=values):
                plain = all(isinstance(key, ast.Constant) for key in keys)
                return not plain or any(self._may_raise(value) for value in values)
            case ast.JoinedStr(values=parts):
                return any(self._is_part_raising(part) for part in parts)
            case ast.Attribute(value=ast.Name() as owner, attr=attribute):
                return not (self._is_column(owner, attribute) and self._is_given(owner))
        return True

    def _is_part_raising(self, part: ast.expr) -> bool:
        if not isinstance(part, ast.FormattedValue):
            return False
        return part.format_spec is not None or not (
            isinstance(part.value, ast.Attribute) and not self._may_raise(part.value)
        )

    def _is_column(self, owner: ast.Name, attribute: str) -> bool:
        """Whether an attribute of an instance is read from memory: no relation, no property."""
        found = self.arguments.type_of(owner)
        if not isinstance(found, Instance) or not models.is_model(self.inference, found.cls):
            return False
        if attribute in ("id", "pk"):
            return True
        fields = models.all_fields(self.inference, found.cls)
        field = fields.get(attribute) or fields.get(attribute.removesuffix("_id"))
        return field is not None and (field.is_relation is (field.name != attribute))

    def _is_given(self, owner: ast.Name) -> bool:
        """Whether a name surely stands for an instance, and not for None."""
        scope = self.scope.find(owner.id)
        if scope is None or scope is not self.scope:
            return False
        bindings = self.inference.locals.bindings_at(self.module, scope, owner, self.site.statement)
        return all(self._gives_instance(binding) for binding in bindings)

    def _gives_instance(self, binding: Binding) -> bool:
        value = binding.value
        if binding.kind == "parameter":
            return self._is_required(binding)
        if binding.kind == "for":
            return True
        if not isinstance(value, ast.Call):
            return False
        called = last_name(value)
        if binding.kind == "unpack":
            return binding.position == 0 and called in _PAIRS
        if binding.kind != "assign":
            return False
        if isinstance(self.inference.type_of(self.module, value.func), ClassType):
            return True
        if isinstance(value.func, ast.Attribute) and called in _OF_MANAGERS:
            return isinstance(self.inference.type_of(self.module, value.func.value), Many)
        return called in _GIVING

    def _is_required(self, binding: Binding) -> bool:
        """Whether a parameter is declared as an instance, or Django passes one."""
        function, argument = self.site.function, binding.node
        if function is None or not isinstance(argument, ast.arg):
            return False
        if self.module.class_around(function) is not None and argument in function.args.args[:1]:
            return True
        if binding.name == "instance" and signals_of(self.inference, self.module, function):
            return True
        if argument.annotation is None or default_of(function, argument) is not None:
            return False
        declared = ast.unparse(argument.annotation)
        return "None" not in declared and "Optional" not in declared


def _names_in(text: str) -> list[str]:
    """The names that an expression reads from around it, those of its comprehensions left out."""
    found: dict[str, None] = {}
    tables = [symtable.symtable(text.strip(), "<default>", "eval")]
    outermost = tables[0]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_global() or (table is outermost and symbol.is_referenced()):
                found[symbol.get_name()] = None
    return list(found)


def _is_unbound_somewhere(scope: Scope, name: str) -> bool:
    """Whether ``del``, or the end of an ``except ... as``, ever takes a name away."""
    return any(binding.kind in _UNBINDING for binding in scope.names[name])
