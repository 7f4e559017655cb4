"""Views that write watched state without a line of the project's own code.

Sources: Django REST framework, "Generic views" (the mixins, ``perform_update`` and its like) and
"ViewSets"; Django, "Generic editing views" (``form_valid``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.catalogue.values import Operation
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.django import meta_model, object_model
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.writes import serializers
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.index.writes.watch import Watch, left_out_path
from pusher_migrate.index.writes.writes import Kind, Site

#: The bases that write, by operation, with the hook for one's own code.
_REST: dict[Operation, frozenset[str]] = {
    "create": frozenset({"ModelViewSet", "CreateModelMixin", "CreateAPIView", "ListCreateAPIView"}),
    "update": frozenset(
        {
            "ModelViewSet",
            "UpdateModelMixin",
            "UpdateAPIView",
            "RetrieveUpdateAPIView",
            "RetrieveUpdateDestroyAPIView",
        }
    ),
}
_FORMS: dict[Operation, str] = {"create": "CreateView", "update": "UpdateView"}
_VERBS: dict[Operation, frozenset[str]] = {
    "create": frozenset({"post"}),
    "update": frozenset({"put", "patch"}),
}


@dataclass(frozen=True, eq=False, slots=True)
class GenericWrite:
    """What a view writes by code of the framework.

    Attributes:
        cls: The view.
        hook: The method in which its own code would belong.
        chosen: The serializer or form; None when it is chosen at run time.
        write: The write, at the class.
    """

    cls: ClassType
    hook: str
    chosen: ClassType | None
    write: Write


class GenericViews:
    """Finds them in one project.

    Args:
        inference: The project.
        evaluator: Static values.
        watch: What is watched.
    """

    def __init__(self, inference: Inference, evaluator: Evaluator, watch: Watch) -> None:
        self.inference = inference
        self.evaluator = evaluator
        self.watch = watch

    def find(self) -> Iterator[GenericWrite]:
        """The writes, in path and line order."""
        project = self.inference.project
        names = self.watch.writers
        paths = set(project.naming(*names)) if names else set()
        for path in sorted(paths & set(project.holding("serializer_class", "form_class"))):
            module = project.module(path) if left_out_path(path) is None else None
            for node in module.classes if module is not None else ():
                assert module is not None
                yield from self._of(module, ClassType(module, node))

    def _of(self, module: Module, cls: ClassType) -> Iterator[GenericWrite]:
        bases = self.inference.external_bases(cls)
        rest = {b.rpartition(".")[2] for b in bases if b.startswith("rest_framework.")}
        forms = {b.rpartition(".")[2] for b in bases if b.startswith("django.views.")}
        if self.inference.subclasses(cls) and "serializer_class" not in _own_names(cls):
            return  # A base of views.
        for operation in ("create", "update"):
            if rest & _REST[operation] and self._allows(cls, operation):
                hook = f"perform_{operation}"
                if not self._has(cls, hook, operation, f"partial_{operation}"):
                    yield from self._write(module, cls, "serializer_class", hook, operation)
            if _FORMS[operation] in forms and not self._has(cls, "form_valid", "post"):
                yield from self._write(module, cls, "form_class", "form_valid", operation)

    def _write(
        self, module: Module, cls: ClassType, attribute: str, hook: str, operation: Operation
    ) -> Iterator[GenericWrite]:
        chosen = self.inference.member(cls, attribute)
        if not isinstance(chosen, ClassType) or self._has(cls, f"get_{attribute}"):
            chosen = None
        meant = meta_model(self.inference, chosen) if chosen else object_model(self.inference, cls)
        model = self.watch.of(meant) if meant is not None else None
        if model is None or (chosen is not None and self._has(chosen, "save", operation)):
            return  # The serializer's own code writes; it is looked at where it stands.
        watched = frozenset(model.fields)
        fields = watched
        if chosen is not None:
            fields = serializers.writable_fields(
                self.inference, self.evaluator, chosen, watched
            ).fields
        if not fields and operation == "update":
            return
        call = ast.copy_location(ast.Call(ast.Name(cls.name, ast.Load()), [], []), cls.node)
        module.parents.setdefault(call, cls.node)
        values = {name: (None,) for name in model.fields if name in fields}
        site = Site(
            module, call, cls.node, None, Kind.SERIALIZER, operation, model, values=dict(values)
        )
        yield GenericWrite(cls, hook, chosen, Write(site, model, operation, dict(values)))

    def _has(self, cls: ClassType, *names: str) -> bool:
        """Whether the project itself writes one of some methods."""
        return any(serializers.own_method(self.inference, cls, name) for name in names)

    def _allows(self, cls: ClassType, operation: Operation) -> bool:
        """Whether ``http_method_names`` lets the requests in that write."""
        for base in self.inference.mro(cls):
            for binding in base.module.scopes[base.node].names.get("http_method_names", ())[-1:]:
                if isinstance(binding.value, ast.List | ast.Tuple):
                    verbs = {i.value for i in binding.value.elts if isinstance(i, ast.Constant)}
                    return not verbs.isdisjoint(_VERBS[operation])
        return True


def _own_names(cls: ClassType) -> frozenset[str]:
    return frozenset(cls.module.scopes[cls.node].names)
