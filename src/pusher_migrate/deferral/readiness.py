"""Arguments whose value is not there yet: queries, iterators, and what holds or gives those.

A queryset that nothing has run yet is run when it is used, so a deferred event would show the rows
as they are at the commit. An iterator gives its items once: whoever takes them now leaves none for
later, and what is computed on the way is computed later. A list of either is neither.

Whether a value is such is followed through names, attributes, returns, choices, operators, slices
and displays. What a call gives that is not known is taken for what it was given.
"""

from __future__ import annotations

import ast
import builtins
import enum
from collections.abc import Iterable, Iterator

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding
from pusher_migrate.index.code.syntax import (
    argument_for,
    own_nodes,
    returns_of,
    self_assignments,
)
from pusher_migrate.index.types import models
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    FunctionType,
    Instance,
    Many,
    Returning,
    Table,
    Type,
)
from pusher_migrate.nodes import walk

_MAX_DEPTH = 8

# Methods of Django's querysets and managers that give one that has not run (Django docs, "Methods
# that return new QuerySets"); the names of the first group mean nothing else in Python's library.
_QUERYING = frozenset(
    [
        *("all", "filter", "exclude", "order_by", "select_related", "prefetch_related"),
        *("select_for_update", "distinct", "only", "annotate", "alias", "values_list"),
        *("complex_filter", "get_queryset", "filter_queryset", "aiterator"),
    ]
)
_ON_ROWS = frozenset(
    [
        *("reverse", "none", "union", "intersection", "difference", "values", "iterator"),
        *("using", "defer", "extra", "raw", "dates", "datetimes"),
    ]
)
# What a call of one of these gives depends on no query any more.
_CONSUMING = frozenset(
    [
        *("list", "tuple", "set", "frozenset", "sorted", "len", "sum", "any", "all", "bool"),
        *("str", "repr", "int", "float", "min", "max", "next", "join", "format", "dumps"),
        *("count", "exists", "first", "last", "get", "aggregate", "in_bulk", "index"),
        *("Counter", "deepcopy", "get_object_or_404", "get_list_or_404", "isinstance", "hash"),
        *("render_to_string", "fsum", "mean", "median", "array", "deque"),
        *("paginate_queryset", "model_to_dict"),
    ]
)
# What holds what it is given by name; the pairs or items that come first are taken out.
_TABLES = frozenset({"dict", "OrderedDict", "defaultdict"})
_ITERATORS = frozenset({"filter", "map", "zip", "enumerate", "iter", "reversed"})


class Unready(enum.Enum):
    """Why a value is not there yet; what is said of it goes behind "the argument ...,"."""

    QUERY = (
        "is a query that is run only when it is used, so at the commit (where select_for_update "
        "raises): make it a list first"
    )
    GIVEN_ONE = (
        "is made from a query by code that is not known, so it may be one, which is run only when "
        "it is used: make it a list first"
    )
    ITERATOR = (
        "is an iterator, which gives its items once and only when it is used, so at the commit: "
        "make it a list first"
    )


