"""Static values of attributes: constants of modules and classes, enums, settings, properties.

Sources: Python docs, ``enum``; Django docs, "Enumeration types".
"""

from __future__ import annotations

import ast

from pusher_migrate.index.code.scopes import Binding
from pusher_migrate.index.code.syntax import (
    decorator_name,
    final_bindings,
    only_return,
    self_assignments,
)
from pusher_migrate.index.types import models, settings
from pusher_migrate.index.types.overrides import (
    is_class_patched,
    is_decorated,
    is_overridden,
    is_rebound,
)
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    FunctionType,
    Instance,
    ModuleType,
    Type,
)
from pusher_migrate.index.values.questions import Evaluation
from pusher_migrate.index.values.values import Frame, Items, Scalar, Text, Unknown, Value

_PROPERTIES = frozenset({"property", "cached_property"})
_STRING_ENUMS = frozenset({"enum.StrEnum", "strenum.StrEnum"})


def attribute(evaluation: Evaluation, node: ast.Attribute, frame: Frame) -> Value:
    """The value of ``base.name`` in a frame."""
    inference = evaluation.inference
    if node.attr == "value" and isinstance(node.value, ast.Attribute | ast.Name):
        member = evaluation.evaluate(node.value, frame)
        if isinstance(member, Text | Scalar):
            return member  # No string or number has this attribute: it is an enum's member.
    receiver, home = receiver_of(node.value, frame)
    base = inference.type_of(home.module, receiver)
    if isinstance(base, ModuleType):
        bindings = base.module.scope.names.get(node.attr, [])
        final = final_bindings(base.module, bindings) if bindings else []
        if len(final) == 1:
            return evaluation.constant(base.module, final[0], node, frame)
    if base == External(settings.OBJECT):
        return _setting(evaluation, node, frame)
    if isinstance(base, Instance):
        found = _of_instance(evaluation, base, receiver, home, node, frame)
        if found is not None:
            return found
    cls = base.cls if isinstance(base, Instance) else base
    return _of_class(evaluation, cls, node, frame)


def receiver_of(node: ast.expr, frame: Frame) -> tuple[ast.expr, Frame]:
    """What is before the dot, as the outermost caller that is known wrote it."""
    while isinstance(node, ast.Name) and node.id in frame.arguments:
        node, frame = frame.arguments[node.id]
    return node, frame


def _setting(evaluation: Evaluation, node: ast.Attribute, frame: Frame) -> Value:
    """A setting that has one value in all settings modules."""
    found = [
        evaluation.constant(module, binding, node, frame)
        for module, binding in settings.setting_bindings(evaluation.inference, node.attr)
    ]
    texts = {value.literal for value in found if isinstance(value, Text)}
    same = len(texts) == 1 and None not in texts and all(isinstance(v, Text) for v in found)
    return found[0] if len(found) == 1 or same else Unknown(node, frame)


def _of_class(evaluation: Evaluation, cls: Type | None, node: ast.Attribute, frame: Frame) -> Value:
    if isinstance(cls, ClassType):
        for owner in evaluation.inference.mro(cls):
            bindings = owner.module.scopes[owner.node].names.get(node.attr, [])
            if len(bindings) == 1 and is_class_patched(evaluation.inference, owner, node.attr):
                break
            if len(bindings) == 1:
                member = _enum_member(evaluation, cls, bindings[0])
                if member is not None:
                    return member
                return evaluation.constant(owner.module, bindings[0], node, frame)
            if bindings:
                break
    return Unknown(node, frame)


def _enum_member(evaluation: Evaluation, cls: ClassType, binding: Binding) -> Value | None:
    """Members that are not what is written: ``auto()``, and ``(value, label)`` of choices."""
    value = binding.value
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else ""
        name = value.func.id if isinstance(value.func, ast.Name) else name
        if name == "auto" and evaluation.inference.external_bases(cls) & _STRING_ENUMS:
            return Text((binding.name.lower(),))
    if isinstance(value, ast.Tuple) and value.elts:
        bases = evaluation.inference.external_bases(cls)
        if any(base.endswith("Choices") and base.startswith("django.") for base in bases):
            home = Frame(cls.module, None, cls.module.statement_around(value))
            return evaluation.evaluate(value.elts[0], home)
    return None


def _of_instance(
    evaluation: Evaluation,
    base: Instance,
    receiver: ast.expr,
    home: Frame,
    node: ast.Attribute,
    frame: Frame,
) -> Value | None:
    """A property, or what the constructor assigns to the attribute; None for neither."""
    method = _property(evaluation.inference, base, node.attr)
    if method is not None:
        value = _of_property(evaluation, method, node, frame)
        return value if value is not None else Unknown(node, frame)
    made = maker(evaluation.inference, receiver, home)
    if made is not None:
        # The class is surely the instance's own, so no subclass has another value.
        return _constructed(evaluation, base, made, node, frame)
    inference = evaluation.inference
    if any(models.field_of(inference, owner, node.attr) for owner in inference.mro(base.cls)):
        return Unknown(node, frame)  # A row's value, whatever else assigns it.
    if is_rebound(inference, base.cls, node.attr):
        return _assigned_once(evaluation, base, node, frame) or Unknown(node, frame)
    return None


