"""Which watched fields a serializer or form writes, and whether it does so by code of its own.

Sources: Django REST framework, "Serializers" (``read_only_fields``, ``extra_kwargs``, ``source``);
Django, "Creating forms from models" (``Meta.fields``, ``Meta.exclude``).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.values.values import Items, Record, Text, Value

_NOT_WRITTEN = ("SerializerMethodField", "ReadOnlyField")


@dataclass(frozen=True, slots=True)
class Writable:
    """What a serializer or form may write.

    Attributes:
        fields: The watched fields among it.
        certain: False when its list of fields is not statically known.
    """

    fields: frozenset[str]
    certain: bool = True


def writable_fields(
    inference: Inference, evaluator: Evaluator, cls: ClassType, watched: frozenset[str]
) -> Writable:
    """The watched fields that a ModelSerializer or ModelForm takes from its input."""
    names: frozenset[str] | None = watched
    certain = True
    listed = _meta(inference, evaluator, cls, "fields")
    excluded = _meta(inference, evaluator, cls, "exclude")
    if isinstance(listed, Items):
        texts = _texts(listed, evaluator)
        names = watched & texts if texts is not None else None
    elif isinstance(listed, Text):
        names = watched if listed.literal == "__all__" else None
    elif listed is not None:
        names = None
    if isinstance(excluded, Items):
        texts = _texts(excluded, evaluator)
        names = names - texts if names is not None and texts is not None else None
    elif excluded is not None:
        names = None
    if names is None:
        names, certain = watched, False
    read_only = _meta(inference, evaluator, cls, "read_only_fields")
    if isinstance(read_only, Items):
        texts = _texts(read_only, evaluator)
        certain = certain and texts is not None
        names -= texts or frozenset()
    extra = _meta(inference, evaluator, cls, "extra_kwargs")
    if isinstance(extra, Record):
        names -= {entry.key for entry in extra.entries if _is_read_only(entry.node)}
    return _with_declared(inference, cls, watched, Writable(names, certain))


def _with_declared(
    inference: Inference, cls: ClassType, watched: frozenset[str], found: Writable
) -> Writable:
    """What the class declares itself (``source``, ``read_only``) counts more than ``Meta``."""
    fields = set(found.fields)
    for base in reversed(inference.mro(cls)):
        for name, bindings in base.module.scopes[base.node].names.items():
            value = bindings[-1].value
            if bindings[-1].kind != "assign" or not isinstance(value, ast.Call):
                continue
            kind = value.func.attr if isinstance(value.func, ast.Attribute) else ""
            kind = value.func.id if isinstance(value.func, ast.Name) else kind
            if not kind.endswith(("Field", "Serializer")):
                continue
            source = keyword_of(value, "source")
            target = name
            if isinstance(source, ast.Constant) and isinstance(source.value, str):
                fields.discard(name)
                target = source.value
            if target in watched:
                fields.discard(target)
                if kind not in _NOT_WRITTEN and not _is_true(keyword_of(value, "read_only")):
                    fields.add(target)
    return Writable(frozenset(fields), found.certain)


def own_method(inference: Inference, cls: ClassType, name: str) -> FunctionType | None:
    """The method of a class or its bases that the project itself writes."""
    for base in inference.mro(cls):
        for binding in base.module.scopes[base.node].names.get(name, ()):
            if isinstance(binding.node, ast.FunctionDef | ast.AsyncFunctionDef):
                return FunctionType(base.module, binding.node, Instance(cls))
    return None


def _meta(
    inference: Inference, evaluator: Evaluator, cls: ClassType, name: str
) -> Value | ast.expr | None:
    """What ``Meta`` says under a name; the expression itself when it is not statically known."""
    meta = inference.member(cls, "Meta")
    if not isinstance(meta, ClassType):
        return None
    for base in inference.mro(meta):
        bindings = base.module.scopes[base.node].names.get(name)
        if bindings:
            value = bindings[-1].value
            if len(bindings) > 1 or value is None:
                return ast.Name(name, ast.Load())
            found = evaluator.evaluate(value, evaluator.frame_at(base.module, value))
            return found if isinstance(found, Items | Text | Record) else value
    return None


def _texts(items: Items, evaluator: Evaluator) -> frozenset[str] | None:
    texts = set()
    for node, frame in items.elements:
        value = evaluator.evaluate(node, frame)
        if not isinstance(value, Text) or value.literal is None:
            return None
        texts.add(value.literal)
    return None if items.open else frozenset(texts)


def _is_read_only(options: ast.expr) -> bool:
    return isinstance(options, ast.Dict) and any(
        isinstance(key, ast.Constant) and key.value == "read_only" and _is_true(value)
        for key, value in zip(options.keys, options.values, strict=True)
    )


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
