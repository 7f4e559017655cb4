"""Find the calls of Pusher clients, by what their receivers are."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from pusher_migrate.index.calls.invocations import Invocation, last_name
from pusher_migrate.index.calls.references import Kept, References
from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.project import Project
from pusher_migrate.index.sending.alternatives import may_be_client
from pusher_migrate.index.sending.contracts import Direct, Shadowed
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import (
    External,
    ExternalInstance,
    Instance,
    ModuleType,
    Type,
)
from pusher_migrate.index.types.vendored import is_sdk_file
from pusher_migrate.nodes import walk

_INSTANCE = f"{sdk.CLIENT}()."
_CHANNEL = f"{sdk.CLIENT}[]()."


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """What was found of clients.

    Attributes:
        direct: Calls of a client's sending methods.
        shadowed: Calls on what only looks like a client.
        unresolved: Calls of a method of that name on something that is not known.
        kept: Methods of a client that are kept where their calls are not followed.
    """

    direct: list[Direct] = field(default_factory=list)
    shadowed: list[Shadowed] = field(default_factory=list)
    unresolved: list[Direct] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


def find_direct(
    inference: Inference, references: References, clients: Collection[str] = ()
) -> Found:
    """All calls of a client's sending methods, and those on what only looks like a client.

    Args:
        inference: Type inference over the project.
        references: Where names are used.
        clients: Dotted names outside the tree that are clients whatever the code says.
    """
    found = Found()
    modules = _modules_with_calls(inference.project)
    for use in references.uses(sdk.METHODS, modules) if modules else ():
        if isinstance(use, Kept):
            if _method_of(inference.type_of(use.module, use.node)) is not None:
                found.kept.append(use)
            continue
        considered = _consider(inference, clients, use)
        _add(found, considered)
    for module in modules:
        for call in module.calls_by_name.get("methodcaller", ()):
            _add(found, _called_by_name(inference, module, call))
    for group in (found.direct, found.shadowed, found.unresolved):
        group.sort(key=lambda item: (item.module.path, item.call.lineno, item.call.col_offset))
    return found


def _add(found: Found, considered: Direct | Shadowed | None) -> None:
    if isinstance(considered, Shadowed):
        found.shadowed.append(considered)
    elif considered is not None:
        known = considered.found_by != "unresolved"
        (found.direct if known else found.unresolved).append(considered)


def _called_by_name(inference: Inference, module: Module, maker: ast.Call) -> Direct | None:
    """``methodcaller("trigger", channel, event, data)(client)``, a call of the client's method.

    Source: Python's library reference, "operator.methodcaller".
    """
    method = maker.args[0].value if maker.args and isinstance(maker.args[0], ast.Constant) else None
    if not isinstance(method, str) or method not in sdk.METHODS:
        return None
    if inference.type_of(module, maker.func) != External("operator.methodcaller"):
        return None
    outer = module.parents[maker]
    applied = isinstance(outer, ast.Call) and outer.func is maker and len(outer.args) == 1
    receiver = outer.args[0] if isinstance(outer, ast.Call) and applied else None
    kind = inference.type_of(module, receiver) if receiver is not None else None
    known = kind == ExternalInstance(sdk.CLIENT)
    invocation = Invocation(
        module,
        maker,
        maker.args[0],
        External(f"{_INSTANCE}{method}"),
        tuple(maker.args[1:]),
        tuple(maker.keywords),
        "methodcaller",
    )
    found_by = "type" if known else "unresolved"
    return Direct(module, maker, method, not known, invocation=invocation, found_by=found_by)


def _modules_with_calls(project: Project) -> list[Module]:
    """The modules in which some sending method is named."""
    if not project.holding(*sdk.WORDS):
        return []
    paths = {
        path
        for method in sdk.METHODS
        for path in project.matching(method, sdk.NAMED)
        if not is_sdk_file(project, path)
    }
    return [module for path in sorted(paths) if (module := project.module(path)) is not None]


def _method_of(found: Type | None) -> tuple[str, bool] | None:
    """The client's method that an expression is, and whether it is one of an old SDK's channel."""
    if isinstance(found, External):
        method = found.path.rpartition(".")[2]
        if method in sdk.METHODS and found.path == f"{_INSTANCE}{method}":
            return method, False
        if found.path == f"{_CHANNEL}trigger":
            return method, True
    return None


def _consider(
    inference: Inference, clients: Collection[str], use: Invocation
) -> Direct | Shadowed | None:
    module, call = use.module, use.call
    method = _method_of(use.type)
    if method is not None:
        return Direct(module, call, method[0], old_style=method[1], invocation=use)
    target = use.target
    if not isinstance(target, ast.Attribute) or target.attr not in sdk.METHODS:
        return None
    receiver = inference.type_of(module, target.value)
    name = last_name(target.value)
    direct = Direct(module, call, target.attr, invocation=use)
    if isinstance(receiver, External) and receiver.path in clients:
        return direct
    if isinstance(receiver, External | ModuleType) and name in sdk.CLIENT_NAMES:
        path = receiver.path if isinstance(receiver, External) else receiver.module.name
        if path in sdk.MODULES or isinstance(receiver, ModuleType):
            return Shadowed(module, call, path)
    if isinstance(receiver, External | None):
        return _by_other_means(inference, direct, target.value)
    if _may_have(receiver, use.type) and _could_send(call, target.attr):
        return replace(direct, by_name=True, found_by="unresolved")
    return None


def _may_have(receiver: Type, method: Type | None) -> bool:
    """Whether something of a known type may send all the same: what the method is, is not known.

    What code from outside the tree gives, but for a model's plain fields and the mocks of a test,
    and an instance of a class of the tree that does not have the method by anything that is seen.
    """
    if isinstance(receiver, ExternalInstance):
        return not receiver.path.endswith("()") and not receiver.path.startswith("unittest.")
    return isinstance(receiver, Instance) and method is None


def _by_other_means(inference: Inference, direct: Direct, receiver: ast.expr) -> Direct | None:
    """A receiver of unknown type: by what the tree keeps under its name, or by its name."""
    module, call, method, use = direct.module, direct.call, direct.method, direct.invocation
    if _kept_client(inference, module, receiver):
        return Direct(module, call, method, True, invocation=use, found_by="attribute")
    if may_be_client(inference, module, receiver):
        return Direct(module, call, method, True, invocation=use, found_by="value")
    name = key_of(receiver) or last_name(receiver)
    if name.strip("_").lower() in sdk.CLIENT_NAMES:
        old = isinstance(receiver, ast.Subscript) and not key_of(receiver)
        return Direct(module, call, method, True, old, invocation=use, found_by="name")
    if inference.type_of(module, receiver) is None and _could_send(call, method):
        return Direct(module, call, method, True, invocation=use, found_by="unresolved")
    return None


def key_of(node: ast.expr) -> str:
    """The constant key of ``table["key"]``, when it is a name that speaks for a client."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        key = node.slice.value
        if isinstance(key, str) and key.strip("_").lower() in sdk.CLIENT_NAMES:
            return key
    return ""


