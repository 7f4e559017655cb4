"""Path by path: are subscribers told of a write?

The verdict on a write looks, in this order, at what the persisting call sends by itself (the
model's own ``save()``, signals), at the paths behind it in its function, and at the callers of that
function, which may tell for what it returns or was given.
"""

from __future__ import annotations

from collections.abc import Sequence

from pusher_migrate.catalogue import State
from pusher_migrate.catalogue.values import Known
from pusher_migrate.index.coverage.about import (
    WrittenRows,
    loop_over,
    may_follow,
    reached_by_another,
)
from pusher_migrate.index.coverage.commits import registered_before, rolled_back
from pusher_migrate.index.coverage.signals import Signals
from pusher_migrate.index.coverage.tellings import Tellings
from pusher_migrate.index.coverage.told import Telling
from pusher_migrate.index.coverage.upward import (
    Callers,
    Question,
    sends_value,
)
from pusher_migrate.index.coverage.verdicts import Insertion, Judgement, Verdict
from pusher_migrate.index.flow.assumptions import Assumptions
from pusher_migrate.index.flow.graph import Edge, Node
from pusher_migrate.index.flow.paths import branch_description
from pusher_migrate.index.instances.functions import View, Views
from pusher_migrate.index.instances.handles import Handle
from pusher_migrate.index.instances.tracking import follow
from pusher_migrate.index.types.types import ClassType
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.index.writes.watch import Watch
from pusher_migrate.index.writes.writes import Kind, created_flags


