"""What a call gives, and who calls a function."""

from __future__ import annotations

import ast

from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import (
    argument_for,
    decorator_name,
    default_of,
    keyword_of,
    own_nodes,
)
from pusher_migrate.index.types import builtin, collected, django, importing
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    FunctionType,
    Instance,
    Many,
    NoneType,
    Prepared,
    Returning,
    Type,
    join,
)

# A parameter that more calls pass something for is not worth following.
MAX_CALLERS = 40
# Of a name that is called in more places than this (``get``, ``filter``), hardly any call is of the
# function in question, and to find out would be to infer the type of every receiver in the tree.
MAX_CALLS_OF_NAME = 200

# A call of one of these gives its first argument in another guise: called, it does the same.
_SAME_CALLABLE = (
    "asgiref.sync.sync_to_async",
    "asgiref.sync.async_to_sync",
    "channels.db.database_sync_to_async",
    "functools.wraps",
    "functools.lru_cache",
    "functools.cache",
)
# An object that calls its argument when it is first used, and is what that gives from then on.
_LAZY = (
    "django.utils.functional.SimpleLazyObject",
    "werkzeug.local.LocalProxy",
    "lazy_object_proxy.Proxy",
)
# What the text that is its argument names. Source: Django docs, "import_string"; importlib.
_IMPORTERS = ("django.utils.module_loading.import_string", "importlib.import_module")
_DEPENDS = ("Depends", "Security")
_CONTEXT_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})


def value(inference: Questions, module: Module, node: ast.Call) -> Type | None:
    """The type of a call's value."""
    function = inference.type_of(module, node.func)
    if isinstance(function, Prepared):
        function = function.function
    match function:
        case ClassType():
            return Instance(function)
        case FunctionType():
            return inference.returned(function)
        case External(path):
            if path in sdk.CONSTRUCTORS:
                return ExternalInstance(sdk.CLIENT)
            return _special(inference, module, node, path)
        case Returning(result):
            return result
        case Many() if keyword_of(node, "manager") is not None:
            # ``order.lines(manager="open")`` are the same rows by another manager. Source: Django
            # docs, "Using a custom reverse manager".
            return Many(function.element)
        case None if isinstance(node.func, ast.Attribute):
            return _of_super(inference, module, node.func)
    if isinstance(node.func, ast.Name) and module.scope_at(node).find(node.func.id) is None:
        return builtin.value(inference, module, node, node.func.id)
    return None


def _special(inference: Questions, module: Module, node: ast.Call, path: str) -> Type | None:
    """Calls of what lies outside the tree and is known to hand on what it is given."""
    first = node.args[0] if node.args else None
    if path == "functools.partial" and first is not None:
        function = inference.type_of(module, first)
        return Prepared(function, module, node) if function is not None else None
    if path in _SAME_CALLABLE and first is not None:
        return inference.type_of(module, first)
    if path in _LAZY and first is not None:
        return called(inference, inference.type_of(module, first))
    if path.rpartition(".")[2] in _DEPENDS and path.startswith("fastapi.") and first is not None:
        provider = inference.type_of(module, first)
        given = called(inference, provider)
        generator = isinstance(provider, FunctionType) and yielded(inference, provider) is not None
        return given.element if generator and isinstance(given, Many) else given
    if path in _IMPORTERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return importing.named(inference, first.value, module)
    table = collected.empty_table(path)
    return table or django.external_call(inference, module, node, path)


def called(inference: Questions, function: Type | None) -> Type | None:
    """What calling something of this type gives."""
    match function:
        case ClassType():
            return Instance(function)
        case FunctionType():
            return inference.returned(function)
        case Prepared(inner):
            return called(inference, inner)
        case External(path) if path in sdk.CONSTRUCTORS:
            return ExternalInstance(sdk.CLIENT)
        case Returning(result):
            return result
    return None


def _of_super(inference: Questions, module: Module, target: ast.Attribute) -> Type | None:
    """What ``super().create(...)`` gives where the base lies outside the tree."""
    made = target.value
    if not (isinstance(made, ast.Call) and isinstance(made.func, ast.Name)):
        return None
    function = module.named_function_around(target)
    cls = module.class_around(function) if function is not None else None
    if made.func.id != "super" or cls is None:
        return None
    found = django.super_method(inference, ClassType(module, cls), target.attr)
    return found.result if isinstance(found, Returning) else None


def yielded(inference: Questions, function: FunctionType) -> Type | None:
    """What a generator function gives: an iterable of what it yields."""
    node = function.node
    if isinstance(node, ast.Lambda):
        return None
    types = [
        inference.type_of(function.module, part.value) if part.value is not None else NoneType()
        for part in own_nodes(node)
        if isinstance(part, ast.Yield)
    ]
    element = join(types) if types else None
    return Many(element) if element is not None and not isinstance(element, NoneType) else None


def is_context_manager(inference: Questions, module: Module, call: ast.Call) -> bool:
    """True for the call of a generator function under ``@contextmanager``."""
    found = inference.type_of(module, call.func)
    if not isinstance(found, FunctionType) or isinstance(found.node, ast.Lambda):
        return False
    return bool({decorator_name(d) for d in found.node.decorator_list} & _CONTEXT_MANAGERS)


def callers(inference: Questions, function: FunctionType) -> list[tuple[Module, ast.Call, bool]]:
    """All calls in the tree that are known to call a function.

    Returns:
        Module, call, and whether the call passes ``self`` without naming it.
    """
    node = function.node
    if isinstance(node, ast.Lambda):
        return []
    found = []
    for module, call in inference.calls_named(node.name):
        target = inference.type_of(module, call.func)
        if isinstance(target, FunctionType) and target.node is node:
            found.append((module, call, target.bound is not None))
    cls = function.module.class_around(node) if node.name == "__init__" else None
    if cls is not None:
        owner = ClassType(function.module, cls)
        found += [(module, call, True) for module, call in _makers(inference, owner)]
    return found


def _makers(inference: Questions, owner: ClassType) -> list[tuple[Module, ast.Call]]:
    """The calls that run a class's ``__init__``: of the class, and of subclasses that lack one."""
    classes = [owner]
    for heir in inference.subclasses(owner):
        first = next(
            base
            for base in inference.mro(heir)
            if "__init__" in base.module.scopes[base.node].names
        )
        if first == owner:
            classes.append(heir)
    return [
        (module, call)
        for cls in classes
        for module, call in inference.calls_named(cls.name)
        if inference.type_of(module, call.func) == cls
    ]


def _called_as(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The name by which others call a function: that of the class, if it is its ``__init__``."""
    cls = module.class_around(function) if function.name == "__init__" else None
    return cls.name if cls is not None else function.name


def passed(
    inference: Questions, module: Module, function: FunctionNode, argument: ast.arg
) -> Type | None:
    """The type of what the callers of a function pass for a parameter, when they agree."""
    if isinstance(function, ast.Lambda) or function.args.vararg is argument:
        return None
    if inference.project.is_called_often(_called_as(module, function), MAX_CALLS_OF_NAME):
        return None
    found = callers(inference, FunctionType(module, function))
    if not found and default_of(function, argument) is not None:
        return NoneType()  # Nobody is seen to pass it, so it is its default.
    if not found or len(found) > MAX_CALLERS:
        return None
    types = []
    for caller, call, bound in found:
        value = argument_for(function, call, argument.arg, bound)
        if value is None:
            if default_of(function, argument) is None:
                return None
            continue
        types.append(inference.type_of(caller, value))
    # Where none of them passes it, it is its default.
    return join(types) if types else NoneType()
