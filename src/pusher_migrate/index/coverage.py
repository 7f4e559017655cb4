"""Path by path: are subscribers told of a write? And how much of a project's writes is told.

The verdict on a write looks, in this order, at what the persisting call sends by itself (the model's
own ``save()``, signals), at the paths behind it in its function, and at the callers of that function,
which may tell for what it returns or was given.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pusher_migrate.catalogue import State
from pusher_migrate.catalogue.values import Known
from pusher_migrate.index.assumptions import Assumptions
from pusher_migrate.index.flow_graph import Edge, Node, NodeKind
from pusher_migrate.index.flow_paths import branch_description
from pusher_migrate.index.functions import Def, View, Views
from pusher_migrate.index.handles import Handle, handle_of
from pusher_migrate.index.modules import Module
from pusher_migrate.index.persist import Persistence, Write
from pusher_migrate.index.signals import Signals
from pusher_migrate.index.tellings import Telling, Tellings
from pusher_migrate.index.tracking import Followed, follow
from pusher_migrate.index.types import ClassType, External, FunctionType, Instance
from pusher_migrate.index.watch import Watch, left_out_code
from pusher_migrate.index.writes import Kind, bound_to

MAX_DEPTH = 8


class Verdict(enum.StrEnum):
    """Whether subscribers are told of a write."""

    TOLD = "told"
    EARLY = "told too early"
    PARTIAL = "told on some paths"
    SILENT = "not told"


@dataclass(frozen=True, eq=False, slots=True)
class Judgement:
    """The verdict on one write and one set of methods.

    Attributes:
        verdict: The verdict.
        witness: For PARTIAL, the path that is not told, in words; may be empty.
        tellings: The places that tell of the instance, wherever they stand.
        possible: Places that may tell of it: what could not be seen.
        elsewhere: For PARTIAL, calls of the function whose callers do not tell while others do.
        through: Functions that tell by themselves or for their callers, dotted.
        followed: Where the paths behind the write lead; None when they could not be followed.
    """

    verdict: Verdict
    witness: str = ""
    tellings: tuple[Telling, ...] = ()
    possible: tuple[Telling, ...] = ()
    elsewhere: tuple[tuple[Module, ast.Call], ...] = ()
    through: tuple[str, ...] = ()
    followed: Followed | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The coverage of one module.

    Attributes:
        path: The module; ``total`` for the sum.
        writes: How many statements persist watched state.
        followed: How many of them are followed by an emission on all paths.
        told: How many are told of at all, also too early.
        by_manager: How many are told of by the manager.
        unwatched: How many are neither told of nor asked for by an entry of the catalogue.
    """

    path: str
    writes: int = 0
    followed: int = 0
    told: int = 0
    by_manager: int = 0
    unwatched: int = 0

    @property
    def percentage(self) -> float | None:
        """Share of the writes that are followed by an emission; None without writes."""
        return 100 * self.followed / self.writes if self.writes else None


