"""What may tell of a write without being seen: reasons for a person to look at an insertion."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.index.calls.callees import IN_PLACE, last_name
from pusher_migrate.index.calls.left import left_at
from pusher_migrate.index.calls.runners import RUNNERS, handed_over
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.coverage.about import may_follow
from pusher_migrate.index.coverage.judge import Judge
from pusher_migrate.index.coverage.signals import SAVING
from pusher_migrate.index.coverage.told import Telling
from pusher_migrate.index.instances.functions import View
from pusher_migrate.index.instances.handles import Handle, chain_of
from pusher_migrate.index.types.types import FunctionType, Instance
from pusher_migrate.index.writes import serializers
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.nodes import walk

_KEYS = ("pk", "id")
_OF_PROPERTIES = (("setter",), ("getter",), ("deleter",))
_CONTAINERS = frozenset({"list", "dict", "set", "deque", "defaultdict", "OrderedDict", "Counter"})


@dataclass(frozen=True, eq=False, slots=True)
class Unseen:
    """A call behind a write that may tell of it.

    Attributes:
        module: The file.
        call: The call.
        runs: What it may run: a function of the project that it is handed; None for what is not
            known.
        given: Whether it calls a parameter of the function.
    """

    module: Module
    call: ast.Call
    runs: ast.expr | None = None
    given: bool = False


class Doubts:
    """Answers for the writes of one project.

    Args:
        judge: Judges them.
    """

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.views = judge.views
        self.inference = judge.inference

    def unmapped(self, write: Write) -> list[Telling]:
        """Legacy calls behind a write that send of its row what the catalogue does not know."""
        site = write.site
        if site.function is None:
            return []
        view = self.views.view(site.module, site.function)
        starts = view.graph.nodes_at(site.call)
        return [
            telling
            for telling in self.judge.tellings_near(write)
            if not telling.methods
            and may_follow(view, telling, starts)
            and self.judge.rows.is_about(view, write, telling, self.judge.family(write), starts)
        ]

    def unseen(self, write: Write) -> list[Unseen]:
        """Calls behind a write that take the instance or its key and cannot be looked into.

        Also those that are handed a function which tells, to call it in a way that is not known.
        """
        site = write.site
        if site.function is None:
            return []
        view = self.views.view(site.module, site.function)
        starts = view.graph.nodes_at(site.call)
        handles = set(site.after)
        for before in site.before:
            names = [Handle(name) for name in site.module.scopes[site.function].names]
            handles |= view.names.same_at(starts, before, [before, *names])
        found = list(self._behind(view, site.call, handles))
        for module, call, passed in self.judge.callers.behind(view, site.before, starts):
            outer = module.named_function_around(call)
            if outer is not None:
                found += self._behind(self.views.view(module, outer), call, set(passed))
        return [*found, *self._in_save(write)]

    def _behind(self, view: View, place: ast.Call, handles: set[Handle]) -> Iterator[Unseen]:
        """The calls behind a place of a function that may tell of what some handles stand for."""
        starts = view.graph.nodes_at(place)
        handles = _with_holders(view, _with_keys(handles))
        for call in view.calls():
            unseen = None if call is place else self._unseen(view, call, handles)
            if unseen is not None and (
                _is_left_behind(view, call, place)
                or view.graph.exists_path(starts, view.graph.nodes_at(call))
            ):
                yield unseen

    def _in_save(self, write: Write) -> Iterator[Unseen]:
        """Such calls in the model's own ``save()``, which the write runs."""
        own = serializers.own_method(self.inference, write.model.cls, "save")
        if write.site.kind not in SAVING or own is None or own.node is write.site.function:
            return
        view = self.judge.tellings.view_of(own)
        handles = _with_keys({Handle(argument.arg) for argument in view.node.args.args[:1]})
        for call in view.calls():
            unseen = self._unseen(view, call, handles)
            if unseen is not None:
                yield unseen

    def decorators(self, write: Write) -> list[ast.expr]:
        """The decorators of the writing function that the project has, but that were not found."""
        site = write.site
        found: list[ast.expr] = []
        if site.function is None:
            return found
        for decorator in site.function.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self.inference.type_of(site.module, target) is None:
                root = chain_of(target)
                setting = root is not None and root.path[-1:] in _OF_PROPERTIES
                scope = site.module.scope_at(site.function).find(root.name) if root else None
                if root is not None and not setting and scope is not None:
                    found.append(decorator)
        return found

    def _unseen(self, view: View, call: ast.Call, handles: set[Handle]) -> Unseen | None:
        if left_at(self.inference, view.module, call) is not None:
            return None
        if _takes(call, handles) and self._is_unknown(view, call):
            return Unseen(view.module, call)
        if isinstance(call.func, ast.Name) and call.func.id in view.parameters:
            found = self.inference.type_of(view.module, call.func)
            lambda_ = isinstance(found, FunctionType) and isinstance(found.node, ast.Lambda)
            if not isinstance(found, FunctionType) or lambda_ or self._tells(found):
                return Unseen(view.module, call, given=True)
        for value in _given(call):
            if isinstance(value, ast.Name | ast.Attribute):
                found = self.inference.type_of(view.module, value)
                if isinstance(found, FunctionType) and self._tells(found):
                    return Unseen(view.module, call, value)
        return None

    def _tells(self, function: FunctionType) -> bool:
        """Whether a function of the project sends anything."""
        if isinstance(function.node, ast.Lambda):
            return False
        tellings = self.judge.tellings
        view = self.views.view(function.module, function.node)
        return bool(tellings.of(view)) or tellings.emissions.may_send(function)

    def _is_unknown(self, view: View, call: ast.Call) -> bool:
        """Whether a call may run code of the project that was not found."""
        function = call.func
        if self._leaves_unknown(view, call):
            return True
        if self.judge.tellings.dispatch.is_unknown(view.module, call):
            return True
        if self.inference.type_of(view.module, function) is not None:
            return False
        if isinstance(function, ast.Name):
            known = view.module.scope_at(call).find(function.id)
            return known is not None or not hasattr(builtins, function.id)
        if isinstance(function, ast.Attribute):
            if function.attr in IN_PLACE and _is_container(view, function.value):
                return _leaves(view, function.value)
            # What the project does not define on a model of its own is Django's.
            return not isinstance(self.inference.type_of(view.module, function.value), Instance)
        return True

    def _leaves_unknown(self, view: View, call: ast.Call) -> bool:
        """Whether a call leaves something to be run later of which it is not known what it is."""
        convention = RUNNERS.get(last_name(call))
        if convention is None or "partial" in last_name(call):
            return False
        if isinstance(self.inference.type_of(view.module, call.func), FunctionType):
            return False
        run = handed_over(convention, call)
        return run is not None and self.inference.type_of(view.module, run) is None


