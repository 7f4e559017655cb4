"""Move an emission behind the statement that persists what it tells of.

Without a transaction ``on_commit`` runs at once, so an event that stands in front of its save stays
too early however it is wrapped.
"""

from __future__ import annotations

import ast

from pusher_migrate.deferral.arguments import Arguments
from pusher_migrate.deferral.history import Persisting
from pusher_migrate.deferral.values import Deferred, Site
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.model import Edit
from pusher_migrate.nodes import walk
from pusher_migrate.syntax.formatting import BlackSettings
from pusher_migrate.syntax.layout import Refusal, layout_of
from pusher_migrate.syntax.statements import insert_after


def move_problem(
    site: Site, persisting: Persisting, arguments: Arguments, index: ProjectIndex
) -> str | None:
    """Why an emission cannot go behind the statement; None when nothing between depends on it."""
    line = persisting.statement.lineno
    if persisting.deletes:
        return (
            f"{persisting.text} (line {line}) comes only after it, and without a transaction "
            "on_commit sends at once. Send after the delete, with values taken before it"
        )
    early = f"it tells of what {persisting.text} (line {line}) saves only after it"
    body = _suite(site)
    if persisting.statement not in body or not isinstance(persisting.statement, ast.Expr):
        return f"{early}, on another path of the code. Send after that"
    start, end = body.index(site.statement), body.index(persisting.statement)
    if end < start:
        return f"{early}, in the next round of the loop. Send after that"
    read = {chain[0] for chain in arguments.read()}
    for between in body[start + 1 : end]:
        if not isinstance(between, ast.Assign | ast.AnnAssign | ast.Expr | ast.Pass):
            return f"{early}, and line {between.lineno} may leave before that. Send after the save"
        if _sends(index, site, between):
            return f"{early}, and line {between.lineno} sends too. Send after the save"
        if _touches(between, read):
            return f"{early}, and line {between.lineno} uses the same values. Send after the save"
    for before in body[:start]:
        # It stands in front of the save as well, and would be free to follow once this one is gone.
        if _touches(before, read) and _sends(index, site, before):
            return f"{early}, as does line {before.lineno}. Send both after the save, in that order"
    return None


def _sends(index: ProjectIndex, site: Site, statement: ast.stmt) -> bool:
    """Whether a statement calls a function that sends."""
    calls = (node for node in walk(statement) if isinstance(node, ast.Call))
    called = (index.inference.type_of(site.module, call.func) for call in calls)
    return any(isinstance(each, FunctionType) and index.emissions.may_send(each) for each in called)


def moved(site: Site, decision: Deferred, black: BlackSettings) -> tuple[Edit, ...] | Refusal:
    """The edits that take the call, with the comment lines right above it, behind a statement."""
    source = site.module.source
    assert decision.behind is not None
    layout = layout_of(source)
    place = layout.place(decision.replaces)
    if place.shares_line or place.continued:
        return Refusal("it shares its line with other code; put it on a line of its own")
    first, last = layout.row(place.line.start), layout.row(place.last_line.end)
    while layout.is_comment(first - 1) and layout.row_text(first - 1).startswith(place.indent):
        first -= 1
    rows = [layout.row_text(row).strip() for row in range(first, layout.row(place.line.start))]
    inside = [comment.text for comment in layout.comments(place.start, place.last_line.end + 1)]
    code = "\n".join([*rows, *inside, decision.code])
    inserted = insert_after(source, decision.behind, code, black)
    if isinstance(inserted, Refusal):
        return inserted
    start, end = layout.row_start(first), layout.row_start(last + 1)
    return Edit(source.path, start, end, ""), inserted


def _suite(site: Site) -> list[ast.stmt]:
    """The statements of the block that the site's statement is in."""
    parent = site.module.parents[site.statement]
    for name in ("body", "orelse", "finalbody"):
        suite = getattr(parent, name, None)
        if isinstance(suite, list) and site.statement in suite:
            return suite
    return [site.statement]


def _touches(statement: ast.stmt, names: set[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in walk(statement))
