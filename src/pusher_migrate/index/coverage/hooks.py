"""Which method ``self.hook()`` runs: that of the class that the instance has.

A method that a class inherits calls the class's own hooks ("template method"), so what it tells
depends on whose instance it runs for.
"""

from __future__ import annotations

import ast
from itertools import takewhile

from pusher_migrate.index.calls.callees import special_of
from pusher_migrate.index.instances.functions import View
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.models import is_abstract, is_model
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance


class Hooks:
    """Answers for the classes of one project.

    Args:
        inference: The project.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self._overriding: dict[tuple[ast.ClassDef, ClassType], bool] = {}

    def heir_of(self, function: FunctionType) -> ClassType | None:
        """The class of ``self``, where it has hooks that the inherited method may call.

        None for all other functions: what they do does not depend on it.
        """
        bound = function.bound
        if not isinstance(bound, Instance):
            return None
        own = function.module.class_around(function.node)
        if own is None or own is bound.cls.node:
            return None
        key = own, bound.cls
        if key not in self._overriding:
            self._overriding[key] = self._has_hooks(own, bound.cls)
        return bound.cls if self._overriding[key] else None

    def _has_hooks(self, own: ast.ClassDef, cls: ClassType) -> bool:
        order = self.inference.mro(cls)
        before = list(takewhile(lambda base: base.node is not own, order))
        defined = {
            item.name
            for base in before
            for item in base.node.body
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        return len(before) < len(order) and any(
            not defined.isdisjoint(base.module.calls_by_name) for base in order[len(before) :]
        )

    def concrete(
        self, view: View, call: ast.Call, called: FunctionType | None
    ) -> FunctionType | None:
        """The function that a call runs in a method, by the class that its ``self`` has.

        Args:
            view: The method.
            call: The call.
            called: What it runs by the class around the method.
        """
        if not isinstance(call.func, ast.Attribute):
            return called
        if view.cls is not None and _is_self(view, call.func.value):
            found = special_of(self.inference, Instance(view.cls), call.func.attr)
            if found is not None and (called is None or isinstance(called.bound, Instance)):
                return found
        around = view.module.class_around(view.node)
        if _is_super(call.func.value) and around is not None:
            if called is not None and isinstance(called.bound, Instance):
                cls = view.cls or ClassType(view.module, around)
                return FunctionType(called.module, called.node, Instance(cls))
        return called

    def is_of_heir(self, view: View, call: ast.Call, called: FunctionType) -> bool:
        """Whether a method is one of a subclass, of which the instance need not be.

        Of a mixin or an abstract model there are no instances but those of subclasses.
        """
        owner = called.module.class_around(called.node)
        if owner is None or not isinstance(call.func, ast.Attribute) or view.cls is not None:
            return False
        found = self.inference.type_of(view.module, call.func.value)
        if not isinstance(found, Instance) or is_abstract(found.cls):
            return False
        bases = self.inference.mro(found.cls)
        return is_model(self.inference, found.cls) and ClassType(called.module, owner) not in bases

    def on_self(self, view: View, call: ast.Call) -> ast.Call:
        """``super().save()`` as the call on ``self`` that it is; other calls as they are."""
        positional = [*view.node.args.posonlyargs, *view.node.args.args]
        if not (isinstance(call.func, ast.Attribute) and _is_super(call.func.value) and positional):
            return call
        name = ast.copy_location(ast.Name(positional[0].arg, ast.Load()), call)
        target = ast.copy_location(ast.Attribute(name, call.func.attr, ast.Load()), call)
        made = ast.copy_location(ast.Call(target, call.args, call.keywords), call)
        for node, parent in ((name, target), (target, made), (made, view.module.parents[call])):
            view.module.parents[node] = parent
        return made

    def overriding(
        self, view: View, call: ast.Call, called: FunctionType | None
    ) -> list[FunctionType]:
        """The functions that a call may run instead, as the instance may be of a subclass."""
        if not isinstance(call.func, ast.Attribute) or isinstance(call.func.value, ast.Call):
            return []
        if called is not None and isinstance(called.bound, Instance):
            cls = called.bound.cls
        else:
            return []
        if not _is_self(view, call.func.value) and not is_model(self.inference, cls):
            return []
        return self.in_heirs(cls, call.func.attr)

    def in_heirs(self, cls: ClassType, name: str) -> list[FunctionType]:
        """The methods of a name that the subclasses of a class define themselves."""
        found = []
        for heir in self.inference.subclasses(cls):
            for item in heir.node.body:
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name == name:
                    found.append(FunctionType(heir.module, item, Instance(heir)))
        return found


def _is_super(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )


def _is_self(view: View, node: ast.expr) -> bool:
    """Whether an expression is the first parameter of a method."""
    positional = [*view.node.args.posonlyargs, *view.node.args.args]
    return (
        bool(positional)
        and isinstance(node, ast.Name)
        and node.id == positional[0].arg
        and view.module.class_around(view.node) is not None
    )
