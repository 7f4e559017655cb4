"""What the frameworks' own methods do to the row behind a ``super()`` call.

Sources: Django's ``DeletionMixin``, ``BaseDeleteView``, ``ModelFormMixin`` and ``ModelAdmin``, and
the mixins of the REST framework, as released. A method that is not known here may do anything to
what it is given, and to the row that the framework keeps at ``self``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.instances.chains import Chain, Reference, begins, place_of
from pusher_migrate.index.instances.touches import TouchKind
from pusher_migrate.index.types import models
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, FunctionType

# Attributes in which views, forms and serializers keep the row that they are about.
_ROWS = frozenset({"object", "instance"})
_DELETE_VIEWS = ("DeleteView", "DeletionMixin")
_MODEL_FORM_VIEWS = ("CreateView", "UpdateView", "ModelFormMixin")


def is_of_framework(inference: Inference, module: Module, call: ast.Call) -> bool:
    """Whether a call is ``super().something(...)`` that no code of the project is known to be."""
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Call)
        and callees.last_name(function.value) == "super"
        and not isinstance(inference.type_of(module, function), FunctionType)
    )


def deleted(inference: Inference, module: Module, call: ast.Call) -> Chain | None:
    """The row that a framework's method deletes besides its arguments: that of a ``DeleteView``."""
    if callees.last_name(call) != "form_valid" or not is_of_framework(inference, module, call):
        return None
    is_deleting = _is_any(inference, module, call, _DELETE_VIEWS)
    return ("self", "object") if is_deleting else None


def effects(
    inference: Inference, module: Module, call: ast.Call, state: Iterable[Reference]
) -> Iterator[tuple[TouchKind, Chain]]:
    """What a ``super()`` call does to an object that is reached by what it knows.

    Args:
        inference: Type inference over the project.
        module: The file.
        call: The call.
        state: The ways to reach the object.

    Yields:
        What is done, and to which part of the object. What is itself an argument is left out.
    """
    name = callees.last_name(call)
    if callees.reads_in_framework(name) or not is_of_framework(inference, module, call):
        return
    cls = _class_around(module, call)
    if cls is not None and models.is_model(inference, cls):
        return  # What a row refers to is no row that a model's own methods are about.
    gone = deleted(inference, module, call)
    kind = TouchKind.UNCLEAR
    if name == "form_valid" and _is_any(inference, module, call, _MODEL_FORM_VIEWS):
        kind = TouchKind.SAVED
    arguments = [place_of(each) for each in callees.values_given(call)]
    for ref in state:
        own = ref.chain[:1] == ("self",) and ref.chain[1:2] and ref.chain[1] in _ROWS
        if gone is not None and ref.chain == gone and not ref.holder:
            yield TouchKind.DELETED, ref.part
        elif own or any(_is_inside(ref, place) for place in arguments):
            yield kind, ref.part


def _is_inside(ref: Reference, argument: Chain | None) -> bool:
    """``form.instance`` for the argument ``form``; the argument itself is for others to judge."""
    if argument is None or not begins(ref.chain, argument):
        return False
    return len(ref.chain) > len(argument) or ref.holder


def _is_any(inference: Inference, module: Module, call: ast.Call, endings: tuple[str, ...]) -> bool:
    """Whether the class around a call, or one made from it, has a base of the framework."""
    own = _class_around(module, call)
    return own is not None and any(
        base.rpartition(".")[2].endswith(endings)
        for each in (own, *inference.subclasses(own))
        for base in inference.external_bases(each)
    )


def _class_around(module: Module, call: ast.Call) -> ClassType | None:
    function = module.named_function_around(call)
    cls = module.class_around(function) if function is not None else None
    return ClassType(module, cls) if cls is not None else None
