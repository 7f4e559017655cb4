"""What an expression can be: the values that type inference gives. ``None`` stands for unknown."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode


@dataclass(frozen=True, slots=True)
class ModuleType:
    """A module of the project."""

    module: Module


@dataclass(frozen=True, slots=True)
class Namespace:
    """A directory of the tree that works as a package without ``__init__.py``."""

    path: str


@dataclass(frozen=True, slots=True)
class External:
    """Something from outside the tree, by dotted name: ``django.db.transaction.atomic``.

    An attribute of an instance is written with ``()``: ``pusher.Pusher().trigger``.
    """

    path: str


@dataclass(frozen=True, slots=True)
class ExternalInstance:
    """The result of calling something from outside the tree."""

    path: str


@dataclass(frozen=True, slots=True)
class ClassType:
    """A class of the project, as an object."""

    module: Module
    node: ast.ClassDef

    @property
    def name(self) -> str:
        """The class's own name."""
        return self.node.name

    @property
    def dotted(self) -> str:
        """Full dotted name."""
        return self.module.dotted(self.node)


@dataclass(frozen=True, slots=True)
class FunctionType:
    """A function or method of the project; ``bound`` is what ``self`` (or ``cls``) is."""

    module: Module
    node: FunctionNode
    bound: Type | None = None

    @property
    def dotted(self) -> str:
        """Full dotted name."""
        return self.module.dotted(self.node)


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a class of the project.

    Attributes:
        cls: The class.
        by_name: True when only a name speaks for it (a parameter called like a model): good enough
            to propose a change, not to apply one unasked.
    """

    cls: ClassType
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Many:
    """A manager, queryset, list or other iterable of one type.

    Attributes:
        element: The type.
        queryset: The project's own class of the manager or queryset, for its methods.
    """

    element: Type
    queryset: ClassType | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A dictionary whose values are of one type; None when that is not known."""

    value: Type | None


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """A callable with arguments that are passed before those of its call: ``partial(f, x)``.

    Attributes:
        function: What is called in the end.
        module: Where the partial is made.
        call: The call that makes it; its first argument is the function.
    """

    function: Type
    module: Module
    call: ast.Call


@dataclass(frozen=True, slots=True)
class TupleOf:
    """A tuple whose elements are known one by one."""

    elements: tuple[Type | None, ...]


@dataclass(frozen=True, slots=True)
class Returning:
    """A callable of which only the type of its result is known: ``Room.objects.get``."""

    result: Type | None


@dataclass(frozen=True, slots=True)
class NoneType:
    """The constant None: says nothing about what else a name may be."""


Type = (
    ModuleType
    | Namespace
    | External
    | ExternalInstance
    | ClassType
    | FunctionType
    | Instance
    | Many
    | Table
    | TupleOf
    | Prepared
    | Returning
    | NoneType
)


def join(types: list[Type | None]) -> Type | None:
    """The one type that all alternatives agree on; None constants do not count.

    One unknown alternative makes the whole unknown: right before clever.
    """
    known = [item for item in types if not isinstance(item, NoneType)]
    if not known:
        return NoneType() if types else None
    first = known[0]
    if first is None:
        return None
    by_name = False
    for other in known:
        if other is None:
            return None
        if isinstance(first, Instance) and isinstance(other, Instance) and first.cls == other.cls:
            by_name = by_name or first.by_name or other.by_name
        elif other != first:
            return None
    if isinstance(first, Instance) and by_name:
        return Instance(first.cls, True)
    return first


def iterated(base: Type | None) -> Type | None:
    """The type of one element when something of this type is iterated over."""
    if isinstance(base, Many):
        return base.element
    return join(list(base.elements)) if isinstance(base, TupleOf) else None
