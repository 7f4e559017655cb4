"""Which legacy calls become one call: each alone, or those that stand side by side."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pusher_migrate.catalogue import Event
from pusher_migrate.index.code.modules import Module
from pusher_migrate.nodes import walk
from pusher_migrate.rewriting.legacy_site import LegacySite
from pusher_migrate.syntax.layout import suites_of


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
        run: list[Site] = []
        for statement in side_by_side(site.legacy.module, site.legacy.statement):
            if statement not in by_statement or len(run) == len(entries):
                break
            run.append(by_statement[statement])
        if {id(other.entry) for other in run} == wanted and not used & {id(s) for s in run}:
            units.append(Unit(tuple(run)))
            used |= {id(other) for other in run}
        else:
            alone.append(site)
    return units, [site for site in alone if id(site) not in used]


def side_by_side(module: Module, statement: ast.stmt) -> Iterator[ast.stmt]:
    """A statement, and those behind it in its block, plain assignments left out.

    Args:
        module: The file.
        statement: A call that stands for itself; of anything else nothing is side by side.
    """
    yield statement
    if not isinstance(statement, ast.Expr):
        return
    parent = module.parents[statement]
    suite = next((s for s in suites_of(parent) if statement in s), [statement])
    for following in suite[suite.index(statement) + 1 :]:
        if isinstance(following, ast.Expr):
            yield following
        elif not _is_plain(following):
            return


def _is_plain(statement: ast.stmt) -> bool:
    """An assignment to local names that does nothing else."""
    if not isinstance(statement, ast.Assign):
        return False
    if not all(isinstance(target, ast.Name) for target in statement.targets):
        return False
    effects = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
    return not any(isinstance(part, effects) for part in walk(statement.value))