def _could_send(call: ast.Call, method: str) -> bool:
    """Whether a call of an unknown object has the arguments of a send."""
    names = sdk.METHODS[method]
    count = len(call.args) + sum(keyword.arg in names for keyword in call.keywords)
    starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    return starred or count >= (1 if method == "trigger_batch" else 2)


def _kept_client(inference: Inference, module: Module, receiver: ast.expr) -> bool:
    """Whether what the tree stores under the attribute or key of a receiver is a client.

    ``app.live = Pusher(...)`` here, ``current_app.live.trigger(...)`` there: nothing says that the
    two objects are the same, but every such attribute of the tree is a client.
    """
    if isinstance(receiver, ast.Attribute):
        name = receiver.attr
    elif isinstance(receiver, ast.Subscript) and isinstance(receiver.slice, ast.Constant):
        name = receiver.slice.value if isinstance(receiver.slice.value, str) else ""
    else:
        return False
    if not name:
        return False
    subscript = isinstance(receiver, ast.Subscript)
    found: list[Type | None] = []
    for other in inference.project.modules_naming(name):
        for node in walk(other.tree):
            if isinstance(node, ast.Assign) and any(
                _stores(target, name, subscript) for target in node.targets
            ):
                found.append(inference.type_of(other, node.value))
    return bool(found) and all(item == ExternalInstance(sdk.CLIENT) for item in found)


def _stores(target: ast.expr, name: str, subscript: bool) -> bool:
    if subscript:
        return (
            isinstance(target, ast.Subscript)
            and isinstance(target.slice, ast.Constant)
            and target.slice.value == name
        )
    return isinstance(target, ast.Attribute) and target.attr == name
