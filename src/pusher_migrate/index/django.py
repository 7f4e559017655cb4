"""What Django and its REST framework say about types without saying it in the project's own code.

Models and their relations (Django docs, "Models", "Related objects reference"), what querysets and
managers return, the object of a class-based view, of a serializer and of a form.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pusher_migrate.index.modules import FunctionNode, Module
from pusher_migrate.index.syntax import keyword_of
from pusher_migrate.index.types import (
    ClassType,
    External,
    ExternalInstance,
    FunctionType,
    Instance,
    Many,
    Returning,
    TupleOf,
    Type,
    join,
)

if TYPE_CHECKING:
    from pusher_migrate.index.infer import Inference

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
    ]
)
_PAIR = frozenset(["get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create"])
_MANY = frozenset(["bulk_create", "abulk_create"])

_RELATIONS = frozenset({"ForeignKey", "OneToOneField", "ManyToManyField"})
_SAVE_MIXINS = ("save", "asave")

_MODEL_BASES = frozenset(
    {
        "django.db.models.Model",
        "django.db.models.base.Model",
        "django.contrib.gis.db.models.Model",
        "django.contrib.auth.models.AbstractUser",
        "django.contrib.auth.models.AbstractBaseUser",
        "django.contrib.auth.base_user.AbstractBaseUser",
        "django.contrib.auth.models.PermissionsMixin",
    }
)


@dataclass(frozen=True, slots=True)
class Field:
    """A model field as it is declared.

    Attributes:
        name: Attribute name.
        kind: Class of the field, ``ForeignKey``.
        call: The declaration.
        related_name: For relations, the name on the other side; None for Django's default.
    """

    name: str
    kind: str
    call: ast.Call
    related_name: str | None = None

    @property
    def is_relation(self) -> bool:
        """True for fields that point to another model."""
        return self.kind in _RELATIONS


# --- Models -----------------------------------------------------------------------------------------


def is_model(inference: Inference, cls: ClassType) -> bool:
    """True for classes that are Django models, as far as their bases can be seen."""
    external = inference.external_bases(cls)
    if external & _MODEL_BASES:
        return True
    if not external or not any(
        name.startswith(("django", "model_utils")) or name.endswith("Model") for name in external
    ):
        return False
    return any(declared_fields(inference, base) for base in inference.mro(cls))


def declared_fields(inference: Inference, cls: ClassType) -> dict[str, Field]:
    """The fields that a class body itself declares, by name."""
    fields: dict[str, Field] = {}
    for name, bindings in cls.module.scopes[cls.node].names.items():
        value = bindings[-1].value if bindings[-1].kind == "assign" else None
        if not isinstance(value, ast.Call):
            continue
        function = inference.type_of(cls.module, value.func)
        kind = ""
        if isinstance(function, External):
            kind = function.path.rpartition(".")[2]
            inside = ".models." in function.path or ".fields." in function.path
            if not (kind.endswith(("Field", "Key")) and (inside or "django" in function.path)):
                continue
        elif isinstance(function, ClassType) and function.name.endswith(("Field", "ForeignKey")):
            kind = next(
                (base for base in _RELATIONS if function.name.endswith(base)), function.name
            )
        if kind:
            related = keyword_of(value, "related_name")
            text = related.value if isinstance(related, ast.Constant) else None
            fields[name] = Field(name, kind, value, text if isinstance(text, str) else None)
    return fields


def all_fields(inference: Inference, cls: ClassType) -> dict[str, Field]:
    """The fields of a model, those of its bases in the project included."""
    fields: dict[str, Field] = {}
    for base in reversed(inference.mro(cls)):
        fields.update(declared_fields(inference, base))
    return fields


def field_of(inference: Inference, cls: ClassType, name: str) -> Field | None:
    """The field that a class body declares under a name."""
    bindings = cls.module.scopes[cls.node].names.get(name)
    if not bindings or not isinstance(bindings[-1].value, ast.Call):
        return None
    return declared_fields(inference, cls).get(name)


def field_type(inference: Inference, cls: ClassType, field: Field) -> Type | None:
    """The type of a field read from an instance."""
    if not field.is_relation:
        return ExternalInstance(f"django.db.models.{field.kind}()")
    target = relation_target(inference, cls, field)
    if target is None:
        return None
    return Many(Instance(target)) if field.kind == "ManyToManyField" else Instance(target)


def is_nullable(field: Field) -> bool:
    """Whether a field is declared with ``null=True``."""
    value = keyword_of(field.call, "null")
    return isinstance(value, ast.Constant) and value.value is True


def relation_target(inference: Inference, cls: ClassType, field: Field) -> ClassType | None:
    """The model that a relation points to."""
    value = field.call.args[0] if field.call.args else keyword_of(field.call, "to")
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        if value.value == "self":
            return cls
        return model_by_label(inference, value.value, cls.module)
    if value is None:
        return None
    found = inference.type_of(cls.module, value)
    return found if isinstance(found, ClassType) else None


def app_label(module: Module) -> str:
    """The app that a models module belongs to: the folder of ``models.py`` or of ``models/``."""
    parts = module.path.split("/")[:-1]
    if "models" in parts:
        parts = parts[: len(parts) - 1 - parts[::-1].index("models")]
    return parts[-1] if parts else ""


def model_by_label(
    inference: Inference, label: str, near: Module | None = None
) -> ClassType | None:
    """The model named ``app.Model`` or ``Model``; None when there is none or more than one."""
    app, _, name = label.rpartition(".")
    found = [
        cls
        for module, node in inference.project.classes_named(name)
        if is_model(inference, cls := ClassType(module, node))
    ]
    if app:
        found = [
            cls
            for cls in found
            if app.rpartition(".")[2] in (app_label(cls.module), *cls.module.name.split("."))
        ]
    if near is not None and len(found) > 1:
        same = [cls for cls in found if app_label(cls.module) == app_label(near)]
        found = same or found
    return found[0] if len(found) == 1 else None


def snake_case(name: str) -> str:
    """``RoomBooking`` -> ``room_booking``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def model_by_name(inference: Inference, name: str, near: Module) -> Type | None:
    """The model that a parameter's name speaks of: ``room`` for Room, ``room_booking`` for RoomBooking.

    The whole name must be a model's; ``booking`` for a RoomBooking is only taken when exactly one
    model ends in that word. The type says that it is by name only.
    """
    wanted = name.strip("_").lower()
    if len(wanted) < 3:
        return None
    exact: list[ClassType] = []
    partial: list[ClassType] = []
    for candidate in inference.project.class_names():
        snake = snake_case(candidate)
        if snake == wanted or snake.endswith(f"_{wanted}"):
            for module, node in inference.project.classes_named(candidate):
                cls = ClassType(module, node)
                if is_model(inference, cls):
                    (exact if snake == wanted else partial).append(cls)
    chosen = exact or partial
    if len(chosen) > 1:
        chosen = [cls for cls in chosen if app_label(cls.module) == app_label(near)]
    return Instance(chosen[0], True) if len(chosen) == 1 else None


