"""What Django and its REST framework give types to without the project's own code saying so.

What querysets and managers return, the object of a class-based view, of a serializer and of a form,
what signals pass to their receivers.
"""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.types.models import is_model, model_by_label, reverse_relation, user_model
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    FunctionType,
    Instance,
    Many,
    Returning,
    Table,
    TupleOf,
    Type,
    join,
)

_ONE = frozenset(
    [
        "get",
        "first",
        "last",
        "create",
        "earliest",
        "latest",
        "aget",
        "afirst",
        "alast",
        "acreate",
        "aearliest",
        "alatest",
    ]
)
_SAME = frozenset(
    [
        "all",
        "filter",
        "exclude",
        "order_by",
        "select_related",
        "prefetch_related",
        "select_for_update",
        "distinct",
        "using",
        "only",
        "defer",
        "annotate",
        "alias",
        "reverse",
        "none",
        "union",
        "intersection",
        "difference",
        "iterator",
        "get_queryset",
        "extra",
        "complex_filter",
        "aiterator",
        "raw",
    ]
)
_PAIR = frozenset(["get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create"])
_MANY = frozenset(["bulk_create", "abulk_create"])
_BY_KEY = frozenset(["in_bulk", "ain_bulk"])

_SAVE_MIXINS = ("save", "asave")

# --- Members of models, views, serializers --------------------------------------------------------


def implied_member(
    inference: Questions, cls: ClassType, name: str, on_instance: bool
) -> Type | None:
    """An attribute that no code of the project writes down but Django provides."""
    if is_model(inference, cls):
        if name in ("objects", "_default_manager", "_base_manager"):
            return Many(Instance(cls))
        if on_instance:
            return reverse_relation(inference, cls, name)
        return None
    if not on_instance:
        return None
    if name in ("get_object", "object"):
        model = object_model(inference, cls)
        if model is None:
            return None
        return Returning(Instance(model)) if name == "get_object" else Instance(model)
    if name in ("get_queryset", "queryset", "object_list"):
        model = object_model(inference, cls)
        if model is None:
            return None
        return Returning(Many(Instance(model))) if name == "get_queryset" else Many(Instance(model))
    if name in ("get_serializer", "get_form"):
        attribute = "serializer_class" if name == "get_serializer" else "form_class"
        chosen = inference.member(cls, attribute)
        return Returning(Instance(chosen)) if isinstance(chosen, ClassType) else None
    if name in (*_SAVE_MIXINS, "instance", "update", "create"):
        model = meta_model(inference, cls)
        if model is None:
            return None
        return Instance(model) if name == "instance" else Returning(Instance(model))
    return None


def meta_model(inference: Questions, cls: ClassType) -> ClassType | None:
    """``Meta.model`` of a ModelSerializer or ModelForm."""
    meta = inference.member(cls, "Meta")
    model = inference.member(meta, "model") if isinstance(meta, ClassType) else None
    return model if isinstance(model, ClassType) and is_model(inference, model) else None


def object_model(inference: Questions, cls: ClassType) -> ClassType | None:
    """The model of a class-based view: its own, its queryset's or its serializer's."""
    model = inference.member(cls, "model")
    if isinstance(model, ClassType) and is_model(inference, model):
        return model
    queryset = inference.member(cls, "queryset")
    if not isinstance(queryset, Many):
        method = (
            inference.member(Instance(cls), "get_queryset")
            if _defines(inference, cls, "get_queryset")
            else None
        )
        queryset = inference.returned(method) if isinstance(method, FunctionType) else None
    if isinstance(queryset, Many) and isinstance(queryset.element, Instance):
        return queryset.element.cls
    for attribute in ("serializer_class", "form_class"):
        chosen = inference.member(cls, attribute)
        if isinstance(chosen, ClassType):
            return meta_model(inference, chosen)
    return None


def _defines(inference: Questions, cls: ClassType, name: str) -> bool:
    return any(name in base.module.scopes[base.node].names for base in inference.mro(cls))


def queryset_method(element: Type, name: str) -> Type | None:
    """What a manager's or queryset's method is, by the type of its rows."""
    if name in _ONE:
        return Returning(element)
    if name in _SAME:
        return Returning(Many(element))
    if name in _PAIR:
        return Returning(TupleOf((element, None)))
    if name in _MANY:
        return Returning(Many(element))
    if name in _BY_KEY:
        return Returning(Table(element))
    return None


# --- Calls and parameters -------------------------------------------------------------------------


