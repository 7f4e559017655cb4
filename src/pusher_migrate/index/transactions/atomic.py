"""Which transaction a statement runs in, as far as the tree shows it.

Seen are ``atomic`` as a ``with`` statement and as a decorator (of the function, or of its class
through ``method_decorator``), context managers and decorators of the project that open one,
``ATOMIC_REQUESTS`` in the settings, the callers of the function, and what Django itself wraps: the
receivers of delete signals, the admin's saves, migrations. Source of the rules: Django's
documentation, "Database transactions".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.index.calls.callers import callers_of
from pusher_migrate.index.calls.on_commit import deferring_call, using_of
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import decorator_name, keyword_of, node_arguments
from pusher_migrate.index.transactions.database_settings import DatabaseSettings
from pusher_migrate.index.types.django import signals_of
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.index.types.types import ClassType, External, ExternalInstance, FunctionType
from pusher_migrate.nodes import walk

_ATOMIC = frozenset({"django.db.transaction.atomic", "django.db.transaction.Atomic"})
_NON_ATOMIC = "django.db.transaction.non_atomic_requests"
_METHOD_DECORATOR = "django.utils.decorators.method_decorator"
# A chain of callers longer than this is not worth following for a sentence.
_MAX_DEPTH = 4

#: Signals whose receivers Django calls inside the transaction of the write.
_SIGNALS_INSIDE = ("pre_delete", "post_delete", "m2m_changed")
#: Methods of ``ModelAdmin`` that its views call inside ``atomic``.
_ADMIN_METHODS = frozenset(
    {"save_model", "save_form", "save_formset", "save_related", "delete_model", "log_addition"}
)
_VIEW_ENDINGS = ("View", "ViewSet", "ViewSetMixin", "ModelMixin", "APIView")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """A transaction around a statement.

    Attributes:
        kind: ``with``, ``decorator``, ``requests`` (ATOMIC_REQUESTS), ``caller``, ``signal``,
            ``admin`` or ``migration``.
        path: Where it is opened, relative to the root.
        line: 1-based.
        using: The expression for the database, None for the default one.
        durable: Whether it refuses to run in another transaction, so that its end is the commit.
        detail: The signal, or for a caller how its transaction is opened.
    """

    kind: str
    path: str
    line: int
    using: ast.expr | None = None
    durable: bool = False
    detail: str = ""


class Transactions:
    """Answers which transactions are around a place; keeps what it found for each function.

    Args:
        inference: Type inference over the project.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.settings = DatabaseSettings(inference)
        self._around: dict[Function, tuple[Block, ...]] = {}

    def inside(self, module: Module, node: ast.AST) -> tuple[Block, ...]:
        """The ``atomic`` blocks of a place's own function, the innermost first, decorators last."""
        blocks = list(self._lexical(module, node))
        function = module.named_function_around(node)
        if function is not None:
            blocks += self._decorators(module, function)
        return tuple(blocks)

    def around(self, module: Module, node: ast.AST) -> tuple[Block, ...]:
        """The transactions around a place's function: Django's own and those of its callers."""
        function = module.named_function_around(node)
        return self._around_function(module, function, _MAX_DEPTH) if function is not None else ()

    def open_at(self, module: Module, call: ast.AST, place: ast.AST) -> bool:
        """Whether a transaction that a call runs in is open at another place of its function too.

        Args:
            module: The file.
            call: The call.
            place: What is run behind it.
        """
        if self.around(module, call):
            return True
        function = module.named_function_around(call)
        if function is not None and any(True for _ in self._decorators(module, function)):
            return True
        behind = set(module.ancestors(place))
        return any(
            isinstance(parent, ast.With | ast.AsyncWith)
            and any(self.opened_by(module, item.context_expr) for item in parent.items)
            for parent in module.ancestors(call)
            if parent in behind
        )

    def above(self, module: Module, function: Function, decorator: ast.expr) -> bool:
        """Whether a transaction is open where a decorator of a function runs its wrapper."""
        outer = function.decorator_list[: function.decorator_list.index(decorator)]
        return bool(self._around_function(module, function, _MAX_DEPTH)) or any(
            self.by_decorator(module, each) is not None for each in outer
        )

    # --- In the function --------------------------------------------------------------------------

    def _lexical(self, module: Module, node: ast.AST) -> Iterator[Block]:
        child = node
        for parent in module.ancestors(node):
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                return
            if isinstance(parent, ast.With | ast.AsyncWith) and child in parent.body:
                for item in reversed(parent.items):
                    found = self.opened_by(module, item.context_expr)
                    if found is not None:
                        yield found
            child = parent

    def opened_by(self, module: Module, manager: ast.expr, depth: int = 3) -> Block | None:
        """The transaction that a context manager opens; None when it opens none."""
        call = manager
        if isinstance(manager, ast.Name):
            # ``block = transaction.atomic()`` before ``with block:``
            _, bindings = self.inference.bindings_at(
                module, manager, module.statement_around(manager)
            )
            values = [binding.value for binding in bindings if binding.kind == "assign"]
            if len(values) == 1 == len(bindings) and values[0] is not None:
                call = values[0]
        if not isinstance(call, ast.Call):
            return None
        function = self.inference.type_of(module, call.func)
        if isinstance(function, External) and function.path in _ATOMIC:
            return self._block("with", module, call)
        if function is None and decorator_name(call) == "atomic":
            return self._block("with", module, call)
        if isinstance(function, FunctionType) and depth:
            return self._opened_by_function(module, call, function, depth)
        return None

    def _opened_by_function(
        self, module: Module, call: ast.Call, function: FunctionType, depth: int
    ) -> Block | None:
        """The transaction around the ``yield`` of a context manager that the project writes."""
        node = function.node
        if isinstance(node, ast.Lambda):
            return None
        if not any(decorator_name(item) == "contextmanager" for item in node.decorator_list):
            return None
        for inner in walk(node):
            if not isinstance(inner, ast.Yield):
                continue
            for parent in function.module.ancestors(inner):
                if parent is node:
                    break
                if isinstance(parent, ast.With):
                    for item in parent.items:
                        found = self.opened_by(function.module, item.context_expr, depth - 1)
                        if found is not None:
                            return Block(
                                "with", module.path, call.lineno, found.using, found.durable
                            )
        return None

    def _block(self, kind: str, module: Module, call: ast.Call) -> Block:
        durable = keyword_of(call, "durable")
        sure = isinstance(durable, ast.Constant) and durable.value is True
        using = using_of(call)
        if isinstance(using, ast.Constant) and using.value in (None, "default"):
            using = None
        return Block(kind, module.path, call.lineno, using, sure)

    def _decorators(self, module: Module, function: Function) -> Iterator[Block]:
        for decorator in reversed(function.decorator_list):
            found = self.by_decorator(module, decorator)
            if found is not None:
                yield found
        cls = module.class_around(function)
        for decorator in reversed(cls.decorator_list) if cls is not None else ():
            if self._for_method(module, decorator) in ("dispatch", function.name):
                found = self.by_decorator(module, decorator)
                if found is not None:
                    yield found

    def by_decorator(self, module: Module, decorator: ast.expr) -> Block | None:
        """The transaction that a decorator opens around its function; None when it opens none."""
        if isinstance(decorator, ast.Call):
            called = self.inference.type_of(module, decorator.func)
            if isinstance(called, External) and called.path == _METHOD_DECORATOR:
                inner = decorator.args[:1]
                return self.by_decorator(module, inner[0]) if inner else None
            if isinstance(called, External) and called.path in _ATOMIC:
                return self._block("decorator", module, decorator)
            return self._opened_by_decorator(module, decorator, called)
        found = self.inference.type_of(module, decorator)
        if isinstance(found, External) and found.path in _ATOMIC:
            return Block("decorator", module.path, decorator.lineno)
        if isinstance(found, ExternalInstance) and found.path in _ATOMIC:
            return Block("decorator", module.path, decorator.lineno)
        return self._opened_by_decorator(module, decorator, found)

    def _opened_by_decorator(
        self, module: Module, decorator: ast.expr, found: object
    ) -> Block | None:
        """A decorator that the project writes, whose inner function calls inside ``atomic``."""
        if not isinstance(found, FunctionType) or isinstance(found.node, ast.Lambda):
            return None
        for inner in walk(found.node):
            if isinstance(inner, ast.FunctionDef) and inner is not found.node:
                for node in walk(inner):
                    if isinstance(node, ast.With):
                        for item in node.items:
                            block = self.opened_by(found.module, item.context_expr)
                            if block is not None:
                                return Block(
                                    "decorator", module.path, decorator.lineno, block.using
                                )
        return None

    def _for_method(self, module: Module, decorator: ast.expr) -> str:
        """The method that a decorator of a class is for: ``method_decorator(..., name="post")``."""
        if not isinstance(decorator, ast.Call):
            return ""
        called = self.inference.type_of(module, decorator.func)
        name = keyword_of(decorator, "name")
        if not isinstance(called, External) or called.path != _METHOD_DECORATOR:
            return ""
        return str(name.value) if isinstance(name, ast.Constant) else ""

    # --- Around the function ----------------------------------------------------------------------

    def _around_function(self, module: Module, function: Function, depth: int) -> tuple[Block, ...]:
        known = self._around.get(function)
        if known is not None:
            return known
        self._around[function] = ()  # A function that calls itself opens nothing new by that.
        blocks = [*self._of_django(module, function)]
        if depth:
            blocks += self._of_callers(module, function, depth)
        result = tuple(blocks)
        if depth == _MAX_DEPTH:
            self._around[function] = result
        else:
            del self._around[function]
        return result

    def _of_django(self, module: Module, function: Function) -> Iterator[Block]:
        for signal, _ in signals_of(self.inference, module, function):
            if signal in _SIGNALS_INSIDE:
                yield Block("signal", module.path, function.lineno, detail=signal)
                break
        requests = self.settings.atomic_requests
        if requests is not None and self.is_view(module, function):
            if not self._is_non_atomic(module, function):
                yield Block("requests", requests.path, requests.line)
        cls = module.class_around(function)
        if cls is not None and function.name in _ADMIN_METHODS:
            bases = self.inference.external_bases(ClassType(module, cls))
            if any(base.rpartition(".")[2].endswith("Admin") for base in bases):
                yield Block("admin", module.path, function.lineno, detail=function.name)
        if "/migrations/" in f"/{module.path}":
            yield Block("migration", module.path, function.lineno)

    def _of_callers(self, module: Module, function: Function, depth: int) -> Iterator[Block]:
        for caller, call, _ in callers_of(self.inference, module, function):
            if is_test_module(self.inference, caller):
                continue
            if deferring_call(self.inference, caller, call) is not None:
                continue
            outer = caller.named_function_around(call)
            if outer is function:
                continue
            blocks = list(self.inside(caller, call))
            if outer is not None:
                blocks += self._around_function(caller, outer, depth - 1)
            if blocks:
                first = blocks[0]
                detail = first.kind if first.kind != "caller" else first.detail
                yield Block("caller", caller.path, call.lineno, first.using, detail=detail)

    # --- Views ------------------------------------------------------------------------------------

    def is_view(self, module: Module, function: Function) -> bool:
        """Whether a function answers requests, as far as its signature and its class tell."""
        cls = module.class_around(function)
        if cls is not None:
            bases = self.inference.external_bases(ClassType(module, cls))
            if any(base.rpartition(".")[2].endswith(_VIEW_ENDINGS) for base in bases):
                return True
            # What the admin runs for a request: its actions and hooks, which are given that.
            # Source: Django docs, "ModelAdmin methods" and "Admin actions".
            admin = any(base.rpartition(".")[2].endswith("Admin") for base in bases)
            return admin and any(each.arg == "request" for each in node_arguments(function))
        if module.function_around(function) is not None:
            return False
        names = {decorator_name(item) for item in function.decorator_list}
        positional = [*function.args.posonlyargs, *function.args.args]
        # ``def close(modeladmin, request, queryset)`` is an action of the admin.
        given = [argument.arg for argument in positional]
        action = given[1:] == ["request", "queryset"]
        return "api_view" in names or given[:1] == ["request"] or action

    def _is_non_atomic(self, module: Module, function: Function) -> bool:
        cls = module.class_around(function)
        decorators = [*function.decorator_list, *(cls.decorator_list if cls is not None else ())]
        for decorator in decorators:
            for node in walk(decorator):
                if isinstance(node, ast.Name | ast.Attribute):
                    found = self.inference.type_of(module, node)
                    if isinstance(found, External) and found.path == _NON_ATOMIC:
                        return True
        return False

    # --- Autocommit -------------------------------------------------------------------------------

    def autocommit_off(self, module: Module, node: ast.AST) -> tuple[str, int] | None:
        """Path and line of what switches autocommit off for a place; None when nothing does."""
        if self.settings.autocommit_off is not None:
            return self.settings.autocommit_off.path, self.settings.autocommit_off.line
        if not self.inference.project.holding("set_autocommit"):
            return None
        function = module.named_function_around(node)
        return self._switched_off(module, function, _MAX_DEPTH) if function is not None else None

    def _switched_off(
        self, module: Module, function: Function, depth: int
    ) -> tuple[str, int] | None:
        for node in walk(function):
            if isinstance(node, ast.Call) and decorator_name(node) == "set_autocommit":
                value = node.args[0] if node.args else keyword_of(node, "autocommit")
                if not (isinstance(value, ast.Constant) and value.value is True):
                    return module.path, node.lineno
        if depth:
            for caller, call, _ in callers_of(self.inference, module, function):
                outer = caller.named_function_around(call)
                if outer is not None and outer is not function:
                    found = self._switched_off(caller, outer, depth - 1)
                    if found is not None:
                        return found
        return None
