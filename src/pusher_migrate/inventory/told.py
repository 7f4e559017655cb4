"""How much of what is written subscribers hear of: the index's own analysis, as rows."""

from __future__ import annotations

from pusher_migrate.catalogue import Catalogue
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.coverage.coverage import Analysis, analyse, counts, coverage
from pusher_migrate.index.coverage.verdicts import Verdict
from pusher_migrate.index.writes.watch import left_out_code
from pusher_migrate.inventory.values import Coverage, Silence


def coverage_of(
    index: ProjectIndex, catalogue: Catalogue
) -> tuple[tuple[Coverage, ...], tuple[Silence, ...]]:
    """The coverage by module, the total last, and the writes that not all subscribers hear of."""
    analysis = analyse(index, catalogue)
    rows = tuple(
        Coverage(row.path, row.writes, row.followed, row.told, row.by_manager, row.unwatched)
        for row in coverage(analysis)
    )
    return rows, _silences(analysis)


def _silences(analysis: Analysis) -> tuple[Silence, ...]:
    found = []
    judge = analysis.judge
    for write in analysis.writes:
        module, call = write.site.module, write.site.call
        if not write.typed or left_out_code(analysis.inference, module, call) is not None:
            continue
        if not counts(judge, write):
            continue
        states, undecided = judge.entries(write)
        asked: list[frozenset[str] | None] = [frozenset(state.methods) for state in states]
        if undecided:
            asked = [frozenset(m for state in (*states, *undecided) for m in state.methods)]
        verdicts = [judge.judge(write, methods).verdict for methods in asked or [None]]
        worst = max(verdicts, key=_ORDER.index)
        if worst is not Verdict.TOLD:
            fields = tuple(sorted(write.values))
            location = module.source.location(call)
            found.append(
                Silence(location, module.symbol(call), write.model.label, fields, str(worst))
            )
    return tuple(sorted(found, key=lambda item: (item.location, item.model, item.fields)))


_ORDER = [Verdict.TOLD, Verdict.EARLY, Verdict.PARTIAL, Verdict.SILENT]
