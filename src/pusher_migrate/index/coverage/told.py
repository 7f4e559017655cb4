"""One telling: a place at which an event is sent, and the instances that it is about.

And what a function tells in all, in terms of what it is given.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.flow.graph import Graph, Node
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
        leaving: The item of a ``with`` that tells when it is left; ``call`` is its expression then.
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
    leaving: ast.withitem | None = None

    def nodes(self, graph: Graph) -> tuple[Node, ...]:
        """The nodes of its function at which it is sent."""
        if self.leaving is not None:
            return graph.context_exits(self.leaving)
        return graph.nodes_at(self.call)

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


@dataclass(frozen=True, slots=True)
class Summary:
    """What a function tells of one of its parameters.

    Attributes:
        told: The parameter, or what is read from it; the handle is None when it cannot be traced.
        method: The method.
        system: ``manager`` or ``legacy``.
        always: Whether on all its paths that end without an exception.
        deferred: Whether it is sent after the commit only.
    """

    told: Told
    method: str
    system: str
    always: bool
    deferred: bool
