"""What the catalogue watches, where in the tree it may be written, and which code is left out.

Only files whose bytes hold a watched field's name, or a name through which rows are made and
deleted (the model, its related names, its serializers and forms), are ever parsed for writes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pusher_migrate.catalogue import Catalogue, State
from pusher_migrate.catalogue.values import Known, Operation
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import decorator_name, imported_as
from pusher_migrate.index.types import models
from pusher_migrate.index.types.django import meta_model
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, External
from pusher_migrate.nodes import walk

_WORD = re.compile(rb"\w")
_UNPACKED = re.compile(rb"\s*\*\*")
_CHOOSERS = ("serializer_class", "form_class")

# Django's base classes of code that is left out, by their last name.
_LEFT_OUT_BASES = {
    "BaseCommand": "a management command",
    "SimpleTestCase": "a test",
    "TestCase": "a test",
    "TransactionTestCase": "a test",
    "LiveServerTestCase": "a test",
    "APITestCase": "a test",
    "APITransactionTestCase": "a test",
    "IsolatedAsyncioTestCase": "a test",
    "DjangoModelFactory": "a fixture",
}


@dataclass(frozen=True, eq=False, slots=True)
class WatchedModel:
    """A model of which the catalogue watches fields.

    Attributes:
        cls: The class.
        states: Its entries, in the order of the file.
        fields: All fields that they watch.
        columns: Attribute and the field that it sets: ``assigned_room_id`` sets ``assigned_room``.
    """

    cls: ClassType
    states: tuple[State, ...]
    fields: tuple[str, ...]
    columns: dict[str, str]

    @property
    def label(self) -> str:
        """The model's name in the catalogue."""
        return self.states[0].model

    def operations(self) -> frozenset[Operation]:
        """What some entry of the model counts as a write."""
        return frozenset(operation for state in self.states for operation in state.on)


@dataclass(frozen=True, eq=False, slots=True)
class LeftOut:
    """Code of a file that is left out, seen by its text only.

    Attributes:
        path: The file.
        line: 1-based line of the first write.
        count: How many places look like writes.
        what: What kind of code it is, ``a test``.
    """

    path: str
    line: int
    count: int
    what: str


