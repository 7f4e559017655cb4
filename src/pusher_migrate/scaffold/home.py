"""Where a new method goes and how it is to be written there, or why it cannot be written."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.index.types.types import ClassType
from pusher_migrate.rule import Context
from pusher_migrate.scaffold.placement import owner_of, place_of, section_around
from pusher_migrate.scaffold.style import Style, style_of
from pusher_migrate.scaffold.transport import Transport, neighbours_of, transport_of
from pusher_migrate.syntax.layout import Refusal


@dataclass(frozen=True, eq=False, slots=True)
class Home:
    """Where a new method goes.

    Attributes:
        manager: The manager's class.
        owner: The class that gets the method: the manager's, or one of its bases.
        behind: The statement of its body behind which the method goes.
        neighbours: The sending methods of that class.
        near: Those of the method's own section.
        transport: What they send through.
        style: How they are written.
    """

    manager: ClassType
    owner: ClassType
    behind: ast.stmt
    neighbours: tuple[Contract, ...]
    near: frozenset[ast.AST]
    transport: Transport
    style: Style


def home_of(context: Context, method: str) -> Home | Refusal:
    """The place for a new method of the manager.

    Args:
        context: The project.
        method: Name of the method.
    """
    index = context.index
    manager = index.emissions.manager_class
    if manager is None:
        return _no_class(context)
    for cls in index.inference.mro(manager):
        if method in cls.module.scopes[cls.node].names:
            return Refusal(
                f"{cls.name} already has something called {method}, which is no method that could "
                "be called; choose another name in the catalogue"
            )
    owner = owner_of(index, manager, method)
    neighbours = neighbours_of(index, owner)
    nodes = [c.method.node for c in index.emissions.contracts.values()]
    if nodes and all(isinstance(node, ast.AsyncFunctionDef) for node in nodes):
        return Refusal(
            f"the methods of {manager.name} are coroutines, and the call stands in a plain "
            "function; write method and call by hand"
        )
    transport = transport_of(index, owner)
    if isinstance(transport, Refusal):
        return transport
    behind = place_of(index, owner, method)
    near = section_around(owner, behind)
    style = style_of(index, owner, neighbours)
    return Home(manager, owner, behind, tuple(neighbours), near, transport, style)


def _no_class(context: Context) -> Refusal:
    """Why the manager's class is not known."""
    manager = context.catalogue.manager
    if manager is None:
        return Refusal("the catalogue names no manager: add [manager] object")
    project = context.index.project
    name = manager.class_name or manager.object
    parts = name.split(".")
    for count in range(len(parts) - 1, 0, -1):
        path = project.find_module(".".join(parts[:count]))
        if path is None:
            continue
        if path in project.errors:
            return Refusal(
                f"the manager's file {path} could not be parsed (PM901), so that no method can be "
                "written into it; repair it first"
            )
        return Refusal(
            f"the class of the manager {name} was not found from {path}; name it in the "
            "catalogue, [manager] class"
        )
    return Refusal(
        f"the manager {name} is not part of this tree, so that no method can be written into it; "
        "make a subclass of it here and name its object in [manager]"
    )
