"""How a write, what is missing for it and what to do is said to a reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pusher_migrate.catalogue import Catalogue, State
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.model import Deferral


def written(write: Write) -> str:
    """What a write changes: ``rooms.Room.is_occupied``, a new row of ``rooms.Room``."""
    label = write.model.label
    if write.operation == "create":
        return f"a new row of {label}"
    if write.operation == "delete":
        return f"a row of {label}"
    return " and ".join(f"{label}.{name}" for name in write.values) or label


def asked(catalogue: Catalogue, states: Sequence[State]) -> str:
    """Which entries of the catalogue ask for which calls."""
    path = catalogue.path or "the catalogue"
    calls = dict.fromkeys(str(call) for state in states for call in state.emit)
    lines = list(dict.fromkeys(str(state.line) for state in states))
    ask = "ask" if len(lines) > 1 else "asks"
    return f"{path}:{', '.join(lines)} {ask} for {' and '.join(calls)}"


def reason(catalogue: Catalogue, write: Write, states: Sequence[State], missing: str) -> str:
    """Why an emission is inserted.

    Args:
        catalogue: Where it is asked for.
        write: The write.
        states: The entries that ask.
        missing: Where it is missing, as a clause.
    """
    line = write.site.call.lineno
    reasons = " ".join(dict.fromkeys(state.reason for state in states if state.reason))
    does = {"create": "makes", "delete": "deletes"}.get(write.operation, "writes")
    said = f"Line {line} {does} {written(write)}; {asked(catalogue, states)}, and {missing}."
    return f"{said} {reasons}".strip()


def advice(write: Write, states: Iterable[State]) -> Iterator[str]:
    """What to call instead of a write that goes past the owner of the state."""
    site = write.site
    own = site.module.dotted(site.function) if site.function is not None else ""
    for owner in dict.fromkeys(state.owner for state in states if state.owner):
        if own != owner and not own.startswith(f"{owner}."):
            yield f"The catalogue says that {owner} does such writes: call that instead."


def lines(numbers: Iterable[int]) -> str:
    """Line numbers for a reader: ``line 3``, ``lines 3 and 8``; each once."""
    *others, last = dict.fromkeys(map(str, numbers)) or ["unknown"]
    return f"lines {', '.join(others)} and {last}" if others else f"line {last}"


def sentence(clause: str) -> str:
    """A clause with a capital letter, unless it begins with a name from the code, and a stop."""
    first = clause.partition(" ")[0]
    return (clause[:1].upper() + clause[1:] if first.isalpha() else clause) + "."


def deferral(
    write: Write, code: str, reason: str, *, actionable: bool = True, title: str = ""
) -> Deferral:
    """What is left to a person of a write.

    Args:
        write: The write.
        code: ``PM301``, ``PM302`` or ``PM303``.
        reason: Why nothing is changed and what to do, as a clause.
        actionable: Whether there is something to do.
        title: What is wrong, when it is not that subscribers are not told of it.
    """
    site = write.site
    if not title:
        title = "is not told of" if code != "PM302" else "is not told of on all paths"
        title = title if actionable else "left as it is"
    return Deferral(
        code=code,
        location=site.module.source.location(site.call),
        title=f"{written(write)} {title}",
        reason=sentence(reason),
        symbol=site.module.symbol(site.call),
        actionable=actionable,
    )