class Watch:
    """The watched models of a project.

    Args:
        inference: The project.
        catalogue: What is watched.
    """

    def __init__(self, inference: Inference, catalogue: Catalogue) -> None:
        self.inference = inference
        self.catalogue = catalogue
        self.models: list[WatchedModel] = []
        self.unknown: list[tuple[State, str]] = []
        self._by_class: dict[ClassType, WatchedModel | None] = {}
        self._resolve(catalogue.states)

    def _resolve(self, states: Iterable[State]) -> None:
        found: dict[ClassType, list[State]] = {}
        for state in states:
            cls = models.model_by_label(self.inference, state.model)
            if cls is None:
                self.unknown.append((state, f"the project has no model {state.model}"))
            else:
                found.setdefault(cls, []).append(state)
        for cls, own in found.items():
            declared = models.all_fields(self.inference, cls)
            fields = tuple(dict.fromkeys(name for state in own for name in state.fields))
            columns = {name: name for name in fields}
            for name in fields:
                field = declared.get(name)
                if field is not None and field.kind in ("ForeignKey", "OneToOneField"):
                    columns[f"{name}_id"] = name
            self.models.append(WatchedModel(cls, tuple(own), fields, columns))

    def of(self, cls: ClassType) -> WatchedModel | None:
        """The watched model that a class is, or inherits from."""
        if cls not in self._by_class:
            family = self.inference.mro(cls)
            self._by_class[cls] = next((m for m in self.models if m.cls in family), None)
        return self._by_class[cls]

    def built_by(self, module: Module, call: ast.Call) -> WatchedModel | None:
        """The watched model of which a call makes an instance that has no row yet."""
        function = call.func
        if isinstance(function, ast.Name):
            name = imported_as(module, function)
        else:
            name = function.attr if isinstance(function, ast.Attribute) else ""
        if name not in self._names:
            return None
        found = self.inference.type_of(module, function)
        return self.of(found) if isinstance(found, ClassType) else None

    @cached_property
    def _names(self) -> frozenset[str]:
        """The names of the watched models, and of the models that derive from them."""
        heirs = {cls.name for model in self.models for cls in self.inference.subclasses(model.cls)}
        return frozenset(heirs | {model.cls.name for model in self.models})

    def entries(
        self, model: WatchedModel, written: Mapping[str, Known | None], operation: Operation
    ) -> tuple[tuple[State, ...], tuple[State, ...]]:
        """The entries that apply to a write, and those that may (`Catalogue.states_for`)."""
        states: list[State] = []
        undecided: list[State] = []
        for label in dict.fromkeys(state.model for state in model.states):
            match = self.catalogue.states_for(label, written, operation)
            states += match.states
            undecided += match.undecided
        return tuple(states), tuple(undecided)

    @cached_property
    def columns(self) -> frozenset[str]:
        """All attributes whose assignment may be a write."""
        return frozenset(column for model in self.models for column in model.columns)

    # --- Files ------------------------------------------------------------------------------------

    def modules(self) -> list[Module]:
        """The modules that may write watched state, in path order; left out ones are not parsed."""
        paths = {path for path in self._candidates() if left_out_path(path) is None}
        found = (self.inference.project.module(path) for path in sorted(paths))
        return [module for module in found if module is not None]

    def _candidates(self) -> set[str]:
        if not self.models:
            return set()
        return self._assigning() | self.making | self.serializing

    def _assigning(self) -> set[str]:
        """Files whose text assigns an attribute of a watched name, or passes such a keyword."""
        names = b"|".join(re.escape(column.encode()) for column in sorted(self.columns))
        assigned = re.compile(
            rb"\.(?:%b)\b(?:[ \t]*(?::[^=\n]*|[-+*/%%&|^<>@]{0,3})=(?!=)|[^=\n]*,.*=)" % names
        )
        named = re.compile(rb"\b(?:%b)\b" % names)

        def assigns(raw: bytes) -> bool:
            return (
                assigned.search(raw) is not None
                or any(_opened(raw, "setattr"))
                or any(
                    named.search(raw, at, end if end >= 0 else len(raw))
                    for at in _opened(raw, "update", "save", "create", "bulk_update")
                    for end in (raw.find(b")", at),)
                )
            )

        return self._holding(self.columns, assigns)

    def _holding(self, words: Iterable[str], decides: Callable[[bytes], bool]) -> set[str]:
        """Files in which one of some words stands, and whose bytes meet a condition."""
        project = self.inference.project
        return {
            path
            for path in project.naming(*words)
            if left_out_path(path) is None and decides(project.raw(path))
        }

    @cached_property
    def making(self) -> set[str]:
        """Files that may make or delete rows of a watched model."""
        classes = "|".join(sorted(self._names)).encode()
        built = re.compile(rb"\b(?:%b)\s*\(" % classes)

        def saves_new(raw: bytes) -> bool:
            last = max(raw.rfind(b".save("), raw.rfind(b".asave("))
            return last >= 0 and built.search(raw, 0, last) is not None

        made = self._holding({*self._names, *self._related_names()}, _may_make)
        return made | self._holding(self._names, saves_new)

    @cached_property
    def serializing(self) -> set[str]:
        """Files that define, or may save, a serializer or form of a watched model."""
        return self._holding(
            self.writers, lambda raw: any(_opened(raw, "save", "asave", "update", "create"))
        )

    def _related_names(self) -> set[str]:
        """Names of the managers on other models through which rows are made."""
        names = set()
        for model in self.models:
            for field in models.all_fields(self.inference, model.cls).values():
                if field.is_relation:
                    names.add(field.related_name or f"{model.cls.name.lower()}_set")
        return {name for name in names if name.isidentifier()}

    @cached_property
    def writers(self) -> set[str]:
        """Names of serializers and forms of watched models, and of the views that choose them."""
        project = self.inference.project
        pattern = re.compile(
            rb"^\s+model\s*=\s*[\w.]*\b(?:%b)\b" % "|".join(sorted(self._names)).encode(),
            re.MULTILINE,
        )
        names: set[str] = set()
        for path in project.holding("class Meta"):
            if left_out_path(path) is not None or not pattern.search(project.raw(path)):
                continue
            module = project.module(path)
            for node in module.classes if module is not None else ():
                cls = ClassType(module, node)  # type: ignore[arg-type]
                inner = [part.name for part in node.body if isinstance(part, ast.ClassDef)]
                meant = meta_model(self.inference, cls) if "Meta" in inner else None
                if meant is not None and self.of(meant) is not None:
                    names |= {node.name, *(heir.name for heir in self.inference.subclasses(cls))}
        if not names:
            return set()
        views = set()
        for path in set(project.naming(*names)) & set(project.naming(*_CHOOSERS)):
            module = project.module(path) if left_out_path(path) is None else None
            for node in module.classes if module is not None else ():
                if names & {part.id for part in walk(node) if isinstance(part, ast.Name)}:
                    views.add(node.name)
        return names | views

    def left_out_files(self) -> list[LeftOut]:
        """Files that are left out by their path and look as if they wrote watched state."""
        if not self.columns:
            return []
        project = self.inference.project
        names = b"|".join(re.escape(column.encode()) for column in sorted(self.columns))
        pattern = re.compile(rb"\b(?:" + names + rb")\s*[-+*/|&%^]?=(?!=)")
        found = []
        for path in project.naming(*self.columns):
            what = left_out_path(path)
            if what is None:
                continue
            raw = project.raw(path)
            places = [match.start() for match in pattern.finditer(raw)]
            if places:
                line = raw.count(b"\n", 0, places[0]) + 1
                found.append(LeftOut(path, line, len(places), what))
        return found


