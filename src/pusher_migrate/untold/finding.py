"""What is said of one write of which subscribers may not be told: PM301, PM302, PM303."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pusher_migrate.catalogue import State
from pusher_migrate.deferral import Deferrals
from pusher_migrate.index.coverage.coverage import Analysis
from pusher_migrate.index.coverage.gaps import Gap, find_gaps
from pusher_migrate.index.coverage.judge import Judge
from pusher_migrate.index.coverage.verdicts import Insertion, Judgement, Verdict
from pusher_migrate.index.flow.graph import Edge as FlowEdge
from pusher_migrate.index.flow.graph import EdgeKind
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.index.writes.watch import left_out_code
from pusher_migrate.index.writes.writes import Site
from pusher_migrate.model import Applicability, Change, Deferral, Edit, Effect
from pusher_migrate.rule import Context, Outcome
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.untold import words
from pusher_migrate.untold.doubts import doubts_of
from pusher_migrate.untold.fates import EmissionFates
from pusher_migrate.untold.insertion import Bound, Inserter
from pusher_migrate.untold.needed import needed_calls
from pusher_migrate.untold.nesting import innermost_first
from pusher_migrate.untold.no_place import no_place, on_some_paths
from pusher_migrate.untold.unclear import UnclearWrite


class UntoldWrite:
    """What is said of one write.

    Args:
        context: The project.
        analysis: What tells, legacy calls that stay included.
        after: Judges by what tells once the migration is done.
        fates: What becomes of the emissions that are there.
        deferrals: Decides how calls are deferred.
        write: The write.
        planned: The emissions that are going to be inserted for other writes.

    Attributes:
        insertions: The emissions that its own changes insert.
        unplaced: Whether an emission is missing for which there is no place.
    """

    def __init__(
        self,
        context: Context,
        analysis: Analysis,
        after: Judge,
        fates: EmissionFates,
        deferrals: Deferrals,
        write: Write,
        planned: Sequence[Insertion] = (),
    ) -> None:
        self.context = context
        self.analysis = analysis
        self.after = after
        self.fates = fates
        self.deferrals = deferrals
        self.write = write
        self.planned = tuple(planned)
        self.insertions: list[Insertion] = []
        self.unplaced = False

    @property
    def site(self) -> Site:
        return self.write.site

    def outcomes(self) -> Iterator[Outcome]:
        """The changes and deferrals for the write; none when subscribers are told of it."""
        unclear = UnclearWrite(self.analysis, self.write)
        what = left_out_code(self.analysis.inference, self.site.module, self.site.call)
        if what is not None:
            yield words.deferral(
                self.write, "PM301", f"it stands in {what}, which is left out", actionable=False
            )
        elif self.site.kind.is_bulk:
            yield from unclear.bulk()
        elif not self.write.typed:
            yield from unclear.untyped()
        else:
            states, undecided = self.analysis.judge.entries(self.write)
            if self.write.open and self.write.operation == "update":
                yield from unclear.dynamic()
            elif undecided:
                yield from unclear.undecided(states, undecided)
            else:
                yield from self._certain(states)

    def _certain(self, states: tuple[State, ...]) -> Iterator[Outcome]:
        silent: list[tuple[State, Judgement]] = []
        for state in states:
            methods = frozenset(state.methods)
            judgement = self.analysis.judge.judge(self.write, methods, None, self.planned)
            if judgement.verdict is Verdict.TOLD:
                later = self.after.judge(self.write, methods)
                if later.verdict is not Verdict.TOLD:
                    yield self._told_by_legacy(state, judgement)
                continue
            silent.append((state, judgement))
        changed = False
        silent, unsure = self._by_certainty(silent)
        for state in unsure:
            yield words.deferral(self.write, "PM301", self._not_always_written(state))
        for code, group, judgement in _grouped(silent):
            for outcome in self._silent(code, group, judgement):
                changed = changed or isinstance(outcome, Change)
                yield outcome
        if not changed:
            yield from self._past_owner(states)

    def _by_certainty(
        self, silent: list[tuple[State, Judgement]]
    ) -> tuple[list[tuple[State, Judgement]], list[State]]:
        """Put aside the entries whose fields are not written whenever the row is saved."""
        certain: list[tuple[State, Judgement]] = []
        unsure = []
        for state, judgement in silent:
            fields = set(state.fields) & set(self.write.values)
            if self.write.operation == "update" and not fields & self.write.certain:
                unsure.append(state)
            else:
                certain.append((state, judgement))
        return certain, unsure

    def _not_always_written(self, state: State) -> str:
        names = [name for name in self.write.values if name in state.fields]
        lines = sorted(
            item.spot.lineno for item in self.write.assignments if item.field in state.fields
        )
        return (
            f"{' and '.join(map(repr, names))} is assigned on some of the paths to the save only "
            f"({words.lines(lines)}), so an event behind the save would also tell of "
            f"what was not written; save where it is assigned, and tell of it there "
            f"({self._asked([state])})"
        )

    def _told_by_legacy(self, state: State, judgement: Judgement) -> Deferral:
        lines = [t.line for t in judgement.tellings if t.call in self.fates.staying]
        reasons = [
            self.fates.staying[t.call] for t in judgement.tellings if t.call in self.fates.staying
        ]
        where = f"line {', '.join(map(str, lines))}" if lines else "another function"
        why = next((f" ({reason.rstrip('.')})" for reason in reasons if reason), "")
        return words.deferral(
            self.write,
            "PM301",
            f"only a legacy call ({where}) tells of it, which stays as it is{why}; once that calls "
            f"the manager's {state.methods[0]}, the write is covered",
            actionable=False,
        )

    def _silent(self, code: str, states: list[State], judgement: Judgement) -> Iterator[Outcome]:
        if judgement.verdict is Verdict.EARLY and self._is_moved(judgement):
            early = words.lines(telling.line for telling in judgement.early)
            yield words.deferral(
                self.write,
                code,
                f"it is told of before it is saved ({early}); PM201 moves that behind it",
                actionable=False,
            )
            return
        refused = no_place(judgement)
        if refused is not None:
            yield words.deferral(self.write, code, refused)
            return
        inserter = Inserter(self.context, self.deferrals, self.write)
        gaps = None
        if judgement.verdict is Verdict.PARTIAL:
            gaps = self._gaps(judgement, inserter)
            if gaps is None:
                self.unplaced = True
                yield words.deferral(self.write, code, on_some_paths(judgement))
                return
        problem = inserter.problem()
        if problem is not None:
            yield words.deferral(self.write, code, self._asked(states) + ", but " + problem)
            return
        inserters = [Inserter(self.context, self.deferrals, self.write, gap) for gap in gaps or ()]
        inserters = inserters or [inserter]
        bound: list[list[Bound]] = []
        for each in inserters:
            own: list[Bound] = []
            for needed in needed_calls(states):
                result = each.bind(needed)
                if isinstance(result, Refusal):
                    asked = self._asked(list(needed.states))
                    yield words.deferral(self.write, code, f"{asked}, but {result.reason}")
                    self.unplaced = True
                    if gaps:
                        return
                    continue
                own.append(result)
            bound.append(own)
        if all(bound):
            outcome = self._change(code, states, judgement, inserters, bound)
            if isinstance(outcome, Change):
                self._plan(gaps, inserter, bound[0])
            self.unplaced = self.unplaced or not isinstance(outcome, Change)
            yield outcome

    def _plan(self, gaps: list[Gap] | None, inserter: Inserter, bound: list[Bound]) -> None:
        """Note what is inserted, for the verdicts on other writes."""
        function, handle = self.site.function, inserter.instance
        if function is None or handle is None:
            return
        graph = self.analysis.survey.views.view(self.site.module, function).graph
        nodes = set(graph.nodes_at(self.site.call)) if not gaps else set()
        edges: set[FlowEdge] = set()
        for gap in gaps or ():
            heads = graph.nodes_of(gap.statement)
            if not gap.is_else:
                nodes |= set(graph.heads_of(gap.statement))
            else:
                edges |= {e for n in heads for e in graph.successors(n) if e.kind is EdgeKind.FALSE}
        methods = frozenset(item.needed.call.method for item in bound)
        self.insertions.append(
            Insertion(self.write, methods, handle, frozenset(nodes), frozenset(edges))
        )

    def _is_moved(self, judgement: Judgement) -> bool:
        """Whether the emissions in front of the save are going to be moved behind it."""
        return all(telling.call in self.fates.moved for telling in judgement.early)

    def _gaps(self, judgement: Judgement, inserter: Inserter) -> list[Gap] | None:
        function, handle = self.site.function, inserter.instance
        if function is None or handle is None or judgement.followed is None:
            return None
        if not judgement.followed.stops:
            return None
        view = self.analysis.survey.views.view(self.site.module, function)
        starts = view.graph.nodes_at(self.site.call)
        unsure = (telling for telling in judgement.tellings if not telling.certain)
        passed = (node for telling in unsure for node in telling.nodes(view.graph))
        if any(node in judgement.followed.held for node in passed):
            return None  # It may be told of on that path.
        return find_gaps(view, starts, judgement.followed, handle)

    def _change(
        self,
        code: str,
        states: list[State],
        judgement: Judgement,
        inserters: list[Inserter],
        bound: list[list[Bound]],
    ) -> Outcome:
        edits: list[Edit] = []
        for inserter, own in zip(inserters, bound, strict=True):
            made = inserter.edits(own)
            if isinstance(made, Refusal):
                return words.deferral(self.write, code, f"{self._asked(states)}, but {made.reason}")
            edits += made
        every = [item for own in bound for item in own]
        notes = [note for item in every for note in item.notes]
        doubts = [doubt for item in every for doubt in item.doubts]
        doubts += doubts_of(self.analysis.judge, self.write, judgement, inserters[0])
        methods = list(dict.fromkeys(item.needed.call.method for item in every))
        catalogue = self.context.catalogue
        asking = list(dict.fromkeys(state for item in bound[0] for state in item.needed.states))
        place = self.site.module.source.location(self.site.call)
        return Change(
            code=code,
            location=place,
            title=f"Tell of {words.written(self.write)} through {' and '.join(methods)}",
            reason=words.reason(catalogue, self.write, asking, self._missing(judgement)),
            edits=innermost_first(edits),
            applicability=Applicability.REVIEW if doubts else Applicability.SAFE,
            review_reasons=tuple(dict.fromkeys(doubts)),
            effect=Effect((), tuple(wire for item in bound[0] for wire in item.after)),
            symbol=self.site.module.symbol(self.site.call),
            notes=tuple(dict.fromkeys((*words.advice(self.write, states), *notes))),
        )

    def _asked(self, states: Sequence[State]) -> str:
        return words.asked(self.context.catalogue, states)

    def _missing(self, judgement: Judgement) -> str:
        """Where nobody is told, as a clause."""
        if judgement.verdict is Verdict.PARTIAL:
            return f"it is not sent {judgement.witness}"
        return "nothing tells of it behind the write"

    def _past_owner(self, states: tuple[State, ...]) -> Iterator[Outcome]:
        """A direct write of state that a service owns is reported even where it is told of."""
        for advice in words.advice(self.write, states):
            yield words.deferral(
                self.write, "PM301", advice.rstrip("."), title="goes past its owner"
            )


def _grouped(
    silent: list[tuple[State, Judgement]],
) -> list[tuple[str, list[State], Judgement]]:
    """Entries with the same verdict, so that one edit can serve them all."""
    found: list[tuple[str, list[State], Judgement]] = []
    for state, judgement in silent:
        code = "PM302" if judgement.verdict is Verdict.PARTIAL else "PM301"
        if judgement.verdict is Verdict.SILENT:
            alike = (item for item in found if item[2].verdict is Verdict.SILENT)
            other = next(alike, None)
            if other is not None:
                _, states, first = other
                possible = tuple(dict.fromkeys((*first.possible, *judgement.possible)))
                merged = (code, [*states, state], replace(first, possible=possible))
                found[found.index(other)] = merged
                continue
        found.append((code, [state], judgement))
    return found
