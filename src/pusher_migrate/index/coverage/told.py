"""One telling: a place at which an event is sent, and the instances that it is about."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.instances.handles import Handle
from pusher_migrate.index.sending.contracts import Emission
from pusher_migrate.index.types.types import ClassType


@dataclass(frozen=True, slots=True)
class Told:
    """An instance that a telling is about.

    Attributes:
        handle: The instance; None when it is no plain chain of names.
        cls: Its model, if known.
        exact: False when only something that is read from the instance is passed (``room.id``).
    """

    handle: Handle | None
    cls: ClassType | None
    exact: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class Telling:
    """A place where subscribers are told of instances.

    Attributes:
        module: The file.
        call: The emission, or the call of a function that makes it.
        methods: The manager's methods that it is, or will be once it is migrated.
        about: The instances.
        certain: False when it may not be reached although its statement is completed.
        deferred: True when it is sent after the commit.
        system: ``manager`` or ``legacy``.
        emission: The emission, when the call is one itself.
        through: Dotted name of the called function that makes it, else empty.
        by_name: True when only a name says that it is an emission.
    """

    module: Module
    call: ast.expr
    methods: frozenset[str]
    about: tuple[Told, ...]
    certain: bool = True
    deferred: bool = False
    system: str = "manager"
    emission: Emission | None = None
    through: str = ""
    by_name: bool = False

    @property
    def line(self) -> int:
        """1-based line."""
        return self.call.lineno

    def handles(self, family: frozenset[ClassType]) -> frozenset[Handle]:
        """The handles that stand for the instance of a model that it is about.

        Args:
            family: The model and the classes that inherit from it, or that it inherits from.
        """
        own = [told for told in self.about if told.exact and told.cls in family]
        if not own:
            own = [told for told in self.about if told.cls is None or told.cls in family]
        return frozenset(told.handle for told in own if told.handle is not None)

    def is_blind(self, family: frozenset[ClassType]) -> bool:
        """Whether it may be about an instance of a model that cannot be named here."""
        own = [told for told in self.about if told.exact and told.cls in family]
        return any(told.handle is None for told in own) or not self.about
