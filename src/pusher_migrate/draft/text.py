"""A draft as the text of a catalogue, each line with what it was inferred from."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from pusher_migrate.draft.values import (
    Candidate,
    Draft,
    DraftEvent,
    DraftManager,
    DraftState,
    Replacement,
)
from pusher_migrate.inventory.values import Event
from pusher_migrate.model import Location

_WIDTH = 98
_MOST_PLACES = 4


def draft_text(draft: Draft) -> str:
    """The whole catalogue, valid TOML, with a newline at its end."""
    blocks = [
        list(_head(draft)),
        list(_legacy(draft)),
        list(_manager(draft.manager)),
        *_events(draft),
        *_states(draft),
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines) + "\n"


# --- Parts ----------------------------------------------------------------------------------------


def _head(draft: Draft) -> Iterator[str]:
    yield from _comment("What this project's Pusher events mean. Drafted from its code: read it.")
    matched = len(draft.matched)
    total = len(draft.events)
    yield from _comment(
        f"{_count(draft.files, 'Python file')} looked at; {_count(total, 'kind')} of legacy event, "
        f"{matched} of them with a method of the manager that means the same. "
        "'sure' and 'likely' say how surely a line was inferred. Lines that begin with '#' and no "
        "blank are proposals: take the '#' away to use them. The format is described in "
        "codemods/README.md."
    )
    for location in draft.unreadable:
        yield from _comment(f"Not looked at, because it cannot be read: {location}")


def _legacy(draft: Draft) -> Iterator[str]:
    if not draft.clients and not draft.transport:
        yield from _comment("No Pusher client was found.")
        return
    yield "[legacy]"
    yield from _list("clients", [(client.name, client.why) for client in draft.clients])
    if draft.transport:
        yield from _comment("Here trigger may stay.")
        yield from _list("transport", draft.transport)


def _manager(manager: DraftManager | None) -> Iterator[str]:
    if manager is None:
        yield from _comment(
            "No manager was found: no class of which several methods send an event of their own, "
            "have a common prefix and are called. Write one, or name it here; until then every "
            "[[event]] below is commented out."
        )
        yield "#[manager]"
        yield '#object = "package.module.name"'
        return
    yield "[manager]"
    yield from _comment(f"{manager.certainty.capitalize()}: {manager.why}.")
    yield f"object = {_string(manager.object)}"
    yield f"class = {_string(manager.class_name)}"
    yield f"prefix = {_string(manager.prefix)}"
    if manager.import_from is not None:
        yield from _comment("Most callers import it from here.")
        yield f"import_from = {_string(manager.import_from)}"


def _events(draft: Draft) -> Iterator[list[str]]:
    if draft.events:
        yield list(_comment("--- Legacy events: what each of them becomes"))
    for event in draft.events:
        yield list(_event(event))


def _event(event: DraftEvent) -> Iterator[str]:
    yield from _comment(_places(event.sites))
    yield from _comment(f"before: {_wire(event.before)}")
    if event.obstacle:
        yield from _comment(f"No entry: {event.obstacle}. These calls are left to you.")
        return
    if event.replacement is not None:
        yield from _replaced(event, event.replacement)
        return
    yield from _comment(_why_none(event.candidates))
    if event.proposal is not None:
        yield from _comment("With scaffold, migrate writes the method along with its calls:")
    yield "#[[event]]"
    yield from (f"#{line}" for line in _match_lines(event))
    if event.proposal is None:
        yield '#call = "..."'
        return
    yield f"#call = {_string(event.proposal.call)}"
    if event.proposal.types:
        yield f"#types = {_table(event.proposal.types)}"
    yield "#scaffold = true"


def _why_none(candidates: Sequence[Candidate]) -> str:
    if not candidates:
        return "No method of the manager has an event that is called alike."
    listed = "; ".join(f"{item.method}: {item.why_not}" for item in candidates)
    return f"No method of the manager surely means the same. The nearest: {listed}."


def _replaced(event: DraftEvent, replacement: Replacement) -> Iterator[str]:
    for after in replacement.after:
        yield from _comment(f"after:  {_wire(after)}")
    if replacement.lost:
        yield from _comment(f"lost:   {', '.join(replacement.lost)}")
    yield from _comment(f"{replacement.certainty.capitalize()}: {replacement.why}.")
    for location, reason in replacement.unbound[:_MOST_PLACES]:
        yield from _comment(f"Not possible at {location}: {reason}.")
    yield "[[event]]"
    yield from _match_lines(event)
    yield f"call = {_string(replacement.call)}"
    if replacement.types:
        yield f"types = {_table(replacement.types)}"
    if replacement.superseded_by:
        yield from _comment(
            "These carry all of it too: a call next to one of them is a second event for the same."
        )
        yield f"superseded_by = {_strings(replacement.superseded_by)}"
    if replacement.carried:
        told = ", ".join(f"{key} as {place}" for key, place in replacement.carried)
        yield from _comment(
            f"The new payload has {told}. Once no subscriber reads the old keys, accept their loss:"
        )
        yield f"#accept_lost_keys = {_strings([key for key, _ in replacement.carried])}"


def _match_lines(event: DraftEvent) -> Iterator[str]:
    yield f"event = {_string(event.name)}"
    if event.channel != "*":
        yield f"channel = {_string(event.channel.partition(' + ')[0])}"
    if event.keys:
        yield f"keys = {_strings(event.keys)}"


def _states(draft: Draft) -> Iterator[list[str]]:
    if draft.manager is None:
        return
    if not draft.states:
        yield list(
            _comment(
                "--- States: none was found. No function writes a model's field, saves it and "
                "tells of it through the manager."
            )
        )
        return
    yield list(_comment("--- States: which writes need which emission"))
    for state in draft.states:
        yield list(_state(state))


def _state(state: DraftState) -> Iterator[str]:
    yield from _comment(_places(state.sites))
    number = len(state.sites)
    told = f"{number} emissions next to such writes" if number > 1 else "one emission next to it"
    yield from _comment(f"{state.certainty.capitalize()}: {told}.")
    off = "#" if state.proposed else ""
    if state.proposed:
        yield from _comment("Not everywhere: other code that does the same write does not send it.")
    yield f"{off}[[state]]"
    yield f"{off}model = {_string(state.model)}"
    yield f"{off}fields = {_strings(state.fields)}"
    if state.when:
        pairs = ", ".join(
            f"{field} = {_string(values[0]) if len(values) == 1 else _strings(values)}"
            for field, values in state.when
        )
        yield f"{off}when = {{ {pairs} }}"
    if state.operation != "update":
        yield f"{off}on = [{_string(state.operation)}]"
    yield f"{off}emit = {_string(state.emit)}"
    if state.types:
        yield f"{off}types = {_table(state.types)}"
    if state.satisfied_by:
        yield from _comment("These send the field too.")
        yield f"{off}satisfied_by = {_strings(state.satisfied_by)}"


# --- Text -----------------------------------------------------------------------------------------


def _wire(event: Event) -> str:
    channels = " and ".join(event.channels)
    channels = f"user {channels}" if event.user else channels
    if event.keys is None:
        what = f"with {event.payload}" if event.payload else "with a payload that is not known"
    else:
        shown = [f"{key}?" if key in event.optional else key for key in event.keys]
        what = f"with {', '.join(shown)}" if shown else "with an empty payload"
        what += "" if event.complete else " and perhaps more"
    return f"{event.name} on {channels} {what}"


def _places(locations: Sequence[Location]) -> str:
    shown = [f"{item.path}:{item.line}" for item in locations[:_MOST_PLACES]]
    more = len(locations) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _comment(text: str) -> Iterator[str]:
    # A line end in a name of the code must not end the comment.
    flat = "".join(char if char.isprintable() else " " for char in text)
    yield from textwrap.wrap(
        flat,
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _list(name: str, items: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"{name} = ["
    for value, why in items:
        shown = "".join(char if char.isprintable() else " " for char in why)
        yield f"    {_string(value)},  # {shown}"
    yield "]"


def _string(text: str) -> str:
    """A basic string of TOML: JSON's escapes are all valid there (TOML 1.0, "String")."""
    quoted = json.dumps(text, ensure_ascii=False)
    # JSON leaves DEL as it is, which TOML does not allow.
    return quoted.replace("\x7f", "\\u007f")


def _table(pairs: Iterable[tuple[str, str]]) -> str:
    """An inline table; the names are identifiers, which TOML takes bare when they are ASCII."""
    written = (f"{name if name.isascii() else _string(name)} = {_string(v)}" for name, v in pairs)
    return f"{{ {', '.join(written)} }}"


def _strings(texts: Iterable[str]) -> str:
    return f"[{', '.join(_string(text) for text in texts)}]"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun + 's'}"
