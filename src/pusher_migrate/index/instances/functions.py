"""One function as the analyses of writes see it, and how its names become those of its callers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import argument_for, default_of, node_arguments
from pusher_migrate.index.flow.graph import Graph, Node
from pusher_migrate.index.instances.handles import Handle, Names, handle_of
from pusher_migrate.index.instances.tracking import follow
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, FunctionType
from pusher_migrate.nodes import children

Def = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """A function with its control flow and its handles; keeps what was asked of it.

    ``cls`` is the class of ``self`` in a method that it inherits and some of whose calls it
    overrides; None otherwise.
    """

    module: Module
    node: Def
    graph: Graph
    names: Names
    _denoted: dict[tuple[Handle, Handle, tuple[Node, ...]], bool] = field(default_factory=dict)
    cls: ClassType | None = None

    @property
    def parameters(self) -> frozenset[str]:
        """Names of all parameters."""
        return frozenset(argument.arg for argument in node_arguments(self.node))

    def calls(self) -> Iterator[ast.Call]:
        """The calls in the body, those in lambdas included, those in inner functions not."""
        stack: list[ast.AST] = list(reversed(self.node.body))
        while stack:
            node = stack.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if isinstance(node, ast.Call):
                yield node
            stack += reversed(children(node))

    def inner_functions(self) -> Iterator[ast.FunctionDef]:
        """The functions that are defined in the body itself."""
        stack: list[ast.AST] = list(reversed(self.node.body))
        while stack:
            node = stack.pop()
            if isinstance(node, ast.FunctionDef):
                yield node
            elif not isinstance(node, ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
                stack += reversed(children(node))

    def denotes(self, start: Handle, handle: Handle, nodes: tuple[Node, ...]) -> bool:
        """Whether what a handle stands for on entry may be what another stands for later."""
        key = (start, handle, nodes)
        if key not in self._denoted:
            self._denoted[key] = self._denotes(start, handle, nodes)
        return self._denoted[key]

    def _denotes(self, start: Handle, handle: Handle, nodes: tuple[Node, ...]) -> bool:
        tracked = self.names.closure([start, handle])
        goal = frozenset(nodes)
        entry = self.graph.entry
        found = follow(
            self.names,
            [entry],
            [start],
            tracked,
            lambda node, valid: node in goal and handle in valid,
        )
        return bool(found.stops)

    def origins(self, handle: Handle) -> frozenset[Handle]:
        """What a handle may stand for on entry: parameters, and names from outside."""
        local = set(self.module.scopes[self.node].names) - self.parameters
        return frozenset(h for h in self.names.closure([handle]) if h.name not in local)


class Views:
    """The views of a project's functions; keeps them.

    Args:
        inference: The project.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self._views: dict[tuple[ast.AST, ClassType | None], View] = {}
        self._callers: dict[ast.AST, list[tuple[Module, ast.Call]]] = {}

    def view(self, module: Module, node: Def, cls: ClassType | None = None) -> View:
        """The view of a function; that of an inherited method for a class with hooks of its own."""
        known = self._views.get((node, cls))
        if known is None and cls is not None:
            known = self._views[node, cls] = replace(self.view(module, node), cls=cls)
        if known is None:
            graph = self.inference.locals.graph(node)
            known = View(module, node, graph, Names(self.inference, module, graph))
            self._views[node, None] = known
        return known

    def called(self, module: Module, call: ast.Call) -> FunctionType | None:
        """The function of the project that a call runs; for a class, its ``__init__``."""
        return self.function_at(module, call.func)

    def function_at(self, module: Module, target: ast.expr) -> FunctionType | None:
        """The project's function that an expression is; Celery's ``task.delay`` is the task."""
        found = self.inference.type_of(module, target)
        if isinstance(found, ClassType):
            for base in self.inference.mro(found):
                for binding in base.module.scopes[base.node].names.get("__init__", ()):
                    if isinstance(binding.node, ast.FunctionDef):
                        return FunctionType(base.module, binding.node, found)
            return None
        if found is None and isinstance(target, ast.Attribute):
            if target.attr in ("delay", "delay_on_commit"):
                found = self.inference.type_of(module, target.value)
        if isinstance(found, FunctionType) and not isinstance(found.node, ast.Lambda):
            return found
        return None

    def passed(
        self, module: Module, call: ast.Call, function: FunctionType, handle: Handle
    ) -> Handle | None:
        """A handle of a called function in the names of the caller; None when it is not known."""
        node = function.node
        declared = node.args
        positional = [*declared.posonlyargs, *declared.args]
        bound = function.bound is not None
        if bound and positional and positional[0].arg == handle.name:
            value = call.func.value if isinstance(call.func, ast.Attribute) else None
            if isinstance(function.bound, ClassType):
                return None  # The new object, or the class: nobody holds it yet.
        elif handle.name in {argument.arg for argument in node_arguments(node)}:
            value = argument_for(node, call, handle.name, bound)
            if value is None and self._is_inner(module, call, function):
                argument = next(a for a in node_arguments(node) if a.arg == handle.name)
                value = default_of(node, argument)
        else:
            return handle if self._is_inner(module, call, function) else None
        if value is None:
            return None
        found = handle_of(self.inference, module, value)
        return found.extended(handle.path) if found is not None else None

    def _is_inner(self, module: Module, call: ast.Call, function: FunctionType) -> bool:
        """Whether a call runs a function that is defined inside the calling one.

        Names from around such a function are the same names where it is called.
        """
        outer = module.named_function_around(function.node)
        return outer is not None and outer is module.named_function_around(call)

    def callers(self, module: Module, node: Def) -> list[tuple[Module, ast.Call]]:
        """All calls in the tree that are known to run a function."""
        known = self._callers.get(node)
        if known is None:
            known = self._callers[node] = list(self._find_callers(module, node))
        return known

    def _find_callers(self, module: Module, node: Def) -> Iterator[tuple[Module, ast.Call]]:
        name = node.name
        project = self.inference.project
        method = module.class_around(node) is not None
        if name == "__init__":
            return
        # Only the bytes decide which files are parsed, so as much as possible is asked of them.
        called = re.compile(rb"\.\s*" + name.encode() + rb"\s*\(")
        paths = project.matching(name, called) if method else project.naming(name)
        for caller in filter(None, map(project.module, paths)):
            for call in caller.calls:
                target = call.func
                last = target.attr if isinstance(target, ast.Attribute) else None
                if last != name and not isinstance(target, ast.Name):
                    continue
                if isinstance(target, ast.Name) and method:
                    continue
                found = self.inference.type_of(caller, target)
                if isinstance(found, FunctionType) and found.node is node:
                    yield caller, call
