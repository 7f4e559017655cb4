"""Find the code that changes watched state: assignments, and the calls that persist.

An assignment changes nothing by itself; a site is a call after which the database holds the change.
Which assignments a site persists is for `persist`.
"""

from __future__ import annotations

import ast
import enum
from dataclasses import dataclass, field

from pusher_migrate.catalogue.values import Known, Operation
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import COMPREHENSIONS
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.instances.handles import Handle, chain_of
from pusher_migrate.index.writes.watch import WatchedModel

Def = ast.FunctionDef | ast.AsyncFunctionDef


class Kind(enum.StrEnum):
    """How a site persists."""

    SAVE = "save"
    CREATE = "create"
    FIRST_OR_CREATE = "get_or_create"
    UPDATE_OR_CREATE = "update_or_create"
    SERIALIZER = "serializer save"
    DELETE = "delete"
    UPDATE = "QuerySet.update"
    BULK_UPDATE = "QuerySet.bulk_update"
    BULK_CREATE = "QuerySet.bulk_create"
    BULK_DELETE = "QuerySet.delete"

    @property
    def is_bulk(self) -> bool:
        """Whether rows change for which no instance is at hand."""
        return self in (Kind.UPDATE, Kind.BULK_UPDATE, Kind.BULK_CREATE, Kind.BULK_DELETE)


@dataclass(frozen=True, eq=False, slots=True)
class Assignment:
    """A watched field of an instance gets a value.

    Attributes:
        module: The file.
        statement: The statement; for ``setattr`` the one with the call.
        function: The ``def`` around it; None at module level.
        handle: The instance; None when it is no plain chain of names.
        model: The watched model; None when the instance's type is not known.
        field: The field; None for ``setattr`` with a name that is not statically known.
        values: What it may get, each None when not statically known.
        stale: True when the value is a database expression, so that the instance does not hold
            what the row does.
        by_name: True when only its name says what the instance is.
        spot: The target, for messages; the call, for ``setattr`` and a new instance.
        built: True for what a new instance starts with: ``Room(status="CLEAN")``.
    """

    module: Module
    statement: ast.stmt
    function: Def | None
    handle: Handle | None
    model: WatchedModel | None
    field: str | None
    values: tuple[Known | None, ...]
    stale: bool
    by_name: bool
    spot: ast.expr
    built: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Site:
    """A call that persists.

    Attributes:
        module: The file.
        call: The call.
        statement: The statement around it.
        function: The ``def`` around it; None at module level.
        kind: How it persists.
        operation: What is done to the row.
        model: The watched model; None when the instance's type is not known.
        before: Handles that stand for the instance when the call is made.
        after: Handles that stand for it once the statement is completed, the best one first.
        fields: Watched fields that it persists; None for all that were assigned.
        values: What the call itself gives fields, each None when not statically known.
        open: True when it may write more fields than are statically known.
        by_name: True when only its name says what the instance is.
        owned: Fields that the called function persists on its own account.
        doubts: What could not be seen.
    """

    module: Module
    call: ast.Call
    statement: ast.stmt
    function: Def | None
    kind: Kind
    operation: Operation
    model: WatchedModel | None
    before: tuple[Handle, ...] = ()
    after: tuple[Handle, ...] = ()
    fields: frozenset[str] | None = None
    values: dict[str, tuple[Known | None, ...]] = field(default_factory=dict)
    open: bool = False
    by_name: bool = False
    owned: frozenset[str] = frozenset()
    doubts: tuple[str, ...] = ()

    @property
    def using(self) -> ast.expr | None:
        """The database alias that the call names."""
        return keyword_of(self.call, "using")

    @property
    def in_flow(self) -> bool:
        """Whether the call runs where its statement does, and just once."""
        for parent in self.module.ancestors(self.call):
            if parent is self.statement:
                return True
            if isinstance(parent, (ast.Lambda, *COMPREHENSIONS)):
                return False
        return False


def bound_to(module: Module, call: ast.Call, first: bool = False) -> tuple[Handle, ...]:
    """The name or attribute that a call's value is bound to; with ``first``, its first element."""
    node: ast.expr = call
    parent = module.parents[node]
    while isinstance(parent, ast.Await):
        node, parent = parent, module.parents[parent]
    targets: list[ast.expr] = []
    if isinstance(parent, ast.Assign) and parent.value is node:
        targets = list(parent.targets)
    elif (isinstance(parent, ast.AnnAssign) and parent.value is node) or isinstance(
        parent, ast.NamedExpr
    ):
        targets = [parent.target]
    if first:
        targets = [t.elts[0] for t in targets if isinstance(t, ast.Tuple | ast.List) and t.elts]
    handles = (chain_of(target) for target in targets)
    return tuple(handle for handle in handles if handle is not None)


def created_flags(statement: ast.stmt) -> list[str]:
    """The name of ``created`` in ``row, created = Model.objects.get_or_create(...)``."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Tuple) and len(target.elts) == 2:
            flag = target.elts[1]
            return [flag.id] if isinstance(flag, ast.Name) else []
    return []
