"""Django's models: fields, relations and labels, as the project declares them.

Source of the rules: Django docs, "Models", "Related objects reference".
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.project import snake_case
from pusher_migrate.index.code.scopes import Binding
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.types import settings
from pusher_migrate.index.types.apps import app_label, app_names, in_same_app
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    Instance,
    Many,
    Type,
)

_RELATIONS = frozenset({"ForeignKey", "OneToOneField", "ManyToManyField"})
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


def is_key(attribute: str) -> bool:
    """Whether an attribute is a row's key, or that of a related row, by its name.

    Source: Django docs, "ForeignKey", database representation (``<field>_id``); "Model.pk".
    """
    return attribute in ("id", "pk") or attribute.endswith("_id")


def is_model(inference: Questions, cls: ClassType) -> bool:
    """True for classes that are Django models, as far as their bases can be seen."""
    external = inference.external_bases(cls)
    if external & _MODEL_BASES:
        return True
    if not external or not any(
        name.startswith(("django", "model_utils")) or name.endswith("Model") for name in external
    ):
        return False
    return any(declared_fields(inference, base) for base in inference.mro(cls))


def is_abstract(cls: ClassType) -> bool:
    """Whether a model has no table of its own: ``abstract = True`` in its Meta."""
    return any(
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and statement.value.value is True
        and any(isinstance(name, ast.Name) and name.id == "abstract" for name in statement.targets)
        for meta in cls.node.body
        if isinstance(meta, ast.ClassDef) and meta.name == "Meta"
        for statement in meta.body
    )


def declared_fields(inference: Questions, cls: ClassType) -> dict[str, Field]:
    """The fields that a class body itself declares, by name."""
    names = cls.module.scopes[cls.node].names
    found = ((name, _declared_as(inference, cls, name, names[name][-1])) for name in names)
    return {name: field for name, field in found if field is not None}


def _declared_as(inference: Questions, cls: ClassType, name: str, binding: Binding) -> Field | None:
    """The field that a name of a class body is bound to."""
    value = binding.value if binding.kind == "assign" else None
    if not isinstance(value, ast.Call):
        return None
    function = inference.type_of(cls.module, value.func)
    if isinstance(function, External):
        kind = function.path.rpartition(".")[2]
        inside = ".models." in function.path or ".fields." in function.path
        if not (kind.endswith(("Field", "Key")) and (inside or "django" in function.path)):
            return None
    elif isinstance(function, ClassType) and function.name.endswith(("Field", "ForeignKey")):
        kind = next((base for base in _RELATIONS if function.name.endswith(base)), function.name)
    else:
        return None
    related = keyword_of(value, "related_name")
    text = related.value if isinstance(related, ast.Constant) else None
    return Field(name, kind, value, text if isinstance(text, str) else None)


def all_fields(inference: Questions, cls: ClassType) -> dict[str, Field]:
    """The fields of a model, those of its bases in the project included."""
    fields: dict[str, Field] = {}
    for base in reversed(inference.mro(cls)):
        fields.update(declared_fields(inference, base))
    return fields


def implied_attributes(inference: Questions, cls: ClassType) -> frozenset[str]:
    """Attributes of an instance that are declared nowhere: keys, ``room_id``, ``get_x_display``.

    Together with what the classes of its family define by any statement.
    """
    names = {"id", "pk", "_state", "_meta", "objects"}
    for field in all_fields(inference, cls).values():
        names |= {field.name, f"{field.name}_id", f"get_{field.name}_display"}
    for base in inference.mro(cls):
        names.update(base.module.scopes[base.node].names)
    return frozenset(names)


def field_of(inference: Questions, cls: ClassType, name: str) -> Field | None:
    """The field that a class body declares under a name."""
    bindings = cls.module.scopes[cls.node].names.get(name)
    return _declared_as(inference, cls, name, bindings[-1]) if bindings else None


def field_type(inference: Questions, cls: ClassType, field: Field) -> Type | None:
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


def relation_target(inference: Questions, cls: ClassType, field: Field) -> ClassType | None:
    """The model that a relation points to."""
    value = field.call.args[0] if field.call.args else keyword_of(field.call, "to")
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        if value.value == "self":
            return cls
        return model_by_label(inference, value.value, cls.module)
    if value is None:
        return None
    found = inference.type_of(cls.module, value)
    if isinstance(value, ast.Attribute) and value.attr == "AUTH_USER_MODEL":
        return user_model(inference)
    return found if isinstance(found, ClassType) else None


def user_model(inference: Questions) -> ClassType | None:
    """The model of ``AUTH_USER_MODEL``, when the settings name one of the tree."""
    labels = set()
    for _, binding in settings.setting_bindings(inference, "AUTH_USER_MODEL"):
        value = binding.value
        labels.add(value.value if isinstance(value, ast.Constant) else None)
    label = labels.pop() if len(labels) == 1 else None
    return model_by_label(inference, label) if isinstance(label, str) else None


def label(inference: Questions, cls: ClassType) -> str:
    """The label of a model, ``app.Model``."""
    return f"{app_label(inference, cls)}.{cls.name}"


def model_by_label(
    inference: Questions, label: str, near: Module | None = None
) -> ClassType | None:
    """The model named ``app.Model`` or ``Model``; None when there is none or more than one."""
    app, _, name = label.rpartition(".")
    found = [
        cls
        for module, node in inference.project.classes_named(name)
        if is_model(inference, cls := ClassType(module, node))
    ]
    if app:
        wanted = app.rpartition(".")[2]
        found = [cls for cls in found if wanted in app_names(inference, cls)]
        exact = [cls for cls in found if wanted == app_label(inference, cls)]
        found = exact or found
    if near is not None and len(found) > 1:
        found = [cls for cls in found if in_same_app(cls.module, near)] or found
    return found[0] if len(found) == 1 else None


def model_by_name(inference: Questions, name: str, near: Module) -> Type | None:
    """The model that a parameter's name speaks of: ``room_booking`` for RoomBooking.

    The whole name must be a model's; ``booking`` for a RoomBooking is only taken when exactly one
    model ends in that word. The type says that it is by name only.
    """
    wanted = name.strip("_").lower()
    if len(wanted) < 3:
        return None
    candidates = inference.project.classes_by_words.get(wanted, ())
    exact = [candidate for candidate in candidates if snake_case(candidate) == wanted]
    partial = [candidate for candidate in candidates if candidate not in exact]
    chosen = _models_named(inference, exact) or _models_named(inference, partial)
    if len(chosen) > 1:
        chosen = [cls for cls in chosen if in_same_app(cls.module, near)]
    return Instance(chosen[0], True) if len(chosen) == 1 else None


def _models_named(inference: Questions, names: Iterable[str]) -> list[ClassType]:
    classes = (
        ClassType(module, node)
        for name in names
        for module, node in inference.project.classes_named(name)
    )
    return [cls for cls in classes if is_model(inference, cls)]


def reverse_relation(inference: Questions, cls: ClassType, name: str) -> Type | None:
    """The other side of a relation, by its name on this side."""
    found: list[Type] = [
        Instance(owner) if field.kind == "OneToOneField" else Many(Instance(owner))
        for owner, field in _reverse_fields(inference, cls, name)
    ]
    return found[0] if len(found) == 1 else None


def row_behind(inference: Questions, cls: ClassType, name: str) -> str | None:
    """The foreign key that the rows behind a reverse relation have their common row in.

    Django sets it to the very instance that the relation is read from (Django docs, "Following
    relationships backward"); those of a many-to-many relation have none.
    """
    keys = [
        field.name
        for _, field in _reverse_fields(inference, cls, name)
        if field.kind in ("ForeignKey", "OneToOneField")
    ]
    return keys[0] if keys else None


def _reverse_fields(
    inference: Questions, cls: ClassType, name: str
) -> Iterator[tuple[ClassType, Field]]:
    """The relations that are called so on this side, each with its model."""
    project = inference.project
    candidates = project.giving("related_name", name)
    # Without a related name Django takes the class's.
    for class_name in project.classes_in_lower_case.get(name.removesuffix("_set"), ()):
        candidates += [module for module, _ in project.classes_named(class_name)]
    family = set(inference.mro(cls))
    for module in dict.fromkeys(candidates):
        for node in module.classes:
            owner = ClassType(module, node)
            for field in declared_fields(inference, owner).values():
                if not field.is_relation or _reverse_name(inference, owner, field) != name:
                    continue
                if relation_target(inference, owner, field) in family:
                    yield owner, field


def _reverse_name(inference: Questions, owner: ClassType, field: Field) -> str:
    if field.related_name:
        name = field.related_name.replace("%(class)s", owner.name.lower())
        if "%(app_label)s" in name:
            name = name.replace("%(app_label)s", app_label(inference, owner))
        return name
    suffix = "" if field.kind == "OneToOneField" else "_set"
    return owner.name.lower() + suffix
