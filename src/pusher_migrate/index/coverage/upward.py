"""Do the callers of a function tell of what it writes, when it does not do so itself?

A function that writes what it was given, or returns what it wrote, may leave the telling to its
callers, and they to theirs. Then an emission in the function would be a second one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.index.calls.decorated import wrappers_of
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.coverage.commits import registered_before, rolled_back
from pusher_migrate.index.coverage.tellings import Tellings
from pusher_migrate.index.coverage.told import Telling
from pusher_migrate.index.flow.assumptions import Assumptions
from pusher_migrate.index.flow.graph import Node
from pusher_migrate.index.instances.functions import Def, View, Views
from pusher_migrate.index.instances.handles import Handle, handle_of
from pusher_migrate.index.instances.tracking import Followed, follow
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance
from pusher_migrate.index.writes.watch import Watch, left_out_code
from pusher_migrate.index.writes.writes import bound_to
from pusher_migrate.nodes import walk

MAX_DEPTH = 8


@dataclass(frozen=True, eq=False, slots=True)
class Question:
    """What is asked of callers.

    Attributes:
        family: Classes of the instance.
        methods: Methods that tell.
        system: ``manager`` or ``legacy`` to count only one of them.
    """

    family: frozenset[ClassType]
    methods: frozenset[str]
    system: str | None


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What the callers do.

    Attributes:
        told: Dotted names of the functions that tell, for the calls behind which one does.
        silent: The calls behind which nobody does for certain.
        possible: Emissions behind such calls for rows that may be the same.
    """

    told: tuple[str, ...]
    silent: tuple[tuple[Module, ast.Call], ...]
    possible: tuple[Telling, ...] = ()


