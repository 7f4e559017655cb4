"""What the parts that follow an object may ask of the whole, so that none has to import it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from pusher_migrate.index.calls.dispatched import Dispatch
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.instances.body import Body
from pusher_migrate.index.instances.calling import Outcome
from pusher_migrate.index.instances.chains import Reference
from pusher_migrate.index.instances.links import Link
from pusher_migrate.index.instances.touches import Touch
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import FunctionType


class Functions(Protocol):
    """What knows the functions of a project."""

    inference: Inference
    dispatch: Dispatch

    def is_harmless(self, node: FunctionNode) -> bool:
        """Whether a function is known to read only."""

    def outcome(self, function: FunctionType, ref: Reference, depth: int) -> Outcome:
        """What calling a function does about an object."""

    def body(self, module: Module, function: FunctionNode) -> Body:
        """A function, prepared for being followed."""

    def properties(self, body: Body, depth: int) -> list[Link]:
        """What a function reads from properties, as other names for what those return."""

    def touches_in(
        self, module: Module, function: FunctionNode, refs: Iterable[Reference], depth: int
    ) -> list[Touch] | None:
        """What a function does to an object; None when it has too many paths."""

    def stored(self, function: FunctionType, depth: int) -> frozenset[str]:
        """The attributes that a function sets."""
