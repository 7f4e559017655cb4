"""Find the calls of Pusher clients, by what their receivers are."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from pusher_migrate.index import sdk
from pusher_migrate.index.contracts import Direct, Shadowed
from pusher_migrate.index.infer import Inference
from pusher_migrate.index.modules import Module
from pusher_migrate.index.project import Project
from pusher_migrate.index.types import External, ExternalInstance, ModuleType

_CALL = re.compile(rb"\.\s*(?:" + "|".join(sdk.METHODS).encode() + rb")\s*\(")


def find_direct(
    inference: Inference, clients: Collection[str] = ()
) -> tuple[list[Direct], list[Shadowed]]:
    """All calls of a client's sending methods, and those on what only looks like a client.

    Args:
        inference: Type inference over the project.
        clients: Dotted names outside the tree that are clients whatever the code says.
    """
    direct: list[Direct] = []
    shadowed: list[Shadowed] = []
    for module in _modules_with_calls(inference.project):
        for call in module.calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr in sdk.METHODS:
                found = _consider(inference, clients, module, call, call.func)
                if isinstance(found, Direct):
                    direct.append(found)
                elif found is not None:
                    shadowed.append(found)
    return direct, shadowed


def _modules_with_calls(project: Project) -> list[Module]:
    """The modules in which some sending method is called.

    Without the word "pusher" in the tree (the SDK, or a name that speaks for it) there is none.
    """
    if not project.holding("pusher"):
        return []
    paths = {path for method in sdk.METHODS for path in project.matching(method, _CALL)}
    return [module for path in sorted(paths) if (module := project.module(path)) is not None]


def _consider(
    inference: Inference,
    clients: Collection[str],
    module: Module,
    call: ast.Call,
    function: ast.Attribute,
) -> Direct | Shadowed | None:
    method = function.attr
    receiver = inference.type_of(module, function.value)
    name = last_name(function.value)
    if receiver == ExternalInstance(sdk.CLIENT):
        return Direct(module, call, method)
    if receiver == ExternalInstance(f"{sdk.CLIENT}[]") and method == "trigger":
        return Direct(module, call, method, old_style=True)
    if isinstance(receiver, External) and receiver.path in clients:
        return Direct(module, call, method)
    if isinstance(receiver, External | ModuleType) and name in sdk.CLIENT_NAMES:
        path = receiver.path if isinstance(receiver, External) else receiver.module.name
        if path in sdk.MODULES or isinstance(receiver, ModuleType):
            return Shadowed(module, call, path)
        return Direct(module, call, method, by_name=True)
    if receiver is None and name.lstrip("_") in sdk.CLIENT_NAMES:
        old_style = isinstance(function.value, ast.Subscript)
        return Direct(module, call, method, by_name=True, old_style=old_style)
    return None


def last_name(node: ast.expr) -> str:
    """The last name of a receiver: ``client`` for ``self.client`` and ``client[\"x\"]``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    return node.id if isinstance(node, ast.Name) else ""