class Callers:
    """Answers for the callers of one project's functions.

    Args:
        views: Its functions.
        watch: What is watched.
        tellings: Who tells of what.
    """

    def __init__(self, views: Views, watch: Watch, tellings: Tellings) -> None:
        self.views = views
        self.inference = views.inference
        self.watch = watch
        self.tellings = tellings

    def ask(
        self,
        view: View,
        handles: tuple[Handle, ...],
        starts: tuple[Node, ...],
        followed: Followed,
        question: Question,
    ) -> Answer | None:
        """Whether the callers of a function tell of an instance; None when none can know it.

        Args:
            view: The function.
            handles: What stands for the instance there.
            starts: The nodes of the write.
            followed: Where the paths behind it lead.
            question: What counts.
        """
        given = self._given(view, handles, starts)
        returned = self._returns(view, followed, starts)
        return self._asked(view, given, returned, question, frozenset())

    def behind(
        self, view: View, handles: tuple[Handle, ...], starts: tuple[Node, ...]
    ) -> Iterator[tuple[Module, ast.Call, tuple[Handle, ...]]]:
        """The calls of a function that give it the written instance, and what that is called there.

        Arguments as for `ask`.
        """
        for module, call, passed in self._callers(view, self._given(view, handles, starts), False):
            if passed and left_out_code(self.inference, module, call) is None:
                yield module, call, passed

    def _given(
        self, view: View, handles: tuple[Handle, ...], starts: tuple[Node, ...]
    ) -> list[Handle]:
        """What the written instance is in terms of the function's parameters."""
        found = []
        bound = {target for node in view.graph.nodes for target, _ in view.names.targets(node)}
        for handle in handles:
            for origin in view.origins(handle):
                if not self._is_given(view, origin):
                    continue
                if any(origin.below(target) is not None for target in bound):
                    continue
                if origin in view.names.same_at(starts, handle, [origin]):
                    found.append(origin)
        return list(dict.fromkeys(found))

    def _is_given(self, view: View, origin: Handle) -> bool:
        """Whether callers know a name: a parameter, or a name from around an inner function."""
        around = view.module.named_function_around(view.node)
        outside = around is not None and origin.name in view.module.scopes[around].names
        return origin.name in view.parameters or outside

    def _returns(self, view: View, followed: Followed, starts: tuple[Node, ...]) -> bool:
        """Whether the function returns the instance on all paths behind the write."""
        nodes = {*followed.held, *starts}
        returns = [n for n in nodes if isinstance(n.tree, ast.Return)]
        falls_off = any(
            edge.source in nodes and edge.source not in returns
            for edge in view.graph.predecessors(view.graph.exit)
        )
        if not returns or falls_off:
            return False
        for node in returns:
            if node in starts:
                continue  # ``return Room.objects.create(...)``
            handle = self._returned(view, node)
            if handle is None or handle not in followed.held[node]:
                return False
        return True

    def _returned(self, view: View, node: Node) -> Handle | None:
        """The handle that a return statement gives back."""
        value = node.tree.value if isinstance(node.tree, ast.Return) else None
        return handle_of(self.inference, view.module, value) if value is not None else None

    def returned_handles(self, view: View) -> list[Handle]:
        found = (self._returned(view, node) for node in view.graph.nodes)
        return [handle for handle in found if handle is not None]

    def _asked(
        self,
        view: View,
        given: list[Handle],
        returned: bool,
        question: Question,
        seen: frozenset[Def],
    ) -> Answer | None:
        if len(seen) >= MAX_DEPTH or view.node in seen:
            return None
        around, possible = self._wrapped(view, given, returned, question, seen)
        if around:
            return Answer((around,), ())
        if not given and not returned:
            return Answer((), (), tuple(possible)) if possible else None
        told: list[str] = []
        silent: list[tuple[Module, ast.Call]] = []
        for module, call, passed in self._callers(view, given, returned):
            if left_out_code(self.inference, module, call) is not None:
                continue
            function = module.named_function_around(call)
            name, always = "", False
            if function is not None and (passed or returned):
                outer = self.views.view(module, function)
                name = self._tells_of_value(outer, call, question) if returned else ""
                always = bool(name)
                if not name:
                    name, always = self._told_behind(
                        outer, call, passed, question, seen | {view.node}
                    )
                if not name:
                    possible += self._behind(outer, call, question)
            elif function is not None:
                # What it is given is read from something that has no name where it is called.
                possible += self._behind(self.views.view(module, function), call, question)
            if name:
                told.append(name)
            if not always:
                silent.append((module, call))
        if not told and not silent and not possible:
            return None
        return Answer(tuple(told), tuple(silent), tuple(possible))

    def _wrapped(
        self,
        view: View,
        given: list[Handle],
        returned: bool,
        question: Question,
        seen: frozenset[Def],
    ) -> tuple[str, list[Telling]]:
        """What the decorators of a function do: one that surely tells, and what may tell."""
        possible: list[Telling] = []
        for wrapper in wrappers_of(self.inference, view.module, view.node):
            outer = self.views.view(wrapper.module, wrapper.node)
            counting = self._counting(outer, question)
            for call in wrapper.calls if counting else ():
                function = FunctionType(view.module, view.node)
                handles = [self.views.passed(outer.module, call, function, h) for h in given]
                passed = [h for h in handles if h and not _rebound(outer.module, call, h)]
                passed += bound_to(outer.module, call) if returned else ()
                name, always = self._told_behind(
                    outer, call, tuple(passed), question, seen | {view.node}
                )
                if always:
                    return name, []
            possible += counting
        return "", possible

    def _callers(
        self, view: View, given: list[Handle], returned: bool
    ) -> Iterator[tuple[Module, ast.Call, tuple[Handle, ...]]]:
        """The calls of a function, each with what stands for the instance once it is completed."""
        calls = self.views.callers(view.module, view.node)
        for module, call in calls:
            called = self.views.called(module, call)
            if called is None:
                continue
            handles = [self.views.passed(module, call, called, handle) for handle in given]
            bound = bound_to(module, call) if returned else ()
            kept = [h for h in handles if h is not None and not _rebound(module, call, h)]
            yield module, call, (*bound, *kept)
        yield from self._serializer_saves(view, returned)

    def _serializer_saves(
        self, view: View, returned: bool
    ) -> Iterator[tuple[Module, ast.Call, tuple[Handle, ...]]]:
        """``serializer.save()`` runs the serializer's own ``create`` or ``update``."""
        cls = view.module.class_around(view.node)
        if cls is None or view.node.name not in ("create", "update"):
            return
        owner = ClassType(view.module, cls)
        for module in self.watch.modules():
            for call in module.calls:
                if not (isinstance(call.func, ast.Attribute) and call.func.attr == "save"):
                    continue
                found = self.inference.type_of(module, call.func.value)
                if isinstance(found, Instance) and owner in self.inference.mro(found.cls):
                    chain = handle_of(self.inference, module, call.func.value)
                    own = (chain.extended(["instance"]),) if chain is not None else ()
                    yield module, call, (*bound_to(module, call), *own) if returned else ()

    def _counting(self, view: View, question: Question) -> list[Telling]:
        return [
            telling
            for telling in self.tellings.of(view)
            if telling.methods & question.methods and question.system in (None, telling.system)
        ]

    def _tells_of_value(self, view: View, call: ast.Call, question: Question) -> str:
        """``manager.realtime_room_created(make_room())``."""
        for telling in self._counting(view, question):
            if sends_value(view.module, call, telling.call):
                return view.module.dotted(view.node)
        return ""

    def _behind(self, view: View, call: ast.Call, question: Question) -> list[Telling]:
        """The emissions behind a call that would tell, were they about the right row."""
        starts = view.graph.nodes_at(call)
        return [
            telling
            for telling in self._counting(view, question)
            if telling.call is not call
            and view.graph.exists_path(starts, telling.nodes(view.graph))
        ]

    def _same(
        self, view: View, telling: Telling, passed: tuple[Handle, ...], question: Question
    ) -> bool:
        """Whether a telling in front of a call is about what is passed to it."""
        return any(
            not telling.handles(question.family).isdisjoint(
                view.names.same_at(node, handle, telling.handles(question.family))
            )
            for handle in passed
            for node in telling.nodes(view.graph)
        )

    def _told_behind(
        self,
        view: View,
        call: ast.Call,
        passed: tuple[Handle, ...],
        question: Question,
        seen: frozenset[Def],
    ) -> tuple[str, bool]:
        """The function that tells behind a call, empty for none, and whether it surely does."""
        name = view.module.dotted(view.node)
        starts = view.graph.nodes_at(call)
        if not starts:
            return "", False
        places: dict[Node, set[Handle]] = {}
        unsure: dict[Node, set[Handle]] = {}
        for telling in self._counting(view, question):
            for node in telling.nodes(view.graph):
                found = places if telling.certain else unsure
                found.setdefault(node, set()).update(telling.handles(question.family))
        handles = {h for held in (*places.values(), *unsure.values()) for h in held}
        tracked = view.names.closure([*passed, *handles, *self.returned_handles(view)])
        initial = set(passed)
        for handle in passed:
            if handle not in bound_to(view.module, call):
                initial |= {
                    other
                    for other in view.names.same_at(starts, handle, tracked)
                    if not _rebound(view.module, call, other)
                }
        names = [handle.name for handle in initial if not handle.path]
        followed = follow(
            view.names,
            starts,
            initial,
            tracked,
            lambda node, valid: not valid.isdisjoint(places.get(node, ())),
            Assumptions(view.graph, starts, names).impossible()
            | rolled_back(self.inference, view, call),
        )
        own = [t for t in self._counting(view, question) if self._same(view, t, passed, question)]
        registered = registered_before(self.inference, view, call, own, starts)
        if followed.always or any(always for _, always in registered):
            return name, True
        given = self._given(view, passed, starts)
        returned = self._returns(view, followed, starts)
        answer = self._asked(view, given, returned, question, seen)
        if answer is not None and answer.told:
            return answer.told[0], not answer.silent
        partly = bool(followed.stops or registered) or any(
            node in followed.held and followed.held[node] & held for node, held in unsure.items()
        )
        return (name, False) if partly else ("", False)


def _rebound(module: Module, call: ast.Call, handle: Handle) -> bool:
    """Whether the statement of a call binds the name of a handle to the call's value."""
    return any(handle.below(target) is not None for target in bound_to(module, call))


def within(inner: ast.AST, outer: ast.AST) -> bool:
    """Whether an expression is part of another."""
    return any(part is inner for part in walk(outer))


def sends_value(module: Module, call: ast.Call, telling: ast.expr) -> bool:
    """Whether the value of a call is passed to a telling, also as the default of a callback.

    ``manager.send(make_room())`` and ``lambda room=make_room(): manager.send(room)``.
    """
    if within(call, telling):
        return True
    inner: ast.AST = call
    for parent in module.ancestors(call):
        if isinstance(parent, ast.arguments) and isinstance(inner, ast.expr):
            function = module.parents[parent]
            names = [argument.arg for argument in (*parent.posonlyargs, *parent.args)]
            named = dict(zip(reversed(names), reversed(parent.defaults), strict=False))
            bound = {name for name, value in named.items() if value is inner}
            read = {part.id for part in walk(telling) if isinstance(part, ast.Name)}
            return bool(bound & read) and function in module.ancestors(telling)
        if isinstance(parent, ast.stmt):
            return False
        inner = parent
    return False
