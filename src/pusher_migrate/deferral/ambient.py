"""State around a call that the manager reads when it sends, and that may be another by then.

That is an attribute of the manager which is set for one call, the language or time zone of the
thread, what a context manager sets for its block, used with ``with`` or as a decorator.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pusher_migrate.deferral.outside import CHANGES
from pusher_migrate.deferral.shared import names_of
from pusher_migrate.deferral.values import Site
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.calls import callees
from pusher_migrate.index.calls.callers import callers_by_bases
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import decorator_name
from pusher_migrate.index.instances.aftermath import Aftermath
from pusher_migrate.index.instances.chains import Reference, chain_of, text_of
from pusher_migrate.index.transactions.atomic import Transactions
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.index.types.types import ClassType, External, FunctionType, Instance
from pusher_migrate.nodes import walk
from pusher_migrate.syntax.calls import parse_expression

# Django docs, "Translation" (activate), "Time zones", "URL dispatcher": per thread, or per context.
_SETTERS = frozenset(
    {
        "django.utils.translation.activate",
        "django.utils.translation.deactivate",
        "django.utils.translation.deactivate_all",
        "django.utils.timezone.activate",
        "django.utils.timezone.deactivate",
        "django.urls.set_urlconf",
        "django.urls.set_script_prefix",
    }
)
_OVERRIDES = frozenset({"django.utils.translation.override", "django.utils.timezone.override"})
_MANAGERS = frozenset({"contextmanager"})
_DECORATING = frozenset({"contextlib.ContextDecorator"})
_SETTING_METHODS = frozenset({"set", "reset"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Ambient:
    """Looks at the state around one site.

    Args:
        site: Where.
        index: The project.
        aftermath: Follows objects.
        transactions: Tells whose transaction is open where.
    """

    def __init__(
        self, site: Site, index: ProjectIndex, aftermath: Aftermath, transactions: Transactions
    ) -> None:
        assert site.function is not None
        self.site = site
        self.module = site.module
        self.function: _Function = site.function
        self.inference = index.inference
        self.aftermath = aftermath
        self.transactions = transactions

    def doubts(self) -> Iterator[str]:
        """What may be another state when the event is sent, one clause for each place."""
        yield from self._behind(self.module, self.function, self.site.anchor, inside=True)
        yield from self._decorators()
        for caller, call, _ in callers_by_bases(self.inference, self.module, self.function):
            outer = caller.named_function_around(call)
            if outer is None or outer is self.function or is_test_module(self.inference, caller):
                continue
            yield from self._behind(caller, outer, call, inside=False)
            yield from self._blocks(caller, call)

    # --- Set anew behind it -----------------------------------------------------------------------

    def _behind(
        self, module: Module, function: _Function, place: ast.AST, *, inside: bool
    ) -> Iterator[str]:
        graph = self.inference.locals.graph(function)
        starts = graph.nodes_at(place) or graph.nodes_of(self.site.statement)
        manager = self._manager(module, own=inside)
        touches = self.aftermath.after(module, function, starts, manager) if manager else []
        for touch in touches or ():
            if touch.kind in CHANGES and self._is_open(module, place, touch.tree, inside):
                yield (
                    f"{_place(module, touch.line, inside)} changes "
                    f"{text_of(manager[0].chain)} afterwards ({touch.text}): the event would be "
                    "sent in that state"
                )
                break
        for node in sorted(graph.reachable(starts), key=lambda node: node.index):
            for part in (part for code in node.code for part in walk(code)):
                if isinstance(part, ast.Call) and self._sets_anew(module, part):
                    if self._is_open(module, place, part, inside):
                        where = _place(module, part.lineno, inside)
                        yield (
                            f"{ast.unparse(part.func)} ({where}) sets anew what the event may be "
                            "made with before it is sent"
                        )
                        return

    def _is_open(self, module: Module, call: ast.AST, place: ast.AST, inside: bool) -> bool:
        return inside or self.transactions.open_at(module, call, place)

    def _manager(self, module: Module, *, own: bool) -> list[Reference]:
        """How a module reaches the manager that the site sends by."""
        chain = chain_of(parse_expression(self.site.parts.receiver))
        if chain is None:
            return []
        if own:
            return [Reference(chain)]
        scope = self.module.scope_at(self.site.anchor).find(chain[0])
        if scope is None or not scope.is_module:
            return []
        return [Reference(each) for each in names_of(self.aftermath, self.module, chain, module)]

    def _sets_thread(self, module: Module, call: ast.Call) -> bool:
        found = self.inference.type_of(module, call.func)
        return isinstance(found, External) and found.path in _SETTERS

    def _sets_anew(self, module: Module, call: ast.Call) -> bool:
        """Whether a call sets the state of the thread, or a variable that the manager reads."""
        if self._sets_thread(module, call):
            return True
        called = self.inference.type_of(module, call.func)
        contract = self.site.contract
        if contract is None or not isinstance(called, FunctionType):
            return False
        if self.aftermath.is_harmless(called.node):
            return False
        names = _set_by(called.module, called.node)
        readers = {
            function.name
            for name in names
            for node in called.module.loads.get(name, ())
            for function in [called.module.named_function_around(node)]
            if function is not None and function is not called.node
        }
        text = contract.method.module.source.text
        return any(re.search(rf"\b{re.escape(each)}\b", text) for each in names | readers)

    # --- Blocks -----------------------------------------------------------------------------------

    def _decorators(self) -> Iterator[str]:
        """Context managers that are used as decorators of the function."""
        decorators = self.function.decorator_list
        atomic = [self.transactions.by_decorator(self.module, each) for each in decorators]
        outside = bool(self.transactions.around(self.module, self.site.anchor))
        for i, decorator in enumerate(decorators):
            commits_inside = any(atomic[i + 1 :]) and not any(atomic[:i]) and not outside
            if self._is_manager(decorator) and not commits_inside:
                yield (
                    f"what the decorator {ast.unparse(decorator)} (line {decorator.lineno}) sets "
                    "for the function may have ended when the event is sent"
                )

    def _is_manager(self, decorator: ast.expr) -> bool:
        if self.transactions.opened_by(self.module, decorator) is not None:
            return False
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        found = self.inference.type_of(self.module, target)
        match found:
            case External(path):
                return path in _OVERRIDES
            case FunctionType(node=ast.FunctionDef() as node):
                return bool({decorator_name(each) for each in node.decorator_list} & _MANAGERS)
            case ClassType() | Instance():
                cls = found if isinstance(found, ClassType) else found.cls
                return bool(self.inference.external_bases(cls) & _DECORATING)
        return False

    def _blocks(self, module: Module, call: ast.Call) -> Iterator[str]:
        """The ``with`` blocks around a call that set something, in a transaction around them."""
        child: ast.AST = call
        for parent in module.ancestors(call):
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                return
            if isinstance(parent, ast.With) and child in parent.body:
                for number, item in enumerate(parent.items):
                    manager = item.context_expr
                    if not self._sets_state(module, manager):
                        continue
                    before = (each.context_expr for each in parent.items[:number])
                    if self.transactions.open_at(module, call, parent) or any(
                        self.transactions.opened_by(module, each) for each in before
                    ):
                        yield (
                            f"the block of `with {ast.unparse(manager)}` "
                            f"({module.path}:{manager.lineno}), in which this is called, may have "
                            "ended when the event is sent"
                        )
            child = parent

    def _sets_state(self, module: Module, manager: ast.expr) -> bool:
        """Whether a context manager is known to set something that others can read."""
        target = manager.func if isinstance(manager, ast.Call) else manager
        found = self.inference.type_of(module, target)
        if isinstance(found, External):
            return found.path in _OVERRIDES
        if isinstance(found, FunctionType):
            return self._sets(found.module, found.node)
        made = Instance(found) if isinstance(found, ClassType) else found
        if not isinstance(made, Instance):
            return False
        entered = callees.special_of(self.inference, made, "__enter__")
        return entered is not None and self._sets(entered.module, entered.node)

    def _sets(self, module: Module, function: ast.AST) -> bool:
        """Whether a function sets what outlives it: a global, or something of another object."""
        return bool(_set_by(module, function)) or any(
            (
                self._sets_thread(module, node)
                if isinstance(node, ast.Call)
                else (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.ctx, ast.Store)
                    and not (isinstance(node.value, ast.Name) and node.value.id == "self")
                )
            )
            for node in walk(function)
        )


def _set_by(module: Module, function: ast.AST) -> set[str]:
    """The variables of its module that a function binds, or sets something of."""
    found: set[str] = set()
    for node in walk(function):
        owner: ast.expr | None = None
        if isinstance(node, ast.Global):
            found.update(node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            owner = node.value
        elif isinstance(node, ast.Call) and callees.last_name(node) in _SETTING_METHODS:
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if isinstance(owner, ast.Name):
            scope = module.scope_at(owner).find(owner.id)
            if scope is not None and scope.is_module:
                found.add(owner.id)
    return found


def _place(module: Module, line: int, inside: bool) -> str:
    return f"line {line}" if inside else f"{module.path}:{line}"
