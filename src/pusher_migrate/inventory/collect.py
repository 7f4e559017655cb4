"""From the index to the inventory."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.catalogue import Catalogue
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.calls.on_commit import deferring_call
from pusher_migrate.index.calls.references import Kept
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.index.sending.contracts import Emission as Site
from pusher_migrate.index.transactions.atomic import Block, Transactions
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.inventory.clients import clients_of
from pusher_migrate.inventory.events import event_of, one_line, shortened
from pusher_migrate.inventory.summary import channels_of, drifts_of
from pusher_migrate.inventory.told import coverage_of
from pusher_migrate.inventory.values import (
    Emission,
    FoundBy,
    Inventory,
    Manager,
    Method,
    Note,
    System,
    Wrapper,
)
from pusher_migrate.model import Location

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_KINDS = {
    "with": "atomic block",
    "decorator": "atomic function",
    "requests": "ATOMIC_REQUESTS",
    "caller": "caller's transaction",
    "signal": "Django's own, for the signal",
    "admin": "Django's own, in the admin",
    "migration": "migration",
}


def take_inventory(
    index: ProjectIndex, catalogue: Catalogue, *, drafted: bool = False
) -> Inventory:
    """Everything that is known of a project's emissions.

    Args:
        index: The project, with the catalogue's manager.
        catalogue: What it watches.
        drafted: Whether the catalogue is a draft.
    """
    emissions = tuple(_Emissions(index).rows())
    manager = _manager(index, catalogue, drafted)
    coverage, silences = coverage_of(index, catalogue) if catalogue.states else (None, None)
    seen = tuple(item for item in emissions if not item.in_tests)
    return Inventory(
        catalogue="" if drafted else catalogue.path,
        files=len(index.project.paths),
        django=uses_django(index),
        clients=tuple(clients_of(index)),
        manager=manager,
        emissions=emissions,
        transport=tuple(_transport(index)),
        wrappers=tuple(_wrappers(index)),
        channels=channels_of(seen, manager),
        drifts=drifts_of(seen),
        coverage=coverage,
        silences=silences,
        notes=tuple(_notes(index)),
    )


def uses_django(index: ProjectIndex) -> bool:
    """Whether any file of the tree imports Django."""
    return bool(index.project.holding("from django", "import django"))


class _Emissions:
    """Makes the rows; keeps what is asked of each function."""

    def __init__(self, index: ProjectIndex) -> None:
        self.index = index
        self.inference = index.inference
        self.transactions = Transactions(index.inference) if uses_django(index) else None

    def rows(self) -> Iterator[Emission]:
        for site in self.index.emissions.emissions:
            yield self._row(site)

    def _row(self, site: Site) -> Emission:
        module = site.module
        call = site.invocation.call if site.invocation is not None else site.call
        events = tuple(event_of(self.index.evaluator, send) for send in site.sends)
        return Emission(
            module.source.location(call),
            System(site.system),
            site.method,
            shortened(one_line(call)),
            module.symbol(call),
            events,
            self._transactions(module, call),
            self._is_deferred(site, call),
            _loop(module, call),
            site.invocation.runner if site.reference and site.invocation is not None else "",
            FoundBy(site.found_by) if not site.by_name or site.found_by != "type" else FoundBy.NAME,
            is_test_module(self.inference, module),
        )

    def _transactions(self, module: Module, node: ast.AST) -> tuple[str, ...] | None:
        if self.transactions is None:
            return None
        inside = self.transactions.inside(module, node)
        blocks = (*inside, *self.transactions.around(module, node))
        return tuple(dict.fromkeys(_block(block) for block in blocks))

    def _is_deferred(self, site: Site, call: ast.expr) -> bool:
        if deferring_call(self.inference, site.module, site.call) is not None:
            return True
        if deferring_call(self.inference, site.module, call) is not None:
            return True
        on_commit = site.invocation is not None and site.invocation.runner.endswith("on_commit")
        return on_commit or (bool(site.sends) and all(send.deferred for send in site.sends))


def _block(block: Block) -> str:
    return f"{_KINDS.get(block.kind, block.kind)} ({block.path}:{block.line})"


def _loop(module: Module, node: ast.AST) -> int | None:
    """The line of the innermost loop that runs a call several times."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return None
        if isinstance(parent, ast.For | ast.AsyncFor | ast.While) and child in parent.body:
            return parent.lineno
        if isinstance(parent, ast.comprehension):
            outer = module.parents[parent]
            # What the outermost ``for`` of a comprehension runs over is evaluated once.
            once = child is parent.iter and getattr(outer, "generators", [])[:1] == [parent]
            child = outer if once else parent
            continue
        if isinstance(parent, _COMPREHENSIONS) and child is not parent:
            return parent.lineno
        child = parent
    return None