def _may_make(raw: bytes) -> bool:
    """Whether code may make or delete rows, or write a field without naming it in the file."""
    return (
        b"create(" in raw
        or any(_opened(raw, "delete", "adelete", "setattr"))
        or any(_UNPACKED.match(raw, at) for at in _opened(raw, "update", "aupdate"))
    )


def _opened(raw: bytes, *names: str) -> Iterator[int]:
    """Offsets behind each ``name(``; searching for the text is faster than any pattern."""
    for name in names:
        opening = f"{name}(".encode()
        at = raw.find(opening)
        while at >= 0:
            if not at or not _WORD.match(raw, at - 1):
                yield at + len(opening)
            at = raw.find(opening, at + 1)


def left_out_path(path: str) -> str | None:
    """What kind of code a file is that is left out by its path (Django's and pytest's layout)."""
    *folders, name = path.split("/")
    if "migrations" in folders:
        return "a migration"
    if "commands" in folders and "management" in folders:
        return "a management command"
    if {"tests", "test"} & set(folders) or name in ("tests.py", "conftest.py"):
        return "a test"
    if name.startswith("test_") or name.endswith(("_test.py", "_tests.py")):
        return "a test"
    if "fixtures" in folders or "factories" in folders or name == "factories.py":
        return "a fixture"
    return None


def left_out_code(inference: Inference, module: Module, node: ast.AST) -> str | None:
    """What kind of code stands at a place that is left out by path, base class or decorator."""
    by_path = left_out_path(module.path)
    if by_path is not None:
        return by_path
    function = module.named_function_around(node)
    while function is not None:
        if _is_admin_action(inference, module, function):
            return "an admin action"
        function = module.named_function_around(function)
    for outer in module.ancestors(node):
        if isinstance(outer, ast.ClassDef):
            for base in inference.external_bases(ClassType(module, outer)):
                what = _LEFT_OUT_BASES.get(base.rpartition(".")[2])
                if what is not None:
                    return what
    return None


def _is_admin_action(
    inference: Inference, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> bool:
    """``@admin.action``, or the signature that Django calls actions with in a ModelAdmin."""
    for decorator in function.decorator_list:
        if decorator_name(decorator) == "action":
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            found = inference.type_of(module, target)
            if isinstance(found, External) and found.path.startswith("django.contrib.admin"):
                return True
    names = [argument.arg for argument in function.args.args]
    if names[-2:] != ["request", "queryset"]:
        return False
    if names[0] == "modeladmin":
        return True
    cls = module.class_around(function)
    if cls is None:
        return False
    bases = inference.external_bases(ClassType(module, cls))
    return any(base.rpartition(".")[2].endswith("ModelAdmin") for base in bases)
