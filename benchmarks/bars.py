"""What was aimed at, and the tables that say how far it was reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from commands import (
    CHECK,
    CHECK_WARM,
    FIXIT,
    INVENTORY,
    INVENTORY_WARM,
    LIBCST,
    MIGRATE,
    REPLACE,
    SCAN,
    SEMGREP,
)
from measure import Result

Results = dict[tuple[str, str], Result]


@dataclass(frozen=True)
class Bar:
    """One ratio of medians with its limit.

    Attributes:
        task: What is measured, for the table.
        against: What it is compared with.
        value: Computes it; raises ``KeyError`` when a run that it needs is missing.
        limit: The bar.
        at_most: Whether the value must stay below the limit, or reach it.
        unit: Appended to both.
    """

    task: str
    against: str
    value: Callable[[Results], float]
    limit: float
    at_most: bool = True
    unit: str = " times"


def seconds(results: Results, name: str, tree: str) -> float:
    """Median of a command; ``KeyError`` when it was not run or failed."""
    result = results[name, tree]
    if result.problem:
        raise KeyError(name)
    return result.seconds


def of(ours: str, theirs: str, tree: str) -> Callable[[Results], float]:
    """Our time as a fraction of theirs."""
    return lambda results: seconds(results, ours, tree) / seconds(results, theirs, tree)


def faster(ours: str, theirs: str, tree: str) -> Callable[[Results], float]:
    """How many times our time theirs is."""
    return lambda results: seconds(results, theirs, tree) / seconds(results, ours, tree)


def growth(ours: str) -> Callable[[Results], float]:
    """Time on ten times the tree as a multiple."""
    return lambda results: seconds(results, ours, "10x") / seconds(results, ours, "1x")


def peak(tree: str) -> Callable[[Results], float]:
    """The highest memory of any of our commands on a tree, in MB."""

    def value(results: Results) -> float:
        found = [
            result.peak
            for (name, where), result in results.items()
            if where == tree and name.startswith("pusher-migrate") and not result.problem
        ]
        if not found:
            raise KeyError(tree)
        return max(found)

    return value


FASTER = " times faster"

SIZES = (("1x", "120k lines"), ("10x", "1.2M lines"))

# What a hook pays on its first run, and what it pays from then on.
CHECKS = ((CHECK, "cold"), (CHECK_WARM, "cached"))

BARS = (
    *(
        bar
        for name, state in CHECKS
        for bar in (
            Bar(f"check, one clean file, {state}", SCAN, of(name, SCAN, "one file"), 3),
            *(
                Bar(
                    f"check, one clean file, {state}",
                    peer,
                    faster(name, peer, "one file"),
                    25,
                    False,
                    FASTER,
                )
                for peer in (SEMGREP, FIXIT, LIBCST)
            ),
            Bar(f"check, 120k lines, {state}", SCAN, of(name, SCAN, "1x"), 0.6),
            Bar(f"check, 1.2M lines, {state}", SCAN, of(name, SCAN, "10x"), 0.3),
            Bar(f"check, no match, {state}", SCAN, of(name, SCAN, "no match"), 0.15),
        )
    ),
    *(
        bar
        for tree, size in SIZES
        for bar in (
            Bar(f"migrate --diff, {size}, cold", REPLACE, of(MIGRATE, REPLACE, tree), 4),
            Bar(
                f"migrate --diff, {size}, cold",
                LIBCST,
                faster(MIGRATE, LIBCST, tree),
                25,
                False,
                FASTER,
            ),
            Bar(f"inventory, {size}, cold", SCAN, of(INVENTORY, SCAN, tree), 2),
            Bar(f"inventory, {size}, cached", SCAN, of(INVENTORY_WARM, SCAN, tree), 0.4),
        )
    ),
    Bar("peak memory of a process, 1.2M lines", "", peak("10x"), 200, unit=" MB"),
    *(
        Bar(f"{name.removeprefix('pusher-migrate ')}, 1.2M lines", "120k lines", growth(name), 11)
        for name in (CHECK, CHECK_WARM, MIGRATE, INVENTORY, INVENTORY_WARM)
    ),
)


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def table(header: tuple[str, ...], rows: list[tuple[str, ...]], left: int = 1) -> str:
    """A Markdown table; all but the ``left`` first columns are aligned to the right."""
    rule = tuple("---" if column < left else "---:" for column in range(len(header)))
    lines = [header, rule, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def bar_table(results: Results, tasks: tuple[Bar, ...] = BARS) -> str:
    """Each bar with its value, and whether it was reached."""
    rows: list[tuple[str, ...]] = []
    for bar in tasks:
        sign = "≤" if bar.at_most else "≥"
        aim = f"{sign} {bar.limit:g}{bar.unit}"
        try:
            value = bar.value(results)
        except KeyError:
            rows.append((bar.task, bar.against, "n/a", aim, "not measured"))
            continue
        met = value <= bar.limit if bar.at_most else value >= bar.limit
        rows.append(
            (bar.task, bar.against, number(value) + bar.unit, aim, "met" if met else "**missed**")
        )
    return table(("task", "compared with", "value", "bar", "result"), rows, left=2)


def time_table(results: Results) -> str:
    """Each command on each tree: times, memory, what it found."""
    rows: list[tuple[str, ...]] = []
    for result in results.values():
        command = result.command
        if result.problem:
            rows.append((command.tree, command.name, "n/a", "", "", "", result.problem))
            continue
        times = [run.seconds for run in result.runs]
        found = result.runs[-1].found
        rows.append(
            (
                command.tree,
                command.name,
                f"{result.seconds:.3f} s",
                f"{min(times):.3f} to {max(times):.3f}" if len(times) > 1 else "",
                str(len(times)),
                f"{result.peak:.0f} MB",
                "" if found is None else str(found),
            )
        )
    return table(
        ("tree", "command", "median", "range", "runs", "peak memory", "found"), rows, left=2
    )
