"""Names for values that are bound before they are used, made from their expressions."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from pusher_migrate.syntax.names import is_builtin

# A name longer than this tells less than a number does.
_LONGEST = 40
_SELF = frozenset({"self", "cls"})
_FETCHING = frozenset({"get", "create", "first", "last", "earliest", "latest"})
_CONVERSIONS = frozenset({"bool", "dict", "float", "int", "list", "set", "str", "tuple"})


def telling_names(node: ast.expr, local_names: Collection[str]) -> Iterator[str]:
    """Names that tell what an expression is, the best first; none for what has no short name.

    ``room.id`` is ``room_id`` and ``timezone.now()`` is ``now``, but ``status.lower()`` is
    ``status_lower`` where ``status`` is local: what a method does to a value says too little
    without the value.

    Args:
        node: The expression.
        local_names: Names that are local where it stands.
    """
    described = _described(node, frozenset(local_names) | _SELF) or ""
    name = re.sub(r"\W+", "_", described).strip("_").lower()
    if name and len(name) <= _LONGEST:
        yield name
        yield f"{name}_value"


def root_name(node: ast.expr) -> str | None:
    """The name that a dotted expression begins with; None for other expressions."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _described(node: ast.expr, local_names: frozenset[str]) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return _joined(_described(node.value, local_names), node.attr)
    if isinstance(node, ast.Subscript):
        key = node.slice.value if isinstance(node.slice, ast.Constant) else "item"
        return _joined(_described(node.value, local_names), str(key))
    if isinstance(node, ast.Await):
        return _described(node.value, local_names)
    return _called(node, local_names) if isinstance(node, ast.Call) else None


def _called(node: ast.Call, local_names: frozenset[str]) -> str | None:
    function = node.func
    if isinstance(function, ast.Attribute):
        root = root_name(function)
        if root is not None and root[:1].isupper() and function.attr in _FETCHING:
            # `Room.objects.get(pk=1)` is a room.
            return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", root)
        if root is None or root in local_names:
            return _described(function, local_names)
        return function.attr
    if not isinstance(function, ast.Name):
        return None
    if len(node.args) == 1 and function.id in _CONVERSIONS:
        # `str(room.id)` is still the id of the room.
        return _described(node.args[0], local_names)
    if len(node.args) == 1 and is_builtin(function.id):
        return _joined(_described(node.args[0], local_names), function.id)
    return function.id.removeprefix("get_")


def _joined(base: str | None, name: str) -> str:
    if not base or base in _SELF or name.startswith(f"{base}_"):
        # ``room.room_number`` says the room already.
        return name
    return f"{base}_{name}"
