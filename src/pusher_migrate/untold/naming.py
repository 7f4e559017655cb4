"""What the written instance is called behind the write."""

from __future__ import annotations

import ast

from pusher_migrate.index.code.project import snake_case
from pusher_migrate.index.code.scopes import Scope
from pusher_migrate.index.instances.handles import Handle
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.index.writes.writes import Kind
from pusher_migrate.model import Edit
from pusher_migrate.syntax.names import free_name


class Naming:
    """Names what one write writes, also a new row that the code gives no name yet.

    Args:
        write: The write.
    """

    def __init__(self, write: Write) -> None:
        self.write = write
        self.module = write.site.module
        self.statement = write.site.statement

    @property
    def instance(self) -> Handle | None:
        """The best way to name the written instance behind the write."""
        if self.maker() is not None:
            return Handle(self.free_name())
        return next((h for h in self.write.site.after if h.text is not None), None)

    def maker(self) -> ast.expr | None:
        """The expression that makes a new row, when the row has no name yet."""
        site = self.write.site
        if site.kind not in (Kind.CREATE, Kind.SERIALIZER) or self.write.operation != "create":
            return None
        if isinstance(self.statement, ast.Expr) and any(h.text for h in site.after):
            return None
        value = self.statement.value if isinstance(self.statement, ast.Expr | ast.Return) else None
        return value if value is site.call else None

    def free_name(self) -> str:
        """A name for the written instance: the model's own, if it is free."""
        name = snake_case(self.write.model.cls.name)
        return free_name((name, f"new_{name}"), self.names().__contains__)

    def edits(self) -> list[Edit]:
        """The edits that bind a new row to a name: ``return make()`` becomes ``row = make()``."""
        if self.maker() is None or self.instance is None:
            return []
        start, _ = self.module.source.span(self.statement)
        end = start + len("return") if isinstance(self.statement, ast.Return) else start
        equals = " =" if isinstance(self.statement, ast.Return) else " = "
        return [Edit(self.module.path, start, end, f"{self.instance.name}{equals}")]

    def names(self) -> set[str]:
        """The names that are taken where the write stands."""
        scope: Scope | None = self.module.scope_at(self.statement)
        names: set[str] = set()
        while scope is not None:
            names |= set(scope.names)
            scope = scope.parent
        return names

    def problem(self) -> str | None:
        """Why nothing can be inserted here, whatever it is."""
        site = self.write.site
        if isinstance(site.function, ast.AsyncFunctionDef):
            return (
                "the write stands in an async function, and the manager is synchronous; "
                "tell subscribers through sync_to_async, or move the write out"
            )
        if not site.in_flow:
            return "the write stands in a lambda or comprehension; make it a statement first"
        if self.maker() is not None:
            return None
        if not isinstance(self.statement, ast.Expr | ast.Assign | ast.AnnAssign):
            what = {ast.Return: "is returned", ast.If: "is a condition"}
            use = what.get(type(self.statement), "is part of a larger statement")
            return f"the value of the write {use}; put it on a line of its own first"
        if self.instance is None:
            return "the written instance has no name here; bind it to one first"
        return None