class Judge:
    """Judges the writes of one project.

    Args:
        views: Its functions.
        watch: What is watched.
        tellings: Who tells of what.
        signals: What runs by itself.
        writes: All write groups.
    """

    def __init__(
        self,
        views: Views,
        watch: Watch,
        tellings: Tellings,
        signals: Signals,
        writes: Sequence[Write] = (),
    ) -> None:
        self.views = views
        self.inference = views.inference
        self.watch = watch
        self.tellings = tellings
        self.signals = signals
        self.callers = Callers(views, watch, tellings)
        self.rows = WrittenRows(self.callers, writes)

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
        self,
        write: Write,
        methods: frozenset[str] | None,
        system: str | None = None,
        planned: Sequence[Insertion] = (),
    ) -> Judgement:
        """Whether one of some methods tells of a write.

        Args:
            write: The write.
            methods: The methods that tell of it; None for all.
            system: ``manager`` or ``legacy`` to count only one of them.
            planned: Emissions that will be inserted for other writes.
        """
        if methods is None:
            methods = frozenset(
                method for telling in self.tellings_near(write) for method in telling.methods
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
            found = self._judge_paths(write, methods, system, planned)
        if inherent and found.verdict is Verdict.SILENT:
            return Judgement(
                Verdict.PARTIAL, "", found.tellings, found.possible, (), through, found.followed
            )
        return found

    def tellings_near(self, write: Write) -> list[Telling]:
        """The tellings of the function around a write."""
        if write.site.function is None:
            return []
        return self.tellings.of(self.views.view(write.site.module, write.site.function))

    def _relevant(self, write: Write, methods: frozenset[str], system: str | None) -> list[Telling]:
        return [
            telling
            for telling in self.tellings_near(write)
            if telling.methods & methods and system in (None, telling.system)
        ]

    def _judge_paths(
        self,
        write: Write,
        methods: frozenset[str],
        system: str | None,
        planned: Sequence[Insertion],
    ) -> Judgement:
        site = write.site
        assert site.function is not None
        view = self.views.view(site.module, site.function)
        family = self.family(write)
        relevant = self._relevant(write, methods, system)
        for telling in relevant:
            if telling.certain and sends_value(site.module, site.call, telling.call):
                return Judgement(Verdict.TOLD, tellings=(telling,))
        starts = view.graph.nodes_at(site.call)
        places: dict[Node, set[Handle]] = {}
        for telling in relevant:
            for node in telling.nodes(view.graph) if telling.certain else ():
                places.setdefault(node, set()).update(telling.handles(family))
        told_by: set[Edge] = set()
        for insertion in planned:
            if insertion.write is not write and insertion.methods & methods:
                if insertion.write.site.function is site.function:
                    told_by |= insertion.edges
                    for node in insertion.nodes:
                        places.setdefault(node, set()).add(insertion.handle)
        handles = {handle for held in places.values() for handle in held}
        handles |= {handle for telling in relevant for handle in telling.handles(family)}
        initial, tracked = self.rows.standing_for(view, write, handles, starts)
        followed = follow(
            view.names,
            starts,
            initial,
            tracked,
            lambda node, valid: not valid.isdisjoint(places.get(node, ())),
            self._excused(view, write, starts, initial) | told_by,
        )
        own = tuple(t for t in relevant if self.rows.is_about(view, write, t, family, starts))
        possible = tuple(
            telling
            for telling in relevant
            if (telling not in own and may_follow(view, telling, starts))
            or reached_by_another(view, telling, family, followed)
        )
        registered = registered_before(self.inference, view, site.call, own, starts)
        if followed.always or any(always for _, always in registered):
            return Judgement(Verdict.TOLD, "", own, possible, (), (), followed)
        question = Question(family, methods, system)
        answer = self.callers.ask(view, site.before or site.after, starts, followed, question)
        if answer is not None:
            possible = tuple(dict.fromkeys((*possible, *answer.possible)))
        if answer is not None and answer.told:
            through = tuple(dict.fromkeys(answer.told))
            verdict = Verdict.PARTIAL if answer.silent else Verdict.TOLD
            return Judgement(verdict, "", own, possible, answer.silent, through, followed)
        early = tuple(t for t in own if self.rows.is_early(view, write, t, starts))
        if registered:
            early = tuple(dict.fromkeys((*early, *(telling for telling, _ in registered))))
            return Judgement(Verdict.PARTIAL, "", own, possible, (), (), followed, early)
        if followed.stops:
            witness = branch_description(followed.missed) if followed.missed is not None else ""
            return Judgement(Verdict.PARTIAL, witness, own, possible, (), (), followed, early)
        if any(
            not followed.held.get(node, frozenset()).isdisjoint(telling.handles(family))
            for telling in own
            for node in telling.nodes(view.graph)
        ):
            # It may be reached behind the write, but not for certain: ``ready and emit(room)``.
            return Judgement(Verdict.PARTIAL, "", own, possible, (), (), followed, early)
        verdict = Verdict.EARLY if early else Verdict.SILENT
        return Judgement(verdict, "", own, possible, (), (), followed, early)

    def _excused(
        self, view: View, write: Write, starts: tuple[Node, ...], initial: frozenset[Handle]
    ) -> frozenset[Edge]:
        """Edges behind which no emission is needed: rollbacks, and impossible branches."""
        excused = set(rolled_back(self.inference, view, write.site.call))
        known = {}
        if write.site.kind is Kind.FIRST_OR_CREATE or (
            write.site.kind is Kind.UPDATE_OR_CREATE and write.operation == "create"
        ):
            known = dict.fromkeys(created_flags(write.site.statement), True)
        names = [handle.name for handle in initial if not handle.path]
        excused |= Assumptions(view.graph, starts, names, known).impossible()
        return frozenset(excused) | self._impossible(view, write)

    def _impossible(self, view: View, write: Write) -> frozenset[Edge]:
        """Branches that cannot be taken once one of the fields was assigned."""
        found: frozenset[Edge] | None = None
        assigned = {item.field for item in write.assignments}
        if not write.assignments or set(write.values) - assigned:
            return frozenset()
        for item in write.assignments:
            edges = Assumptions(view.graph, view.graph.nodes_at(item.spot)).impossible()
            found = edges if found is None else found & edges
        return found or frozenset()

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
            loop = loop_over(view, telling, handles)
            if loop is not None:
                hits |= set(view.graph.nodes_of(loop)) or set(view.graph.nodes_at(loop))
            for node in telling.nodes(view.graph) if telling.certain else ():
                places.setdefault(node, set()).update(handles)
        every = {handle for held in places.values() for handle in held}
        initial, tracked = self.rows.standing_for(view, write, every, starts)
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
        possible = tuple(t for t in relevant if may_follow(view, t, starts))
        return Judgement(verdict, "", (), possible, (), (), followed)


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
