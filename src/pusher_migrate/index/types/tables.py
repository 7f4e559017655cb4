"""Dictionaries: what is under their keys, as far as all values are of one type."""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import Many, Returning, Table, TupleOf, Type, join
from pusher_migrate.nodes import walk

_ONE = frozenset({"get", "pop", "setdefault"})


def display(inference: Questions, module: Module, node: ast.Dict | ast.DictComp) -> Type | None:
    """The type of a dictionary that is written down."""
    if isinstance(node, ast.DictComp):
        return Table(inference.type_of(module, node.value))
    if not all(node.keys):
        return Table(None)
    return Table(join([inference.type_of(module, value) for value in node.values]))


def method(value: Type | None, name: str) -> Type | None:
    """What a dictionary's method is, by the type of its values."""
    if value is None:
        return None
    if name in _ONE:
        return Returning(value)
    if name == "values":
        return Returning(Many(value))
    if name == "items":
        return Returning(Many(TupleOf((None, value))))
    return Returning(Table(value)) if name == "copy" else None


def stored(inference: Questions, module: Module, table: ast.expr) -> Type | None:
    """The type of what the module puts into a dictionary: ``_clients[region] = Pusher(...)``."""
    wanted = ast.dump(table)
    types = [
        inference.type_of(module, statement.value)
        for statement in walk(module.tree)
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Subscript) and _same(target.value, wanted)
    ]
    return join(types) if types else None


def _same(node: ast.expr, wanted: str) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and ast.dump(node) == wanted
