"""Calls of a function: made where they stand, or left to a thread, a task, a partial."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pusher_migrate.index.calls.on_commit import is_partial
from pusher_migrate.index.calls.runners import RUNNERS, TASK_METHODS, handed_over, passed_along
from pusher_migrate.index.calls.tasks import named_task
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    ExternalInstance,
    FunctionType,
    Instance,
    Prepared,
    Type,
)
from pusher_migrate.index.values import passing
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.values.passing import Passed
from pusher_migrate.index.values.values import Frame
from pusher_migrate.nodes import walk

_MAX_HANDS = 4
_UNKNOWN = "?"


@dataclass(frozen=True, eq=False, slots=True)
class Invocation:
    """One call of a callable.

    Attributes:
        module: Where it is written.
        call: The call in which the arguments are written.
        target: The expression that is called.
        type: What it is; a partial's own function.
        arguments: What the callable gets, as it is written.
        keywords: Likewise.
        runner: Name of what calls it; empty when it is called where it stands.
        known: False when it is not known what the runner passes.
        partials: The partials that it comes from, the one made last first.
        inside: The function that is handed the callable and what happens to it there.
    """

    module: Module
    call: ast.Call
    target: ast.expr
    type: Type | None
    arguments: tuple[ast.expr, ...]
    keywords: tuple[ast.keyword, ...]
    runner: str = ""
    known: bool = True
    partials: tuple[Prepared, ...] = ()
    inside: tuple[FunctionType, Invocation] | None = None

    @property
    def site(self) -> ast.expr:
        """What stands for it: the call, or the callable where that is handed over."""
        own = self.runner in ("", "partial") or self.runner in TASK_METHODS
        return self.call if own else self.target

    def given(self, evaluator: Evaluator, frame: Frame) -> Passed:
        """The arguments that the callable gets when the call stands in a frame."""
        if self.inside is not None:
            function, inner = self.inside
            statement = function.module.statement_around(inner.call)
            entered = evaluator.enter(function, self.call, frame, statement)
            own = inner.given(evaluator, entered)
        elif self.known:
            own = passing.passed(evaluator.evaluate, self.arguments, self.keywords, frame)
        else:
            unknown = (ast.Name(_UNKNOWN, ast.Load()), frame)
            own = Passed(rest=unknown, rest_keywords=unknown)
        for made in self.partials:
            home = evaluator.frame_at(made.module, made.call)
            evaluate = evaluator.evaluate
            own = own.after(passing.passed(evaluate, made.call.args[1:], made.call.keywords, home))
        return own

    @property
    def receiver(self) -> ast.expr | None:
        """What stands before the method's name."""
        return self.target.value if isinstance(self.target, ast.Attribute) else None

    @property
    def written(self) -> tuple[list[ast.expr], list[ast.keyword]]:
        """Positional and keyword arguments as far as they are written here one by one."""
        positional: list[ast.expr] = []
        for argument in self.arguments:
            inner = argument.value if isinstance(argument, ast.Starred) else None
            if isinstance(inner, ast.Tuple | ast.List):
                positional += inner.elts
            else:
                positional.append(argument)
        named = list(self.keywords)
        for keyword in self.keywords:
            if keyword.arg is None and isinstance(keyword.value, ast.Dict):
                pairs = zip(keyword.value.keys, keyword.value.values, strict=True)
                named.remove(keyword)
                named += [
                    ast.keyword(key.value, value)
                    for key, value in pairs
                    if isinstance(key, ast.Constant) and isinstance(key.value, str)
                ]
        return positional, named


def invocation_at(inference: Inference, module: Module, call: ast.Call) -> Invocation | None:
    """What a call runs: what it calls, or what it hands over to something known; else None."""
    found = inference.type_of(module, call.func)
    plain = Invocation(module, call, call.func, found, tuple(call.args), tuple(call.keywords))
    if isinstance(found, ClassType):
        initialiser = _initialiser(inference, found)
        return replace(plain, type=initialiser) if initialiser is not None else None
    if isinstance(found, FunctionType | Prepared):
        return _resolved(plain)
    if isinstance(call.func, ast.Attribute) and call.func.attr in TASK_METHODS:
        target = inference.type_of(module, call.func.value)
        if isinstance(target, FunctionType):
            return _of_task(module, call, call.func, target)
    name = last_name(call.func)
    if name in RUNNERS and (name != "partial" or is_partial(inference, module, call)):
        callable_ = handed_over(RUNNERS[name], call)
        if callable_ is not None and not isinstance(callable_, ast.Lambda):
            target_type = inference.type_of(module, callable_) or named_task(inference, callable_)
            if isinstance(target_type, FunctionType | Prepared):
                return handed(inference, module, call, callable_, target_type)
    return plain if isinstance(found, External) else None


