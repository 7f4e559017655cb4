"""PM201 in the target's tests: a deferred event never leaves in a test that is rolled back.

In Django's ``TestCase`` nothing is committed, so that the mock of a client or of the manager sees
no call any more. Listed are the tests that reach a function whose emission is deferred and ask such
a mock; with ``fix_tests`` the call is put into ``captureOnCommitCallbacks(execute=True)``.
See https://docs.djangoproject.com/en/stable/topics/testing/tools/ (captureOnCommitCallbacks)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pusher_migrate.deferral import Deferrals
from pusher_migrate.index.calls.callers import callers_of
from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import decorator_name
from pusher_migrate.index.types.testing import COMMITTED, ROLLED_BACK, case_bases, is_test_module
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    FunctionType,
    Instance,
)
from pusher_migrate.model import Applicability, Change, Deferral, Edit
from pusher_migrate.nodes import walk
from pusher_migrate.rule import Context, Outcome
from pusher_migrate.syntax.blocks import statement_text
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.rows import indented
from pusher_migrate.syntax.statements import replace_statement

codes = ("PM201",)

_CAPTURE = "captureOnCommitCallbacks"
_CAPTURE_FIXTURE = "django_capture_on_commit_callbacks"
_PATCHING = frozenset({"patch", "object", "setattr", "spy", "multiple", "patch_object"})
_REQUESTS = frozenset({"get", "post", "put", "patch", "delete", "generic", "head", "options"})
# What a mock tells of its calls (unittest.mock); its other questions begin with ``assert_``.
_MOCK_RECORDS = frozenset(
    ["called", "call_count", "call_args", "call_args_list", "mock_calls", "method_calls"]
)
# What a file must hold to be read: one that only imports a mock asks it nothing.
_TOKENS = (*sorted(_MOCK_RECORDS), "assert_called", "assert_not_called", "assert_has", "assert_any")
# How far from a test the deferred call may be.
_MAX_DEPTH = 5

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def run(context: Context, found: Sequence[Outcome]) -> Iterator[Outcome]:
    """One remark, or one change, for each test that would not see a deferred event."""
    changed = [o for o in found if isinstance(o, Change) and "PM201" in o.codes]
    if not changed:
        return
    reach = _Reach(context, changed)
    if not reach.functions:
        return
    for module in context.index.project.modules_holding(*_TOKENS):
        asking = _questions(module)
        if asking and is_test_module(context.index.inference, module):
            for function in module.functions:
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    first, last = function.lineno, function.end_lineno or function.lineno
                    asks = any(first <= line <= last for line in asking)
                    if asks and function.name.startswith("test"):
                        outcome = _Test(context, reach, module, function).outcome()
                        if outcome is not None:
                            yield outcome


def _questions(module: Module) -> list[int]:
    """The lines of a file on which a mock may be asked for its calls."""
    return [
        node.lineno
        for node in module.attributes
        if node.attr in _MOCK_RECORDS or node.attr.startswith("assert_")
    ]


class _Reach:
    """The functions that lead to a deferred emission, with the changes that they lead to."""

    def __init__(self, context: Context, changes: Sequence[Change]) -> None:
        self.inference = context.index.inference
        self.functions: dict[_Function, dict[str, None]] = {}
        self.views: dict[str, set[str]] = {}
        transactions = Deferrals(context).transactions
        stack: list[tuple[Module, _Function, str, int]] = []
        emissions = context.index.emissions.emissions
        places = {change.location: change.key for change in changes}
        for emission in emissions:
            key = places.get(emission.module.source.location(emission.call))
            if key is not None and emission.function is not None:
                stack.append((emission.module, emission.function, key, _MAX_DEPTH))
        while stack:
            module, function, key, depth = stack.pop()
            keys = self.functions.setdefault(function, {})
            if key in keys:
                continue
            keys[key] = None
            if transactions.is_view(module, function):
                methods = {function.name} if function.name in _REQUESTS else _REQUESTS
                self.views.setdefault(key, set()).update(methods)
            if depth:
                for caller, call, _ in callers_of(self.inference, module, function):
                    outer = caller.named_function_around(call)
                    if outer is not None:
                        stack.append((caller, outer, key, depth - 1))


@dataclass(frozen=True, eq=False)
class _Test:
    """One test."""

    context: Context
    reach: _Reach
    module: Module
    function: _Function

    def outcome(self) -> Outcome | None:
        """What to say of the test; None when it sees what it saw."""
        kind = self._kind()
        if kind is None or not self._looks_at_events():
            return None
        calls = [call for call in self._calls() if not self._is_captured(call)]
        if not calls:
            return None
        keys = tuple(dict.fromkeys(key for call in calls for key in self._leads_to(call)))
        if self.context.settings.fix_tests and kind == "rolled back":
            edits = self._edits(calls)
            if edits:
                return self._change(edits, keys)
        return self._deferral(calls[0], kind)

    # --- What kind of test ------------------------------------------------------------------------

    @property
    def _class(self) -> ast.ClassDef | None:
        return self.module.class_around(self.function)

    def _kind(self) -> str | None:
        """``rolled back``, ``without a database``, ``pytest``; None where a commit is a commit."""
        cls = self._class
        if cls is None:
            parameters = {argument.arg for argument in self.function.args.args}
            marks = " ".join(ast.unparse(item) for item in self.function.decorator_list)
            committed = "transactional_db" in parameters or "transaction=True" in marks
            return None if committed or _CAPTURE_FIXTURE in parameters else "pytest"
        bases = case_bases(self.context.index.inference, ClassType(self.module, cls))
        if bases & COMMITTED:
            return None
        if bases & ROLLED_BACK:
            external = self.context.index.inference.external_bases(ClassType(self.module, cls))
            if any(base.startswith(("django", "rest_framework")) for base in external):
                return "rolled back"
        return "without a database" if bases else "pytest"

    def _looks_at_events(self) -> bool:
        """Whether the test asks a mock that stands for the client or the manager."""
        roots: list[tuple[Module, ast.AST]] = [(self.module, self.function)]
        cls = self._class
        if cls is not None:
            for base in self.context.index.inference.mro(ClassType(self.module, cls)):
                roots += [(base.module, decorator) for decorator in base.node.decorator_list]
                for node in base.node.body:
                    if isinstance(node, ast.FunctionDef) and not node.name.startswith("test"):
                        roots.append((base.module, node))
        fixtures = {argument.arg for argument in self.function.args.args}
        for function in self.module.functions:
            if isinstance(function, ast.FunctionDef) and function.name in fixtures:
                roots.append((self.module, function))
        return any(self._replaces(module, root) for module, root in roots)

    def _replaces(self, module: Module, root: ast.AST) -> bool:
        return any(
            isinstance(node, ast.Call)
            and decorator_name(node) in _PATCHING
            and any(self._is_sender(module, argument) for argument in node.args)
            for node in walk(root)
        )

    def _is_sender(self, module: Module, argument: ast.expr) -> bool:
        """Whether an argument of ``patch`` stands for the client, the manager or Pusher's SDK."""
        emissions = self.context.index.emissions
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            parts = argument.value.split(".")
            if len(parts) == 1:
                return parts[0] == "trigger" or parts[0] in emissions.contracts
            manager = self.context.catalogue.manager
            names = {"pusher", "pusher_client", "trigger", "Pusher"}
            names |= {client.rpartition(".")[2] for client in emissions.clients}
            if manager is not None:
                names.add(manager.name)
            return any(part in names or part in emissions.contracts for part in parts)
        found = self.context.index.inference.type_of(module, argument)
        if isinstance(found, External | ExternalInstance):
            return found.path == sdk.CLIENT or found.path.partition(".")[0] == "pusher"
        if isinstance(found, Instance):
            found = found.cls
        return isinstance(found, ClassType) and found == emissions.manager_class

    # --- What it reaches --------------------------------------------------------------------------

    def _calls(self) -> list[ast.Call]:
        """The calls of the test through which a deferred emission is, or may be, reached."""
        return [
            node
            for node in walk(self.function)
            if isinstance(node, ast.Call) and self._leads_to(node)
        ]

    def _leads_to(self, call: ast.Call) -> tuple[str, ...]:
        """Keys of the changes that a call leads to."""
        found = self.context.index.inference.type_of(self.module, call.func)
        if isinstance(found, FunctionType) and isinstance(
            found.node, ast.FunctionDef | ast.AsyncFunctionDef
        ):
            keys = self.reach.functions.get(found.node)
            return tuple(keys) if keys else ()
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr in _REQUESTS:
            receiver = function.value
            name = receiver.attr if isinstance(receiver, ast.Attribute) else ""
            name = receiver.id if isinstance(receiver, ast.Name) else name
            if name.endswith("client"):
                views = self.reach.views.items()
                return tuple(key for key, methods in views if function.attr in methods)
        return ()

    def _is_captured(self, call: ast.Call) -> bool:
        """Whether callbacks of the call are run, by a ``with`` of the test or a helper's."""
        return any(
            isinstance(parent, ast.With)
            and any(self._captures(item.context_expr) for item in parent.items)
            for parent in self.module.ancestors(call)
        )

    def _captures(self, manager: ast.expr) -> bool:
        if not isinstance(manager, ast.Call):
            return False
        if decorator_name(manager) in (_CAPTURE, _CAPTURE_FIXTURE):
            return True
        found = self.context.index.inference.type_of(self.module, manager.func)
        return isinstance(found, FunctionType) and any(
            isinstance(node, ast.Call) and decorator_name(node) == _CAPTURE
            for node in walk(found.node)
        )

    # --- Outcomes ---------------------------------------------------------------------------------

    def _deferral(self, call: ast.Call, kind: str) -> Deferral:
        advice = {
            "rolled back": (
                f"in a TestCase nothing is committed. Put the call at line {call.lineno} into "
                f"`with self.{_CAPTURE}(execute=True):` (or derive from TransactionTestCase)"
            ),
            "pytest": (
                "with the db fixture nothing is committed. Put the call at line "
                f"{call.lineno} into `with {_CAPTURE_FIXTURE}(execute=True):` "
                "(or mark the test with django_db(transaction=True))"
            ),
            "without a database": (
                "this test case has no database, which on_commit asks for. Derive from "
                f"django.test.TestCase and put the call at line {call.lineno} into "
                f"`with self.{_CAPTURE}(execute=True):`"
            ),
        }[kind]
        return Deferral(
            "PM201",
            self.module.source.location(call),
            f"{self.function.name} will not see the deferred event",
            f"It looks at what is sent, and {advice}.",
            self.module.symbol(call),
        )

    def _edits(self, calls: Sequence[ast.Call]) -> tuple[Edit, ...]:
        """The edits that capture the callbacks of all calls; none when one is not simple."""
        arguments = self.function.args.args
        if not arguments or isinstance(self.function, ast.AsyncFunctionDef):
            return ()
        statements = dict.fromkeys(self.module.statement_around(call) for call in calls)
        source, edits = self.module.source, []
        for statement in statements:
            if self.module.named_function_around(statement) is not self.function:
                return ()
            if not isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign):
                return ()
            text = statement_text(source, statement)
            if isinstance(text, Refusal):
                return ()
            code = f"with {arguments[0].arg}.{_CAPTURE}(execute=True):\n{indented(text, ' ' * 4)}"
            edit = replace_statement(source, statement, code, self.context.black)
            if isinstance(edit, Refusal):
                return ()
            edits.append(edit)
        return tuple(edits)

    def _change(self, edits: tuple[Edit, ...], keys: tuple[str, ...]) -> Change:
        return Change(
            "PM201",
            self.module.source.location(self.function),
            f"Run the callbacks in {self.function.name}",
            "It looks at what is sent, and in a TestCase nothing is committed, so that a deferred "
            "event never leaves; captureOnCommitCallbacks runs it.",
            edits,
            Applicability.REVIEW,
            ("a test is changed",),
            symbol=self.module.symbol(self.function.body[0]),
            requires=keys,
        )
