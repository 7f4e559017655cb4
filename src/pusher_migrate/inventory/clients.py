"""Where clients are made, and those that come from outside the tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.types import External, ExternalInstance
from pusher_migrate.inventory.events import one_line
from pusher_migrate.inventory.values import Client, FoundBy
from pusher_migrate.model import Location

_MAKERS = ("Pusher", "PusherClient", "from_env", "from_url")


def clients_of(index: ProjectIndex) -> Iterator[Client]:
    """The places that make a client, then those clients that come from outside the tree."""
    inference = index.inference
    calls: set[ast.Call] = set()
    for name in _MAKERS:
        for module, call in inference.calls_named(name):
            made = inference.type_of(module, call) == ExternalInstance(sdk.CLIENT)
            function = inference.type_of(module, call.func)
            if made and isinstance(function, External):
                calls.add(call)
    found: list[Client] = []
    for module in index.project.parsed():
        for call in module.calls:
            if call in calls:
                found.append(Client(_bound_name(module, call), module.source.location(call)))
    yield from sorted(found, key=lambda client: (client.location or Location("", 0), client.name))
    outside: dict[str, FoundBy] = {}
    for direct in index.emissions.direct:
        receiver = direct.invocation.receiver if direct.invocation is not None else None
        if receiver is None or (direct.found_by == "type" and not direct.by_name):
            continue
        known = inference.type_of(direct.module, receiver)
        name = known.path if isinstance(known, External) else one_line(receiver)
        outside.setdefault(name, FoundBy(direct.found_by))
    for name in sorted(outside):
        yield Client(name, None, outside[name])


def _bound_name(module: Module, call: ast.Call) -> str:
    """What a client that is made is kept under, or the function that makes it."""
    statement = module.statement_around(call)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    outer = module.symbol(statement)
    base = f"{module.name}.{outer}" if outer else module.name
    function = module.named_function_around(statement)
    target = targets[0] if targets else None
    if isinstance(target, ast.Name) and function is None:
        return f"{base}.{target.id}"
    if isinstance(target, ast.Attribute) and function is not None:
        cls = module.class_around(function)
        if cls is not None:
            return f"{module.dotted(cls)}.{target.attr}"
    return f"{base}()" if function is not None else base