# --- Members of models, views, serializers ------------------------------------------------------------


def implied_member(
    inference: Inference, cls: ClassType, name: str, on_instance: bool
) -> Type | None:
    """An attribute that no code of the project writes down but Django provides."""
    if is_model(inference, cls):
        if name in ("objects", "_default_manager", "_base_manager"):
            return Many(Instance(cls))
        if on_instance:
            return _reverse_relation(inference, cls, name)
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


def _reverse_relation(inference: Inference, cls: ClassType, name: str) -> Type | None:
    """The other side of a ForeignKey, OneToOneField or ManyToManyField, by its name on this side."""
    candidates: list[Module] = []
    if inference.project.holding("related_name"):
        wanted = set(inference.project.holding("related_name")) & set(
            inference.project.holding(name)
        )
        candidates = [m for path in sorted(wanted) if (m := inference.project.module(path))]
    if name.endswith("_set"):
        for class_name in inference.project.class_names():
            if class_name.lower() == name.removesuffix("_set"):
                candidates += [m for m, _ in inference.project.classes_named(class_name)]
    else:
        for class_name in inference.project.class_names():
            if class_name.lower() == name:
                candidates += [m for m, _ in inference.project.classes_named(class_name)]
    family = set(inference.mro(cls))
    found: list[Type] = []
    for module in dict.fromkeys(candidates):
        for node in module.classes:
            owner = ClassType(module, node)
            for field in declared_fields(inference, owner).values():
                if not field.is_relation or _reverse_name(owner, field) != name:
                    continue
                if relation_target(inference, owner, field) in family:
                    one = field.kind == "OneToOneField"
                    found.append(Instance(owner) if one else Many(Instance(owner)))
    return found[0] if len(found) == 1 else None


def _reverse_name(owner: ClassType, field: Field) -> str:
    if field.related_name:
        app = app_label(owner.module)
        return field.related_name.replace("%(class)s", owner.name.lower()).replace(
            "%(app_label)s", app
        )
    suffix = "" if field.kind == "OneToOneField" else "_set"
    return owner.name.lower() + suffix


def meta_model(inference: Inference, cls: ClassType) -> ClassType | None:
    """``Meta.model`` of a ModelSerializer or ModelForm."""
    meta = inference.member(cls, "Meta")
    model = inference.member(meta, "model") if isinstance(meta, ClassType) else None
    return model if isinstance(model, ClassType) and is_model(inference, model) else None


def object_model(inference: Inference, cls: ClassType) -> ClassType | None:
    """The model of a class-based view: ``model``, ``queryset``, ``get_queryset`` or its serializer's."""
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


def _defines(inference: Inference, cls: ClassType, name: str) -> bool:
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
    return None


# --- Calls and parameters -------------------------------------------------------------------------------


def external_call(inference: Inference, module: Module, node: ast.Call, path: str) -> Type | None:
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
    if path in ("copy.copy", "copy.deepcopy") and node.args:
        return inference.type_of(module, node.args[0])
    if path.endswith("()." + last) or "()" in path:
        return None
    return ExternalInstance(path)


def _get_model(inference: Inference, node: ast.Call) -> ClassType | None:
    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
    if len(texts) == len(node.args) and texts and all(isinstance(text, str) for text in texts):
        return model_by_label(inference, ".".join(str(text) for text in texts))
    return None


def implied_parameter(
    inference: Inference, module: Module, function: FunctionNode, argument: ast.arg
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
    if function.name in ("save_model", "delete_model") and argument.arg == "obj":
        return None
    return None


def signal_senders(inference: Inference, module: Module, function: FunctionNode) -> list[ClassType]:
    """The models whose signals a function receives, by decorator or by ``signal.connect(...)``."""
    return [sender for _, sender in signals_of(inference, module, function)]


def signals_of(
    inference: Inference, module: Module, function: FunctionNode
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


def _connected(inference: Inference, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    holders = set(inference.project.holding(function.name))
    return bool(holders & set(inference.project.holding(".connect(")))


def _connections(
    inference: Inference, module: Module, signals: list[ast.expr], sender: ast.expr | None
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
