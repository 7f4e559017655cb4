"""What the parts of type inference may ask each other, so that none has to import the whole."""

from __future__ import annotations

import ast
from typing import Protocol

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.project import Project
from pusher_migrate.index.code.scopes import Binding, Scope
from pusher_migrate.index.flow.locals import Locals
from pusher_migrate.index.types.types import ClassType, FunctionType, Type


class Questions(Protocol):
    """The questions that ``infer.Inference`` answers."""

    @property
    def project(self) -> Project:
        """The tree."""

    @property
    def locals(self) -> Locals:
        """The local names of functions."""

    def type_of(self, module: Module, expression: ast.expr) -> Type | None:
        """The type of an expression where it stands."""

    def member(self, base: Type | None, name: str) -> Type | None:
        """The type of ``base.name``."""

    def assigned(self, cls: ClassType, name: str) -> Type | None:
        """The type of an instance attribute from what the class's methods assign to it."""

    def mro(self, cls: ClassType) -> list[ClassType]:
        """The class and its bases inside the project."""

    def subclasses(self, cls: ClassType) -> list[ClassType]:
        """The classes of the project that derive from a class, at any distance."""

    def external_bases(self, cls: ClassType) -> set[str]:
        """Dotted names of the bases that lie outside the tree."""

    def returned(self, function: FunctionType) -> Type | None:
        """The type that a function returns."""

    def annotation(self, module: Module, node: ast.expr | None) -> Type | None:
        """The type of the values that an annotation admits."""

    def calls_named(self, name: str) -> list[tuple[Module, ast.Call]]:
        """All calls in the tree whose function ends in this name."""

    def module_name(self, module: Module, name: str) -> Type | None:
        """The type of a module-level name."""

    def bindings_at(
        self, module: Module, node: ast.Name, statement: ast.stmt
    ) -> tuple[Scope | None, list[Binding]]:
        """The bindings of a name that can hold when a statement reads it, with their scope."""
