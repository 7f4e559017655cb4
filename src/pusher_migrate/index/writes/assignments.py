"""Find the assignments to watched fields, and what values they give them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.catalogue.values import Known
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.instances.handles import attribute_stores, handle_of
from pusher_migrate.index.types.django import meta_model
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.models import model_by_name
from pusher_migrate.index.types.types import External, Instance, Type
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.values.values import Items, Scalar, Text
from pusher_migrate.index.writes.serializers import writable_fields
from pusher_migrate.index.writes.watch import Watch, WatchedModel
from pusher_migrate.index.writes.writes import Assignment, bound_to
from pusher_migrate.nodes import walk


class AssignmentFinder:
    """Finds assignments in modules.

    Args:
        inference: The project.
        evaluator: Static values.
        watch: What is watched.
    """

    def __init__(self, inference: Inference, evaluator: Evaluator, watch: Watch) -> None:
        self.inference = inference
        self.evaluator = evaluator
        self.watch = watch

    def find(self, module: Module) -> Iterator[Assignment]:
        """The assignments to watched fields, of instances whose type is watched or not known."""
        stores = [
            node
            for column in self.watch.columns & module.stores.keys()
            for node in module.stores[column]
            if isinstance(node.ctx, ast.Store)
        ]
        for node in sorted(stores, key=lambda node: (node.lineno, node.col_offset)):
            statement = module.statement_around(node)
            values = dict(attribute_stores(statement))
            yield from self._assignment(module, statement, node, node.value, node.attr, values)
        for call in module.calls_by_name.get("setattr", ()):
            if not isinstance(call.func, ast.Name):
                continue
            if len(call.args) != 3 or module.scope_at(call).find("setattr") is not None:
                continue
            target, name, value = call.args
            text = self.evaluator.evaluate(name, self.evaluator.frame_at(module, call))
            literal = text.literal if isinstance(text, Text) else None
            statement = module.statement_around(call)
            if literal is None or literal in self.watch.columns:
                yield from self._assignment(module, statement, call, target, literal, {call: value})
        yield from self._built(module)
        yield from self._by_forms(module)

    def _by_forms(self, module: Module) -> Iterator[Assignment]:
        """What a form gives an instance that it does not save: ``form.save(commit=False)``."""
        for call in module.calls_by_name.get("save", ()):
            commit = keyword_of(call, "commit")
            if not (isinstance(commit, ast.Constant) and commit.value is False):
                continue
            assert isinstance(call, ast.Call)
            handle, *_ = (*bound_to(module, call), None)
            if handle is None or not isinstance(call.func, ast.Attribute):
                continue
            form = self.inference.type_of(module, call.func.value)
            meant = meta_model(self.inference, form.cls) if isinstance(form, Instance) else None
            model = self.watch.of(meant) if meant is not None else None
            if model is None or not isinstance(form, Instance):
                continue
            watched = frozenset(model.fields)
            fields = writable_fields(self.inference, self.evaluator, form.cls, watched).fields
            for name in model.fields:
                if name in fields:
                    yield Assignment(
                        module,
                        module.statement_around(call),
                        module.named_function_around(call),
                        handle,
                        model,
                        name,
                        (None,),
                        False,
                        False,
                        call,
                        built=True,
                    )

    def _built(self, module: Module) -> Iterator[Assignment]:
        """What new instances start with: ``room = Room(status="CLEAN")``."""
        for call in module.calls:
            model = self.watch.built_by(module, call)
            handle, *_ = (*bound_to(module, call), None) if model is not None else (None,)
            if model is None or handle is None:
                continue
            for keyword in call.keywords:
                if keyword.arg in model.columns:
                    yield Assignment(
                        module,
                        module.statement_around(call),
                        module.named_function_around(call),
                        handle,
                        model,
                        model.columns[keyword.arg],
                        known_values(self.evaluator, module, keyword.value),
                        is_expression(self.inference, module, keyword.value),
                        False,
                        call,
                        built=True,
                    )

    def _assignment(
        self,
        module: Module,
        statement: ast.stmt,
        spot: ast.expr,
        owner: ast.expr,
        column: str | None,
        values: dict[ast.Attribute, ast.expr | None] | dict[ast.Call, ast.expr],
    ) -> Iterator[Assignment]:
        found = self.inference.type_of(module, owner) or named_model(self.inference, module, owner)
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
            known_values(self.evaluator, module, value) if value is not None else (None,),
            is_expression(self.inference, module, value)
            or (
                isinstance(statement, ast.AugAssign)
                and (is_expression(self.inference, module, statement.value))
            ),
            isinstance(found, Instance) and found.by_name,
            spot,
        )


def known_values(evaluator: Evaluator, module: Module, value: ast.expr) -> tuple[Known | None, ...]:
    """The values that an expression may have, None for one that is not statically known."""
    if isinstance(value, ast.IfExp):
        return (
            *known_values(evaluator, module, value.body),
            *known_values(evaluator, module, value.orelse),
        )
    frame = evaluator.frame_at(module, value)
    found = evaluator.evaluate(value, frame)
    if isinstance(found, Items) and isinstance(value, ast.Attribute):
        # A member of django.db.models.Choices is written as a pair of value and label.
        if len(found.elements) == 2 and not found.open:
            found = evaluator.evaluate(*found.elements[0])
    if isinstance(found, Text) and found.literal is not None:
        return (Known(found.literal),)
    return (Known(found.value),) if isinstance(found, Scalar) else (None,)


def is_expression(inference: Inference, module: Module, value: ast.expr | None) -> bool:
    """Whether a value is computed by the database: ``F("n") + 1``, ``Now()``, ``Case(...)``."""
    if value is None:
        return False
    for part in walk(value):
        if isinstance(part, ast.Call):
            found = inference.type_of(module, part.func)
            if isinstance(found, External) and found.path.startswith("django.db.models."):
                return True
    return False


def named_model(inference: Inference, module: Module, owner: ast.expr) -> Type | None:
    """The model that the name of something of unknown type speaks of: ``for room in rooms``."""
    name = owner.attr if isinstance(owner, ast.Attribute) else ""
    name = owner.id if isinstance(owner, ast.Name) else name
    return model_by_name(inference, name, module) if name not in ("", "self", "cls") else None
