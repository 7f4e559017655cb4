"""What may be wrong with an emission that is inserted, so that a person should look at it."""

from __future__ import annotations

import ast

from pusher_migrate.index.coverage.doubts import Doubts
from pusher_migrate.index.coverage.judge import Judge
from pusher_migrate.index.coverage.verdicts import Judgement, Verdict
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.untold.insertion import Inserter


def doubts_of(judge: Judge, write: Write, judgement: Judgement, inserter: Inserter) -> list[str]:
    """Why a person should look at the emission that is inserted for a write.

    Args:
        judge: Judges by what tells, legacy calls included.
        write: The write.
        judgement: The verdict on it.
        inserter: Makes the insertion.
    """
    doubts = list(write.site.doubts)
    doubtful = Doubts(judge)
    own = inserter.instance.text if inserter.instance is not None else "it"
    if write.by_name:
        doubts.append(f"only its name says that {own!r} is a {write.model.cls.name}")
    if write.operation == "update" and any(item.built for item in write.assignments):
        doubts.append("which of its fields the form changes is known only at run time")
    if write.open:
        doubts.append("it may write more fields than are statically known")
    if judgement.verdict is Verdict.PARTIAL:
        doubts.append("the other paths may be silent on purpose")
    for telling in doubtful.unmapped(write):
        doubts.append(f"line {telling.line} sends an event of it that the catalogue does not know")
    for telling in judgement.possible:
        line = f"line {telling.line}"
        if telling.module is not write.site.module:
            line = f"{telling.module.path}:{telling.line}"
        doubts.append(f"{line} tells of a {write.model.cls.name} that may be this one")
    for unseen in doubtful.unseen(write):
        line = f"line {unseen.call.lineno}"
        if unseen.module is not write.site.module:
            line = f"{unseen.module.path}:{unseen.call.lineno}"
        taker = f"{ast.unparse(unseen.call.func)} ({line})"
        if unseen.given:
            doubts.append(f"{taker} is what callers hand over: it may tell already")
        elif unseen.runs is None:
            doubts.append(f"{taker} takes it and could not be looked into: it may tell already")
        else:
            doubts.append(
                f"{taker} is handed {ast.unparse(unseen.runs)}, which sends, and what it calls "
                "that with could not be seen: it may tell already"
            )
    if judge.tellings.is_cut:
        doubts.append(
            "so many functions run each other here that not all of them were followed: one of them "
            "may tell already"
        )
    for decorator in doubtful.decorators(write):
        doubts.append(
            f"the decorator {ast.unparse(decorator)} (line {decorator.lineno}) could not be looked "
            "into: it may tell already"
        )
    if inserter.refreshes():
        doubts.append("the database computes the value, so that the row is read once more")
    return doubts
