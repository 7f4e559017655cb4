"""What is said of one write of which subscribers may not be told: PM301, PM302, PM303."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pusher_migrate.catalogue import State
from pusher_migrate.deferral import Deferrals
from pusher_migrate.index.coverage.coverage import Analysis
from pusher_migrate.index.coverage.doubts import Doubts
from pusher_migrate.index.coverage.gaps import Gap, find_gaps
from pusher_migrate.index.coverage.judge import Insertion, Judge, Judgement, Verdict
from pusher_migrate.index.flow.graph import Edge as FlowEdge
from pusher_migrate.index.flow.graph import EdgeKind
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.index.writes.watch import left_out_code
from pusher_migrate.index.writes.writes import Site
from pusher_migrate.model import Applicability, Change, Deferral, Edit, Effect
from pusher_migrate.rule import Context, Outcome
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.untold import words
from pusher_migrate.untold.fates import EmissionFates
from pusher_migrate.untold.insertion import Bound, Inserter
from pusher_migrate.untold.needed import needed_calls
from pusher_migrate.untold.nesting import innermost_first


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
        what = left_out_code(self.analysis.inference, self.site.module, self.site.call)
        if what is not None:
            yield self._defer("PM301", f"it stands in {what}, which is left out", actionable=False)
        elif self.site.kind.is_bulk:
            yield from self._bulk()
        elif not self.write.typed:
            yield from self._untyped()
        else:
            states, undecided = self.analysis.judge.entries(self.write)
            if self.write.open and self.write.operation == "update":
                yield from self._dynamic()
            elif undecided:
                yield from self._undecided(states, undecided)
            else:
                yield from self._certain(states)

    # --- Which entries ----------------------------------------------------------------------------

    def _states(self, operation_only: bool = False) -> list[State]:
        """All entries that may apply, whatever is written."""
        return [
            state
            for state in self.write.model.states
            if self.write.operation in state.on
            and (operation_only or self.write.open or set(state.fields) & set(self.write.values))
        ]

    def _untyped(self) -> Iterator[Outcome]:
        names = " and ".join(repr(name) for name in self.write.values)
        labels = [
            model.label
            for model in self.analysis.survey.watch.models
            if set(model.fields) & set(self.write.values)
        ]
        states = self._states()
        if not states or self._is_told(states):
            return
        yield self._defer(
            "PM301",
            f"the field {names} is written and saved, but of what could not be seen; if that "
            f"is {' or '.join(labels)}, annotate its type, or tell subscribers by hand",
        )

    def _is_told(self, states: Iterable[State]) -> bool:
        """Whether any method for any of some entries tells on all paths."""
        methods = frozenset(method for state in states for method in state.methods)
        return self.analysis.judge.judge(self.write, methods).verdict is Verdict.TOLD

    def _dynamic(self) -> Iterator[Outcome]:
        states = self._states(operation_only=True)
        if not states:
            return
        certain, _ = self.analysis.judge.entries(self.write)
        if all(self._is_told([state]) for state in certain) and self._is_told(states):
            return
        lines = words.lines(state.line for state in states)
        yield self._defer(
            "PM301",
            "which fields are written is known only at run time, so it is not certain which of "
            f"the catalogue's entries ({lines}) apply; tell subscribers by hand",
        )

    def _undecided(
        self, states: tuple[State, ...], undecided: tuple[State, ...]
    ) -> Iterator[Outcome]:
        """The value decides which entry applies, and it is not known."""
        if self._is_told((*states, *undecided)):
            return
        lines = words.lines(state.line for state in (*undecided, *states))
        names = " and ".join(
            name for name in self.write.values if any(name in state.fields for state in undecided)
        )
        yield self._defer(
            "PM301",
            f"which of the catalogue's entries ({lines}) applies depends on {names}, whose "
            "value is not statically known here; tell subscribers by hand, value by value",
        )

    # --- Bulk writes ------------------------------------------------------------------------------

    def _bulk(self) -> Iterator[Outcome]:
        states = self._states()
        if self.write.typed and not self.write.open:
            certain, undecided = self.analysis.judge.entries(self.write)
            states = [*certain, *undecided]
            if undecided and self._is_told(states):
                return
        silent = [state for state in states if not self._is_told([state])]
        if not silent:
            return
        lines = words.lines(state.line for state in silent)
        may = "may change" if self.write.open or not self.write.typed else "changes"
        count = f"{len(silent)} entries" if len(silent) > 1 else "1 entry"
        instead = {
            "create": "create the rows one by one",
            "delete": "delete the rows one by one",
        }.get(self.write.operation, "iterate over the affected rows and save each")
        yield self._defer(
            "PM303",
            f"{self.site.kind} {may} rows without an instance to tell of, which concerns {count} "
            f"of the catalogue ({lines}); {instead}, or send one event for all of them",
        )

    # --- Writes of one row ------------------------------------------------------------------------

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
            yield self._defer("PM301", self._not_always_written(state))
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
        return self._defer(
            "PM301",
            f"only a legacy call ({where}) tells of it, which stays as it is{why}; once that calls "
            f"the manager's {state.methods[0]}, the write is covered",
            actionable=False,
        )

    def _silent(self, code: str, states: list[State], judgement: Judgement) -> Iterator[Outcome]:
        if judgement.verdict is Verdict.EARLY and self._is_moved(judgement):
            early = words.lines(telling.line for telling in judgement.early)
            yield self._defer(
                code,
                f"it is told of before it is saved ({early}); PM201 moves that behind it",
                actionable=False,
            )
            return
        refused = self._no_place(judgement)
        if refused is not None:
            yield self._defer(code, refused)
            return
        inserter = Inserter(self.context, self.deferrals, self.write)
        gaps = None
        if judgement.verdict is Verdict.PARTIAL:
            gaps = self._gaps(judgement, inserter)
            if gaps is None:
                self.unplaced = True
                yield self._defer(code, self._on_some_paths(judgement))
                return
        problem = inserter.problem()
        if problem is not None:
            yield self._defer(code, self._asked(states) + ", but " + problem)
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
                    yield self._defer(code, f"{asked}, but {result.reason}")
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

    def _no_place(self, judgement: Judgement) -> str | None:
        """Why an emission is not inserted although one is missing."""
        if judgement.verdict is Verdict.EARLY:
            early = words.lines(telling.line for telling in judgement.early)
            return (
                f"it is told of before it is saved ({early}), so that subscribers read the "
                "old state; move that behind the save instead of sending a second event"
            )
        if judgement.verdict is not Verdict.PARTIAL:
            return None
        if judgement.early:
            early = words.lines(telling.line for telling in judgement.early)
            return (
                f"it is told of in front of the save ({early}), and behind it on some paths "
                "only; send it once, behind the save"
            )
        if judgement.elsewhere:
            places = ", ".join(
                f"{module.path}:{call.lineno}" for module, call in judgement.elsewhere
            )
            told = ", ".join(judgement.through)
            return (
                f"some callers tell of it ({told}) and others do not ({places}); send it there, "
                "or here and no longer in the callers"
            )
        if judgement.through:
            return (
                f"{', '.join(judgement.through)} tells of it, but not on all paths; complete that"
            )
        return None

    def _on_some_paths(self, judgement: Judgement) -> str:
        """What is told where, when there is no place for what is missing."""
        if judgement.witness:
            lines = words.lines(telling.line for telling in judgement.tellings)
            return (
                f"subscribers are told of it on some paths ({lines}), but not "
                f"{judgement.witness}, and that path has no place of its own for it; send it there "
                "by hand"
            )
        told = " and ".join(
            f"{telling.through or 'the call'} (line {telling.line})"
            for telling in judgement.tellings
        )
        return f"{told} may tell of it, but does not on all of its paths; complete that"

    def _gaps(self, judgement: Judgement, inserter: Inserter) -> list[Gap] | None:
        function, handle = self.site.function, inserter.instance
        if function is None or handle is None or judgement.followed is None:
            return None
        if not judgement.followed.stops:
            return None
        view = self.analysis.survey.views.view(self.site.module, function)
        starts = view.graph.nodes_at(self.site.call)
        unsure = (telling for telling in judgement.tellings if not telling.certain)
        passed = (node for telling in unsure for node in view.graph.nodes_at(telling.call))
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
                return self._defer(code, f"{self._asked(states)}, but {made.reason}")
            edits += made
        every = [item for own in bound for item in own]
        notes = [note for item in every for note in item.notes]
        doubts = [doubt for item in every for doubt in item.doubts]
        doubts += self._doubts(judgement, inserters[0])
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

    def _doubts(self, judgement: Judgement, inserter: Inserter) -> list[str]:
        write, doubts = self.write, list(self.site.doubts)
        doubtful = Doubts(self.analysis.judge)
        own = inserter.instance.text if inserter.instance is not None else "it"
        if write.by_name:
            doubts.append(f"only its name says that {own!r} is a {write.model.cls.name}")
        if write.open:
            doubts.append("it may write more fields than are statically known")
        if judgement.verdict is Verdict.PARTIAL:
            doubts.append("the other paths may be silent on purpose")
        for telling in doubtful.unmapped(write):
            doubts.append(
                f"line {telling.line} sends an event of it that the catalogue does not know"
            )
        for telling in judgement.possible:
            line = f"line {telling.line}"
            if telling.module is not self.site.module:
                line = f"{telling.module.path}:{telling.line}"
            doubts.append(f"{line} tells of a {write.model.cls.name} that may be this one")
        for call in doubtful.unseen(write):
            doubts.append(
                f"{ast.unparse(call.func)} (line {call.lineno}) takes it and could not be looked "
                "into: it may tell already"
            )
        if inserter.refreshes():
            doubts.append("the database computes the value, so that the row is read once more")
        return doubts

    def _asked(self, states: Sequence[State]) -> str:
        return words.asked(self.context.catalogue, states)

    def _missing(self, judgement: Judgement) -> str:
        """Where nobody is told, as a clause."""
        if judgement.verdict is Verdict.PARTIAL:
            return f"it is not sent {judgement.witness}"
        return "nothing tells of it behind the write"

    # --- Deferrals ------------------------------------------------------------------------------

    def _past_owner(self, states: tuple[State, ...]) -> Iterator[Outcome]:
        """A direct write of state that a service owns is reported even where it is told of."""
        for advice in words.advice(self.write, states):
            yield self._defer("PM301", advice.rstrip("."), title="goes past its owner")

    def _defer(
        self, code: str, reason: str, *, actionable: bool = True, title: str = ""
    ) -> Deferral:
        if not title:
            title = "is not told of" if code != "PM302" else "is not told of on all paths"
            title = title if actionable else "left as it is"
        return Deferral(
            code=code,
            location=self.site.module.source.location(self.site.call),
            title=f"{words.written(self.write)} {title}",
            reason=words.sentence(reason),
            symbol=self.site.module.symbol(self.site.call),
            actionable=actionable,
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
