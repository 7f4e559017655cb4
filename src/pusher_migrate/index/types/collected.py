"""Containers that begin empty and are filled afterwards, by what the code puts into them.

``by = {}`` and ``by.setdefault(key, []).append(room)``; ``rooms = []`` and ``rooms.append(room)``.
Only for names of functions, and only while every use of the name is one that is understood: what is
handed to a function of the project, or has another name, may be filled there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding, FunctionNode, Scope
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import (
    External,
    Many,
    Returning,
    Table,
    Type,
    iterated,
    join,
)

_ADDING = frozenset({"append", "add", "appendleft"})
_EXTENDING = frozenset({"extend", "update"})
_GROWING = _ADDING | _EXTENDING | {"insert"}
#: Calls that give an empty dictionary, whatever makes its values; and an empty list or set.
_TABLES = frozenset({"collections.defaultdict", "collections.OrderedDict"})
_EMPTY_TABLE = frozenset({"dict", "defaultdict", "OrderedDict"})
_EMPTY_LIST = frozenset({"list", "set", "deque"})
_READING = frozenset(
    [
        "get",
        "items",
        "values",
        "keys",
        "pop",
        "popitem",
        "clear",
        "copy",
        "sort",
        "reverse",
        "index",
        "count",
        "remove",
        "discard",
        "popleft",
    ]
)
_READERS = (
    ast.Return,
    ast.Compare,
    ast.For,
    ast.AsyncFor,
    ast.If,
    ast.IfExp,
    ast.While,
    ast.BoolOp,
    ast.BinOp,
    ast.UnaryOp,
    ast.comprehension,
    ast.FormattedValue,
    ast.Dict,
    ast.Yield,
    ast.Expr,
    ast.Assert,
)


_Put = Callable[[Questions, Module, ast.Name], Iterator[Type | None]]


class _Unseen(Exception):
    """Something may be put into the container that is not seen."""


def empty_table(path: str) -> Table | None:
    """The type of ``defaultdict(list)``, by what is called; None for what makes no dictionary."""
    return Table(None) if path in _TABLES else None


def values(inference: Questions, module: Module, node: ast.expr) -> Type | None:
    """The type of what a function puts under the keys of the dictionary that it calls ``node``."""
    if not isinstance(node, ast.Name):
        return None
    scope = module.scope_at(node).find(node.id)
    if scope is None or not isinstance(scope.node, FunctionNode):
        return None
    if not all(
        _begins_empty(binding, (ast.Dict,), _EMPTY_TABLE) for binding in scope.names[node.id]
    ):
        return None
    found = _joined(inference, module, scope, node.id, _into_table)
    if isinstance(found, Many) and _hands_on_value(inference, module, scope, node.id):
        return None
    return found


def elements(inference: Questions, module: Module, scope: Scope, binding: Binding) -> Many | None:
    """The list that a name is bound to empty: ``rooms = []``, then ``rooms.append(room)``."""
    if not isinstance(scope.node, FunctionNode):
        return None
    if not _begins_empty(binding, (ast.List,), _EMPTY_LIST):
        return None
    if any(other.kind == "augmented" for other in scope.names[binding.name]):
        return None
    found = _joined(inference, module, scope, binding.name, _into_list)
    return Many(found) if found is not None else None


def _begins_empty(binding: Binding, displays: tuple[type, ...], calls: frozenset[str]) -> bool:
    value = binding.value
    if binding.kind != "assign" or value is None:
        return False
    if isinstance(value, displays):
        return not any(isinstance(child, ast.expr) for child in ast.iter_child_nodes(value))
    if not isinstance(value, ast.Call) or value.keywords:
        return False
    name = value.func.attr if isinstance(value.func, ast.Attribute) else ""
    name = value.func.id if isinstance(value.func, ast.Name) else name
    return name in calls and len(value.args) <= (name == "defaultdict")


def _joined(
    inference: Questions, module: Module, scope: Scope, name: str, into: _Put
) -> Type | None:
    try:
        types = [
            found for use in _uses(module, scope, name) for found in into(inference, module, use)
        ]
    except _Unseen:
        return None
    return join(types) if types else None


def _uses(module: Module, scope: Scope, name: str) -> Iterator[ast.Name]:
    for use in module.names.get(name, ()):
        if isinstance(use.ctx, ast.Load) and module.scope_at(use).find(name) is scope:
            yield use


def _hands_on_value(inference: Questions, module: Module, scope: Scope, name: str) -> bool:
    """Whether a list in a dictionary is passed to something that may fill it: ``f(by[key])``."""
    items = (module.parents[use] for use in _uses(module, scope, name))
    calls = (module.parents[item] for item in items if isinstance(item, ast.Subscript))
    return any(
        isinstance(call, ast.Call) and not _only_reads(inference, module, call) for call in calls
    )


def _into_list(inference: Questions, module: Module, use: ast.Name) -> Iterator[Type | None]:
    """What one use of a list puts into it."""
    if isinstance(module.parents[use], ast.Attribute):
        yield from _grown(inference, module, use)
    else:
        _must_read(inference, module, use)


def _into_table(inference: Questions, module: Module, use: ast.Name) -> Iterator[Type | None]:
    """What one use of a dictionary puts under one of its keys."""
    parent = module.parents[use]
    outer = module.parents[parent]
    if isinstance(parent, ast.Subscript) and parent.value is use:
        if isinstance(parent.ctx, ast.Store):
            if not (isinstance(outer, ast.Assign) and parent in outer.targets):
                raise _Unseen
            if not _is_empty(outer.value):
                yield inference.type_of(module, outer.value)
        elif isinstance(parent.ctx, ast.Load):
            yield from _put_into_value(inference, module, parent)
    elif isinstance(parent, ast.Attribute) and isinstance(outer, ast.Call):
        if parent.attr == "setdefault" and len(outer.args) == 2:
            if _is_empty(outer.args[1]):
                yield from _put_into_value(inference, module, outer)
            else:
                yield inference.type_of(module, outer.args[1])
        elif parent.attr not in _READING:
            raise _Unseen
    else:
        _must_read(inference, module, use)


def _put_into_value(inference: Questions, module: Module, value: ast.expr) -> Iterator[Type | None]:
    """What is put into a list or set in a dictionary: ``by[key].append(room)``."""
    parent = module.parents[value]
    if isinstance(parent, ast.Attribute):
        if parent.attr in _GROWING:
            yield from (
                Many(each) if each is not None else None
                for each in _grown(inference, module, value)
            )
    elif isinstance(parent, ast.AugAssign | ast.NamedExpr) or _grows(module, parent):
        raise _Unseen


def _grown(inference: Questions, module: Module, value: ast.expr) -> Iterator[Type | None]:
    """What a method of a list or set adds to it."""
    method = module.parents[value]
    call = module.parents[method]
    if not isinstance(method, ast.Attribute) or not isinstance(call, ast.Call):
        raise _Unseen
    if method.attr in _READING:
        return
    if method.attr not in _GROWING or call.keywords or not call.args:
        raise _Unseen
    found = inference.type_of(module, call.args[-1])
    yield iterated(found) if method.attr in _EXTENDING else found


def _must_read(inference: Questions, module: Module, use: ast.expr) -> None:
    """Raises _Unseen unless a use of a container does no more than read it."""
    parent = module.parents[use]
    if isinstance(parent, ast.Subscript) and parent.value is use:
        if isinstance(parent.ctx, ast.Store):
            raise _Unseen
        return
    if isinstance(parent, ast.keyword):
        parent = module.parents[parent]
    if isinstance(parent, ast.Call):
        if _only_reads(inference, module, parent):
            return
    elif isinstance(parent, _READERS):
        return
    raise _Unseen


def _only_reads(inference: Questions, module: Module, call: ast.Call) -> bool:
    """Whether what is called leaves its arguments alone: what Python and its libraries have."""
    if isinstance(call.func, ast.Name) and module.scope_at(call).find(call.func.id) is None:
        return True
    return isinstance(inference.type_of(module, call.func), External | Returning)


def _grows(module: Module, statement: ast.AST) -> bool:
    """Whether a statement gives its value a name by which the file adds to it."""
    if not isinstance(statement, ast.Assign):
        return False
    names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return len(names) != len(statement.targets) or any(
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in names
        for method in _GROWING
        for call in module.calls_by_name.get(method, ())
    )


def _is_empty(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        made = isinstance(node.func, ast.Name) and node.func.id in _EMPTY_LIST
        return made and not node.args
    return isinstance(node, ast.List) and not node.elts
