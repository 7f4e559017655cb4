"""What an import of a file depends on: its package, its neighbours, the order that isort gives."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field

from pusher_migrate.syntax.formatting import BlackSettings

FUTURE, STDLIB, THIRD_PARTY, FIRST_PARTY, RELATIVE = range(5)


@dataclass(frozen=True, slots=True)
class ImportStyle:
    """What an import of a file depends on.

    Attributes:
        package: Dotted name of the package that the file is in; None when that is unknown, and
            relative imports with it. Empty for a module at the top.
        first_party: Top-level names of the project's own modules and packages.
        relative: Write relative imports within a package: True, False, or None for what the file
            itself does.
        settings: The target's black settings.
    """

    package: str | None = None
    first_party: frozenset[str] = frozenset()
    relative: bool | None = None
    settings: BlackSettings = field(default_factory=BlackSettings)

    def absolute(self, statement: ast.ImportFrom) -> str | None:
        """The module of a ``from`` import as a dotted name; None when that cannot be known."""
        if not statement.level:
            return statement.module or ""
        if not self.package:
            return None
        parents = self.package.split(".")
        kept = len(parents) - statement.level + 1
        if kept < 1:
            return None
        return ".".join((*parents[:kept], *((statement.module,) if statement.module else ())))

    def group(self, module: str) -> int:
        """isort's section for a module as it is written in an import (``.models`` is relative)."""
        root = module.partition(".")[0]
        if not root:
            return RELATIVE
        if root == "__future__":
            return FUTURE
        if root in self.first_party or (self.package and root == self.package.partition(".")[0]):
            return FIRST_PARTY
        return STDLIB if root in sys.stdlib_module_names else THIRD_PARTY

    def written(self, tree: ast.Module, module: str) -> str:
        """How to name a module in a ``from`` import of this file: ``a.b`` or ``..b``."""
        here = self.package.split(".") if self.package else []
        there = module.split(".")
        common = 0
        while common < min(len(here), len(there)) and here[common] == there[common]:
            common += 1
        if not common or self.relative is False:
            return module
        relative = "." * (len(here) - common + 1) + ".".join(there[common:])
        if self.relative or self._is_relative(tree, here[0]):
            return relative
        return module

    def _is_relative(self, tree: ast.Module, root: str) -> bool:
        """Whether the file imports from its own top-level package, and by relative names only."""
        froms = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        absolute = [
            name for node in tree.body for name in _modules(node) if name.partition(".")[0] == root
        ]
        return any(node.level for node in froms) and not absolute


def _modules(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
