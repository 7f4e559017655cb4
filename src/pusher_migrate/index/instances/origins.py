"""Where an object comes from, when what gave it has it still: a relation, a cache, another library.

Django sets the row that a relation was read from on the rows that it gives, a function under
``lru_cache`` gives its results again, and code that is not known may give back what it was given.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.calls import callees, libraries
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import decorator_name
from pusher_migrate.index.instances.chains import Chain, place_of
from pusher_migrate.index.instances.links import Link
from pusher_migrate.index.types import models
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import External, ExternalInstance, FunctionType, Instance

_MAX_DEPTH = 6
_CACHING = frozenset({"lru_cache", "cache", "cached", "memoize", "memoized"})


def relations(inference: Inference, module: Module, link: Link) -> Iterator[Link]:
    """What a name has to do with what gave it, beyond the link that says what that is."""
    if link.kind not in ("assign", "for", "unpack"):
        return
    owner = _owner(inference, module, link.value, 0)
    if owner is not None:
        row, key = owner
        yield Link((*link.target, key), "assign", row, link.tree)
    value = link.value.value if isinstance(link.value, ast.Await) else link.value
    if not isinstance(value, ast.Call):
        return
    for attribute, given in callees.made_with(value):
        yield Link((*link.target, attribute), "assign", given, link.tree)
    if gives_what_it_gets(inference, module, value):
        yield Link(link.target, "given", value, link.tree)
    kept = kept_by(inference, module, value)
    if kept is not None:
        yield Link(link.target, "assign", ast.Name(kept[0], ast.Load()), link.tree)


def _owner(
    inference: Inference, module: Module, value: ast.expr, depth: int
) -> tuple[ast.expr, str] | None:
    """The row whose related rows an expression gives, all or one, and their foreign key."""
    while depth < _MAX_DEPTH:
        depth += 1
        match value:
            case ast.Attribute(value=row, attr=name):
                found = inference.type_of(module, row)
                if not isinstance(found, Instance) or place_of(row) is None:
                    return None
                if not models.is_model(inference, found.cls):
                    return None
                key = models.row_behind(inference, found.cls, name)
                return (row, key) if key is not None else None
            case ast.Call(func=ast.Attribute(value=inner)):
                value = inner
            case ast.Call(func=ast.Name(), args=[first, *_]):
                value = first  # ``list(yard.lots.all())``, ``get_object_or_404(yard.lots, pk=1)``
            case ast.Subscript(value=inner) | ast.Await(value=inner):
                value = inner
            case ast.Name():
                if value not in module.parents:
                    return None
                statement = module.statement_around(value)
                scope, bindings = inference.bindings_at(module, value, statement)
                values = [each.value for each in bindings if each.kind in ("assign", "for")]
                if scope is None or scope.is_module or len(bindings) != 1 or not values:
                    return None
                if values[0] is None:
                    return None
                value = values[0]
            case _:
                return None
    return None


def gives_what_it_gets(inference: Inference, module: Module, call: ast.Call) -> bool:
    """Whether the result of a call may be an argument, or hold one, that nothing else tells of."""
    if call not in module.parents or callees.is_modelled(call):
        return False
    called = inference.type_of(module, call.func)
    if isinstance(called, External):
        return libraries.is_giving_library(called.path)
    return isinstance(called, ExternalInstance)


def kept_by(inference: Inference, module: Module, call: ast.Call) -> Chain | None:
    """Stands for what a function that keeps its results gives; None for other calls."""
    if call not in module.parents:
        return None
    called = inference.type_of(module, call.func)
    if not isinstance(called, FunctionType) or isinstance(called.node, ast.Lambda):
        return None
    if not {decorator_name(item) for item in called.node.decorator_list} & _CACHING:
        return None
    return (f"what {called.node.name} keeps",)