def _is_left_behind(view: View, call: ast.Call, place: ast.AST) -> bool:
    """Whether a call makes a context manager around a place, which is left behind it."""
    parent = view.module.parents[call]
    return isinstance(parent, ast.withitem) and view.module.parents[parent] in (
        view.module.ancestors(place)
    )


def _with_keys(handles: set[Handle]) -> set[Handle]:
    return handles | {handle.extended([key]) for handle in handles for key in _KEYS}


def _given(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    for keyword in call.keywords:
        yield keyword.value


def _takes(call: ast.Call, handles: set[Handle]) -> bool:
    """Whether a call is given one of some handles, also in something that is made of it."""
    if isinstance(call.func, ast.Attribute) and chain_of(call.func.value) in handles:
        return True
    if isinstance(call.func, ast.Call) and last_name(call.func) == "getattr":
        return _takes(call.func, handles)  # ``getattr(self, name)()``
    return any(_mentions(value, handles) for value in _given(call))


def _mentions(value: ast.expr, handles: set[Handle]) -> bool:
    """Whether an expression holds one of some handles itself, not only something read from it."""
    stack: list[ast.AST] = [value]
    while stack:
        node = stack.pop()
        chain = chain_of(node) if isinstance(node, ast.Attribute | ast.Name) else None
        if chain is None:
            stack += ast.iter_child_nodes(node)
        elif chain in handles:
            return True
    return False


def _with_holders(view: View, handles: set[Handle]) -> set[Handle]:
    """The handles and the local names of what is made of them: ``data = {"id": room.pk}``."""
    found = set(handles)
    while True:
        before = len(found)
        for node in walk(view.node):
            if isinstance(node, ast.Assign) and not _is_row(node.value):
                if _mentions(node.value, found):
                    found |= {Handle(t.id) for t in node.targets if isinstance(t, ast.Name)}
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                if node.func.attr in IN_PLACE and isinstance(owner, ast.Name):
                    if _takes(node, found) and _is_container(view, owner):
                        found.add(Handle(owner.id))
        if len(found) == before:
            return found


def _is_row(value: ast.expr) -> bool:
    """Whether a value is what a call makes of the instance: another object, with a life of its own.

    ``guest = Guest(room=room)``, ``found = Guest.objects.filter(room=room)``.
    """
    while isinstance(value, ast.Await):
        value = value.value
    return isinstance(value, ast.Call)


def _is_container(view: View, node: ast.expr) -> bool:
    """Whether a local name is a list, set or dictionary that the function makes."""
    if not isinstance(node, ast.Name):
        return False
    values = [
        statement.value
        for statement in walk(view.node)
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in (
            statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        )
        if isinstance(target, ast.Name) and target.id == node.id
    ]
    return bool(values) and all(_makes_container(value) for value in values)


def _leaves(view: View, container: ast.expr) -> bool:
    """Whether a local container is given to something else: returned, passed on, stored."""
    assert isinstance(container, ast.Name)
    for node in walk(view.node):
        if not (isinstance(node, ast.Name) and node.id == container.id):
            continue
        parent = view.module.parents[node]
        if isinstance(parent, ast.keyword | ast.Starred):
            parent = view.module.parents[parent]
        if isinstance(parent, ast.Call):
            name = parent.func.id if isinstance(parent.func, ast.Name) else "?"
            if not hasattr(builtins, name) or view.module.scope_at(parent).find(name) is not None:
                return True
        elif isinstance(node.ctx, ast.Load) and not isinstance(
            parent, ast.Attribute | ast.For | ast.If | ast.UnaryOp | ast.Compare | ast.Subscript
        ):
            return True
    return False


def _makes_container(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return last_name(value) in _CONTAINERS
    return isinstance(
        value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
    )
