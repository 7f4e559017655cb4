"""Functions that run after a commit only, because everything that leads to them does.

A helper that is used in ``on_commit(lambda: self._announce(room))`` and nowhere else needs no
``on_commit`` of its own. That holds only if every use of its name in the tree is known, so one use
that cannot be told apart makes the answer no.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pusher_migrate.index.calls.callers import MAX_FILES
from pusher_migrate.index.calls.on_commit import deferring_call
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import decorator_name
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.index.types.types import ClassType, FunctionType

_PLAIN_DECORATORS = frozenset({"staticmethod", "classmethod"})


class AfterCommit:
    """Answers which functions run after a commit only; keeps the answers.

    Args:
        inference: Type inference over the project.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self._known: dict[ast.AST, bool] = {}

    def always(self, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether a function is used, and by nothing that runs before a commit."""
        known = self._known.get(function)
        if known is not None:
            return known
        # Two functions that call only each other are reached by nobody.
        self._known[function] = False
        result = self._always(module, function)
        self._known[function] = result
        return result

    def _always(self, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        if any(decorator_name(d) not in _PLAIN_DECORATORS for d in function.decorator_list):
            return False
        if self._may_be_a_hook(module, function):
            return False
        if len(self.inference.project.naming(function.name)) > MAX_FILES:
            return False
        used = False
        for where, use in self._uses(module, function):
            used = True
            if not self._is_deferred(where, use):
                return False
        return used

    def _may_be_a_hook(
        self, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> bool:
        """Whether a base class outside the tree may call it, as Django calls a view's ``post``."""
        cls = module.class_around(function)
        if cls is None or (function.name.startswith("_") and not function.name.endswith("__")):
            return False
        return function.name.endswith("__") or bool(
            self.inference.external_bases(ClassType(module, cls))
        )

    def _uses(
        self, home: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> Iterator[tuple[Module, ast.expr]]:
        """Uses of a function outside of tests: what calls it, and what passes it on."""
        name = function.name
        for module in self.inference.project.modules_naming(name):
            if is_test_module(self.inference, module) and module is not home:
                continue
            # A name in a string: ``getattr(self, "announce")``.
            yield from ((module, text) for text in module.texts.get(name, ()))
            for alias in {name} | _aliases(module, name):
                for node in module.loads.get(alias, ()):
                    if isinstance(node, ast.Call) or (
                        alias != name and not isinstance(node, ast.Name)
                    ):
                        continue  # `getattr` is among the strings; an alias is no attribute.
                    found = self.inference.type_of(module, node)
                    if isinstance(found, FunctionType):
                        found = None if found.node is function else found
                    if found is None:
                        yield module, node

    def _is_deferred(self, module: Module, use: ast.expr) -> bool:
        parent = module.parents[use]
        node = parent if isinstance(parent, ast.Call) and parent.func is use else use
        if deferring_call(self.inference, module, node) is not None:
            return True
        around = module.named_function_around(use)
        called = node is parent
        return called and around is not None and self.always(module, around)


def _aliases(module: Module, name: str) -> set[str]:
    """The names under which a module imports something of this name."""
    return {
        alias.asname
        for statement in module.imports
        for alias in statement.names
        if alias.asname and alias.name.rpartition(".")[2] == name
    }
