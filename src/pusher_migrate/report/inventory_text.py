"""An inventory as text that fits a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from pusher_migrate.inventory.values import Coverage, Inventory
from pusher_migrate.report.inventory_words import (
    Group,
    chain_of,
    headline,
    keys_of,
    legacy_groups,
    manager_groups,
    no_coverage,
    origin_of,
    place,
    remarks,
    sent,
    state_of,
    unique,
)
from pusher_migrate.report.style import Paint, harmless, plain
from pusher_migrate.report.text import WIDTH


def inventory_text(inventory: Inventory, width: int = WIDTH, paint: Paint = plain) -> str:
    """The inventory, its sections divided by blank lines, with a newline at its end.

    Args:
        inventory: What was found.
        width: Columns to wrap at; a word that is longer stays whole.
        paint: What colours.
    """
    page = _Page(width, paint)
    sections = [
        page.numbers(headline(inventory)),
        page.systems(inventory),
        page.groups("Through the manager", manager_groups(inventory), inventory),
        page.groups("Legacy calls", legacy_groups(inventory), inventory),
        page.channels(inventory),
        page.drifts(inventory),
        page.loops(inventory),
        page.wrappers(inventory),
        page.coverage(inventory),
        page.untold(inventory),
        page.notes(inventory),
    ]
    return "\n".join("\n".join(lines) + "\n" for lines in map(list, sections) if lines)


class _Page:
    def __init__(self, width: int, paint: Paint) -> None:
        self.width = width
        self.paint = paint

    # --- Sections ---------------------------------------------------------------------------------

    def numbers(self, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
        longest = max(len(label) for label, _ in rows)
        for label, value in rows:
            yield f"{self.paint('label', label.ljust(longest))}  {value}"

    def systems(self, inventory: Inventory) -> Iterator[str]:
        yield self.title("Systems")
        manager = inventory.manager
        if manager is None:
            yield from self.wrapped("  manager: none was found", 4)
        else:
            how = ", found from the code" if manager.drafted else ""
            where = f"{manager.location.path}:{manager.location.line}"
            yield from self.wrapped(f"  manager: {manager.object} ({where}{how})", 4)
        if not inventory.clients:
            yield "  clients: none was found"
        for client in inventory.clients:
            yield from self.wrapped(f"  client:  {client.name} ({origin_of(client)})", 4)
        for location in inventory.transport:
            yield f"  transport: {harmless(location.path)}:{location.line}"

    def groups(self, heading: str, groups: Iterable[Group], inventory: Inventory) -> Iterator[str]:
        first = True
        for group in groups:
            if first:
                yield self.title(heading)
                first = False
            yield from self.wrapped(f"  {group.title}", 6, "place")
            for text in unique(sent(event) for event in group.events):
                yield from self.wrapped(f"      {text}", 8)
            if not group.emissions:
                yield "    never called"
            for item in group.emissions:
                codes = " ".join(inventory.codes_of(item))
                parts = [place(item), item.symbol, *remarks(item), codes]
                yield from self.wrapped("    " + ", ".join(part for part in parts if part), 8)

    def channels(self, inventory: Inventory) -> Iterator[str]:
        if not inventory.channels:
            return
        yield self.title("Channels")
        longest = max(len("not known"), *(len(item.shape) for item in inventory.channels))
        for channel in inventory.channels:
            name = "not known" if channel.shape == "*" else channel.shape
            note = " (PM403: off the manager's patterns)" if channel.standard is False else ""
            counted = f"manager {channel.manager}, legacy {channel.legacy}{note}"
            yield f"  {harmless(name).ljust(longest)}  {counted}"

    def drifts(self, inventory: Inventory) -> Iterator[str]:
        if not inventory.drifts:
            return
        yield self.title("Events with several payload shapes (PM402)")
        for drift in inventory.drifts:
            yield f"  {self.paint('place', harmless(drift.name))}"
            for shape in drift.shapes:
                systems = " and ".join(shape.systems)
                channels = ", ".join(shape.channels)
                yield from self.wrapped(f"    {systems} on {channels}: {keys_of(shape)}", 8)
                places = ", ".join(f"{p.path}:{p.line}" for p in shape.places)
                yield from self.wrapped(f"      {places}", 8)

    def loops(self, inventory: Inventory) -> Iterator[str]:
        loops = [item for item in inventory.loops if not item.in_tests]
        if not loops:
            return
        yield self.title("In loops: one request each round; trigger_batch takes ten events at once")
        for item in loops:
            text = f"  {place(item)}, {item.symbol}: {item.method} in the loop of line {item.loop}"
            yield from self.wrapped(text, 4)

    def wrappers(self, inventory: Inventory) -> Iterator[str]:
        if not inventory.wrappers:
            return
        yield self.title("Wrappers: functions that pass their parameters on to a client")
        for wrapper in inventory.wrappers:
            where = f"{wrapper.location.path}:{wrapper.location.line}"
            yield from self.wrapped(f"  {where}, {state_of(wrapper)}", 4)
            yield from self.wrapped(f"    {chain_of(wrapper)}", 6)

    def coverage(self, inventory: Inventory) -> Iterator[str]:
        yield self.title("Coverage: writes of watched state, and what follows them")
        if not inventory.coverage:
            yield from self.wrapped(f"  {no_coverage(inventory)}", 2)
            return
        longest = max(len(row.path) for row in inventory.coverage)
        yield f"  {'module'.ljust(longest)}  writes  followed  told  by manager"
        for row in inventory.coverage:
            yield _row(row, longest)

    def untold(self, inventory: Inventory) -> Iterator[str]:
        if not inventory.silences:
            return
        yield self.title("Writes that not all subscribers hear of")
        for item in inventory.silences:
            what = ", ".join(item.fields) or "the row"
            where = f"{item.location.path}:{item.location.line}"
            text = f"  {where}, {item.symbol}: {item.model} {what}: {item.verdict}"
            yield from self.wrapped(text, 4)

    def notes(self, inventory: Inventory) -> Iterator[str]:
        if not inventory.notes:
            return
        yield self.title("Seen, and not counted or not understood")
        for note in inventory.notes:
            code = f"{note.code} " if note.code else ""
            yield from self.wrapped(f"  {note.location}: {code}{note.text}", 4)

    # --- Lines ------------------------------------------------------------------------------------

    def title(self, text: str) -> str:
        return self.paint("title", text)

    def wrapped(self, text: str, indent: int, role: str = "") -> Iterator[str]:
        start = len(text) - len(text.lstrip())
        lines = textwrap.wrap(
            harmless(" ".join(text.split())),
            self.width,
            initial_indent=" " * start,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines:
            yield self.paint(role, line) if role else line


def _row(row: Coverage, longest: int) -> str:
    share = f"{row.followed} ({row.percentage} %)" if row.percentage is not None else "-"
    return (
        f"  {harmless(row.path).ljust(longest)}  {row.writes:>6}  {share:>8}  "
        f"{row.told:>4}  {row.by_manager:>10}"
    )