def _property(inference: Questions, base: Instance, name: str) -> FunctionType | None:
    for owner in inference.mro(base.cls):
        for binding in owner.module.scopes[owner.node].names.get(name, ())[-1:]:
            definition = binding.node
            if isinstance(definition, ast.FunctionDef):
                names = {decorator_name(item) for item in definition.decorator_list}
                if names & _PROPERTIES:
                    return FunctionType(owner.module, definition, base)
            return None
    return None


def _of_property(
    evaluation: Evaluation, method: FunctionType, node: ast.Attribute, frame: Frame
) -> Value | None:
    definition = method.node
    assert isinstance(definition, ast.FunctionDef)
    returned = only_return(definition)
    if returned is None or returned.value is None or is_decorated(definition):
        return None
    if may_be_another(evaluation, method, node, frame):
        return None
    inner = evaluation.enter(method, ast.Call(node, [], []), frame, returned)
    value = evaluation.evaluate(returned.value, inner)
    return None if isinstance(value, Unknown) else value


def may_be_another(
    evaluation: Evaluation, called: FunctionType, target: ast.expr, frame: Frame
) -> bool:
    """Whether the method of a subclass may run where the tree shows this one.

    That is not so for ``super().name``, and where the making of the instance is seen.
    """
    owner = called.bound.cls if isinstance(called.bound, Instance) else called.bound
    if not isinstance(owner, ClassType) or isinstance(called.node, ast.Lambda):
        return False
    if isinstance(target, ast.Attribute):
        receiver, home = receiver_of(target.value, frame)
        made = receiver.func if isinstance(receiver, ast.Call) else None
        if isinstance(made, ast.Name) and made.id == "super":
            return False
        if maker(evaluation.inference, receiver, home) is not None:
            return False
    return is_overridden(evaluation.inference, owner, called.node.name)


def maker(inference: Questions, receiver: ast.expr, home: Frame) -> tuple[ast.Call, Frame] | None:
    """The call that makes an instance, and where it stands; None when it is not the only one."""
    if isinstance(receiver, ast.Call):
        found = inference.type_of(home.module, receiver.func)
        return (receiver, home) if isinstance(found, ClassType) else None
    if not isinstance(receiver, ast.Name):
        return None
    scope, bindings = inference.bindings_at(home.module, receiver, home.statement)
    if scope is None or len(bindings) != 1 or bindings[0].kind != "assign":
        return None
    value = bindings[0].value
    if not isinstance(value, ast.Call):
        return None
    statement = home.module.statement_around(bindings[0].node)
    function = home.function if scope.node is home.function else None
    return maker(
        inference, value, Frame(home.module, function, statement, home.arguments, home.depth + 1)
    )


def _constructed(
    evaluation: Evaluation,
    base: Instance,
    made: tuple[ast.Call, Frame],
    node: ast.Attribute,
    frame: Frame,
) -> Value | None:
    """``self.channel`` of an instance whose making is known: what ``__init__`` assigns to it."""
    assigned = _assignments(evaluation.inference, base.cls, node.attr)
    if len(assigned) > 1:
        return Unknown(node, frame)
    if not assigned:
        return None
    owner, statement, value = assigned[0]
    method = owner.module.named_function_around(statement)
    if method is None or method.name != "__init__":
        return Unknown(node, frame)
    call, place = made
    initialiser = FunctionType(owner.module, method, base)
    inner = evaluation.enter(initialiser, call, place, statement)
    return evaluation.evaluate(value, inner)


def _assigned_once(
    evaluation: Evaluation, base: Instance, node: ast.Attribute, frame: Frame
) -> Value | None:
    """``self.channel`` of any instance, when one statement of ``__init__`` alone assigns it."""
    inference = evaluation.inference
    assigned = _assignments(inference, base.cls, node.attr)
    if len(assigned) != 1 or _in_class(inference, base.cls, node.attr):
        return None
    owner, statement, value = assigned[0]
    method = owner.module.named_function_around(statement)
    if method is None or method.name != "__init__":
        return None
    inner = Frame(owner.module, method, statement, {}, frame.depth + 1)
    found = evaluation.evaluate(value, inner)
    return found if isinstance(found, Text | Items) else None


def _in_class(inference: Questions, cls: ClassType, name: str) -> bool:
    """Whether the class, a base or a subclass has the attribute in its body."""
    return any(
        name in owner.module.scopes[owner.node].names
        for each in (cls, *inference.subclasses(cls))
        for owner in inference.mro(each)
    )


def _assignments(
    inference: Questions, cls: ClassType, name: str
) -> list[tuple[ClassType, ast.stmt, ast.expr]]:
    found = []
    for owner in inference.mro(cls):
        for statement, value in self_assignments(owner.module, owner.node, name):
            if value is None:
                continue
            found.append((owner, statement, value))
    return found