class Judge:
    """Judges the writes of one project.

    Args:
        views: Its functions.
        watch: What is watched.
        tellings: Who tells of what.
        signals: What runs by itself.
    """

    def __init__(self, views: Views, watch: Watch, tellings: Tellings, signals: Signals) -> None:
        self.views = views
        self.inference = views.inference
        self.watch = watch
        self.tellings = tellings
        self.signals = signals

    # --- What a write needs -----------------------------------------------------------------------

    def entries(self, write: Write) -> tuple[tuple[State, ...], tuple[State, ...]]:
        """The entries that a write needs, and those of which one may apply instead.

        Where a field may get several values, an entry is certain only if it applies to all of them.
        """
        every: list[tuple[State, ...]] = []
        undecided: list[State] = []
        for values in _variants(write.values):
            states, unsure = self.watch.entries(write.model, values, write.operation)
            every.append(states)
            undecided += unsure
        certain = [s for s in every[0] if all(s in states for states in every)] if every else []
        undecided += [s for states in every for s in states if s not in certain]
        order = {state: index for index, state in enumerate(write.model.states)}
        return tuple(certain), tuple(sorted(set(undecided), key=lambda state: order[state]))

    def family(self, write: Write) -> frozenset[ClassType]:
        """The classes whose instances may be the written one."""
        return frozenset(self.inference.mro(write.model.cls)) | {write.model.cls}

    # --- The verdict ------------------------------------------------------------------------------

    def judge(
        self, write: Write, methods: frozenset[str] | None, system: str | None = None
    ) -> Judgement:
        """Whether one of some methods tells of a write.

        Args:
            write: The write.
            methods: The methods that tell of it; None for all.
            system: ``manager`` or ``legacy`` to count only one of them.
        """
        if methods is None:
            methods = frozenset(
                method for telling in self._tellings(write) for method in telling.methods
            )
        inherent = self.signals.inherent(write.site, write.model.cls, methods, system)
        through = tuple(dict.fromkeys(item.through for item in inherent))
        if any(item.always for item in inherent):
            return Judgement(Verdict.TOLD, through=through)
        if write.site.function is None:
            return Judgement(Verdict.SILENT)
        if write.site.kind.is_bulk or not write.site.in_flow:
            found = self._judge_rows(write, methods, system)
        else:
            found = self._judge_paths(write, methods, system)
        if inherent and found.verdict is Verdict.SILENT:
            return Judgement(
                Verdict.PARTIAL, "", found.tellings, found.possible, (), through, found.followed
            )
        return found

    def _tellings(self, write: Write) -> list[Telling]:
        if write.site.function is None:
            return []
        return self.tellings.of(self.views.view(write.site.module, write.site.function))

    def _relevant(self, write: Write, methods: frozenset[str], system: str | None) -> list[Telling]:
        return [
            telling
            for telling in self._tellings(write)
            if telling.methods & methods and system in (None, telling.system)
        ]

    def _judge_paths(self, write: Write, methods: frozenset[str], system: str | None) -> Judgement:
        site = write.site
        assert site.function is not None
        view = self.views.view(site.module, site.function)
        family = self.family(write)
        relevant = self._relevant(write, methods, system)
        for telling in relevant:
            if telling.certain and _within(site.call, telling.call):
                return Judgement(Verdict.TOLD, tellings=(telling,))
        starts = view.graph.nodes_at(site.call)
        places: dict[Node, set[Handle]] = {}
        for telling in relevant:
            for node in view.graph.nodes_at(telling.call) if telling.certain else ():
                places.setdefault(node, set()).update(telling.handles(family))
        initial, tracked = self._standing_for(view, write, places, starts)
        followed = follow(
            view.names,
            starts,
            initial,
            tracked,
            lambda node, valid: not valid.isdisjoint(places.get(node, ())),
            self._excused(view, write, starts, initial),
        )
        own = tuple(t for t in relevant if self._is_about(view, write, t, family, starts, tracked))
        possible = tuple(t for t in relevant if t not in own and self._may_follow(view, t, starts))
        if followed.always or self._deferred_before(view, write, own, starts):
            return Judgement(Verdict.TOLD, "", own, possible, (), (), followed)
        callers = self._by_callers(view, write, methods, system, starts, followed, 0, frozenset())
        if callers is not None:
            told, silent = callers
            if told and not silent:
                through = tuple(dict.fromkeys(told))
                return Judgement(Verdict.TOLD, "", own, possible, (), through, followed)
            if told:
                through = tuple(dict.fromkeys(told))
                return Judgement(
                    Verdict.PARTIAL, "", own, possible, tuple(silent), through, followed
                )
        if followed.stops:
            witness = branch_description(followed.missed) if followed.missed is not None else ""
            return Judgement(Verdict.PARTIAL, witness, own, possible, (), (), followed)
        after = [t for t in own if self._may_follow(view, t, starts)]
        if after:
            # It may be reached behind the write, but not for certain: ``ready and emit(room)``.
            return Judgement(Verdict.PARTIAL, "", own, possible, (), (), followed)
        verdict = Verdict.EARLY if own else Verdict.SILENT
        return Judgement(verdict, "", own, possible, (), (), followed)

    def _standing_for(
        self,
        view: View,
        write: Write,
        places: dict[Node, set[Handle]],
        starts: Iterable[Node],
    ) -> tuple[frozenset[Handle], frozenset[Handle]]:
        """The handles that stand for the instance once the write is completed, and all of interest."""
        site = write.site
        handles = {h for held in places.values() for h in held}
        handles |= set(self._all_returned(view))
        tracked = view.names.closure([*site.before, *site.after, *handles])
        initial = set(site.after)
        for node in starts:
            for before in site.before:
                initial |= view.names.same_at(node, before, tracked)
            for after in site.after:
                if not any(
                    after.below(target) is not None for target, _ in view.names.targets(node)
                ):
                    initial |= view.names.same_at(node, after, tracked)
        return frozenset(initial), tracked

    def _excused(
        self, view: View, write: Write, starts: tuple[Node, ...], initial: frozenset[Handle]
    ) -> frozenset[Edge]:
        """Edges behind which no emission is needed: rollbacks, and branches that cannot be taken."""
        excused: set[Edge] = set()
        for outer in view.module.ancestors(write.site.call):
            if outer is view.node:
                break
            if isinstance(outer, ast.With):
                for item in outer.items:
                    if self._is_atomic(view.module, item.context_expr):
                        excused |= view.graph.failing_exits(item)
        known = {}
        if write.site.kind is Kind.FIRST_OR_CREATE or (
            write.site.kind is Kind.UPDATE_OR_CREATE and write.operation == "create"
        ):
            known = {name: True for name in _flags(write.site.statement)}
        names = [handle.name for handle in initial if not handle.path]
        excused |= Assumptions(view.graph, starts, names, known).impossible()
        return frozenset(excused)

    def _is_atomic(self, module: Module, node: ast.expr) -> bool:
        target = node.func if isinstance(node, ast.Call) else node
        found = self.inference.type_of(module, target)
        return isinstance(found, External) and found.path.endswith("transaction.atomic")

    def _is_about(
        self,
        view: View,
        write: Write,
        telling: Telling,
        family: frozenset[ClassType],
        starts: tuple[Node, ...],
        tracked: frozenset[Handle],
    ) -> bool:
        """Whether a telling is about the written instance, before the write or behind it."""
        handles = telling.handles(family)
        for node in view.graph.nodes_at(telling.call):
            for start in starts:
                for own in write.site.before or write.site.after:
                    wanted = view.names.identity(own, start)
                    if any(view.names.identity(h, node) == wanted for h in handles):
                        return True
        if not starts:
            return False
        initial, every = self._standing_for(view, write, {}, starts)
        nodes = frozenset(view.graph.nodes_at(telling.call))
        every = view.names.closure([*every, *handles])
        found = follow(
            view.names,
            starts,
            initial,
            every,
            lambda node, valid: node in nodes and not valid.isdisjoint(handles),
        )
        return bool(found.stops)

    def _may_follow(self, view: View, telling: Telling, starts: tuple[Node, ...]) -> bool:
        nodes = view.graph.nodes_at(telling.call)
        return bool(set(nodes) & set(starts)) or view.graph.exists_path(starts, nodes)

    def _deferred_before(
        self, view: View, write: Write, own: tuple[Telling, ...], starts: tuple[Node, ...]
    ) -> bool:
        """Whether an emission that was registered before is sent behind the write, at the commit."""
        site = write.site
        for telling in own:
            if not (telling.deferred and telling.certain):
                continue
            mine = self._outermost_atomic(view, site.call)
            if mine is None or mine is not self._outermost_atomic(view, telling.call):
                continue
            nodes = view.graph.nodes_at(telling.call)
            if not view.graph.exists_path(view.graph.entry, starts, avoiding=nodes):
                return True
        return False

    def _outermost_atomic(self, view: View, node: ast.AST) -> ast.AST | None:
        found: ast.AST | None = None
        for outer in view.module.ancestors(node):
            if isinstance(outer, ast.With) and any(
                self._is_atomic(view.module, item.context_expr) for item in outer.items
            ):
                found = outer
            if outer is view.node:
                if any(self._is_atomic(view.module, d) for d in view.node.decorator_list):
                    found = outer
                break
        return found

    # --- Rows without an instance -----------------------------------------------------------------

    def _judge_rows(self, write: Write, methods: frozenset[str], system: str | None) -> Judgement:
        """Bulk writes, and saves in comprehensions: is each row told of in a loop behind them?"""
        site = write.site
        assert site.function is not None
        view = self.views.view(site.module, site.function)
        family = self.family(write)
        relevant = self._relevant(write, methods, system)
        starts = view.graph.nodes_at(site.call)
        hits: set[Node] = set()
        places: dict[Node, set[Handle]] = {}
        for telling in relevant:
            handles = telling.handles(family)
            loop = self._loop_over(view, telling, handles)
            if loop is not None:
                hits |= set(view.graph.nodes_of(loop)) or set(view.graph.nodes_at(loop))
            for node in view.graph.nodes_at(telling.call) if telling.certain else ():
                places.setdefault(node, set()).update(handles)
        initial, tracked = self._standing_for(view, write, places, starts)
        followed = follow(
            view.names,
            starts,
            initial,
            tracked,
            lambda node, valid: node in hits or not valid.isdisjoint(places.get(node, ())),
            self._excused(view, write, starts, initial),
        )
        if followed.always and starts:
            return Judgement(Verdict.TOLD, "", tuple(relevant), (), (), (), followed)
        verdict = Verdict.PARTIAL if followed.stops else Verdict.SILENT
        return Judgement(verdict, "", (), tuple(relevant), (), (), followed)

    def _loop_over(
        self, view: View, telling: Telling, handles: frozenset[Handle]
    ) -> ast.AST | None:
        """The loop or comprehension that tells for each of its rows without a condition."""
        child: ast.AST = telling.call
        for outer in view.module.ancestors(telling.call):
            if isinstance(outer, ast.For) and isinstance(outer.target, ast.Name):
                return outer if Handle(outer.target.id) in handles else None
            if isinstance(outer, ast.ListComp | ast.GeneratorExp | ast.SetComp):
                plain = len(outer.generators) == 1 and not outer.generators[0].ifs
                return outer if plain and child is outer.elt else None
            if outer is view.node or isinstance(outer, ast.If | ast.While | ast.ExceptHandler):
                return None
            child = outer
        return None

    # --- Callers ----------------------------------------------------------------------------------

    def _by_callers(
        self,
        view: View,
        write: Write,
        methods: frozenset[str],
        system: str | None,
        starts: tuple[Node, ...],
        followed: Followed,
        depth: int,
        seen: frozenset[Def],
    ) -> tuple[list[str], list[tuple[Module, ast.Call]]] | None:
        """The callers that tell for the function, and the calls behind which nobody does.

        None when no caller can know the instance.
        """
        family = self.family(write)
        given = self._given(view, write.site.before or write.site.after, starts)
        returned = self._returns(view, followed, starts)
        return self._asked(view, given, returned, family, methods, system, depth, seen)

    def _given(
        self, view: View, handles: tuple[Handle, ...], starts: tuple[Node, ...]
    ) -> list[Handle]:
        """What the written instance is in terms of the function's parameters."""
        found = []
        bound = {target for node in view.graph.nodes for target, _ in view.names.targets(node)}
        for handle in handles:
            for origin in view.origins(handle):
                if origin.name not in view.parameters:
                    continue
                if any(origin.below(target) is not None for target in bound):
                    continue
                if all(origin in view.names.same_at(node, handle, [origin]) for node in starts):
                    found.append(origin)
        return list(dict.fromkeys(found))

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

    def _all_returned(self, view: View) -> list[Handle]:
        found = (self._returned(view, node) for node in view.graph.nodes)
        return [handle for handle in found if handle is not None]

    def _asked(
        self,
        view: View,
        given: list[Handle],
        returned: bool,
        family: frozenset[ClassType],
        methods: frozenset[str],
        system: str | None,
        depth: int,
        seen: frozenset[Def],
    ) -> tuple[list[str], list[tuple[Module, ast.Call]]] | None:
        if (not given and not returned) or depth >= MAX_DEPTH or view.node in seen:
            return None
        told: list[str] = []
        silent: list[tuple[Module, ast.Call]] = []
        for module, call, passed in self._callers(view, given, returned):
            if left_out_code(self.inference, module, call) is not None:
                continue
            function = module.named_function_around(call)
            answer = None
            if function is not None and passed:
                outer = self.views.view(module, function)
                answer = self._told_behind(
                    outer, call, passed, family, methods, system, depth, seen | {view.node}
                )
            if answer is None:
                silent.append((module, call))
            else:
                told.append(answer)
        return (told, silent) if told or silent else None

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

    def _told_behind(
        self,
        view: View,
        call: ast.Call,
        passed: tuple[Handle, ...],
        family: frozenset[ClassType],
        methods: frozenset[str],
        system: str | None,
        depth: int,
        seen: frozenset[Def],
    ) -> str | None:
        """The function that tells behind a call, or None when it is not certain that one does."""
        name = view.module.dotted(view.node)
        for telling in self.tellings.of(view):
            if telling.certain and telling.methods & methods and _within(call, telling.call):
                if system in (None, telling.system):
                    return name
        starts = view.graph.nodes_at(call)
        if not starts:
            return None
        places: dict[Node, set[Handle]] = {}
        for telling in self.tellings.of(view):
            if telling.certain and telling.methods & methods and system in (None, telling.system):
                for node in view.graph.nodes_at(telling.call):
                    places.setdefault(node, set()).update(telling.handles(family))
        handles = {h for held in places.values() for h in held}
        tracked = view.names.closure([*passed, *handles, *self._all_returned(view)])
        initial = set(passed)
        for node in starts:
            for handle in passed:
                if handle not in bound_to(view.module, call):
                    initial |= {
                        other
                        for other in view.names.same_at(node, handle, tracked)
                        if not _rebound(view.module, call, other)
                    }
        names = [handle.name for handle in initial if not handle.path]
        followed = follow(
            view.names,
            starts,
            initial,
            tracked,
            lambda node, valid: not valid.isdisjoint(places.get(node, ())),
            Assumptions(view.graph, starts, names).impossible(),
        )
        if followed.always:
            return name
        given = self._given(view, passed, starts)
        returned = self._returns(view, followed, starts)
        answer = self._asked(view, given, returned, family, methods, system, depth + 1, seen)
        return answer[0][0] if answer is not None and answer[0] and not answer[1] else None


def _variants(
    values: dict[str, tuple[Known | None, ...]],
) -> list[dict[str, Known | None]]:
    """All combinations of what the fields may get; a field that may get many is not known."""
    found: list[dict[str, Known | None]] = [{}]
    for name, known in values.items():
        choices: tuple[Known | None, ...] = known or (None,)
        if len(found) * len(choices) > 32:
            choices = (None,)
        found = [{**partial, name: choice} for partial in found for choice in choices]
    return found


def _within(inner: ast.AST, outer: ast.AST) -> bool:
    """Whether an expression is part of another."""
    return any(part is inner for part in ast.walk(outer))


def _flags(statement: ast.stmt) -> list[str]:
    """The name of ``created`` in ``row, created = Model.objects.get_or_create(...)``."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Tuple) and len(target.elts) == 2:
            flag = target.elts[1]
            return [flag.id] if isinstance(flag, ast.Name) else []
    return []


def _rebound(module: Module, call: ast.Call, handle: Handle) -> bool:
    """Whether the statement of a call binds the name of a handle to the call's value."""
    return any(handle.below(target) is not None for target in bound_to(module, call))
