"""Find the code that changes watched state: assignments, and the calls that persist.

An assignment changes nothing by itself; a site is a call after which the database holds the change.
Which assignments a site persists is for `persist`.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from pusher_migrate.catalogue.values import Known, Operation
from pusher_migrate.index import serializers
from pusher_migrate.index.django import meta_model
from pusher_migrate.index.evaluate import Evaluator
from pusher_migrate.index.handles import Handle, attribute_stores, chain_of, handle_of, row_of
from pusher_migrate.index.infer import Inference
from pusher_migrate.index.models import is_model
from pusher_migrate.index.modules import Module
from pusher_migrate.index.scopes import COMPREHENSIONS
from pusher_migrate.index.syntax import keyword_of
from pusher_migrate.index.types import (
    ClassType,
    External,
    Instance,
    Many,
)
from pusher_migrate.index.values import Items, Scalar, Text
from pusher_migrate.index.watch import Watch, WatchedModel

Def = ast.FunctionDef | ast.AsyncFunctionDef


class Kind(enum.StrEnum):
    """How a site persists."""

    SAVE = "save"
    CREATE = "create"
    FIRST_OR_CREATE = "get_or_create"
    UPDATE_OR_CREATE = "update_or_create"
    SERIALIZER = "serializer save"
    DELETE = "delete"
    UPDATE = "update of a queryset"
    BULK_UPDATE = "bulk_update"
    BULK_CREATE = "bulk_create"
    BULK_DELETE = "delete of a queryset"

    @property
    def is_bulk(self) -> bool:
        """Whether rows change for which no instance is at hand."""
        return self in (Kind.UPDATE, Kind.BULK_UPDATE, Kind.BULK_CREATE, Kind.BULK_DELETE)


@dataclass(frozen=True, eq=False, slots=True)
class Assignment:
    """A watched field of an instance gets a value.

    Attributes:
        module: The file.
        statement: The statement; for ``setattr`` the one with the call.
        function: The ``def`` around it; None at module level.
        handle: The instance; None when it is no plain chain of names.
        model: The watched model; None when the instance's type is not known.
        field: The field; None for ``setattr`` with a name that is not statically known.
        values: What it may get, each None when not statically known.
        stale: True when the value is a database expression, so that the instance does not hold
            what the row does.
        by_name: True when only its name says what the instance is.
        spot: The target, for messages.
    """

    module: Module
    statement: ast.stmt
    function: Def | None
    handle: Handle | None
    model: WatchedModel | None
    field: str | None
    values: tuple[Known | None, ...]
    stale: bool
    by_name: bool
    spot: ast.expr


@dataclass(frozen=True, eq=False, slots=True)
class Site:
    """A call that persists.

    Attributes:
        module: The file.
        call: The call.
        statement: The statement around it.
        function: The ``def`` around it; None at module level.
        kind: How it persists.
        operation: What is done to the row.
        model: The watched model; None when the instance's type is not known.
        before: Handles that stand for the instance when the call is made.
        after: Handles that stand for it once the statement is completed, the best one first.
        fields: Watched fields that it persists; None for all that were assigned.
        values: What the call itself gives fields, each None when not statically known.
        open: True when it may write more fields than are statically known.
        by_name: True when only its name says what the instance is.
        owned: Fields that the called function persists on its own account.
        doubts: What could not be seen.
    """

    module: Module
    call: ast.Call
    statement: ast.stmt
    function: Def | None
    kind: Kind
    operation: Operation
    model: WatchedModel | None
    before: tuple[Handle, ...] = ()
    after: tuple[Handle, ...] = ()
    fields: frozenset[str] | None = None
    values: dict[str, tuple[Known | None, ...]] = field(default_factory=dict)
    open: bool = False
    by_name: bool = False
    owned: frozenset[str] = frozenset()
    doubts: tuple[str, ...] = ()

    @property
    def using(self) -> ast.expr | None:
        """The database alias that the call names."""
        return keyword_of(self.call, "using")

    @property
    def in_flow(self) -> bool:
        """Whether the call runs where its statement does, and just once."""
        for parent in self.module.ancestors(self.call):
            if parent is self.statement:
                return True
            if isinstance(parent, (ast.Lambda, *COMPREHENSIONS)):
                return False
        return False


_MANAGER_CALLS = {
    "create": Kind.CREATE,
    "get_or_create": Kind.FIRST_OR_CREATE,
    "update_or_create": Kind.UPDATE_OR_CREATE,
    "update": Kind.UPDATE,
    "bulk_update": Kind.BULK_UPDATE,
    "bulk_create": Kind.BULK_CREATE,
    "delete": Kind.BULK_DELETE,
}
_OPERATIONS: dict[Kind, Operation] = {
    Kind.CREATE: "create",
    Kind.FIRST_OR_CREATE: "create",
    Kind.UPDATE_OR_CREATE: "update",
    Kind.UPDATE: "update",
    Kind.BULK_UPDATE: "update",
    Kind.BULK_CREATE: "create",
    Kind.BULK_DELETE: "delete",
}
_NAMES = frozenset({"save", "update", "delete", *_MANAGER_CALLS})
_QUERYSET = frozenset({"objects", "filter", "exclude", "all", "get_queryset", "select_for_update"})


class Finder:
    """Finds assignments and sites in modules.

    Args:
        inference: The project.
        evaluator: Static values.
        watch: What is watched.
    """

    def __init__(self, inference: Inference, evaluator: Evaluator, watch: Watch) -> None:
        self.inference = inference
        self.evaluator = evaluator
        self.watch = watch

    # --- Assignments ------------------------------------------------------------------------------

    def assignments(self, module: Module) -> Iterator[Assignment]:
        """The assignments to watched fields, of instances whose type is watched or not known."""
        stores = [
            node
            for node in module.parents
            if type(node) is ast.Attribute
            and node.attr in self.watch.columns
            and isinstance(node.ctx, ast.Store)
        ]
        for node in stores:
            statement = module.statement_around(node)
            values = dict(attribute_stores(statement))
            yield from self._assignment(module, statement, node, node.value, node.attr, values)
        for call in module.calls:
            if not (isinstance(call.func, ast.Name) and call.func.id == "setattr"):
                continue
            if len(call.args) != 3 or module.scope_at(call).find("setattr") is not None:
                continue
            target, name, value = call.args
            text = self.evaluator.evaluate(name, self.evaluator.frame_at(module, call))
            literal = text.literal if isinstance(text, Text) else None
            statement = module.statement_around(call)
            if literal is None or literal in self.watch.columns:
                yield from self._assignment(module, statement, call, target, literal, {call: value})

    def _assignment(
        self,
        module: Module,
        statement: ast.stmt,
        spot: ast.expr,
        owner: ast.expr,
        column: str | None,
        values: dict[ast.Attribute, ast.expr | None] | dict[ast.Call, ast.expr],
    ) -> Iterator[Assignment]:
        found = self.inference.type_of(module, owner)
        model: WatchedModel | None = None
        if isinstance(found, Instance):
            model = self.watch.of(found.cls)
            if model is None or (column is not None and column not in model.columns):
                return
        elif found is not None or column is None:
            return
        value = values.get(spot)  # type: ignore[call-overload]
        function = module.named_function_around(spot)
        yield Assignment(
            module,
            statement,
            function,
            handle_of(self.inference, module, owner),
            model,
            column if model is None or column is None else model.columns[column],
            self.known(module, value) if value is not None else (None,),
            self.is_expression(module, value)
            or isinstance(statement, ast.AugAssign)
            and (self.is_expression(module, statement.value)),
            isinstance(found, Instance) and found.by_name,
            spot,
        )

    def known(self, module: Module, value: ast.expr) -> tuple[Known | None, ...]:
        """The values that an expression may have, None for one that is not statically known."""
        if isinstance(value, ast.IfExp):
            return (*self.known(module, value.body), *self.known(module, value.orelse))
        frame = self.evaluator.frame_at(module, value)
        found = self.evaluator.evaluate(value, frame)
        if isinstance(found, Items) and isinstance(value, ast.Attribute):
            # A member of django.db.models.Choices is written as a pair of value and label.
            if len(found.elements) == 2 and not found.open:
                found = self.evaluator.evaluate(*found.elements[0])
        if isinstance(found, Text) and found.literal is not None:
            return (Known(found.literal),)
        return (Known(found.value),) if isinstance(found, Scalar) else (None,)

    def is_expression(self, module: Module, value: ast.expr | None) -> bool:
        """Whether a value is computed by the database: ``F("n") + 1``, ``Now()``, ``Case(...)``."""
        if value is None:
            return False
        for part in ast.walk(value):
            if isinstance(part, ast.Call):
                found = self.inference.type_of(module, part.func)
                if isinstance(found, External) and found.path.startswith("django.db.models."):
                    return True
        return False

    # --- Sites ------------------------------------------------------------------------------------

    def sites(self, module: Module) -> Iterator[Site]:
        """The calls that persist rows of watched models, or of instances of unknown type."""
        for call in module.calls:
            function = call.func
            if not isinstance(function, ast.Attribute):
                continue
            name = function.attr
            name = name[1:] if name.startswith("a") and name[1:] in _NAMES else name
            if name not in _NAMES:
                continue
            site = self._site(module, call, function, name)
            if site is not None:
                yield site

    def _site(
        self, module: Module, call: ast.Call, function: ast.Attribute, name: str
    ) -> Site | None:
        receiver = function.value
        owner = super_owner(module, receiver)
        if owner is not None:
            return self._super(module, call, owner, name)
        found = self.inference.type_of(module, receiver)
        if isinstance(found, Many) and isinstance(found.element, Instance):
            model = self.watch.of(found.element.cls)
            if model is None or name not in _MANAGER_CALLS:
                return None
            kind = _MANAGER_CALLS[name]
            return self._manager_call(module, call, kind, model, found.element.by_name)
        if isinstance(found, Instance):
            model = self.watch.of(found.cls)
            if model is not None and name in ("save", "delete"):
                handle = handle_of(self.inference, module, receiver)
                return self._row(module, call, name, model, handle, found.by_name)
            if name == "save" and model is None and not is_model(self.inference, found.cls):
                return self._serializer(module, call, receiver, found)
            return None
        if found is None and name in ("save", "delete"):
            handle = chain_of(receiver)
            if handle is not None:
                return self._row(module, call, name, None, handle, True)
        if found is None and name in ("update", "delete") and _is_queryset(receiver):
            return self._untyped_update(module, call, name)
        return None

    def _row(
        self,
        module: Module,
        call: ast.Call,
        name: str,
        model: WatchedModel | None,
        handle: Handle | None,
        by_name: bool,
    ) -> Site:
        fields, is_open = self.update_fields(module, call, model)
        handles = (handle,) if handle is not None else ()
        operation: Operation = "delete" if name == "delete" else "update"
        if name == "save" and handle is not None and self._is_new(module, call, handle):
            operation = "create"
        return Site(
            module,
            call,
            module.statement_around(call),
            module.named_function_around(call),
            Kind.DELETE if name == "delete" else Kind.SAVE,
            operation,
            model,
            handles,
            handles,
            fields,
            open=is_open,
            by_name=by_name,
        )

    def _is_new(self, module: Module, call: ast.Call, handle: Handle) -> bool:
        """Whether the instance was made here: ``room = Room(...)``, ``form.save(commit=False)``."""
        if handle.path:
            return False
        name = ast.Name(handle.name, ast.Load())
        scope = module.scope_at(call).find(handle.name)
        if scope is None or scope.is_module or isinstance(scope.node, ast.ClassDef):
            return False
        bindings = self.inference.locals.bindings_at(
            module, scope, name, module.statement_around(call)
        )
        made = [
            binding.kind == "assign"
            and isinstance(binding.value, ast.Call)
            and isinstance(self.inference.type_of(module, binding.value.func), ClassType)
            for binding in bindings
        ]
        return bool(made) and all(made)

    def update_fields(
        self, module: Module, call: ast.Call, model: WatchedModel | None
    ) -> tuple[frozenset[str] | None, bool]:
        """The watched fields that ``update_fields`` names, and whether there may be more.

        None when the call names none, so that all that was assigned is saved.
        """
        given = keyword_of(call, "update_fields")
        if given is None:
            return None, any(keyword.arg is None for keyword in call.keywords)
        value = self.evaluator.evaluate(given, self.evaluator.frame_at(module, call))
        if isinstance(value, Scalar) and value.value is None:
            return None, False
        columns = (
            model.columns if model is not None else {name: name for name in self.watch.columns}
        )
        if not isinstance(value, Items):
            return frozenset(columns.values()), True
        names = set()
        is_open = value.open
        for node, frame in value.elements:
            text = self.evaluator.evaluate(node, frame)
            if isinstance(text, Text) and text.literal is not None:
                names.add(text.literal)
            else:
                is_open = True
        found = frozenset(columns[name] for name in names if name in columns)
        return (frozenset(columns.values()), True) if is_open else (found, False)

    def _manager_call(
        self, module: Module, call: ast.Call, kind: Kind, model: WatchedModel, by_name: bool
    ) -> Site | None:
        operation = _OPERATIONS[kind]
        given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
        is_open = any(keyword.arg is None for keyword in call.keywords)
        if kind in (Kind.FIRST_OR_CREATE, Kind.UPDATE_OR_CREATE):
            defaults = given.pop("defaults", None)
            looked_up = given if kind is Kind.FIRST_OR_CREATE else {}
            given = dict(looked_up)
            if isinstance(defaults, ast.Dict):
                for key, value in zip(defaults.keys, defaults.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        given[key.value] = value
                    else:
                        is_open = True
            elif defaults is not None:
                is_open = True
        elif kind is Kind.BULK_UPDATE:
            named = call.args[1] if len(call.args) > 1 else keyword_of(call, "fields")
            fake = ast.Call(call.func, [], [ast.keyword("update_fields", named)] if named else [])
            module.parents[fake] = module.parents[call]
            fields, is_open = self.update_fields(module, fake, model)
            given = {}
            names = fields or frozenset(model.fields)
            return self._bulk(module, call, kind, model, dict.fromkeys(names, (None,)), is_open)
        values = {
            model.columns[name]: self.known(module, value)
            for name, value in given.items()
            if name in model.columns
        }
        if kind is Kind.UPDATE and not values and not is_open:
            return None
        if kind is Kind.UPDATE_OR_CREATE and not values and not is_open:
            operation = "create"
        if kind.is_bulk:
            return self._bulk(module, call, kind, model, values, is_open, by_name)
        pair = kind in (Kind.FIRST_OR_CREATE, Kind.UPDATE_OR_CREATE)
        after = bound_to(module, call, first=pair)
        return Site(
            module,
            call,
            module.statement_around(call),
            module.named_function_around(call),
            kind,
            operation,
            model,
            (),
            after,
            frozenset(values),
            values,
            is_open,
            by_name,
        )

    def _bulk(
        self,
        module: Module,
        call: ast.Call,
        kind: Kind,
        model: WatchedModel,
        values: dict[str, tuple[Known | None, ...]],
        is_open: bool,
        by_name: bool = False,
    ) -> Site:
        assert isinstance(call.func, ast.Attribute)
        handle = row_of(self.inference, module, call.func.value) if kind is Kind.UPDATE else None
        handles = (handle,) if handle is not None else ()
        return Site(
            module,
            call,
            module.statement_around(call),
            module.named_function_around(call),
            kind,
            _OPERATIONS[kind],
            model,
            (),
            handles,
            frozenset(values),
            values,
            is_open,
            by_name,
        )

    def _untyped_update(self, module: Module, call: ast.Call, name: str) -> Site | None:
        names = {keyword.arg for keyword in call.keywords if keyword.arg in self.watch.columns}
        if name != "update" or not names:
            return None
        return Site(
            module,
            call,
            module.statement_around(call),
            module.named_function_around(call),
            Kind.UPDATE,
            "update",
            None,
            fields=frozenset(str(name) for name in names),
            by_name=True,
        )

    # --- Serializers, forms and super() -----------------------------------------------------------

    def _super(self, module: Module, call: ast.Call, owner: ClassType, name: str) -> Site | None:
        """``super().save()`` of a model; ``super().update(instance, data)`` of a serializer."""
        function = module.named_function_around(call)
        if function is None:
            return None
        model = self.watch.of(owner)
        if model is not None:
            positional = [*function.args.posonlyargs, *function.args.args]
            if name not in ("save", "delete") or function.name.lstrip("a") != name:
                return None
            handle = Handle(positional[0].arg) if positional else None
            return self._row(module, call, name, model, handle, False)
        meant = meta_model(self.inference, owner)
        model = self.watch.of(meant) if meant is not None else None
        if model is None or name not in ("save", "update", "create"):
            return None
        instance = [a for a in call.args[:1] if name == "update"]
        operation: Operation = "update" if name == "update" else "create"
        if name == "save":
            return self._saved_by(module, call, owner, model, "update", ())
        handles = [handle_of(self.inference, module, node) for node in instance]
        return self._saved_by(
            module, call, owner, model, operation, tuple(h for h in handles if h is not None)
        )

    def _serializer(
        self, module: Module, call: ast.Call, receiver: ast.expr, found: Instance
    ) -> Site | None:
        """``serializer.save()`` and ``form.save()`` of a watched model."""
        meant = meta_model(self.inference, found.cls)
        model = self.watch.of(meant) if meant is not None else None
        commit = keyword_of(call, "commit")
        if model is None or (isinstance(commit, ast.Constant) and commit.value is False):
            return None
        operation, instance = self._made_with(module, call, receiver)
        method = serializers.own_method(self.inference, found.cls, "save")
        method = method or serializers.own_method(self.inference, found.cls, operation)
        if method is not None:
            return None  # The project's own code writes; it is looked at where it stands.
        chain = chain_of(receiver)
        own = (chain.extended(["instance"]),) if chain is not None else ()
        return self._saved_by(module, call, found.cls, model, operation, (*instance, *own))

    def _saved_by(
        self,
        module: Module,
        call: ast.Call,
        cls: ClassType,
        model: WatchedModel,
        operation: Operation,
        handles: tuple[Handle, ...],
    ) -> Site:
        watched = frozenset(model.fields)
        writable = serializers.writable_fields(self.inference, self.evaluator, cls, watched)
        values: dict[str, tuple[Known | None, ...]] = dict.fromkeys(writable.fields, (None,))
        for keyword in call.keywords:
            if keyword.arg in model.columns:
                values[model.columns[keyword.arg]] = self.known(module, keyword.value)
        doubts = []
        if operation == "update" and writable.fields:
            doubts.append("which of its fields the input changes is known only at run time")
        if not writable.certain:
            doubts.append(f"the list of fields of {cls.name} is not statically known")
        return Site(
            module,
            call,
            module.statement_around(call),
            module.named_function_around(call),
            Kind.SERIALIZER,
            operation,
            model,
            (),
            (*bound_to(module, call), *handles),
            frozenset(values),
            values,
            any(keyword.arg is None for keyword in call.keywords),
            doubts=tuple(doubts),
        )

    def _made_with(
        self, module: Module, call: ast.Call, receiver: ast.expr
    ) -> tuple[Operation, tuple[Handle, ...]]:
        """Whether a serializer or form was given an instance, and which."""
        function = module.named_function_around(call)
        name = receiver.id if isinstance(receiver, ast.Name) else ""
        made: ast.expr | None = receiver if isinstance(receiver, ast.Call) else None
        if function is not None and name:
            scope = module.scopes[function]
            bindings = scope.names.get(name, [])
            if any(binding.kind == "parameter" for binding in bindings):
                creates = function.name in ("perform_create", "create") or (
                    function.name == "form_valid" and self._view_creates(module, function)
                )
                return ("create" if creates else "update"), ()
            if bindings:
                reaching = self.inference.locals.bindings_at(
                    module, scope, ast.Name(name, ast.Load()), module.statement_around(call)
                )
                made = reaching[0].value if len(reaching) == 1 else None
        if not isinstance(made, ast.Call):
            return "update", ()
        instance = keyword_of(made, "instance")
        positional = made.args[0] if made.args else None
        if instance is None and positional is not None:
            found = self.inference.type_of(module, positional)
            is_row = isinstance(found, Instance) and is_model(self.inference, found.cls)
            instance = positional if is_row else None
        if instance is None:
            return "create", ()
        handle = handle_of(self.inference, module, instance)
        return "update", (handle,) if handle is not None else ()

    def _view_creates(self, module: Module, function: Def) -> bool:
        cls = module.class_around(function)
        bases = self.inference.external_bases(ClassType(module, cls)) if cls is not None else set()
        return any(base.rpartition(".")[2] == "CreateView" for base in bases)


def super_owner(module: Module, receiver: ast.expr) -> ClassType | None:
    """The class in whose method ``super()`` is called."""
    if not (
        isinstance(receiver, ast.Call)
        and isinstance(receiver.func, ast.Name)
        and receiver.func.id == "super"
    ):
        return None
    function = module.named_function_around(receiver)
    cls = module.class_around(function) if function is not None else None
    return ClassType(module, cls) if cls is not None else None


def bound_to(module: Module, call: ast.Call, first: bool = False) -> tuple[Handle, ...]:
    """The name or attribute that a call's value is bound to; with ``first``, its first element."""
    node: ast.expr = call
    parent = module.parents[node]
    while isinstance(parent, ast.Await):
        node, parent = parent, module.parents[parent]
    targets: list[ast.expr] = []
    if isinstance(parent, ast.Assign) and parent.value is node:
        targets = list(parent.targets)
    elif isinstance(parent, ast.AnnAssign) and parent.value is node:
        targets = [parent.target]
    elif isinstance(parent, ast.NamedExpr):
        targets = [parent.target]
    if first:
        targets = [t.elts[0] for t in targets if isinstance(t, ast.Tuple | ast.List) and t.elts]
    handles = (chain_of(target) for target in targets)
    return tuple(handle for handle in handles if handle is not None)


def _is_queryset(node: ast.expr) -> bool:
    """Whether an expression of unknown type is surely a queryset, by the methods on its way."""
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            if node.attr in _QUERYSET:
                return True
            node = node.value
        else:
            return False
