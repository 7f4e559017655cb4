"""Arguments that calls share: what a module or a class holds, and defaults that can be changed.

They outlive the call. What some other call does to them before the commit shows in the event, and
the bare name of a module's variable is read only when the event is sent.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.deferral.arguments import Arguments
from pusher_migrate.deferral.outside import CHANGES, passed_for
from pusher_migrate.deferral.values import Site
from pusher_migrate.index.calls.callers import callers_by_bases
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import (
    decorator_name,
    default_of,
    node_arguments,
    self_assignments,
)
from pusher_migrate.index.instances.aftermath import Aftermath
from pusher_migrate.index.instances.chains import Chain, Reference, chain_of, text_of
from pusher_migrate.index.instances.touches import Touch
from pusher_migrate.index.instances.walk import MAX_DEPTH
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.index.types.types import ModuleType

_MAX_CALLS = 2
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_MAKERS = frozenset({"list", "dict", "set", "deque", "defaultdict", "Counter", "OrderedDict"})
_NO_VARIABLES = frozenset({"import", "function", "class"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def shared_doubts(site: Site, arguments: Arguments, aftermath: Aftermath) -> Iterator[str]:
    """Why an argument may have been changed by other calls when the event is sent."""
    function = site.function
    if function is None:
        return
    starts = aftermath.inference.locals.graph(function).nodes_of(site.statement)
    for outer in arguments.nodes:
        for node in _itself(outer):
            chain = chain_of(node)
            if chain is None:
                continue
            names = aftermath.names(site.module, function, starts, chain)
            itself = [ref.chain for ref in names if not ref.part and not ref.holder]
            for each in dict.fromkeys([chain, *itself]):
                bare = isinstance(node, ast.Name) and each == chain
                yield from _of(aftermath, site.module, function, each, bare)


def _itself(node: ast.expr) -> Iterator[ast.expr]:
    """The names and attributes whose own value an expression is, or holds; no copies of them."""
    stack = [node]
    while stack:
        match stack.pop():
            case ast.Name() | ast.Attribute() | ast.Subscript() as found:
                yield found
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                stack += items
            case ast.Dict(values=items) | ast.BoolOp(values=items):
                stack += items
            case ast.IfExp(body=body, orelse=orelse):
                stack += [body, orelse]
            case ast.Starred(value=inner) | ast.NamedExpr(value=inner):
                stack.append(inner)


def _of(
    aftermath: Aftermath,
    module: Module,
    function: _Function,
    chain: Chain,
    bare: bool,
    depth: int = _MAX_CALLS,
) -> Iterator[str]:
    """The doubts about one object, as a function reaches it, or those that call that."""
    scope = module.scopes[function].find(chain[0])
    if scope is None:
        return
    if scope.is_module:
        yield from _of_module(aftermath, module, chain, bare)
        return
    argument = next((each for each in node_arguments(function) if each.arg == chain[0]), None)
    if argument is None:
        return
    default = default_of(function, argument)
    if default is not None and _can_be_changed(default):
        change = _change_in(aftermath, module, function, chain)
        if change is not None:
            yield (
                f"the default of {argument.arg} is one object for all calls of {function.name}, "
                f"and line {change.line} changes it ({change.text}): the event would show what "
                "the last call left there. Make it None, and a new one in the function"
            )
    yield from _of_class(aftermath, module, function, chain)
    for caller, call, bound in (
        callers_by_bases(aftermath.inference, module, function) if depth else ()
    ):
        outer = caller.named_function_around(call)
        passed = passed_for(function, call, chain[0], bound)
        if outer is None or outer is function or passed is None or passed[0] not in _names(call):
            continue
        if not is_test_module(aftermath.inference, caller):
            there = (*passed, *chain[1:])
            yield from _of(aftermath, caller, outer, there, bare=False, depth=depth - 1)


def _change_in(
    aftermath: Aftermath, module: Module, function: _Function, chain: Chain
) -> Touch | None:
    """The first change that a function makes of what a chain of its names stands for."""
    touches = aftermath.touches_in(module, function, [Reference(chain)], MAX_DEPTH) or ()
    return next((touch for touch in touches if touch.kind in CHANGES), None)


def _of_class(
    aftermath: Aftermath, module: Module, function: _Function, chain: Chain
) -> Iterator[str]:
    """``self.pending`` where the class, and not ``__init__``, says what it is."""
    cls = module.class_around(function)
    if cls is None or len(chain) < 2 or node_arguments(function)[:1] == []:
        return
    name = chain[1]
    if node_arguments(function)[0].arg != chain[0]:
        return
    values = [binding.value for binding in module.scopes[cls].names.get(name, ())]
    if not any(value is not None and _can_be_changed(value) for value in values):
        return
    if any(True for _ in self_assignments(module, cls, name)):
        return
    for method in cls.body:
        if not isinstance(method, _Function) or not node_arguments(method):
            continue
        own = (node_arguments(method)[0].arg, *chain[1:])
        change = _change_in(aftermath, module, method, own)
        if change is not None:
            yield (
                f"{text_of(chain)} is one object for all of {cls.name}, and line {change.line} "
                f"changes it ({change.text}): the event would show what is in it at the commit. "
                "Pass a copy"
            )
            return


def _names(call: ast.Call) -> set[str]:
    return {part.id for part in ast.walk(call) if isinstance(part, ast.Name)}


def _can_be_changed(value: ast.expr) -> bool:
    return isinstance(value, _DISPLAYS) or (
        isinstance(value, ast.Call) and decorator_name(value) in _MAKERS
    )


# --- Variables of modules -------------------------------------------------------------------------


def _of_module(aftermath: Aftermath, module: Module, chain: Chain, bare: bool) -> Iterator[str]:
    inference, text = aftermath.inference, text_of(chain)
    bindings = module.scope.names.get(chain[0], ())
    rebound = [b for b in bindings if module.function_around(b.node) is not None]
    if bare and rebound:
        line = module.statement_around(rebound[0].node).lineno
        yield (
            f"{text} belongs to the module, and line {line} binds it anew: the "
            "event would show what it is at the commit. Give the value to a local name first"
        )
        return
    found = _home(aftermath, module, chain)
    if found is None:
        return
    home, name, rest = found
    for user in inference.project.modules_naming(name):
        if is_test_module(inference, user):
            continue
        places = {
            (function, here): None
            for node in user.loads.get(name, ())
            for here in [_is_it(aftermath, user, node, home, name)]
            for function in [user.named_function_around(node)]
            if here is not None and function is not None
        }
        for function, here in places:
            refs = [Reference((*here, *rest))]
            touches = aftermath.touches_in(user, function, refs, MAX_DEPTH) or ()
            change = next((touch for touch in touches if touch.kind in CHANGES), None)
            if change is not None:
                yield (
                    f"{text} is one object for all calls, and {user.path}:{change.line} changes it "
                    f"({change.text}): the event would show what is in it at the commit. Pass a "
                    "copy"
                )
                return


def _home(aftermath: Aftermath, module: Module, chain: Chain) -> tuple[Module, str, Chain] | None:
    """The module of a variable, its name there, and what is read from it."""
    inference, (name, *rest) = aftermath.inference, chain
    bindings = module.scope.names.get(name, ())
    if any(binding.kind not in _NO_VARIABLES for binding in bindings):
        if all(isinstance(b.value, ast.Constant | ast.JoinedStr) for b in bindings):
            return None  # Nothing can change it in place.
        return module, name, tuple(rest)
    found = inference.module_name(module, name)
    if isinstance(found, ModuleType) and rest and rest[0] != "[]":
        return _home(aftermath, found.module, tuple(rest))
    for binding in bindings:
        statement = module.statement_around(binding.node)
        if isinstance(statement, ast.ImportFrom) and isinstance(binding.node, ast.alias):
            source = inference.import_source(module, statement)
            if isinstance(source, ModuleType) and source.module is not module:
                return _home(aftermath, source.module, (binding.node.name, *rest))
    return None


def names_of(aftermath: Aftermath, module: Module, chain: Chain, user: Module) -> list[Chain]:
    """The ways in which a module reaches what another one reaches by a name that it knows."""
    found = _home(aftermath, module, chain)
    if found is None:
        return [chain] if user is module else []
    home, name, rest = found
    places = (_is_it(aftermath, user, node, home, name) for node in user.loads.get(name, ()))
    return [(*here, *rest) for here in dict.fromkeys(places) if here is not None]


def _is_it(
    aftermath: Aftermath, user: Module, node: ast.expr, home: Module, name: str
) -> Chain | None:
    """How a module reaches a variable of another (or its own), if an expression does."""
    inference = aftermath.inference
    if isinstance(node, ast.Attribute):
        return chain_of(node) if inference.type_of(user, node.value) == ModuleType(home) else None
    if not isinstance(node, ast.Name):
        return None
    scope = user.scope_at(node).find(node.id)
    if scope is None or not scope.is_module:
        return None
    if user is home:
        return (node.id,)
    found = _home(aftermath, user, (node.id,))
    return (node.id,) if found is not None and found[:2] == (home, name) else None
