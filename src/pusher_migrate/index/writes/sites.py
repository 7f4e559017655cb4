"""Find the calls that persist rows of watched models."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from pusher_migrate.catalogue.values import Known, Operation
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.instances.handles import Handle, chain_of, handle_of, row_of
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.models import is_model
from pusher_migrate.index.types.types import ClassType, Instance, Many
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.values.values import Items, Scalar, Text
from pusher_migrate.index.writes.assignments import known_values, named_model
from pusher_migrate.index.writes.copies import makes_copy
from pusher_migrate.index.writes.serializer_sites import SerializerSites, super_owner
from pusher_migrate.index.writes.watch import Watch, WatchedModel
from pusher_migrate.index.writes.writes import Def, Kind, Site, bound_to

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


class SiteFinder:
    """Finds persisting calls in modules.

    Args:
        inference: The project.
        evaluator: Static values.
        watch: What is watched.
    """

    def __init__(self, inference: Inference, evaluator: Evaluator, watch: Watch) -> None:
        self.inference = inference
        self.evaluator = evaluator
        self.watch = watch
        self._builders: dict[Module, frozenset[Def | None]] = {}
        self._serializers = SerializerSites(inference, evaluator, watch)

    def find(self, module: Module, assigning: Container[Def]) -> Iterator[Site]:
        """The calls that may persist watched state, of known and of unknown type.

        Args:
            module: The file.
            assigning: The functions that assign watched fields: in others, a plain ``save()`` of
                a model's instance persists nothing that is looked for.
        """
        for call in module.calls:
            name = _persisting(call)
            if name and self._matters(module, call, name, assigning):
                site = self.at(module, call)
                if site is not None:
                    yield site

    def _matters(
        self, module: Module, call: ast.Call, name: str, assigning: Container[Def]
    ) -> bool:
        """Whether a call is worth to find out what it is called on."""
        if isinstance(call.func, ast.Attribute) and super_owner(module, call.func.value):
            return True
        keywords = [keyword.arg for keyword in call.keywords]
        if name == "save":
            return (
                "update_fields" in keywords
                or module.path in self.watch.serializing
                or module.named_function_around(call) in assigning
                or module.named_function_around(call) in self._building(module)
            )
        if name == "update":
            return None in keywords or any(key in self.watch.columns for key in keywords)
        return name == "bulk_update" or module.path in self.watch.making

    def _building(self, module: Module) -> frozenset[Def | None]:
        """The functions that make new instances of watched models."""
        if module.path not in self.watch.making:
            return frozenset()
        if module not in self._builders:
            self._builders[module] = frozenset(
                module.named_function_around(call)
                for call in module.calls
                if self.watch.built_by(module, call) is not None
            )
        return self._builders[module]

    def at(self, module: Module, call: ast.Call) -> Site | None:
        """What a call persists, or None when that is no watched state."""
        name = _persisting(call)
        if not name or not isinstance(call.func, ast.Attribute):
            return None
        return self._site(module, call, call.func, name)

    def _site(
        self, module: Module, call: ast.Call, function: ast.Attribute, name: str
    ) -> Site | None:
        receiver = function.value
        owner = super_owner(module, receiver)
        if owner is not None:
            return self._super(module, call, owner, name)
        found = self.inference.type_of(module, receiver)
        if found is None and name in ("save", "delete"):
            found = named_model(self.inference, module, receiver)
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
                return self._serializers.saved(module, call, receiver, found)
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
        values: dict[str, tuple[Known | None, ...]] = {}
        built = call.func.value if isinstance(call.func, ast.Attribute) else None
        if name == "save" and model is not None and isinstance(built, ast.Call):
            if self.watch.built_by(module, built) is not None:
                operation, values = "create", self._values(module, model, built)
        doubts: tuple[str, ...] = ()
        if name == "save" and handle is not None:
            copied = makes_copy(self.inference, module, call, handle)
            if copied or self._is_new(module, call, handle):
                operation = "create"
            elif copied is None:
                doubts = (f"on some paths {handle.text} has no key, and a new row is made of it",)
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
            values,
            is_open,
            by_name,
            doubts=doubts,
        )

    def _values(
        self, module: Module, model: WatchedModel, call: ast.Call
    ) -> dict[str, tuple[Known | None, ...]]:
        """What the keywords of a call give watched fields."""
        return {
            model.columns[keyword.arg]: known_values(self.evaluator, module, keyword.value)
            for keyword in call.keywords
            if keyword.arg in model.columns
        }

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
        return bool(bindings) and all(
            binding.kind == "assign"
            and isinstance(binding.value, ast.Call)
            and self._makes(module, binding.value)
            for binding in bindings
        )

    def _makes(self, module: Module, value: ast.Call) -> bool:
        """Whether a call makes an instance that has no row yet."""
        if isinstance(self.inference.type_of(module, value.func), ClassType):
            return True
        commit = keyword_of(value, "commit")
        if not (isinstance(commit, ast.Constant) and commit.value is False):
            return False
        function = value.func
        return isinstance(function, ast.Attribute) and self._serializers.creates(
            module, value, function.value
        )

    def update_fields(
        self, module: Module, call: ast.Call, model: WatchedModel | None
    ) -> tuple[frozenset[str] | None, bool]:
        """The watched fields that ``update_fields`` names, and whether there may be more.

        None when the call names none, so that all that was assigned is saved.
        """
        given = keyword_of(call, "update_fields")
        if given is None:
            return None, False
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
            model.columns[name]: known_values(self.evaluator, module, value)
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

    def _super(self, module: Module, call: ast.Call, owner: ClassType, name: str) -> Site | None:
        """``super().save()`` and ``super().delete()``, in a model's own ``save`` or ``delete``."""
        function = module.named_function_around(call)
        model = self.watch.of(owner)
        if function is None or model is None:
            return self._serializers.by_super(module, call, owner, name)
        positional = [*function.args.posonlyargs, *function.args.args]
        if name not in ("save", "delete") or function.name.lstrip("a") != name:
            return None
        handle = Handle(positional[0].arg) if positional else None
        return self._row(module, call, name, model, handle, False)


def _persisting(call: ast.Call) -> str:
    """The method of a model, manager or queryset that a call is by its name; empty for others."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name = name[1:] if name.startswith("a") and name[1:] in _NAMES else name
    return name if name in _NAMES else ""


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
