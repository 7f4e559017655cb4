"""Where functions are named: called, handed over, kept under another name or elsewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pusher_migrate.index.calls.invocations import Invocation, handed, invocation_at, last_name
from pusher_migrate.index.calls.runners import TASK_METHODS
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import External, FunctionType, Prepared, Type

_SAME_CALLABLE = frozenset({"sync_to_async", "async_to_sync", "database_sync_to_async"})


@dataclass(frozen=True, eq=False, slots=True)
class Kept:
    """A function that is kept where its calls are not followed: in a table, in a list, returned."""

    module: Module
    node: ast.expr


class References:
    """Finds the uses of functions by their names.

    Args:
        inference: Type inference over the project.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference = inference

    def uses(
        self, names: Iterable[str], candidates: Iterable[Module] | None = None
    ) -> Iterator[Invocation | Kept]:
        """All uses of what is called by one of these names, whatever it is, in order of names.

        Other names that it is bound to are followed.

        Args:
            names: Last parts of names.
            candidates: The modules that can hold the names given; None to search the tree.
        """
        waiting = dict.fromkeys(names)
        done: set[str] = set()
        given = list(candidates) if candidates is not None else None
        start = set(waiting)
        while waiting:
            name = next(iter(waiting))
            del waiting[name]
            if name in done:
                continue
            done.add(name)
            known = given if given is not None and name in start else None
            for module in known if known is not None else self.holding(name):
                for alias in _import_aliases(module, name):
                    waiting.setdefault(alias)
                for node in module.loads.get(name, ()):
                    for found in self._classified(module, node):
                        if isinstance(found, str):
                            waiting.setdefault(found)
                        else:
                            yield found

    def holding(self, name: str) -> list[Module]:
        """The modules in which a name occurs as a whole word."""
        pattern = re.compile(rb"(?<![\w])" + re.escape(name.encode()) + rb"(?![\w])")
        project = self.inference.project
        modules = (project.module(path) for path in project.matching(name, pattern))
        return [module for module in modules if module is not None]

    def _classified(self, module: Module, node: ast.expr) -> Iterator[Invocation | Kept | str]:
        """What the code around a reference does with it; a text is another name for it."""
        inference = self.inference
        parent = module.parents.get(node)
        if isinstance(parent, ast.keyword):
            parent = module.parents[parent]
        match parent:
            case ast.Call(func=function) if function is node:
                found = invocation_at(inference, module, parent)
                yield found or Invocation(
                    module, parent, node, None, tuple(parent.args), tuple(parent.keywords)
                )
                if isinstance(inference.type_of(module, parent), FunctionType | Prepared):
                    yield from self._classified(module, parent)  # It gives a callable.
            case ast.Call():
                yield from self._handed(module, parent, node)
            case ast.Attribute(attr=attribute) if parent.value is node:
                outer = module.parents[parent]
                if isinstance(outer, ast.Call) and outer.func is parent:
                    if attribute in TASK_METHODS:
                        task = invocation_at(inference, module, outer)
                        if task is not None and task.target is node:
                            yield task
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
                for target in targets:
                    if isinstance(target, ast.Name | ast.Attribute):
                        yield last_name(target)
                    else:
                        yield Kept(module, node)
            case ast.Return():
                giver = module.function_around(parent)
                if isinstance(giver, ast.FunctionDef):
                    yield giver.name  # Whoever calls that gets this one.
            case ast.Dict() | ast.List() | ast.Tuple() | ast.Set() | ast.Yield():
                yield Kept(module, node)
            case ast.Lambda() | ast.IfExp() | ast.BoolOp() | ast.arguments() | ast.Starred():
                yield Kept(module, node)

    def _handed(
        self, module: Module, call: ast.Call, node: ast.expr
    ) -> Iterator[Invocation | Kept | str]:
        """A callable that is an argument of a call: of a partial, of an adapter, of a runner."""
        found = self.inference.type_of(module, node)
        callee = self.inference.type_of(module, call.func)
        same = isinstance(callee, External) and callee.path.rpartition(".")[2] in _SAME_CALLABLE
        made: Type | None = self.inference.type_of(module, call)
        if same or isinstance(made, Prepared):
            parent = module.parents[call]
            if isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr) or (
                isinstance(parent, ast.Call) and parent.func is call
            ):
                yield from self._classified(module, call)
                return
            if same:
                yield from self._classified(module, call)
                return
        yield handed(self.inference, module, call, node, found)


def _import_aliases(module: Module, name: str) -> Iterator[str]:
    for statement in module.imports:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if alias.name == name and alias.asname not in (None, name):
                    yield str(alias.asname)


def is_use_of(invocation: Invocation, function: FunctionType) -> bool:
    """Whether an invocation runs a function of the project."""
    found = invocation.type
    return isinstance(found, FunctionType) and found.node is function.node
