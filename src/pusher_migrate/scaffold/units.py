"""Which legacy calls become one call: each alone, or those that stand side by side."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from pusher_migrate.catalogue import Event
from pusher_migrate.cst.layout import suites_of
from pusher_migrate.legacy_site import LegacySite


@dataclass(frozen=True, eq=False, slots=True)
class Site:
    """A legacy call and the catalogue's entry for it."""

    legacy: LegacySite
    entry: Event


@dataclass(frozen=True, eq=False, slots=True)
class Unit:
    """Legacy calls that one call of the method replaces, in the order of the text."""

    sites: tuple[Site, ...]

    @property
    def first(self) -> Site:
        """The call in whose place the new one comes."""
        return self.sites[0]


def sent_together(entries: Sequence[Event]) -> bool:
    """Whether the catalogue says that one call of a method stands for a legacy call of each entry.

    It does where entries for one event on different channels have the same call.

    Args:
        entries: All entries that call one method.
    """
    channels = {entry.channel for entry in entries}
    return (
        len(entries) > 1
        and len({entry.names for entry in entries}) == 1
        and len(channels) == len(entries)
        and None not in channels
    )


def units_of(sites: Sequence[Site], entries: Sequence[Event]) -> tuple[list[Unit], list[Site]]:
    """Put the calls of one method together: each alone, or those that are side by side.

    Args:
        sites: In the order of the text.
        entries: All entries that call the method.

    Returns:
        The units, and the calls that lack their neighbours.
    """
    if not sent_together(entries):
        return [Unit((site,)) for site in sites], []
    wanted = {id(entry) for entry in entries}
    by_statement = {site.legacy.statement: site for site in sites}
    units: list[Unit] = []
    alone: list[Site] = []
    used: set[int] = set()
    for site in sites:
        if id(site) in used:
            continue
        run = _side_by_side(site, by_statement)
        run = run[: len(entries)]
        if {id(other.entry) for other in run} == wanted and not used & {id(s) for s in run}:
            units.append(Unit(tuple(run)))
            used |= {id(other) for other in run}
        else:
            alone.append(site)
    return units, [site for site in alone if id(site) not in used]


def _side_by_side(site: Site, by_statement: dict[ast.stmt, Site]) -> list[Site]:
    """The calls from this one on, with nothing between them but plain assignments."""
    statement = site.legacy.statement
    parent = site.legacy.module.parents[statement]
    if not isinstance(statement, ast.Expr):
        return [site]
    suite = next((s for s in _suites(parent) if statement in s), [statement])
    run = [site]
    for following in suite[suite.index(statement) + 1 :]:
        other = by_statement.get(following)
        if other is not None:
            run.append(other)
        elif not _is_plain(following):
            break
    return run


def _suites(parent: ast.AST) -> list[list[ast.stmt]]:
    return list(suites_of(parent))


def _is_plain(statement: ast.stmt) -> bool:
    """An assignment to local names that does nothing else."""
    if not isinstance(statement, ast.Assign):
        return False
    if not all(isinstance(target, ast.Name) for target in statement.targets):
        return False
    effects = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
    return not any(isinstance(part, effects) for part in ast.walk(statement.value))
