"""How much of what is written is told: the analysis of one project, and its coverage by module."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass, replace

from pusher_migrate.catalogue import Catalogue
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.coverage.judge import Judge
from pusher_migrate.index.coverage.signals import Receiver, Signals, receivers_in
from pusher_migrate.index.coverage.tellings import Tellings
from pusher_migrate.index.coverage.verdicts import Verdict
from pusher_migrate.index.instances.functions import Views
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.writes.assignments import AssignmentFinder
from pusher_migrate.index.writes.generic_views import GenericViews, GenericWrite
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.index.writes.persist import Persistence
from pusher_migrate.index.writes.sites import SiteFinder
from pusher_migrate.index.writes.unsaved import Unsaved, UnsavedFinder
from pusher_migrate.index.writes.watch import Watch, left_out_code


@dataclass(frozen=True, eq=False, slots=True)
class Survey:
    """All writes of a project, whoever tells of them.

    Attributes:
        inference: The project.
        views: Its functions.
        watch: What is watched.
        persistence: What is persisted where.
        writes: The write groups, in path and line order.
        receivers: What runs by itself when a row is saved or deleted.
        generic: What views write by code of their framework.
    """

    inference: Inference
    views: Views
    watch: Watch
    persistence: Persistence
    writes: tuple[Write, ...]
    receivers: tuple[Receiver, ...]
    generic: tuple[GenericWrite, ...] = ()


def survey(index: ProjectIndex, catalogue: Catalogue) -> Survey:
    """Find the writes of a project; it takes nothing that is known of its emissions.

    Args:
        index: The project.
        catalogue: What is watched.
    """
    inference = index.inference
    views = Views(inference)
    watch = Watch(inference, catalogue)
    assigning = AssignmentFinder(inference, index.evaluator, watch)
    persisting = SiteFinder(inference, index.evaluator, watch)
    persistence = Persistence(views, watch, assigning, persisting)
    writes = tuple(persistence.writes())
    generic = tuple(GenericViews(inference, index.evaluator, watch).find())
    receivers = receivers_in(inference)
    return Survey(inference, views, watch, persistence, writes, receivers, generic)


@dataclass(frozen=True, eq=False, slots=True)
class Analysis:
    """All writes of a project, and who tells of them.

    Attributes:
        survey: The writes.
        judge: Says of each whether subscribers are told.
    """

    survey: Survey
    judge: Judge

    @property
    def inference(self) -> Inference:
        """The project."""
        return self.survey.inference

    @property
    def writes(self) -> tuple[Write, ...]:
        """The write groups, in path and line order."""
        return self.survey.writes

    def unsaved(self) -> list[Unsaved]:
        """Assignments that nothing saves."""
        return UnsavedFinder(self.survey.views, self.survey.persistence).find()


def analyse(
    index: ProjectIndex,
    catalogue: Catalogue,
    ignored: Collection[ast.expr] = (),
    deferred: Collection[ast.expr] = (),
    known: Survey | None = None,
) -> Analysis:
    """Find who tells of the writes of a project.

    Args:
        index: The project.
        catalogue: What is watched, and what tells of it.
        ignored: Emissions that do not count.
        deferred: Emissions that count as sent after the commit although they are not yet.
        known: The writes, when they are known already.
    """
    known = known or survey(index, catalogue)
    tellings = Tellings(known.views, index.emissions, catalogue, ignored, deferred)
    signals = Signals(known.views, tellings, known.receivers)
    return Analysis(known, Judge(known.views, known.watch, tellings, signals, known.writes))


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


def coverage(analysis: Analysis) -> tuple[Row, ...]:
    """The coverage of each module that writes watched state, in path order, and the total.

    A write is a statement that persists watched fields, makes or deletes a row of a watched model;
    code that is left out (tests, migrations, ...) does not count, nor does what `counts` leaves
    out. A write is told of when the methods of all entries that apply to it are; one that no entry
    asks for when any event is.
    """
    rows: dict[str, Row] = {}
    for write in analysis.writes:
        module, call = write.site.module, write.site.call
        if not write.typed or left_out_code(analysis.inference, module, call) is not None:
            continue
        if not counts(analysis.judge, write):
            continue
        row = rows.get(module.path, Row(module.path))
        rows[module.path] = _counted(analysis.judge, write, row)
    ordered = [rows[path] for path in sorted(rows)]
    return (*ordered, _total(ordered))


def counts(judge: Judge, write: Write) -> bool:
    """Whether a write belongs to the coverage.

    One that makes or deletes a row of a model of which no entry is for new or deleted rows is not
    missing an event, unless the project tells of it anyway.
    """
    if write.operation in write.model.operations():
        return True
    return judge.judge(write, None).verdict is not Verdict.SILENT


def _counted(judge: Judge, write: Write, row: Row) -> Row:
    verdicts = _verdicts(judge, write, None)
    by_manager = _verdicts(judge, write, "manager")
    told = (Verdict.TOLD, Verdict.EARLY)
    is_told = all(verdict in told for verdict in verdicts)
    states, undecided = judge.entries(write)
    return replace(
        row,
        writes=row.writes + 1,
        followed=row.followed + all(verdict is Verdict.TOLD for verdict in verdicts),
        told=row.told + is_told,
        by_manager=row.by_manager + all(verdict in told for verdict in by_manager),
        unwatched=row.unwatched + (not is_told and not states and not undecided),
    )


def _verdicts(judge: Judge, write: Write, system: str | None) -> list[Verdict]:
    states, undecided = judge.entries(write)
    asked: list[frozenset[str] | None] = [frozenset(state.methods) for state in states]
    if undecided:
        # Which entry applies is known at run time only: any of them may be the right one.
        asked = [frozenset(m for state in (*states, *undecided) for m in state.methods)]
    return [judge.judge(write, methods, system).verdict for methods in asked or [None]]


def _total(rows: Collection[Row]) -> Row:
    return Row(
        "total",
        sum(row.writes for row in rows),
        sum(row.followed for row in rows),
        sum(row.told for row in rows),
        sum(row.by_manager for row in rows),
        sum(row.unwatched for row in rows),
    )
