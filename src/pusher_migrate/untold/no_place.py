"""Why an emission has no place although one is missing: others are in its way."""

from __future__ import annotations

from pusher_migrate.index.coverage.verdicts import Judgement, Verdict
from pusher_migrate.untold import words

_SEE = "see whether this row is always told of, and complete that if not"


def no_place(judgement: Judgement) -> str | None:
    """Why an emission is not inserted although one is missing; None if it may be."""
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
        places = ", ".join(f"{module.path}:{call.lineno}" for module, call in judgement.elsewhere)
        told = ", ".join(judgement.through)
        return (
            f"some callers tell of it ({told}) and others do not ({places}); send it there, "
            "or here and no longer in the callers"
        )
    if judgement.through:
        told = ", ".join(judgement.through)
        return f"{told} tells of it, but not on all paths; {_SEE}"
    return None


def on_some_paths(judgement: Judgement) -> str:
    """What is told where, when there is no place for what is missing."""
    if judgement.witness:
        lines = words.lines(telling.line for telling in judgement.tellings)
        return (
            f"subscribers are told of it on some paths ({lines}), but not "
            f"{judgement.witness}, and that path has no place of its own for it; send it there "
            "by hand"
        )
    places: dict[str, list[int]] = {}
    for telling in judgement.tellings:
        places.setdefault(telling.through or "the call", []).append(telling.line)
    told = " and ".join(f"{name} ({words.lines(sorted(at))})" for name, at in places.items())
    paths = "do not on all of their" if len(places) > 1 else "does not on all of its"
    return f"{told} may tell of it, but {paths} paths; {_SEE}"