class Readiness:
    """Judges expressions at the places where they stand.

    Args:
        inference: Type inference over the project.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference = inference

    def place(self, module: Module, node: ast.expr, anchor: ast.AST) -> None:
        """Let an expression that stands in no file be asked about as if it stood somewhere."""
        for parent in walk(node):
            for child in ast.iter_child_nodes(parent):
                module.parents.setdefault(child, parent)
        module.parents.setdefault(node, anchor)

    def unready(self, module: Module, node: ast.expr, depth: int = 0) -> Unready | None:
        """Why the value of an expression is not there yet; None when it is, or nothing is known.

        Args:
            module: The file.
            node: An expression of it.
            depth: How many steps led here.
        """
        if depth > _MAX_DEPTH:
            return None
        match node:
            case ast.Name():
                return self._first(self._of_name(module, node, depth))
            case ast.IfExp(body=body, orelse=orelse):
                return self._any(module, [body, orelse], depth)
            case ast.BoolOp(values=values):
                return self._any(module, values, depth)
            case ast.BinOp(left=left, right=right):
                return self._any(module, [left, right], depth)
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self.unready(module, value, depth)
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                # What is starred is taken out now.
                return self._any(module, [e for e in elts if not isinstance(e, ast.Starred)], depth)
            case ast.Dict(keys=keys, values=values):
                return self._any(module, [v for k, v in zip(keys, values, strict=True) if k], depth)
            case ast.ListComp(elt=elt) | ast.SetComp(elt=elt) | ast.DictComp(value=elt):
                return self.unready(module, elt, depth + 1)
            case ast.GeneratorExp():
                return Unready.ITERATOR
            case ast.Subscript():
                return self._of_item(module, node, depth)
            case ast.Attribute():
                return self._of_attribute(module, node, depth)
            case ast.Call():
                return self._of_call(module, node, depth)
        return None

    def _any(self, module: Module, nodes: Iterable[ast.expr], depth: int) -> Unready | None:
        return self._first(self.unready(module, node, depth + 1) for node in nodes)

    def _first(self, found: Iterable[Unready | None]) -> Unready | None:
        return next((each for each in found if each is not None), None)

    # --- Names ------------------------------------------------------------------------------------

    def _of_name(self, module: Module, node: ast.Name, depth: int) -> Iterator[Unready | None]:
        scope, bindings = self.inference.bindings_at(module, node, module.statement_around(node))
        if scope is None or scope.is_module:
            return  # What a module holds lives longer than a request, and is read as it is.
        for binding in bindings:
            if binding.kind == "parameter":
                yield from self._of_parameter(module, binding, depth)
            elif binding.kind == "with" or binding.value is None:
                continue
            elif binding.kind == "assign" and binding.value is not node:
                yield self.unready(module, binding.value, depth + 1)
            elif binding.kind in ("for", "for-unpack"):
                yield self._of_items(module, binding.value, binding.position, depth)

    def _of_parameter(
        self, module: Module, binding: Binding, depth: int
    ) -> Iterator[Unready | None]:
        argument, function = binding.node, module.parents.get(module.parents[binding.node])
        if not isinstance(argument, ast.arg) or not isinstance(function, ast.FunctionDef):
            return
        if argument.annotation is not None:
            yield _declared(ast.unparse(argument.annotation))
            return
        if depth > 2 or self.inference.project.is_called_often(function.name, 40):
            return
        for caller, call, bound in self.inference.callers(FunctionType(module, function)):
            value = argument_for(function, call, argument.arg, bound)
            if value is not None:
                yield self.unready(caller, value, depth + 3)

    def _of_items(
        self, module: Module, iterable: ast.expr, position: int | None, depth: int
    ) -> Unready | None:
        """``for key, group in groupby(rows)``: what is given one by one may be an iterator."""
        if isinstance(iterable, ast.Call) and callees.last_name(iterable) == "groupby":
            return Unready.ITERATOR if position != 0 else None
        if isinstance(iterable, ast.List | ast.Tuple | ast.Set):
            return self._any(module, iterable.elts, depth)
        return None

    # --- Parts ------------------------------------------------------------------------------------

    def _of_item(self, module: Module, node: ast.Subscript, depth: int) -> Unready | None:
        if isinstance(node.slice, ast.Slice):
            return self.unready(module, node.value, depth + 1)
        value: ast.expr | None = node.value
        if isinstance(value, ast.Name):
            _, bindings = self.inference.bindings_at(module, value, module.statement_around(value))
            value = bindings[0].value if len(bindings) == 1 else None
        match value:
            case ast.Dict(values=values):
                return self._any(module, values, depth)
            case ast.List(elts=elts) | ast.Tuple(elts=elts):
                return self._any(module, elts, depth)
        return None

    def _of_attribute(self, module: Module, node: ast.Attribute, depth: int) -> Unready | None:
        owner = self.inference.type_of(module, node.value)
        if not isinstance(owner, Instance):
            if node.attr == "object_list":
                return self.unready(module, node.value, depth + 1)
            return Unready.QUERY if node.attr == "objects" else None
        if models.is_model(self.inference, owner.cls):
            if isinstance(self.inference.type_of(module, node), Many):
                if callees.getter_of(self.inference, owner, node.attr) is None:
                    return Unready.QUERY
        getter = callees.getter_of(self.inference, owner, node.attr)
        if getter is not None:
            return self._returned(getter, depth)
        if node.attr in ("queryset", "object_list"):
            return Unready.QUERY
        own = self._first(
            self.unready(base.module, value, depth + 1)
            for base in self.inference.mro(owner.cls)
            for _, value in self_assignments(base.module, base.node, node.attr)
            if value is not None
        )
        return own or self._first(
            self.unready(module, value, depth + 1)
            for value in self._set_here(module, owner, node.attr)
        )

    def _set_here(self, module: Module, owner: Instance, name: str) -> Iterator[ast.expr]:
        """What code of the file sets an attribute of such an object to: ``finder.found = rows``."""
        for store in module.stores.get(name, ()):
            statement = module.parents.get(store)
            if isinstance(statement, ast.Assign):
                found = self.inference.type_of(module, store.value)
                if found is None or (isinstance(found, Instance) and found.cls == owner.cls):
                    yield statement.value

    # --- Calls ------------------------------------------------------------------------------------

    def _of_call(self, module: Module, node: ast.Call, depth: int) -> Unready | None:
        name, called = callees.last_name(node), self.inference.type_of(module, node.func)
        if isinstance(called, FunctionType):
            return self._returned(called, depth)
        if isinstance(node.func, ast.Name) and hasattr(builtins, name):
            if name in _ITERATORS:
                return Unready.ITERATOR
            if name == "getattr":
                found = self.inference.type_of(module, node)
                return Unready.QUERY if isinstance(found, Many) else None
        if isinstance(called, External) and called.path.startswith("itertools."):
            return Unready.ITERATOR
        if isinstance(node.func, ast.Attribute):
            given = self._of_method(module, node.func, called, depth)
            if given is not None or name in _QUERYING | _ON_ROWS:
                return given
        if name in _CONSUMING or isinstance(called, Returning):
            return None
        if name in _TABLES:
            return self._any(module, (word.value for word in node.keywords if word.arg), depth)
        if name in ("copy", "partial"):
            return self._any(module, _values(node), depth)
        if isinstance(called, ClassType):
            return None  # It is asked for its attributes.
        return self._made_from(module, node, depth)

    def _made_from(self, module: Module, node: ast.Call, depth: int) -> Unready | None:
        """``Paginator(rows, 20)``: what is not known may hold on to a query that it is given."""
        found = self._any(module, _values(node), depth)
        return Unready.GIVEN_ONE if found in (Unready.QUERY, Unready.GIVEN_ONE) else None

    def _of_method(
        self, module: Module, func: ast.Attribute, called: Type | None, depth: int
    ) -> Unready | None:
        receiver = self.inference.type_of(module, func.value)
        rows = self._is_rows(module, func.value, receiver, depth)
        if func.attr in _QUERYING:
            known = receiver is not None and not isinstance(receiver, Many | ExternalInstance)
            if rows or not known or isinstance(receiver, Instance):
                return Unready.QUERY
            return None
        if func.attr in _ON_ROWS:
            return Unready.QUERY if rows else None
        if rows and isinstance(called, Returning) and isinstance(called.result, Many):
            return Unready.QUERY  # A method of the project's own querysets.
        made = func.value
        if isinstance(made, ast.Call) and func.attr not in _CONSUMING:
            if not isinstance(called, FunctionType) and callees.last_name(made)[:1].isupper():
                return self._made_from(module, made, depth)
        return None

    def _is_rows(self, module: Module, node: ast.expr, found: Type | None, depth: int) -> bool:
        """Whether an expression is a manager or queryset, as far as is known: no list."""
        if isinstance(found, Table):
            return False
        if any(isinstance(part, ast.Attribute) and part.attr == "objects" for part in walk(node)):
            return True
        if self.unready(module, node, depth + 1) is Unready.QUERY:
            return True
        # ``Room.active`` is a manager; a list that somebody made is a name or a call.
        return isinstance(found, Many) and isinstance(node, ast.Attribute)

    def _returned(self, function: FunctionType, depth: int) -> Unready | None:
        """What a function of the project gives back."""
        node = function.node
        if isinstance(node, ast.Lambda):
            return self.unready(function.module, node.body, depth + 1)
        if any(isinstance(part, ast.Yield | ast.YieldFrom) for part in own_nodes(node)):
            return Unready.ITERATOR
        if node.returns is not None:
            found = _declared(ast.unparse(node.returns))
            if found is not None:
                return found
        return self._any(function.module, returns_of(node), depth)


def _values(call: ast.Call) -> list[ast.expr]:
    """What a call is given, but for what is taken out of a starred one."""
    given = [*call.args, *(word.value for word in call.keywords if word.arg)]
    return [value for value in given if not isinstance(value, ast.Starred)]


def _declared(annotation: str) -> Unready | None:
    """What an annotation says of it."""
    if "QuerySet" in annotation or "Manager[" in annotation:
        return Unready.QUERY
    if annotation.partition("[")[0].rpartition(".")[2] in ("Iterator", "Generator"):
        return Unready.ITERATOR
    return None