# --- The manager, the transport, wrappers ---------------------------------------------------------


def _manager(index: ProjectIndex, catalogue: Catalogue, drafted: bool) -> Manager | None:
    cls = index.emissions.manager_class
    if cls is None or catalogue.manager is None:
        return None
    methods = tuple(_method(index, contract) for contract in index.emissions.contracts.values())
    return Manager(
        catalogue.manager.object,
        cls.dotted,
        cls.module.source.location(cls.node),
        tuple(sorted(methods, key=lambda method: method.location)),
        drafted,
    )


def _method(index: ProjectIndex, contract: Contract) -> Method:
    node, module = contract.method.node, contract.method.module
    events = tuple(event_of(index.evaluator, send) for send in contract.sends)
    location = module.source.location(node)
    return Method(contract.name, signature_of(node), location, events, contract.defers)


def signature_of(node: ast.AST) -> str:
    """The parameters of a function as they are written, without ``self``."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    text = ast.unparse(node.args)
    first, _, rest = text.partition(",")
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
    return text if static or not first.isidentifier() else rest.strip()


def _transport(index: ProjectIndex) -> Iterator[Location]:
    for direct in index.emissions.transport:
        yield direct.module.source.location(direct.call)


def _wrappers(index: ProjectIndex) -> Iterator[Wrapper]:
    emissions = index.emissions
    rows = []
    for function in emissions.wrappers.values():
        callers = emissions.callers_of(function)
        rows.append(
            Wrapper(
                _dotted(function),
                function.module.source.location(function.node),
                tuple(_chain(index, function)),
                len(callers),
                emissions.is_transport(function.module, _body(function)),
                not callers and not _is_named(index, function),
            )
        )
    yield from sorted(rows, key=lambda row: (row.location, row.name))


def _dotted(function: FunctionType) -> str:
    node, module = function.node, function.module
    parent = module.parents.get(node)
    if isinstance(node, ast.Lambda) and isinstance(parent, ast.Assign):
        return f"{module.name}.{one_line(parent.targets[0])}"
    return function.dotted


def _body(function: FunctionType) -> ast.AST:
    node = function.node
    return node.body if isinstance(node, ast.Lambda) else node.body[0]


def _chain(index: ProjectIndex, function: FunctionType) -> Iterator[str]:
    """The functions through which a wrapper sends, itself first, the client's method last."""
    sending = index.emissions.sending
    seen: list[FunctionType] = []
    current: FunctionType | None = function
    while current is not None and current.node not in {item.node for item in seen}:
        seen.append(current)
        yield _dotted(current)
        following: FunctionType | None = None
        for callee in sending.callees(current):
            called = getattr(callee, "type", None)
            if not hasattr(callee, "type"):
                yield callee.method
                return
            if isinstance(called, FunctionType) and called.node in index.emissions.wrappers:
                following = following or called
        current = following


def _is_named(index: ProjectIndex, function: FunctionType) -> bool:
    """Whether any code names a function otherwise than by its definition."""
    node = function.node
    if isinstance(node, ast.Lambda) or node.decorator_list:
        return True  # Who decorates or keeps it may call it.
    references = index.emissions.references
    for module in references.holding(node.name):
        for load in module.loads.get(node.name, ()):
            found = index.inference.type_of(module, load)
            own = module is function.module and any(a is node for a in module.ancestors(load))
            if not own and isinstance(found, FunctionType) and found.node is node:
                return True
    return False


# --- What is not understood -----------------------------------------------------------------------


def _notes(index: ProjectIndex) -> Iterator[Note]:
    emissions = index.emissions
    notes = [
        Note(
            "PM106",
            shadowed.module.source.location(shadowed.call),
            f"no client: the receiver is the module {shadowed.bound_to} by then, so the call can "
            "never send",
        )
        for shadowed in emissions.shadowed
    ]
    for direct in emissions.unresolved:
        what = shortened(one_line(direct.call))
        notes.append(
            Note(
                "",
                direct.module.source.location(direct.call),
                f"not counted: what the receiver of {what} is could not be found out",
            )
        )
    notes += [_kept_note(kept) for kept in emissions.kept]
    # Whatever speaks of the SDK is parsed, so that a broken file is told of that nobody asked for.
    index.project.modules_holding("pusher")
    for path, error in index.project.errors.items():
        notes.append(Note("PM901", Location(path, error.line, error.column), error.message))
    yield from sorted(notes, key=lambda note: (note.location, note.code, note.text))


def _kept_note(kept: Kept) -> Note:
    what = shortened(one_line(kept.node))
    return Note(
        "",
        kept.module.source.location(kept.node),
        f"not followed: {what} is kept here, and who calls it could not be found out",
    )
