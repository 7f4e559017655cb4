"""Keys of payloads that no dictionary writes down: serializers, dataclasses, pydantic models.

Sources: Django REST framework, "ModelSerializer"; Python docs, ``dataclasses``; pydantic docs,
"Models".
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import ClassType, External, Instance
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.values.members import maker
from pusher_migrate.index.values.values import Items, Record, Text, Unknown, Value

_DUMPS = frozenset({"model_dump", "dict", "model_dump_json", "json"})
_AS_DICT = frozenset({"dataclasses.asdict", "attr.asdict", "attrs.asdict"})
_RELATIONS = frozenset({"ForeignKey", "OneToOneField", "ManyToManyField"})


@dataclass(frozen=True, slots=True)
class Produced:
    """The keys that an object gives.

    Attributes:
        keys: In order.
        complete: False when there may be more, or others.
        source: The class, for the reader.
    """

    keys: tuple[str, ...]
    complete: bool
    source: str


def produced(evaluator: Evaluator, value: Value) -> Produced | None:
    """The keys of a payload that is computed from a class of the project; None for all else."""
    if not isinstance(value, Unknown):
        return None
    node, module = value.node, value.frame.module
    inference = evaluator.inference
    if isinstance(node, ast.Attribute) and node.attr == "data":
        found = inference.type_of(module, node.value)
        if isinstance(found, Instance) and not _is_many(evaluator, node.value, value):
            return serialized(evaluator, found.cls)
    if isinstance(node, ast.Call):
        function = inference.type_of(module, node.func)
        if isinstance(function, External) and function.path in _AS_DICT and node.args:
            found = inference.type_of(module, node.args[0])
            return _annotated(evaluator, found.cls) if isinstance(found, Instance) else None
        if isinstance(node.func, ast.Attribute) and node.func.attr in _DUMPS:
            found = inference.type_of(module, node.func.value)
            if isinstance(found, Instance) and _is_pydantic(evaluator, found.cls):
                plain = not (node.args or node.keywords)
                made = _annotated(evaluator, found.cls)
                return Produced(made.keys, made.complete and plain, made.source)
    return None


def _is_many(evaluator: Evaluator, receiver: ast.expr, value: Unknown) -> bool:
    """Whether a serializer was made with ``many=True``, so that its data is a list."""
    made = maker(evaluator.inference, receiver, value.frame)
    many = keyword_of(made[0], "many") if made is not None else None
    return many is not None and not (isinstance(many, ast.Constant) and many.value is False)


def serialized(evaluator: Evaluator, cls: ClassType) -> Produced | None:
    """The keys of a serializer's ``data``; None for a class that is no serializer."""
    inference = evaluator.inference
    bases = inference.external_bases(cls)
    if not any(base.endswith("Serializer") for base in bases):
        return None
    declared = _declared(evaluator, cls)
    hidden = {name for name, field in declared.items() if _is_true(field, "write_only")}
    own = any("to_representation" in b.module.scopes[b.node].names for b in inference.mro(cls))
    names, complete = _listed(evaluator, cls, list(declared))
    extra = _meta(evaluator, cls, "extra_kwargs")
    if isinstance(extra, Record):
        for entry in extra.entries:
            options = evaluator.evaluate(entry.node, entry.frame)
            found = options.get("write_only") if isinstance(options, Record) else None
            if found is not None and isinstance(found.node, ast.Constant) and found.node.value:
                hidden.add(entry.key)
    keys = tuple(name for name in names if name not in hidden)
    return Produced(keys, complete and not own, cls.name)


def _listed(evaluator: Evaluator, cls: ClassType, declared: list[str]) -> tuple[list[str], bool]:
    """The names of a serializer's fields, in order, and whether they are all."""
    inference = evaluator.inference
    meta = inference.member(cls, "Meta")
    if not isinstance(meta, ClassType):
        return declared, True
    listed = _meta(evaluator, cls, "fields")
    if isinstance(listed, Items):
        texts = [evaluator.evaluate(*element) for element in listed.elements]
        known = [t.literal for t in texts if isinstance(t, Text) and t.literal is not None]
        return known, len(known) == len(texts) and not listed.open
    excluded = _meta(evaluator, cls, "exclude")
    every = isinstance(listed, Text) and listed.literal == "__all__"
    model = inference.member(meta, "model")
    if not isinstance(model, ClassType) or not (every or isinstance(excluded, Items)):
        return declared, False
    names = _model_fields(evaluator, model, declared)
    if isinstance(excluded, Items):
        texts = [evaluator.evaluate(*element) for element in excluded.elements]
        gone = {t.literal for t in texts if isinstance(t, Text)}
        return [name for name in names if name not in gone], None not in gone and not excluded.open
    return names, True


def _model_fields(evaluator: Evaluator, model: ClassType, declared: list[str]) -> list[str]:
    """As REST framework orders them: the key, what is declared, plain fields, relations."""
    fields = models.all_fields(evaluator.inference, model)
    key = next((n for n, f in fields.items() if _is_true(f.call, "primary_key")), "id")
    plain = [n for n, f in fields.items() if f.kind not in _RELATIONS]
    relations = [n for n, f in fields.items() if f.kind in _RELATIONS]
    return list(dict.fromkeys([key, *declared, *plain, *relations]))


def _declared(evaluator: Evaluator, cls: ClassType) -> dict[str, ast.Call]:
    found: dict[str, ast.Call] = {}
    for base in reversed(evaluator.inference.mro(cls)):
        for name, bindings in base.module.scopes[base.node].names.items():
            value = bindings[-1].value
            if bindings[-1].kind != "assign" or not isinstance(value, ast.Call):
                continue
            kind = value.func.attr if isinstance(value.func, ast.Attribute) else ""
            kind = value.func.id if isinstance(value.func, ast.Name) else kind
            if kind.endswith(("Field", "Serializer", "Relation")):
                found[name] = value
    return found


def _meta(evaluator: Evaluator, cls: ClassType, name: str) -> Value | None:
    meta = evaluator.inference.member(cls, "Meta")
    if not isinstance(meta, ClassType):
        return None
    for base in evaluator.inference.mro(meta):
        bindings = base.module.scopes[base.node].names.get(name, ())
        if len(bindings) == 1 and bindings[0].value is not None:
            node = bindings[0].value
            return evaluator.evaluate(node, evaluator.frame_at(base.module, node))
    return None


def _annotated(evaluator: Evaluator, cls: ClassType) -> Produced:
    """The fields of a dataclass or pydantic model: its annotated names."""
    keys: dict[str, None] = {}
    for base in reversed(evaluator.inference.mro(cls)):
        for statement in base.node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                if "ClassVar" not in ast.unparse(statement.annotation):
                    keys[statement.target.id] = None
    return Produced(tuple(keys), True, cls.name)


def _is_pydantic(evaluator: Evaluator, cls: ClassType) -> bool:
    return any(base.startswith("pydantic.") for base in evaluator.inference.external_bases(cls))


def _is_true(call: ast.Call, name: str) -> bool:
    value = keyword_of(call, name)
    return isinstance(value, ast.Constant) and value.value is True
