"""An inventory as a markdown document: the report that a team would write by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pusher_migrate.inventory.values import Emission, Event, Inventory, Manager
from pusher_migrate.report.inventory_words import (
    Group,
    chain_of,
    headline,
    keys_of,
    legacy_groups,
    manager_groups,
    no_coverage,
    origin_of,
    payload_of,
    place,
    remarks,
    state_of,
    unique,
)
from pusher_migrate.report.style import harmless

# What would be markup in running text (CommonMark, "Backslash escapes").
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#])")


def inventory_markdown(inventory: Inventory, name: str) -> str:
    """The document, with a newline at its end.

    Args:
        inventory: What was found.
        name: Name of the project, for the title.
    """
    parts = [
        _summary(inventory, name),
        _systems(inventory),
        _manager_events(inventory),
        _legacy_events(inventory),
        _channels(inventory),
        _drifts(inventory),
        _loops(inventory),
        _wrappers(inventory),
        _coverage(inventory),
        _untold(inventory),
        _notes(inventory),
    ]
    return "\n".join("\n".join(lines) + "\n" for lines in map(list, parts) if lines)


def _summary(inventory: Inventory, name: str) -> Iterator[str]:
    yield f"# Realtime events of {text(name)}"
    yield ""
    yield f"Made from the code ({inventory.files} Python files) by `pusher-migrate inventory`."
    if inventory.catalogue:
        yield f"Watched state and the manager are those of {code(inventory.catalogue)}."
    else:
        yield "There is no catalogue: the manager and the watched state were found from the code."
    yield ""
    yield from _table(
        ("", ""), ((text(label), text(value)) for label, value in headline(inventory))
    )


def _systems(inventory: Inventory) -> Iterator[str]:
    yield "## Systems"
    yield ""
    manager = inventory.manager
    if manager is None:
        yield "No manager was found."
    else:
        yield from _manager(manager)
    yield ""
    rows = [(code(client.name), text(origin_of(client))) for client in inventory.clients]
    if rows:
        yield from _table(("client", "made in, or recognised by"), rows)
    else:
        yield "No Pusher client was found."
    if inventory.transport:
        yield ""
        places = ", ".join(code(f"{item.path}:{item.line}") for item in inventory.transport)
        yield f"Transport, where `trigger` may stay: {places}."


def _manager(manager: Manager) -> Iterator[str]:
    where = code(f"{manager.location.path}:{manager.location.line}")
    how = ", found from the code" if manager.drafted else ""
    yield (
        f"The manager is {code(manager.object)}, a {code(manager.class_name)} ({where}{how}), with "
        f"{len(manager.methods)} sending methods."
    )


def _manager_events(inventory: Inventory) -> Iterator[str]:
    groups = list(manager_groups(inventory))
    if not groups:
        return
    yield "## Through the manager"
    for group in groups:
        yield ""
        yield from _group(group, inventory)


def _legacy_events(inventory: Inventory) -> Iterator[str]:
    yield "## Legacy calls"
    groups = list(legacy_groups(inventory))
    if not groups:
        yield ""
        yield "None."
    for group in groups:
        yield ""
        yield from _group(group, inventory)


def _group(group: Group, inventory: Inventory) -> Iterator[str]:
    yield f"### {code(group.title)}"
    yield ""
    for line in unique(_sent(event) for event in group.events):
        yield f"- {line}"
    if group.events:
        yield ""
    if not group.emissions:
        yield "Never called."
        return
    yield from _table(
        ("place", "function", "call", "leaves", "codes"),
        (_row(item, inventory) for item in group.emissions),
    )


def _sent(event: Event) -> str:
    channels = " and ".join(code(channel) for channel in event.channels)
    channels = f"user {channels}" if event.user else channels
    each = "one for each element, " if event.repeated else ""
    return f"{each}{code(event.name)} on {channels} {text(payload_of(event))}"


def _row(item: Emission, inventory: Inventory) -> tuple[str, ...]:
    leaves = remarks(item)
    if item.transactions is not None and not item.deferred and not item.transactions:
        leaves.insert(0, "outside a transaction")
    return (
        code(place(item)),
        code(item.symbol) if item.symbol else "",
        code(item.call),
        text(", ".join(leaves)),
        " ".join(inventory.codes_of(item)),
    )


def _channels(inventory: Inventory) -> Iterator[str]:
    if not inventory.channels:
        return
    yield "## Channels"
    yield ""
    standard = {True: "yes", False: "no (PM403)", None: ""}
    rows = (
        (
            code(channel.shape) if channel.shape != "*" else "not known",
            code(channel.example),
            str(channel.manager),
            str(channel.legacy),
            standard[channel.standard],
        )
        for channel in inventory.channels
    )
    yield from _table(("pattern", "example", "manager", "legacy", "standard"), rows)


def _drifts(inventory: Inventory) -> Iterator[str]:
    if not inventory.drifts:
        return
    yield "## Events with several payload shapes (PM402)"
    for drift in inventory.drifts:
        yield ""
        yield f"### {code(drift.name)}"
        yield ""
        rows = (
            (
                text(keys_of(shape)),
                ", ".join(code(channel) for channel in shape.channels),
                ", ".join(shape.systems),
                ", ".join(code(f"{p.path}:{p.line}") for p in shape.places),
            )
            for shape in drift.shapes
        )
        yield from _table(("keys", "channels", "system", "places"), rows)


def _loops(inventory: Inventory) -> Iterator[str]:
    loops = [item for item in inventory.loops if not item.in_tests]
    if not loops:
        return
    yield "## Emissions in loops"
    yield ""
    yield "One request each round; `trigger_batch` takes ten events at once."
    yield ""
    rows = (
        (code(place(item)), code(item.symbol), code(item.method), str(item.loop)) for item in loops
    )
    yield from _table(("place", "function", "method", "loop in line"), rows)


def _wrappers(inventory: Inventory) -> Iterator[str]:
    if not inventory.wrappers:
        return
    yield "## Wrappers"
    yield ""
    yield "Functions that pass their own parameters on to a client; the events are their callers'."
    yield ""
    rows = (
        (
            code(f"{wrapper.location.path}:{wrapper.location.line}"),
            code(chain_of(wrapper)),
            text(state_of(wrapper)),
        )
        for wrapper in inventory.wrappers
    )
    yield from _table(("place", "chain", "use"), rows)


def _coverage(inventory: Inventory) -> Iterator[str]:
    yield "## Coverage"
    yield ""
    if not inventory.coverage:
        yield text(no_coverage(inventory))
        return
    yield "A write is a statement that persists watched state. *Followed* are those after which an"
    yield "event leaves on all paths; *told* those that any event tells of, however early."
    yield ""
    rows = (
        (
            f"**{row.path}**" if row.path == "total" else code(row.path),
            str(row.writes),
            str(row.followed),
            f"{row.percentage} %" if row.percentage is not None else "",
            str(row.told),
            str(row.by_manager),
        )
        for row in inventory.coverage
    )
    yield from _table(("module", "writes", "followed", "coverage", "told", "by the manager"), rows)


def _untold(inventory: Inventory) -> Iterator[str]:
    if not inventory.silences:
        return
    yield "## Writes that not all subscribers hear of"
    yield ""
    rows = (
        (
            code(f"{item.location.path}:{item.location.line}"),
            code(item.symbol) if item.symbol else "",
            code(item.model),
            ", ".join(code(field) for field in item.fields) or "the row",
            text(item.verdict),
        )
        for item in inventory.silences
    )
    yield from _table(("place", "function", "model", "fields", "verdict"), rows)


def _notes(inventory: Inventory) -> Iterator[str]:
    if not inventory.notes:
        return
    yield "## Seen, and not counted or not understood"
    yield ""
    rows = ((code(str(note.location)), note.code, text(note.text)) for note in inventory.notes)
    yield from _table(("place", "code", "what"), rows)


# --- Markup ---------------------------------------------------------------------------------------


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def text(value: str) -> str:
    """Text in which nothing is markup, on one line."""
    return _MARKUP.sub(r"\\\1", harmless(" ".join(value.split())))


def code(value: str) -> str:
    """A code span; in tables a bar would end the cell (GFM, "Tables")."""
    flat = harmless(" ".join(value.split())).replace("|", "\\|")
    fence = "`"
    while fence in flat:
        fence += "`"
    pad = " " if flat.startswith("`") or flat.endswith("`") or not flat else ""
    return f"{fence}{pad}{flat}{pad}{fence}"