def handed(
    inference: Inference,
    module: Module,
    call: ast.Call,
    target: ast.expr,
    found: Type | None,
    depth: int = 0,
) -> Invocation:
    """The invocation of a callable that is an argument of a call."""
    name = last_name(call.func) or "call"
    unknown = Invocation(module, call, target, found, (), (), name, known=False)
    runner = inference.type_of(module, call.func)
    if isinstance(runner, FunctionType) and not isinstance(runner.node, ast.Lambda):
        inner = _inside(inference, runner, call, target, depth)
        return _resolved(replace(unknown, inside=(runner, inner), known=True) if inner else unknown)
    convention = RUNNERS.get(name)
    if convention is None or handed_over(convention, call) is not target:
        return _resolved(unknown)
    arguments, keywords = passed_along(convention, call)
    return _resolved(replace(unknown, arguments=arguments, keywords=keywords, known=True))


def _resolved(invocation: Invocation) -> Invocation:
    """The invocation of a partial as one of its function."""
    partials = list(invocation.partials)
    found = invocation.type
    while isinstance(found, Prepared):
        partials.append(found)
        found = found.function
    if isinstance(found, FunctionType):
        found = _with_task(found)
    return replace(invocation, type=found, partials=tuple(partials))


def _of_task(
    module: Module, call: ast.Call, function: ast.Attribute, target: FunctionType
) -> Invocation:
    arguments, keywords = passed_along(TASK_METHODS[function.attr], call, task=True)
    return _resolved(
        Invocation(module, call, function.value, target, arguments, keywords, function.attr)
    )


def _with_task(target: FunctionType) -> FunctionType:
    """A function under ``@task(bind=True)`` gets the task itself as its first argument."""
    if isinstance(target.node, ast.Lambda) or target.bound is not None:
        return target
    for decorator in target.node.decorator_list:
        if isinstance(decorator, ast.Call):
            bind = keyword_of(decorator, "bind")
            if isinstance(bind, ast.Constant) and bind.value is True:
                return FunctionType(target.module, target.node, ExternalInstance("celery.Task"))
    return target


def _inside(
    inference: Inference, runner: FunctionType, call: ast.Call, target: ast.expr, depth: int
) -> Invocation | None:
    """How a function of the project calls the callable that it is given, when it does so once."""
    name = _parameter_for(runner, call, target)
    if name is None or depth >= _MAX_HANDS:
        return None
    module = runner.module
    uses = [
        node
        for node in walk(runner.node)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
    found: list[Invocation] = []
    for use in uses:
        parent = module.parents[use]
        parent = module.parents[parent] if isinstance(parent, ast.keyword) else parent
        if not isinstance(parent, ast.Call):
            return None
        if parent.func is use:
            arguments, keywords = tuple(parent.args), tuple(parent.keywords)
            found.append(Invocation(module, parent, use, None, arguments, keywords))
        else:
            found.append(handed(inference, module, parent, use, None, depth + 1))
    return found[0] if len(found) == 1 and found[0].known else None


def _parameter_for(function: FunctionType, call: ast.Call, target: ast.expr) -> str | None:
    """The parameter that gets an argument of a call; None for what lands in ``*args``."""
    for keyword in call.keywords:
        if keyword.value is target:
            return keyword.arg
    declared = function.node.args
    names = [parameter.arg for parameter in (*declared.posonlyargs, *declared.args)]
    names = names[1:] if function.bound is not None else names
    for name, value in zip(names, call.args, strict=False):
        if isinstance(value, ast.Starred):
            return None
        if value is target:
            return name
    return None


def _initialiser(inference: Inference, cls: ClassType) -> FunctionType | None:
    """The ``__init__`` that making an instance runs."""
    for base in inference.mro(cls):
        for binding in base.module.scopes[base.node].names.get("__init__", ())[-1:]:
            if isinstance(binding.node, ast.FunctionDef):
                return FunctionType(base.module, binding.node, Instance(cls))
    return None


def last_name(node: ast.expr) -> str:
    """The last name of an expression: ``client`` for ``self.client`` and ``client[\"x\"]``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def calls_within(function: FunctionNode) -> Iterator[ast.Call]:
    """The calls in a function's body, those in its lambdas and inner functions included."""
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    for statement in body:
        for node in walk(statement):
            if isinstance(node, ast.Call):
                yield node
