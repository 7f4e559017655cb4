"""Find the manager from the code: the class whose methods send, and the object that callers use."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.catalogue.values import DEFAULT_PREFIX
from pusher_migrate.draft.values import Certainty, DraftManager
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.calls.invocations import calls_within
from pusher_migrate.index.calls.references import Kept
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import absolute_name, decorator_name
from pusher_migrate.index.sending.contracts import Send
from pusher_migrate.index.sending.sends import first_statement
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance
from pusher_migrate.index.values.values import Frame, Text

# Fewer methods of one prefix are a coincidence, unless the prefix is the usual one.
_ENOUGH = 2
# What a method that does more than send calls: Django's and SQLAlchemy's ways to write.
_WRITES = frozenset(
    {
        "save",
        "asave",
        "create",
        "acreate",
        "bulk_create",
        "get_or_create",
        "update_or_create",
        "bulk_update",
        "delete",
        "adelete",
        "commit",
        "add",
        "flush",
        "merge",
    }
)
# Bases that do not make a class part of a framework, which would call its methods by itself.
_PLAIN_BASES = frozenset(
    {"abc.ABC", "typing.Generic", "typing.Protocol", "pusher.Pusher", "object"}
)


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """The sending methods of one class that share a prefix.

    Attributes:
        cls: The class.
        prefix: What their names begin with.
        methods: The methods.
    """

    cls: ClassType
    prefix: str
    methods: tuple[FunctionType, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Usage:
    """How a class is used.

    Attributes:
        instances: Dotted names of module-level instances, with the number of calls through each.
        on_the_spot: Number of calls of a newly made instance, or of the class itself.
        imported_from: Module that callers import an instance or the class from, counted.
    """

    instances: Counter[str]
    on_the_spot: int
    imported_from: Counter[tuple[str, str]]

    @property
    def calls(self) -> int:
        """All calls that were seen."""
        return self.on_the_spot + sum(self.instances.values())


def find_manager(index: ProjectIndex) -> DraftManager | None:
    """The class with most methods that send and share a prefix, when callers use it.

    Args:
        index: A project that was indexed without a manager.
    """
    usages = [(group, _usage(index, group)) for group in _groups(index)]
    # A class that nobody calls may be run by a framework, unless its prefix says what it is.
    ranked = sorted(
        (item for item in usages if item[1].calls or item[0].prefix == DEFAULT_PREFIX),
        key=lambda item: (
            -bool(item[1].calls),
            -(item[0].prefix == DEFAULT_PREFIX),
            -len(item[0].methods),
            -item[1].calls,
            item[0].cls.dotted,
        ),
    )
    if not ranked:
        return None
    group, usage = ranked[0]
    family = {*index.inference.mro(group.cls), *index.inference.subclasses(group.cls)}
    others = [item for item, _ in ranked if item.cls not in family]
    return _drafted(index.inference, group, usage, 1 + len(others))


def _drafted(inference: Inference, group: Group, usage: Usage, choices: int) -> DraftManager:
    cls = group.cls
    instances = usage.instances.most_common()
    most = instances[0][1] if instances else 0
    declared = _module_instances(inference, cls)
    if instances and most >= usage.on_the_spot:
        chosen = instances[0][0]
    elif usage.on_the_spot or not declared:
        chosen = cls.dotted
    else:
        chosen = declared[0]
    name = chosen.rpartition(".")[2]
    home = chosen.rpartition(".")[0]
    froms = Counter({m: n for (m, what), n in usage.imported_from.items() if what == name})
    usual = froms.most_common(1)[0][0] if froms else home
    unsure = choices > 1 or not usage.calls
    shared = f"begin with {group.prefix!r}" if group.prefix else "have no common prefix"
    why = f"{len(group.methods)} methods of {cls.name} send and {shared}"
    why += f"; {usage.calls} calls of them were found" if usage.calls else "; no call of them"
    if choices > 1:
        why += f"; {choices - 1} other classes send too, but less"
    return DraftManager(
        chosen,
        cls.dotted,
        group.prefix,
        usual if usual != home else None,
        len(group.methods),
        usage.calls,
        Certainty.LIKELY if unsure else Certainty.SURE,
        why,
    )


# --- Candidates -----------------------------------------------------------------------------------


def _groups(index: ProjectIndex) -> Iterator[Group]:
    """The classes with sending methods of one prefix, their own or those of a base, the largest
    prefix of each."""
    seen: set[ast.ClassDef] = set()
    for direct in _calling_methods(index):
        for cls in (direct, *index.inference.subclasses(direct)):
            if cls.node not in seen:
                seen.add(cls.node)
                group = _group(index, cls)
                if group is not None:
                    yield group


def _calling_methods(index: ProjectIndex) -> Iterator[ClassType]:
    """The classes in whose methods something is sent, directly or through a wrapper."""
    for emission in index.emissions.emissions:
        yield from _class_of(emission.module, emission.call)
    for direct in index.emissions.direct:
        yield from _class_of(direct.module, direct.call)
    for uses in (index.emissions.callers_of(w) for w in index.emissions.wrappers.values()):
        for use in uses:
            yield from _class_of(use.module, use.call)


def _class_of(module: Module, node: ast.AST) -> Iterator[ClassType]:
    function = module.named_function_around(node)
    while function is not None:
        cls = module.class_around(function)
        if cls is not None:
            yield ClassType(module, cls)
        function = module.named_function_around(function)


def _group(index: ProjectIndex, cls: ClassType) -> Group | None:
    inference = index.inference
    if inference.external_bases(cls) - _PLAIN_BASES or is_test_module(inference, cls.module):
        return None
    methods = _methods(inference, cls)
    sending = [method for method in methods if _sends_known_event(index, method)]
    by_prefix: dict[str, list[FunctionType]] = {}
    for method in sending:
        first, underscore, rest = _name(method).partition("_")
        if rest:
            by_prefix.setdefault(first + underscore, []).append(method)
    chosen = max(by_prefix, key=lambda prefix: (len(by_prefix[prefix]), prefix), default="")
    found = by_prefix.get(chosen, [])
    if len(found) < _ENOUGH and not (found and chosen == DEFAULT_PREFIX):
        whole = len(sending) > _ENOUGH and len(sending) == len(methods)
        chosen, found = "", sending if whole else []
    if not found or any(_writes(method) for method in found):
        return None  # What writes as well is a service, and its calls are to be migrated.
    return Group(cls, chosen, tuple(found))


def _methods(inference: Inference, cls: ClassType) -> list[FunctionType]:
    """The public methods of a class, those of its bases included."""
    found: dict[str, FunctionType] = {}
    for base in inference.mro(cls):
        for node in base.node.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.setdefault(node.name, FunctionType(base.module, node, Instance(cls)))
    return [
        method
        for name, method in found.items()
        if isinstance(method.node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not name.startswith("_")
        and not {decorator_name(item) for item in method.node.decorator_list} & {"property"}
    ]


def _writes(method: FunctionType) -> bool:
    return any(
        isinstance(call.func, ast.Attribute) and call.func.attr in _WRITES
        for call in calls_within(method.node)
    )


def _sends_known_event(index: ProjectIndex, method: FunctionType) -> bool:
    """Whether a method sends an event of its own: not one that its callers choose."""
    if not index.emissions.may_send(method):
        return False
    frame = Frame(method.module, method.node, first_statement(method))
    return any(_is_known(send) for send in index.emissions.sends_of(method, frame))


def _is_known(send: Send) -> bool:
    return isinstance(send.event, Text) and send.event.literal is not None


def _name(method: FunctionType) -> str:
    assert isinstance(method.node, ast.FunctionDef | ast.AsyncFunctionDef)
    return method.node.name


# --- Use ------------------------------------------------------------------------------------------


def _usage(index: ProjectIndex, group: Group) -> Usage:
    usage = Usage(Counter(), 0, Counter())
    nodes = {method.node for method in group.methods}
    names = [_name(method) for method in group.methods]
    own = {base.node for base in index.inference.mro(group.cls)}
    on_the_spot = 0
    modules: dict[str, Module] = {}
    for use in index.emissions.references.uses(names):
        if isinstance(use, Kept) or not isinstance(use.type, FunctionType):
            continue
        if use.type.node not in nodes or is_test_module(index.inference, use.module):
            continue
        if any(parent in own for parent in use.module.ancestors(use.call)):
            continue
        modules[use.module.path] = use.module
        dotted = _instance_name(index.inference, use.module, use.receiver, group.cls)
        if dotted:
            usage.instances[dotted] += 1
        elif _is_of_class(index.inference, use.module, use.receiver, group.cls):
            on_the_spot += 1
    wanted = {group.cls.name, *(name.rpartition(".")[2] for name in usage.instances)}
    for module in modules.values():
        for statement in module.imports:
            origin = (
                absolute_name(module, statement) if isinstance(statement, ast.ImportFrom) else None
            )
            if origin is None:
                continue
            for alias in statement.names:
                if alias.name in wanted:
                    usage.imported_from[origin, alias.name] += 1
    return Usage(usage.instances, on_the_spot, usage.imported_from)


def _module_instances(inference: Inference, cls: ClassType) -> list[str]:
    """Dotted names of the instances of a class that the modules of the tree keep."""
    found = []
    for module, call in inference.calls_named(cls.name):
        statement = module.parents.get(call)
        if inference.type_of(module, call.func) != cls or not isinstance(statement, ast.Assign):
            continue
        if isinstance(module.parents.get(statement), ast.Module) and isinstance(
            statement.targets[0], ast.Name
        ):
            found.append(f"{module.name}.{statement.targets[0].id}")
    return found


def _instance_name(
    inference: Inference, module: Module, receiver: ast.expr | None, cls: ClassType
) -> str:
    """The dotted name of the module-level instance that a receiver is; empty for all else."""
    if not isinstance(receiver, ast.Name | ast.Attribute):
        return ""
    found = inference.type_of(module, receiver)
    if not isinstance(found, Instance) or found.cls != cls:
        return ""
    last = receiver.attr if isinstance(receiver, ast.Attribute) else receiver.id
    candidates = _module_instances(inference, cls)
    named = [name for name in candidates if name.rpartition(".")[2] == last]
    if len(named) == 1:
        return named[0]
    return candidates[0] if len(candidates) == 1 and not _is_local(module, receiver) else ""


def _is_local(module: Module, receiver: ast.expr) -> bool:
    """Whether a receiver is a name that a function binds otherwise than by an import."""
    if not isinstance(receiver, ast.Name):
        return True
    scope = module.scope_at(receiver).find(receiver.id)
    if scope is None or scope.is_module:
        return False
    return any(binding.kind != "import" for binding in scope.names[receiver.id])


def _is_of_class(
    inference: Inference, module: Module, receiver: ast.expr | None, cls: ClassType
) -> bool:
    if receiver is None:
        return False
    found = inference.type_of(module, receiver)
    return found == cls or (isinstance(found, Instance) and found.cls == cls)
