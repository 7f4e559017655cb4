"""PM301 to PM304: watched state is written, and subscribers are not told, or not on all paths.

What is watched, and what tells of it, is in the catalogue's ``[[state]]`` entries; who tells is
found by `index.coverage`. Where the instance is at hand, the emission is inserted behind the
statement that persists, deferred to the commit.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from pusher_migrate.deferral import Deferrals
from pusher_migrate.index.coverage.coverage import Analysis, analyse
from pusher_migrate.index.coverage.verdicts import Insertion, Verdict
from pusher_migrate.index.writes.generic_views import GenericWrite
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.index.writes.unsaved import Unsaved
from pusher_migrate.index.writes.watch import LeftOut, left_out_code
from pusher_migrate.index.writes.writes import Kind, Site
from pusher_migrate.model import Deferral, Location
from pusher_migrate.rule import Context, Outcome
from pusher_migrate.syntax.formatting import load_black
from pusher_migrate.untold import EmissionFates, UntoldWrite, settled, words

codes = ("PM301", "PM302", "PM303", "PM304")


def prepare(context: Context) -> None:
    """Find the writes: what the other rules find does not change them."""
    if context.catalogue.states and context.survey.writes and context.black.enabled:
        load_black()


def run(context: Context, found: Sequence[Outcome]) -> Iterator[Outcome]:
    """One change or deferral for each write of which subscribers are not told."""
    if not context.catalogue.states:
        return
    fates = EmissionFates.of(context, found)
    survey = context.survey
    every = analyse(context.index, context.catalogue, fates.removed, fates.deferred, survey)
    kept = every
    if fates.staying:
        gone = fates.removed | set(fates.staying)
        kept = analyse(context.index, context.catalogue, gone, fates.deferred, survey)
    yield from _unresolved(context, every)
    for place in survey.watch.left_out_files():
        yield _left_out_file(place)
    deferrals = Deferrals(context)

    def look_at(write: Write, planned: Sequence[Insertion]) -> tuple[UntoldWrite, list[Outcome]]:
        untold = UntoldWrite(context, every, kept.judge, fates, deferrals, write, planned)
        return untold, list(untold.outcomes())

    yield from settled(_decided(every.writes, look_at), found)
    for item in survey.persistence.at_module_level:
        yield from _at_module_level(item)
    for generic in survey.generic:
        yield from _by_framework(every, generic)
    for unsaved in every.unsaved():
        if (
            left_out_code(every.inference, unsaved.assignment.module, unsaved.assignment.spot)
            is None
        ):
            yield from _unsaved(every, unsaved)


def _decided(
    writes: Sequence[Write],
    look_at: Callable[[Write, Sequence[Insertion]], tuple[UntoldWrite, list[Outcome]]],
) -> list[Outcome]:
    """The outcomes for all writes.

    What is inserted for one write may tell of another on the paths that had no place for it, so
    those are looked at again, until nothing changes: then a second run finds nothing new.
    """
    results = {write: look_at(write, ()) for write in writes}
    again = [write for write, (untold, _) in results.items() if untold.unplaced]
    changed = bool(again)
    while changed:
        changed = False
        planned = [item for untold, _ in results.values() for item in untold.insertions]
        for write in list(again):
            untold, outcomes = look_at(write, planned)
            if len(untold.insertions) > len(results[write][0].insertions):
                results[write] = untold, outcomes
                changed = True
                break
    return [outcome for _, outcomes in results.values() for outcome in outcomes]


def _unresolved(context: Context, analysis: Analysis) -> Iterator[Deferral]:
    """Entries of the catalogue that watch nothing; said at the manager, which is in the project."""
    manager = context.index.emissions.manager_class
    paths = context.index.project.paths
    place = Location(paths[0] if paths else ".", 1)
    if manager is not None:
        place = manager.module.source.location(manager.node)
    catalogue = context.catalogue.path or "the catalogue"
    for state, why in analysis.survey.watch.unknown:
        yield Deferral(
            "PM301",
            place,
            f"Writes of {state.model} are not looked for",
            f"{words.sentence(why)[:-1]}, or more than one: {catalogue}:{state.line} watches "
            "nothing.",
        )


def _left_out_file(place: LeftOut) -> Deferral:
    count = f"{place.count} places look" if place.count > 1 else "1 place looks"
    return Deferral(
        "PM301",
        Location(place.path, place.line),
        f"Writes in {place.what} are left out",
        f"{count} like a write of watched state; {place.what} need not tell subscribers.",
        actionable=False,
    )


def _at_module_level(item: Site) -> Iterator[Deferral]:
    if item.model is None:
        return
    if not item.values and item.kind in (Kind.SAVE, Kind.SERIALIZER):
        return
    if item.operation not in item.model.operations():
        return
    yield Deferral(
        "PM301",
        item.module.source.location(item.call),
        f"{item.model.label} is not told of",
        "The write runs when the module is loaded, not in a function; tell subscribers by hand.",
    )


def _by_framework(analysis: Analysis, generic: GenericWrite) -> Iterator[Deferral]:
    """A view that saves by code of its framework, of which subscribers are not told."""
    write = generic.write
    judge = analysis.judge
    certain, undecided = judge.entries(write)
    silent = [
        state
        for state in (*certain, *undecided)
        if judge.judge(write, frozenset(state.methods)).verdict is not Verdict.TOLD
    ]
    if not silent or left_out_code(analysis.inference, write.site.module, write.site.call):
        return
    calls = " or ".join(dict.fromkeys(str(call) for state in silent for call in state.emit))
    taker = generic.chosen.name if generic.chosen is not None else "the serializer or form"
    own = "form" if generic.hook == "form_valid" else "serializer"
    yield words.deferral(
        write,
        "PM301",
        f"{generic.cls.name} saves what {taker} takes, by code of its framework; write "
        f"{generic.hook}(self, {own}) in it that calls super().{generic.hook}({own}), and tell of "
        f"{own}.instance behind that ({calls})",
    )


def _unsaved(analysis: Analysis, unsaved: Unsaved) -> Iterator[Deferral]:
    item = unsaved.assignment
    if item.model is None or item.field is None:
        return
    field = f"{item.model.label}.{item.field}"
    if unsaved.excluded_by:
        lines = ", ".join(str(site.call.lineno) for site in unsaved.excluded_by)
        reason = (
            f"It is assigned here, and the save behind it (line {lines}) leaves it out of "
            "update_fields, so the new value is lost: add it there, or drop the assignment."
        )
    else:
        reason = (
            "It is assigned here, and neither this function nor a known caller saves it, so the "
            "new value is lost."
        )
        if unsaved.uncalled:
            reason = (
                "It is assigned here and not saved, and no call of this function is seen: make "
                "sure that whoever calls it saves, and tells subscribers."
            )
        if unsaved.handed_to is not None:
            call = unsaved.handed_to
            reason = (
                f"It is assigned here, and nothing that could be seen saves it; "
                f"{ast.unparse(call.func)} (line {call.lineno}) takes the instance and may."
            )
    yield Deferral(
        "PM304",
        item.module.source.location(item.spot),
        f"{field} is assigned and never saved",
        reason,
        item.module.symbol(item.spot),
    )
