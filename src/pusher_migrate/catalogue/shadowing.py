"""Entries that are valid and cannot do what they were written for, because of earlier ones."""

from __future__ import annotations

from pusher_migrate.catalogue.matching import glob_covers
from pusher_migrate.catalogue.problems import CatalogueWarning
from pusher_migrate.catalogue.values import Event, State
from pusher_migrate.config import one_line, quoted


def shadowed_events(path: str, events: tuple[Event, ...]) -> list[CatalogueWarning]:
    """Names of events that never come to their entry, because an earlier one takes all of them."""
    warnings = []
    for index, event in enumerate(events):
        hidden: dict[str, int] = {}
        for name in event.names:
            for earlier in events[:index]:
                if _takes_all(earlier, event, name):
                    hidden[name] = earlier.line
                    break
        if hidden:
            lines = ", ".join(str(line) for line in sorted(set(hidden.values())))
            all_hidden = len(hidden) == len(event.names)
            what = "the entry" if all_hidden else ", ".join(quoted(name) for name in hidden)
            message = f"{what} is never used: the [[event]] of line {lines} comes first"
            warnings.append(CatalogueWarning(message, path, event.line))
    return warnings


def _takes_all(earlier: Event, later: Event, name: str) -> bool:
    """Whether each call with the event ``name`` that fits ``later`` fits ``earlier`` as well."""
    channels = earlier.channel is None or (
        later.channel is not None and glob_covers(earlier.channel, later.channel)
    )
    names = any(glob_covers(general, name) for general in earlier.names)
    return names and channels and set(earlier.keys) <= set(later.keys)


def repeated_states(path: str, states: tuple[State, ...]) -> list[CatalogueWarning]:
    """Entries that make one write send the same thing twice."""
    warnings = []
    for index, state in enumerate(states):
        for earlier in states[:index]:
            both = set(state.emit) & set(earlier.emit)
            alike = state.model == earlier.model and state.when == earlier.when
            if (
                both
                and alike
                and set(state.fields) & set(earlier.fields)
                and set(state.on) & set(earlier.on)
            ):
                shown = one_line(min(str(call) for call in both))
                message = f"{shown} is sent for line {earlier.line} too"
                warnings.append(CatalogueWarning(message, path, state.line))
    return warnings
