"""What the imports of a file bind, and under which name an object can be had already."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from pusher_migrate.syntax.import_style import ImportStyle
from pusher_migrate.syntax.names import ScopeNode, bindings, own_statements

ImportNode = ast.Import | ast.ImportFrom
_IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Target:
    """What is wanted: ``module.name``, and other dotted names of the same object."""

    module: str
    name: str
    same_as: frozenset[str]

    @property
    def dotted(self) -> frozenset[str]:
        """All dotted names of the object."""
        return self.same_as | {f"{self.module}.{self.name}"}


@dataclass(frozen=True, slots=True)
class Bound:
    """What one ``alias`` of an import binds: ``local`` to ``dotted``; ``imported`` gets loaded."""

    local: str
    dotted: str | None
    imported: str | None


def expression_of(
    statement: ImportNode, alias: ast.alias, target: Target, style: ImportStyle
) -> str | None:
    """How the target is named after this import; None when the import does not give it."""
    bound = bound_by(statement, alias, style)
    if bound.imported is None:
        return None
    plain = isinstance(statement, ast.Import) and not alias.asname
    local = bound.imported if plain else bound.local
    if bound.imported in target.dotted:
        return local
    if bound.imported != target.module:
        return None
    if isinstance(statement, ast.ImportFrom) and alias.name == target.name:
        # `from pkg import thing`, wanted `pkg.thing.thing`: a package that re-exports the object
        # under its module's name has the object here, not the module.
        return None
    return f"{local}.{target.name}"


def bound_by(statement: ImportNode, alias: ast.alias, style: ImportStyle) -> Bound:
    """What an alias of an import binds."""
    if isinstance(statement, ast.Import):
        if alias.asname:
            return Bound(alias.asname, alias.name, alias.name)
        root = alias.name.partition(".")[0]
        return Bound(root, root, alias.name)
    module = style.absolute(statement)
    dotted = None if module is None else f"{module}.{alias.name}".lstrip(".")
    return Bound(alias.asname or alias.name, dotted, dotted)


class Imports:
    """The imports that run in one scope, and whether anything else binds their names."""

    def __init__(self, scope: ScopeNode, style: ImportStyle, rebound: Collection[str]) -> None:
        self.scope = scope
        self.owned = bindings(scope)
        self._rebound = rebound
        self.statements = [node for node in own_statements(scope) if isinstance(node, _IMPORTS)]
        self._bound = {
            id(alias): bound_by(statement, alias, style)
            for statement in self.statements
            for alias in statement.names
        }

    def only(self, alias: ast.alias) -> bool:
        """Whether the alias's local name never means anything else in this scope."""
        bound = self._bound[id(alias)]
        if isinstance(self.scope, ast.Module) and bound.local in self._rebound:
            return False
        return self.binds_only(bound.local, {bound.dotted} if bound.dotted else set())

    def binds_only(self, local: str, dotted: Collection[str]) -> bool:
        """Whether all that binds a name in this scope are imports of one of these objects."""
        for node in self.owned.get(local, ()):
            bound = self._bound.get(id(node))
            if bound is None or bound.dotted not in dotted:
                return False
        return True


@lru_cache(maxsize=64)
def imports_of(scope: ScopeNode, style: ImportStyle, rebound: frozenset[str]) -> Imports:
    """The imports of a scope, kept for the last few because several edits need the same ones."""
    return Imports(scope, style, rebound)
