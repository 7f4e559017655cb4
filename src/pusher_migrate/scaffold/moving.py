"""Move an expression from a legacy call into a method of the manager, with its meaning.

What the method is given becomes a parameter; names of modules become `marked` names that are
imported there; local variables are looked through to what they were assigned, as long as nothing
can have changed in between. Calls that may do more than compute are not moved.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import COMPREHENSIONS, Binding, FunctionNode, Scope
from pusher_migrate.index.code.syntax import absolute_name, keyword_of
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import ClassType, Instance
from pusher_migrate.index.values.values import Frame
from pusher_migrate.nodes import walk
from pusher_migrate.rewriting.surroundings import Surroundings
from pusher_migrate.scaffold.changes import first_change
from pusher_migrate.scaffold.given import Given
from pusher_migrate.scaffold.purity import only_computes, reads_clock
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.names import is_builtin

_MARK = ":"
_DEPTH = 12

#: Called with a local name that no argument gives: an expression to stand for it, or None.
Ask = Callable[[ast.expr, Frame], ast.expr | None]


@dataclass(frozen=True, slots=True)
class Mark:
    """A name of a module.

    Attributes:
        module: Dotted name of the module.
        name: The name in it.
        whole: Whether the module itself was imported: ``import json``, not ``from json import``.
    """

    module: str
    name: str
    whole: bool = False


def marked(module: str, name: str, whole: bool = False) -> ast.Name:
    """A name of a module, to be imported where it is put: no identifier holds the mark."""
    return ast.Name(f"{module}{_MARK * (2 if whole else 1)}{name}", ast.Load())


def mark_of(node: ast.AST) -> Mark | None:
    """What a `marked` name stands for; None for all else."""
    if isinstance(node, ast.Name) and _MARK in node.id:
        module, _, name = node.id.partition(_MARK)
        return Mark(module, name.removeprefix(_MARK), name.startswith(_MARK))
    return None


class _Stuck(Exception):
    """Carries the reason out of the recursion."""


class Mover:
    """Moves the expressions of one legacy call.

    Args:
        here: What is in scope at the call.
        given: What the method is given there.
        ask: What to do about a local name that is not given; by default the move is refused.

    Attributes:
        doubts: Why a person should look at what was moved.
    """

    def __init__(
        self, here: Surroundings, given: Sequence[Given], ask: Ask = lambda node, frame: None
    ) -> None:
        self.here = here
        self.given = given
        self.ask = ask
        self.inference = here.inference
        self.doubts: list[str] = []
        self._scopes: list[ast.AST] = []
        self._inner: set[str] = set()
        self._depth = 0

    def move(
        self, node: ast.expr, frame: Frame, until: ast.stmt | None = None
    ) -> ast.expr | Refusal:
        """An expression as the method has to write it.

        Args:
            node: The expression.
            frame: Where it is evaluated.
            until: The statement of the same function that sends its value, when that is a later
                one.
        """
        self._inner = set()
        try:
            if until is not None:
                self._unchanged(node, frame, until)
            moved = self._expression(node, frame)
        except _Stuck as stuck:
            return Refusal(str(stuck))
        captured = self._inner & {given.parameter for given in self.given}
        if captured:
            name = min(captured)
            return Refusal(f"it binds {name!r} itself, which is also the name of a parameter")
        return moved

    # --- Expressions ------------------------------------------------------------------------------

    def _expression(self, node: ast.expr, frame: Frame) -> ast.expr:
        found = self._given(node, frame)
        if found is not None:
            return found
        match node:
            case ast.Name():
                return self._name(node, frame)
            case ast.Attribute():
                return self._attribute(node, frame)
            case ast.Await() | ast.Yield() | ast.YieldFrom() | ast.NamedExpr():
                raise _Stuck(f"{ast.unparse(node)} cannot be computed elsewhere")
            case ast.Call():
                if not only_computes(self.inference, frame.module, node):
                    raise _Stuck(f"{ast.unparse(node)} may do more than compute")
        return self._copied(node, frame)

    def _copied(self, node: ast.expr, frame: Frame) -> ast.expr:
        inner = isinstance(node, (*COMPREHENSIONS, ast.Lambda))
        if inner:
            self._scopes.append(node)
            self._inner |= set(frame.module.scopes[node].names)
        copy = self._fields(node, frame)
        if inner:
            self._scopes.pop()
        assert isinstance(copy, ast.expr)
        return copy

    def _fields(self, node: ast.AST, frame: Frame) -> ast.AST:
        return type(node)(**{name: self._field(v, frame) for name, v in ast.iter_fields(node)})

    def _field(self, value: object, frame: Frame) -> object:
        if isinstance(value, list):
            return [self._field(item, frame) for item in value]
        if isinstance(value, ast.expr):
            return self._expression(value, frame)
        return self._fields(value, frame) if isinstance(value, ast.AST) else value

    def _attribute(self, node: ast.Attribute, frame: Frame) -> ast.expr:
        dotted = self._of_module(node, frame)
        if dotted is not None:
            return marked(*dotted, whole=True)
        return ast.Attribute(self._expression(node.value, frame), node.attr, ast.Load())

    def _name(self, node: ast.Name, frame: Frame) -> ast.expr:
        module = frame.module
        scope = module.scope_at(node).find(node.id)
        if isinstance(node.ctx, ast.Store) or (scope is not None and scope.node in self._scopes):
            return ast.Name(node.id, node.ctx)
        if scope is None:
            if is_builtin(node.id):
                return ast.Name(node.id, ast.Load())
            raise _Stuck(f"it is not known where {node.id!r} comes from")
        if node.id in frame.arguments and scope.node is frame.function:
            self._unchanged_parameter(node.id, scope, frame)
            return self._deeper(*frame.arguments[node.id])
        scope, bindings = self.inference.bindings_at(module, node, frame.statement)
        if scope is None or len(bindings) != 1:
            raise _Stuck(f"{node.id!r} is not the same on every path")
        binding = bindings[0]
        if binding.kind == "import":
            return marked(*self._imported(module, binding))
        if scope.is_module:
            if binding.kind in ("assign", "function", "class") and module.name:
                return marked(module.name, node.id)
        elif binding.kind == "assign" and binding.value is not None:
            home = module.statement_around(binding.node)
            if scope.node is frame.function and isinstance(home, ast.Assign | ast.AnnAssign):
                return self._assigned(node, binding.value, frame, home)
        return self._asked(node, frame)

    def _assigned(self, node: ast.Name, value: ast.expr, frame: Frame, home: ast.stmt) -> ast.expr:
        """What a local variable was assigned, in its place."""
        asked = self.ask(node, frame)
        if asked is not None:
            return asked
        if isinstance(value, ast.Dict | ast.List | ast.Set | ast.Call):
            # What it holds may have been changed since.
            self._unmutated(node.id, frame, home)
        if reads_clock(self.inference, frame.module, value):
            raise _Stuck(f"{node.id!r} is computed once, and would be computed anew")
        at = frame.at(home)
        self._unchanged(value, at, frame.statement)
        return self._deeper(value, at)

    def _deeper(self, node: ast.expr, frame: Frame) -> ast.expr:
        # A name that is computed from itself, in a loop, has no end.
        self._depth += 1
        try:
            if self._depth > _DEPTH:
                raise _Stuck(f"{ast.unparse(node)} is computed in too many steps")
            return self._expression(node, frame)
        finally:
            self._depth -= 1

    def _asked(self, node: ast.expr, frame: Frame) -> ast.expr:
        found = self.ask(node, frame)
        if found is None:
            raise _Stuck(f"it needs {ast.unparse(node)!r}, which no argument gives")
        return found

    # --- What is given ----------------------------------------------------------------------------

    def _given(self, node: ast.expr, frame: Frame) -> ast.expr | None:
        for given in self.given:
            if node in given.nodes:
                return ast.Name(given.parameter, ast.Load())
        place = self._at_call(node, frame)
        if place is None:
            return None
        chain, statement = place
        canonical = self.here.canonical(chain, statement)
        for given in self.given:
            if given.canonical and given.canonical == canonical:
                self._unchanged(chain, Frame(self.here.place.module, None, statement), None)
                return ast.Name(given.parameter, ast.Load())
        return self._key_of_given(node, chain, statement, frame)

    def _key_of_given(
        self, node: ast.expr, chain: ast.expr, statement: ast.stmt, frame: Frame
    ) -> ast.expr | None:
        """``room.hotel_id`` where ``room.hotel`` is given: its ``id``."""
        if not isinstance(node, ast.Attribute) or not isinstance(chain, ast.Attribute):
            return None
        if not node.attr.endswith("_id") or len(node.attr) < 4:
            return None
        owner = self.inference.type_of(frame.module, node.value)
        if not isinstance(owner, Instance):
            return None
        relation = models.all_fields(self.inference, owner.cls).get(node.attr[:-3])
        if relation is None or relation.kind not in ("ForeignKey", "OneToOneField"):
            return None
        if keyword_of(relation.call, "to_field") is not None:
            return None
        wanted = f"{self.here.canonical(chain.value, statement)}.{relation.name}"
        for given in self.given:
            if given.canonical == wanted:
                self._unchanged(chain, Frame(self.here.place.module, None, statement), None)
                if models.is_nullable(relation):
                    self.doubts.append(
                        f"{ast.unparse(chain)} may be None here, and the method reads it from the "
                        "instance"
                    )
                target = models.relation_target(self.inference, owner.cls, relation)
                key = "id" if target is not None and self._has_plain_key(target) else "pk"
                return ast.Attribute(ast.Name(given.parameter, ast.Load()), key, ast.Load())
        return None

    def _has_plain_key(self, model: ClassType) -> bool:
        """Whether a model's key is the ``id`` that Django adds."""
        fields = models.all_fields(self.inference, model).values()
        return all(keyword_of(field.call, "primary_key") is None for field in fields)

    def _at_call(self, node: ast.expr, frame: Frame) -> tuple[ast.expr, ast.stmt] | None:
        """A chain of names in the terms of the function that has the call, and where it stands."""
        attributes: list[str] = []
        while True:
            while isinstance(node, ast.Attribute):
                attributes.append(node.attr)
                node = node.value
            if not isinstance(node, ast.Name):
                return None
            if node.id not in frame.arguments:
                break
            scope = frame.module.scope_at(node).find(node.id)
            if scope is None or scope.node is not frame.function:
                return None
            self._unchanged_parameter(node.id, scope, frame)
            node, frame = frame.arguments[node.id]
        place = self.here.place
        if frame.module is not place.module or frame.function is not place.function:
            return None
        scope = place.module.scope_at(node).find(node.id)
        if scope is None or scope is not place.scope_of(node.id):
            return None
        chain: ast.expr = ast.Name(node.id, ast.Load())
        for attribute in reversed(attributes):
            chain = ast.Attribute(chain, attribute, ast.Load())
        return chain, frame.statement

    # --- What may have changed --------------------------------------------------------------------

    def _unchanged(self, node: ast.expr, frame: Frame, until: ast.stmt | None) -> None:
        """Refuse what may have another value by the time it is sent.

        Args:
            node: An expression.
            frame: Where it is evaluated.
            until: Where its value is used; None for the legacy call itself.
        """
        place = self.here.place
        function = place.function if until is None else frame.function
        end = place.statement if until is None else until
        if function is None or frame.statement is end:
            return
        own = frame.module.scopes[function].names
        graph = self.inference.locals.graph(function)
        for part in walk(node):
            if not isinstance(part, ast.Name) or part.id not in own:
                continue
            start = graph.nodes_of(frame.statement)
            line = first_change(
                self.inference, frame.module, graph, part.id, start, graph.heads_of(end)
            )
            if line is not None:
                raise _Stuck(
                    f"{ast.unparse(node)} is computed before the call, and line {line} may "
                    f"change {part.id!r} in between"
                )

    def _unmutated(self, name: str, frame: Frame, home: ast.stmt) -> None:
        """Refuse a variable whose object may have been changed since it was assigned."""
        if frame.function is None or frame.statement is home:
            return
        graph = self.inference.locals.graph(frame.function)
        end = graph.heads_of(frame.statement)
        line = first_change(self.inference, frame.module, graph, name, graph.nodes_of(home), end)
        if line is not None:
            raise _Stuck(f"line {line} may change {name!r} before it is sent")

    def _unchanged_parameter(self, name: str, scope: Scope, frame: Frame) -> None:
        """Refuse a parameter that the function on the way may have changed."""
        assert isinstance(scope.node, FunctionNode)
        if isinstance(scope.node, ast.Lambda):
            return
        graph = self.inference.locals.graph(scope.node)
        end = graph.heads_of(frame.statement)
        line = first_change(self.inference, frame.module, graph, name, graph.entry, end)
        if line is not None:
            raise _Stuck(
                f"line {line} of {frame.module.path} may change {name!r} before it is sent"
            )

    # --- Names of modules -------------------------------------------------------------------------

    def _of_module(self, node: ast.Attribute, frame: Frame) -> tuple[str, str] | None:
        """Module and name behind ``datetime.date`` or ``shop.models.Order`` after ``import``."""
        parts = [node.attr]
        inner: ast.expr = node.value
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name) or inner.id in frame.arguments:
            return None
        scope, bindings = self.inference.bindings_at(frame.module, inner, frame.statement)
        if scope is None or len(bindings) != 1 or bindings[0].kind != "import":
            return None
        alias = bindings[0].node
        assert isinstance(alias, ast.alias)
        if not isinstance(frame.module.parents[alias], ast.Import):
            return None
        dotted = alias.name if alias.asname else inner.id
        path = ".".join((dotted, *reversed(parts[1:])))
        imported = {
            item.name
            for statement in frame.module.imports
            if isinstance(statement, ast.Import)
            for item in statement.names
        }
        return (path, node.attr) if path in imported else None

    def _imported(self, module: Module, binding: Binding) -> tuple[str, str]:
        alias = binding.node
        assert isinstance(alias, ast.alias)
        statement = module.parents[alias]
        if isinstance(statement, ast.ImportFrom) and alias.name != "*":
            origin = absolute_name(module, statement)
            if origin:
                return origin, alias.name
        raise _Stuck(f"the module {binding.name!r} itself is passed on")