def external_call(inference: Questions, module: Module, node: ast.Call, path: str) -> Type | None:
    """The type of the value of a call to something outside the project."""
    last = path.rpartition(".")[2]
    if last in ("get_object_or_404", "aget_object_or_404", "get_list_or_404") and node.args:
        found = inference.type_of(module, node.args[0])
        if isinstance(found, ClassType):
            found = Many(Instance(found)) if is_model(inference, found) else None
        if isinstance(found, Many):
            return found if last == "get_list_or_404" else found.element
        return None
    if path in ("typing.cast", "typing_extensions.cast") and len(node.args) == 2:
        return inference.annotation(module, node.args[0])
    if path == "django.apps.apps.get_model":
        return _get_model(inference, node)
    if path in (
        "django.contrib.auth.get_user_model",
        "django.contrib.auth.base_user.get_user_model",
    ):
        return user_model(inference)
    if path in ("copy.copy", "copy.deepcopy") and node.args:
        return inference.type_of(module, node.args[0])
    if path.endswith("()." + last) or "()" in path:
        return None
    return ExternalInstance(path)


def _get_model(inference: Questions, node: ast.Call) -> ClassType | None:
    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
    if len(texts) == len(node.args) and texts and all(isinstance(text, str) for text in texts):
        return model_by_label(inference, ".".join(str(text) for text in texts))
    return None


def implied_parameter(
    inference: Questions, module: Module, function: FunctionNode, argument: ast.arg
) -> Type | None:
    """The type that the framework passes: a signal's instance, a view's serializer or form."""
    if isinstance(function, ast.Lambda):
        return None
    if argument.arg == "instance":
        senders = signal_senders(inference, module, function)
        if senders:
            return join([Instance(sender) for sender in senders])
    cls = module.class_around(function)
    if cls is None:
        return None
    owner = ClassType(module, cls)
    if function.name in ("perform_create", "perform_update") and argument.arg == "serializer":
        chosen = inference.member(owner, "serializer_class")
        return Instance(chosen) if isinstance(chosen, ClassType) else None
    if function.name == "perform_destroy" and argument.arg == "instance":
        model = object_model(inference, owner)
        return Instance(model) if model is not None else None
    if function.name in ("form_valid", "form_invalid") and argument.arg == "form":
        chosen = inference.member(owner, "form_class")
        return Instance(chosen) if isinstance(chosen, ClassType) else None
    if function.name == "update" and argument.arg == "instance":
        model = meta_model(inference, owner)
        return Instance(model) if model is not None else None
    return None


def super_method(inference: Questions, cls: ClassType, name: str) -> Type | None:
    """``super().create`` in a serializer of the REST framework, or ``super().save`` in a form."""
    if name in ("create", "update", *_SAVE_MIXINS):
        model = meta_model(inference, cls)
        return Returning(Instance(model)) if model is not None else None
    return None


def signal_senders(inference: Questions, module: Module, function: FunctionNode) -> list[ClassType]:
    """The models whose signals a function receives, by decorator or by ``signal.connect(...)``."""
    return [sender for _, sender in signals_of(inference, module, function)]


def signals_of(
    inference: Questions, module: Module, function: FunctionNode
) -> list[tuple[str, ClassType]]:
    """Signal name (``post_save``) and sender of each connection of a receiver function."""
    found: list[tuple[str, ClassType]] = []
    if isinstance(function, ast.Lambda):
        return found
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or not decorator.args:
            continue
        target = inference.type_of(module, decorator.func)
        if isinstance(target, External) and target.path == "django.dispatch.receiver":
            first = decorator.args[0]
            signals = first.elts if isinstance(first, ast.List | ast.Tuple) else [first]
            found += _connections(inference, module, signals, keyword_of(decorator, "sender"))
    for caller, call in inference.calls_named("connect") if _connected(inference, function) else ():
        if call.args and isinstance(call.func, ast.Attribute):
            handler = inference.type_of(caller, call.args[0])
            if isinstance(handler, FunctionType) and handler.node is function:
                sender = keyword_of(call, "sender")
                found += _connections(inference, caller, [call.func.value], sender)
    return found


def _connected(inference: Questions, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    holders = set(inference.project.naming(function.name))
    return bool(holders & set(inference.project.holding(".connect(")))


def _connections(
    inference: Questions, module: Module, signals: list[ast.expr], sender: ast.expr | None
) -> list[tuple[str, ClassType]]:
    if sender is None:
        return []
    if isinstance(sender, ast.Constant) and isinstance(sender.value, str):
        model: Type | None = model_by_label(inference, sender.value, module)
    else:
        model = inference.type_of(module, sender)
    if not isinstance(model, ClassType):
        return []
    names = []
    for signal in signals:
        found = inference.type_of(module, signal)
        if isinstance(found, External):
            names.append(found.path.rpartition(".")[2])
    return [(name, model) for name in names]
