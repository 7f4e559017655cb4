"""What the settings of a Django project say about its transactions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.nodes import walk


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a setting stands.

    Attributes:
        path: Relative to the root, with forward slashes.
        line: 1-based.
    """

    path: str
    line: int


class DatabaseSettings:
    """Reads ``DATABASES``, wherever the tree sets it; no file is run.

    Args:
        inference: Type inference over the project.
    """

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    @cached_property
    def atomic_requests(self) -> Setting | None:
        """Where ``ATOMIC_REQUESTS`` is switched on for the default database, by any settings file.

        A value that is computed counts as on: it may be, and a sentence about a transaction that is
        not there misleads nobody.
        """
        return next(self._default_database("ATOMIC_REQUESTS", usual=False), None)

    @cached_property
    def autocommit_off(self) -> Setting | None:
        """Where ``AUTOCOMMIT`` is switched off for the default database, or may be."""
        return next(self._default_database("AUTOCOMMIT", usual=True), None)

    def _default_database(self, name: str, *, usual: bool) -> Iterator[Setting]:
        """Where the key is set to anything but the constant that Django has without it."""
        for module in self._inference.project.modules_naming(name):
            for alias, key, value in _entries(module):
                if key.value != name or alias not in (None, "default"):
                    continue
                if not (isinstance(value, ast.Constant) and bool(value.value) is usual):
                    yield Setting(module.path, key.lineno)


def _entries(module: Module) -> Iterator[tuple[str | None, ast.Constant, ast.expr]]:
    """Database alias, key and value of all that is put into a dictionary under a literal key."""
    for node in walk(module.tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant):
                    yield _alias_of(module, node), key, value
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                    outer = target.value
                    alias = None
                    if isinstance(outer, ast.Subscript) and isinstance(outer.slice, ast.Constant):
                        alias = str(outer.slice.value)
                    yield alias, target.slice, node.value


def _alias_of(module: Module, inner: ast.Dict) -> str | None:
    """The key under which a dictionary stands in another one."""
    outer = module.parents.get(inner)
    if isinstance(outer, ast.Dict):
        for key, value in zip(outer.keys, outer.values, strict=True):
            if value is inner and isinstance(key, ast.Constant):
                return str(key.value)
    return None
