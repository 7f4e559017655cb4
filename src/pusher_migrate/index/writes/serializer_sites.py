"""Find the writes of serializers and forms: ``serializer.save()``, ``super().update(...)``."""

from __future__ import annotations

import ast

from pusher_migrate.catalogue.values import Known, Operation
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.instances.handles import Handle, chain_of, handle_of
from pusher_migrate.index.types.django import meta_model
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.models import is_model
from pusher_migrate.index.types.types import ClassType, Instance
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.writes import serializers
from pusher_migrate.index.writes.assignments import known_values
from pusher_migrate.index.writes.watch import Watch, WatchedModel
from pusher_migrate.index.writes.writes import Def, Kind, Site, bound_to


class SerializerSites:
    """Recognises calls of serializers and forms that persist.

    Args:
        inference: The project.
        evaluator: Static values.
        watch: What is watched.
    """

    def __init__(self, inference: Inference, evaluator: Evaluator, watch: Watch) -> None:
        self.inference = inference
        self.evaluator = evaluator
        self.watch = watch

    def by_super(self, module: Module, call: ast.Call, owner: ClassType, name: str) -> Site | None:
        """``super().update(instance, data)`` in a serializer's own method."""
        meant = meta_model(self.inference, owner)
        model = self.watch.of(meant) if meant is not None else None
        if model is None or name not in ("save", "update", "create"):
            return None
        if name == "save":
            return self._saved_by(module, call, owner, model, "update", ())
        operation: Operation = "update" if name == "update" else "create"
        instance = call.args[:1] if name == "update" else []
        handles = [handle_of(self.inference, module, node) for node in instance]
        return self._saved_by(
            module, call, owner, model, operation, tuple(h for h in handles if h is not None)
        )

    def saved(
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

    def creates(self, module: Module, call: ast.Call, receiver: ast.expr) -> bool:
        """Whether a serializer or form that is saved by a call was given no instance."""
        return self._made_with(module, call, receiver)[0] == "create"

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
                values[model.columns[keyword.arg]] = known_values(
                    self.evaluator, module, keyword.value
                )
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
